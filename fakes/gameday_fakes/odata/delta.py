"""Delta links of version 4: what has changed since a number of the log of changes.

Sources: "OData Version 4.01. Part 1: Protocol", section 11.3 "Requesting Changes"; "OData JSON Format Version 4.0",
section 14 "Delta Response", which clients of version 4.0 read.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.odata import values
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet
from gameday_fakes.odata.options import Options
from gameday_fakes.odata.payload import Renderer
from gameday_fakes.odata.query import choose
from gameday_fakes.odata.records import Records


def delta_link(call: Call, since: str) -> str:
    """The link to what changes after a number of the log."""
    return call.url(deltatoken=since, skiptoken=None, skip=None, top=None, count=None, trackchanges=None)


def changes(records: Records, of: EntitySet, options: Options, call: Call, render: Renderer) -> dict[str, Any]:
    """The records that have changed since the link was made, those that are gone, and the link to what follows.

    Raises ODataError for a link that is none, or too old.
    """
    text, table = options.deltatoken, records[of.name]
    if not (text.isascii() and text.isdigit() and len(text) < 16) or int(text) > records.sequence:
        raise ODataError("bad_option", "The delta token is not one of this service.", target="$deltatoken")
    since = int(text)
    changed = [each for each in table.records.values() if each.sequence > since]
    page = choose(records, of, changed, options, len(changed))
    shown = {id(each) for each in page.records}
    value = [render.record(of, each, options) for each in page.records]
    # What no longer meets the filter is gone from this answer, too.
    gone = [(each.values, "changed") for each in changed if id(each) not in shown]
    removed = [
        (dict(zip(of.key, key, strict=True)), "deleted") for key, number in table.removed.items() if number > since
    ]
    context = f"{call.root}$metadata#{call.base}{of.name}"
    for key, reason in (*gone, *removed):
        url = f"{call.root}{call.base}{of.name}{values.key_text(of, key, '4.0')}"
        id_ = key[of.key[0]] if records.schema.dialect.bare_deleted_ids else url
        value.append({"@odata.context": f"{context}/$deletedEntity", "id": id_, "reason": reason})
    link = delta_link(call, str(records.sequence))
    return {"@odata.context": f"{context}/$delta", "value": value, "@odata.deltaLink": link}
