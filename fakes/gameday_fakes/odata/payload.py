"""Records as JSON, in both versions.

Sources: "OData JSON Format Version 4.01", sections 4 to 13; "OData Version 2.0: JSON Format", section 4.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from gameday_fakes.odata import values
from gameday_fakes.odata.model import EntitySet, Property, Schema
from gameday_fakes.odata.options import Expand, Options
from gameday_fakes.odata.query import Page, choose
from gameday_fakes.odata.records import Record, Records

Metadata = Literal["none", "minimal", "full"]
_LEVEL = re.compile(r"odata\.metadata=(none|minimal|full)|(?:^|;)\s*metadata=(none|minimal|full)")


class Format(msgspec.Struct, frozen=True):
    """What a client accepts: how much metadata of version 4, and whether large numbers are texts."""

    metadata: Metadata = "minimal"
    ieee754: bool = False

    @classmethod
    def of(cls, accept: str, format_: str = "") -> Format:
        """From the header ``Accept``, or the option ``$format`` in its place."""
        text = (format_ or accept)[:1000].lower().replace(" ", "")
        match = _LEVEL.search(text)
        level = (match[1] or match[2]) if match else "minimal"
        return cls(level, "ieee754compatible=true" in text)  # type: ignore[arg-type]  # one of the three


class Renderer:
    """Renders records. ``root`` is the service's address, ``base`` what contexts and links begin with below it.

    ``schema`` is the service's, which may be a part of what the records are of.

    The address of a service whose entity sets are within another record (a company) ends with that record.
    """

    def __init__(self, records: Records, schema: Schema, root: str, base: str, form: Format) -> None:
        self._records = records
        self._schema = schema
        self._root = root
        self._base = base
        self._form = form

    # -- addresses -----------------------------------------------------------------------------------

    def url(self, of: EntitySet, record: Record) -> str:
        """The address of a record."""
        return f"{self._root}{self._base}{of.name}{values.key_text(of, record.values, self._schema.version)}"

    def context(self, of: EntitySet, options: Options, tail: str = "") -> str:
        """The context address of version 4."""
        shown = _context_selection(options)
        return f"{self._root}$metadata#{self._base}{of.name}{shown}{tail}"

    # -- documents -----------------------------------------------------------------------------------

    def collection(self, of: EntitySet, page: Page, options: Options, next_url: str) -> dict[str, Any]:
        """A page of records."""
        rows = [self.record(of, each, options) for each in page.records]
        if self._schema.is_v2:
            found: dict[str, Any] = {"results": rows}
            if options.count:
                found["__count"] = str(page.total)
            if next_url:
                found["__next"] = next_url
            return {"d": found}
        body: dict[str, Any] = {}
        if self._form.metadata != "none":
            body["@odata.context"] = self.context(of, options)
        if options.count:
            body["@odata.count"] = page.total
        body["value"] = rows
        if next_url:
            body["@odata.nextLink"] = next_url
        return body

    def entity(self, of: EntitySet, record: Record, options: Options) -> dict[str, Any]:
        """One record as a document."""
        shown = self.record(of, record, options)
        if self._schema.is_v2:
            return {"d": shown}
        if self._form.metadata == "none":
            return shown
        return {"@odata.context": self.context(of, options, "/$entity"), **shown}

    def one_property(self, of: EntitySet, record: Record, name: str) -> dict[str, Any]:
        """One property of a record as a document."""
        value = record.values[name]
        shown = None if value is None else self.writer(of.properties[name])(value)
        if self._schema.is_v2:
            return {"d": {name: shown}}
        context = f"{self._root}$metadata#{self._base}{of.name}{values.key_text(of, record.values, '4.0')}/{name}"
        return {"@odata.context": context, "value": shown}

    def links(self, of: EntitySet, records: Sequence[Record], *, many: bool) -> dict[str, Any]:
        """The addresses of records."""
        urls = [self.url(of, each) for each in records]
        if self._schema.is_v2:
            shown = [{"uri": url} for url in urls]
            return {"d": {"results": shown} if many else shown[0]}
        context = f"{self._root}$metadata#{'Collection($ref)' if many else '$ref'}"
        return {
            "@odata.context": context,
            **({"value": [{"@odata.id": u} for u in urls]} if many else {"@odata.id": urls[0]}),
        }

    # -- records -------------------------------------------------------------------------------------

    def record(self, of: EntitySet, record: Record, options: Options) -> dict[str, Any]:
        """A record with what is selected and expanded."""
        shown = self._annotations(of, record)
        given = record.values
        select = options.select
        for name, own, write in self._writers_of(of):
            if select is None or name in select:
                value = given[own]
                shown[name] = None if value is None else write(value)
        if self._schema.is_v2:
            self._add_deferred(shown, of, record, options)
        for expand in options.expand:
            self._add_expanded(shown, of, given, expand)
        return shown

    def writer(self, each: Property) -> Callable[[Any], Any]:
        """How a property is written."""
        return values.writer(each, self._schema.version, ieee754=self._form.ieee754)

    def _writers_of(self, of: EntitySet) -> list[tuple[str, str, Callable[[Any], Any]]]:
        kept, key = self._records.writers, (of.name, self._form.ieee754)
        if key not in kept:
            kept[key] = [(name, each.name, self.writer(each)) for name, each in of.seen()]
        return kept[key]

    def _annotations(self, of: EntitySet, record: Record) -> dict[str, Any]:
        schema = self._schema
        if schema.is_v2:
            url = self.url(of, record)
            about = {"id": url, "uri": url, "type": schema.qualified(of.type)}
            if schema.has_etag(of):
                about["etag"] = etag_of(of, record)
            return {"__metadata": about}
        if self._form.metadata == "none":
            return {}
        shown: dict[str, Any] = {"@odata.etag": etag_of(of, record)} if schema.has_etag(of) else {}
        if self._form.metadata == "full":
            url = self.url(of, record)
            shown = {"@odata.type": f"#{schema.qualified(of.type)}", "@odata.id": url, "@odata.editLink": url, **shown}
        return shown

    def _add_deferred(self, shown: dict[str, Any], of: EntitySet, record: Record, options: Options) -> None:
        url = self.url(of, record)
        for name in of.navigations:
            if options.select is None or name in options.select:
                shown[name] = {"__deferred": {"uri": f"{url}/{name}"}}

    def _add_expanded(self, shown: dict[str, Any], of: EntitySet, given: Mapping[str, Any], expand: Expand) -> None:
        name, schema = expand.navigation, self._schema
        navigation = of.navigations[name]
        to = schema.sets[navigation.to]
        found = self._records.related(of, given, navigation)
        if not navigation.many:
            shown[name] = self.record(to, found[0], expand.options) if found else None
            return
        page = choose(self._records, to, found, expand.options, len(found))
        if expand.counted:
            shown[f"{name}@odata.count"] = page.total
            return
        rows = [self.record(to, each, expand.options) for each in page.records]
        if schema.is_v2:
            shown[name] = {"results": rows}
            return
        if expand.options.count:
            shown[f"{name}@odata.count"] = page.total
        shown[name] = rows


def etag_of(of: EntitySet, record: Record) -> str:
    """The ETag of a record, which changes with each of its changes; a date and time as SAP's gateways write it."""
    if not of.etag:
        return f'W/"{record.sequence}"'
    moment: datetime.datetime = record.values[of.etag]
    # A gateway counts in tenths of a microsecond.
    text = f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}0Z"
    # Of what it consists, only colons have to be encoded.
    encoded = text.replace(":", "%3A")
    return f"W/\"datetimeoffset'{encoded}'\""


def _context_selection(options: Options) -> str:
    """What of a record is shown, as contexts name it: ``(number,customer(displayName))``."""
    names = sorted(options.select) if options.select is not None else []
    names += [f"{each.navigation}{_context_selection(each.options) or '()'}" for each in options.expand]
    return f"({','.join(names)})" if names else ""
