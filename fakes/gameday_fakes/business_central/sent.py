"""What a request sends of a record: the body that rules for the company's records check."""

from __future__ import annotations

from gameday_fakes.business_central.schema import DOCUMENT_OF
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.sent_bodies import Sent


def sent_by(call: Call, deal: str | None) -> Sent | None:
    """The body of a document, of a line of one, or of any other record; None for a request that sends none.

    Raises ODataError and BadBody.
    """
    is_new = call.method == "POST" and call.resource.kind == "collection"
    if not is_new and (call.method not in ("PATCH", "PUT") or call.resource.kind != "entity"):
        return None
    of = call.resource.of
    record, part = (DOCUMENT_OF[of.name], of.name) if of.name in DOCUMENT_OF else (of.name, "")
    return Sent(of, record, part, call.body, is_new, deal)
