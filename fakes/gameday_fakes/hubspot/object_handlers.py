"""Single records: lists, create, read, update, archive, merge; and searches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot import search
from gameday_fakes.hubspot.base import HubSpotBase
from gameday_fakes.hubspot.errors import JSON, Refused
from gameday_fakes.hubspot.property import Property
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.render import (
    associations_json,
    history_json,
    names_shown,
    record_bytes,
    record_json,
    whole_json,
)
from gameday_fakes.hubspot.standard import NAMES, OBJECTS

LARGEST_PAGE, LARGEST_HISTORY_PAGE = 100, 50
_API = "https://api.hubapi.com"


class ObjectHandlers(HubSpotBase):
    """Answers at ``/crm/v3/objects/X``."""

    def list_records(self, request: Request) -> Reply:
        """``GET``: the records in the order of their ids; ``after`` is the id at which the next page begins."""
        object_ = self.object_of(_name(request), request, "read")
        asked = Asked(request)
        largest = LARGEST_HISTORY_PAGE if asked.history else LARGEST_PAGE
        limit, after = _number(request, "limit", 10), _number(request, "after", 0)
        if not 0 < limit <= largest:
            raise Refused(f"limit {limit} is not from 1 to {largest}")
        table = (self.store.archive if asked.archived else self.store.tables)[object_]
        ids = sorted(int(id_) for id_ in table if int(id_) >= after)
        results = [self._shown(table[str(id_)], asked) for id_ in ids[:limit]]
        return Reply.json(200, {"results": results, **_next_page(request, ids[limit : limit + 1])})

    def create_record(self, request: Request) -> Reply:
        """``POST``: 201 with every property that has a value."""
        object_ = self.object_of(_name(request), request, "write")
        body = body_of(request)
        with self.store.change():
            record = self.created(object_, body)
        location = f"{_API}/crm/v3/objects/{object_}/{record.id}"
        headers = [(b"location", location.encode())]
        return Reply.json(201, whole_json(record, self.schema), headers, key=self.root_of(record))

    def read_record(self, request: Request) -> Reply:
        """``GET``: under an id that a merge has changed, the record as it is now."""
        object_ = self.object_of(_name(request), request, "read")
        asked = Asked(request)
        record = self.need(object_, request.params["id"], asked.id_property, archived=asked.archived)
        key = self.root_of(record)
        if asked.associations or asked.history:
            return Reply.json(200, self._shown(record, asked), key=key)
        names = names_shown(object_, asked.properties)
        return Reply(200, record_bytes(record, self.schema, names), content_type=JSON, key=key)

    def update_record(self, request: Request) -> Reply:
        """``PATCH``: 200 with what was written."""
        object_ = self.object_of(_name(request), request, "write")
        record = self.need(object_, request.params["id"], request.query.get("idProperty", ""))
        body = body_of(request)
        with self.store.change():
            self.updated(record, body)
        return Reply.json(200, whole_json(record, self.schema), key=self.root_of(record))

    def archive_record(self, request: Request) -> Reply:
        """``DELETE``: 204, also for a record that is archived already."""
        object_ = self.object_of(_name(request), request, "write")
        id_ = request.params["id"]
        record = self.store.find(object_, id_)
        if record is None and id_ not in self.store.archive[object_]:
            raise Refused.of("not_found")
        if record is not None:
            key = self.root_of(record)
            with self.store.change():
                self._need_unlocked(record)
                self.writer.archive(record)
            return Reply(204, key=key)
        return Reply(204)

    def merge_records(self, request: Request) -> Reply:
        """``POST .../merge``: one new record with another id, under which both are known."""
        object_ = self.object_of(_name(request), request, "write")
        body = request.json if isinstance(request.json, dict) else {}
        names = ("primaryObjectId", "objectIdToMerge")
        primary, other = (self.need(object_, str(body.get(name, ""))) for name in names)
        if primary is other:
            raise Refused(f"Cannot merge record {primary.id} with itself")
        with self.store.change():
            for each in (primary, other):
                self._need_unlocked(each)
            record = self.store.merge(primary, other)
            self.seeded.merged(primary.id, record)
            self.seeded.merged(other.id, record)
        return Reply.json(200, whole_json(record, self.schema), key=self.root_of(record))

    def search_records(self, request: Request) -> Reply:
        """``POST .../search``: reads the index, which lags behind."""
        object_ = self.object_of(_name(request), request, "read")
        of = OBJECTS[object_]
        shown = self.schema.view(object_).shown

        def named(name: str) -> Property | None:
            self.schema.note_missing(object_, [name])
            return shown.get(name)

        asked = search.read(request.json, named)
        found = search.matching(asked, self.index.entries(object_), of)
        names = names_shown(object_, asked.properties)
        page = found[asked.after : asked.after + asked.limit]
        results = [record_json(entry.as_record(), self.schema, names) for entry in page]
        body: dict[str, Any] = {"total": len(found), "results": results}
        following = asked.after + asked.limit
        if following < len(found):
            body["paging"] = {"next": {"after": str(following)}}
        self.schema.note_missing(object_, names)
        return Reply.json(200, body)

    # -- used by other handlers, too -----------------------------------------------------------------

    def created(self, object_: str, given: dict[str, Any]) -> Record:
        """A new record with its associations. To be called within a change."""
        record = self.writer.create(object_, properties_of(given))
        wanted = given.get("associations") or []
        if not isinstance(wanted, list):
            raise BadBody("associations is a list")
        for each in wanted:
            self._associate_new(record, each)
        return record

    def updated(self, record: Record, given: dict[str, Any]) -> None:
        """Change a record. To be called within a change."""
        self._need_unlocked(record)
        self.writer.update(record, properties_of(given))

    def root_of(self, record: Record) -> str | None:
        """The deal of a record, by the id that the ledger has."""
        deal = self.deals.deal_of(record)
        return deal.root if deal is not None else None

    def linked_now(self, one: Record, other: Record) -> None:
        """Bring deals up to date whose lines are others now."""
        for deal, line in ((one, other), (other, one)):
            if (deal.object, line.object) == ("deals", "line_items"):
                self.writer.count_lines(deal)

    def _need_unlocked(self, record: Record) -> None:
        if record.object == "deals" and self.state.locks(record.root):
            raise Refused.of("locked")

    def _associate_new(self, record: Record, given: Any) -> None:
        to, types = (given.get("to"), given.get("types")) if isinstance(given, dict) else (None, None)
        if not isinstance(to, dict) or not isinstance(types, list):
            raise BadBody("an association has to and types")
        for each in types:
            type_id = each.get("associationTypeId") if isinstance(each, dict) else None
            found = next(
                ((name, pair) for name in OBJECTS if (pair := self.types.pair(record.object, name, _int(type_id)))),
                None,
            )
            if found is None:
                raise Refused(f"invalid association type {type_id!r} from object type {OBJECTS[record.object].type_id}")
            other = self.store.find(found[0], str(to.get("id", "")))
            if other is None:
                context = {
                    "INVALID_OBJECT_IDS": [str(to.get("id", ""))[:40]],
                    "objectType": [OBJECTS[found[0]].type_id],
                }
                raise Refused("One or more associations are invalid", context=context)
            self.store.link(record, other, [found[1]])
            self.linked_now(record, other)

    def _shown(self, record: Record, asked: Asked) -> dict[str, Any]:
        names = names_shown(record.object, asked.properties)
        self.schema.note_missing(record.object, names)
        shown = record_json(record, self.schema, names)
        if asked.history:
            shown["propertiesWithHistory"] = history_json(
                record, self.store, self.schema.view(record.object), asked.history
            )
        found = {
            # HubSpot names line items with a blank here.
            to.replace("_", " "): associations
            for name in asked.associations
            if (to := NAMES.get(name.lower())) and (associations := associations_json(record, self.store, to))
        }
        return shown | ({"associations": found} if found else {})


class Asked:
    """What a request wants to see of records; lists come with commas or repeated."""

    def __init__(self, request: Request) -> None:
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(request.query_string.decode("latin-1")) if request.query_string else ():
            given.setdefault(name, []).extend(each.strip() for each in value.split(",") if each.strip())
        self.properties = given.get("properties")
        self.history = given.get("propertiesWithHistory", [])
        self.associations = given.get("associations", [])
        self.archived = given.get("archived") == ["true"]
        self.id_property = next(iter(given.get("idProperty", [])), "")


def body_of(request: Request) -> dict[str, Any]:
    """The body of a write. Raises BadBody."""
    if not isinstance(request.json, dict):
        raise BadBody("an object is expected")
    return request.json


def properties_of(given: dict[str, Any]) -> dict[str, Any]:
    """The properties in a body. Raises BadBody."""
    properties = given.get("properties", {})
    if not isinstance(properties, dict):
        raise BadBody("properties is an object")
    return properties


def _name(request: Request) -> str:
    return request.params.get("object", "deals")


def _int(value: Any) -> int:
    return value if isinstance(value, int) else -1


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refused(f"{name} {text[:40]!r} is not a whole number")
    return int(text)


def _next_page(request: Request, following: Iterable[int]) -> dict[str, Any]:
    after = next(iter(following), None)
    if after is None:
        return {}
    return {"paging": {"next": {"after": str(after), "link": f"{_API}{request.path}?after={after}"}}}
