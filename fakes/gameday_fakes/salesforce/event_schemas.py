"""The Avro schemas of events, and their data in the form that Avro encodes. No HTTP here, and no Avro library.

Salesforce, "Pub/Sub API Documentation", "Event Data Serialization with Apache Avro" and "Event Deserialization
Considerations": dates are milliseconds since 1970, the lists of fields in a change event's header are bitmaps.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.compound_fields import NUMBERS, PARTS, is_compound, kind_of, part_of
from gameday_fakes.salesforce.field import Object
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.moments import moment
from gameday_fakes.salesforce.schema import Schema

HEADER = "ChangeEventHeader"
_NAMESPACE = "com.sforce.eventbus"
_NOT_CARRIED = frozenset({"Id", "IsDeleted", "SystemModstamp"})
_STAMPS = ("CreatedDate", "CreatedById")
_LISTS = ("nulledFields", "diffFields", "changedFields")
_KINDS = ("CREATE", "UPDATE", "DELETE", "UNDELETE")
_CHANGE_TYPES = (*_KINDS, *(f"GAP_{kind}" for kind in _KINDS), "GAP_OVERFLOW")
_TEXTS = {"type": "array", "items": "string"}
_HEADER_FIELDS = {
    "entityName": "string",
    "recordIds": _TEXTS,
    "changeType": {"type": "enum", "name": "ChangeType", "symbols": list(_CHANGE_TYPES)},
    "changeOrigin": "string",
    "transactionKey": "string",
    "sequenceNumber": "int",
    "commitTimestamp": "long",
    "commitNumber": "long",
    "commitUser": "string",
    **dict.fromkeys(_LISTS, _TEXTS),
}
#: The Avro type by the field's; all others are texts.
_TYPES = {
    "boolean": "boolean",
    "int": "int",
    "long": "long",
    **dict.fromkeys(("currency", "double", "percent"), "double"),
    **dict.fromkeys(("date", "datetime", "time"), "long"),
}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECOND = datetime.timedelta(milliseconds=1)


def record_name(sobject: str) -> str:
    """The name of an object's change event."""
    custom = sobject.endswith("__c")
    return f"{sobject.removesuffix('__c')}{'__' if custom else ''}ChangeEvent"


class EventSchema:
    """The schema of one kind of event at one time: its ``id`` is a hash of it, ``plain`` the schema as Avro has it."""

    def __init__(self, name: str, fields: list[dict[str, Any]], types: Mapping[str, str]) -> None:
        self.plain: dict[str, Any] = {"name": name, "namespace": _NAMESPACE, "type": "record", "fields": fields}
        digest = hashlib.blake2b(json.dumps(self.plain).encode(), digest_size=16).digest()
        self.id = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        self.json = json.dumps({**self.plain, "uuid": self.id}, separators=(",", ":"))
        #: The type of each field as a describe has it.
        self.types = types
        #: What the Avro library makes of it.
        self.parsed: Any = None
        self._places = {field["name"]: place for place, field in enumerate(fields)}

    def data(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """An event as Avro encodes it, from the one that JSON has."""
        data: dict[str, Any] = {name: self._encoded(name, payload.get(name)) for name in self._places}
        if HEADER in payload:
            header = payload[HEADER]
            data[HEADER] = {**header, **{name: self._bitmap(header[name]) for name in _LISTS}}
        return data

    def given(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of its own that a client gives an event, as JSON has them, from what Avro decodes.

        Raises ValueError.
        """
        own = ((name, kind) for name, kind in self.types.items() if name not in _STAMPS)
        return {name: _decoded(kind, data[name]) for name, kind in own if data.get(name) is not None}

    def _encoded(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            parts = ((part, value.get(part)) for part in PARTS[kind_of(name)])
            return {part: _encoded("double" if part in NUMBERS else "", of) for part, of in parts}
        return _encoded(self.types.get(name, ""), value)

    def _bitmap(self, names: Iterable[str]) -> list[str]:
        """The places of fields as bits, then for each compound field its own place and the places of parts of it."""
        bits: dict[str, int] = {}
        for name in names:
            compound, _, part = name.partition(".")
            if compound in self._places:
                place = PARTS[kind_of(compound)].index(part) if part else self._places[compound]
                bits[compound if part else ""] = bits.get(compound if part else "", 0) | 1 << place
        own = [f"0x{bits.pop(''):02X}"] if "" in bits else []
        return own + [f"{self._places[compound]}-0x{of:02X}" for compound, of in bits.items()]


class EventSchemas:
    """All schemas that events of an organisation have or had, by their id."""

    def __init__(self, model: Model, schema: Schema) -> None:
        self._model = model
        self._schema = schema
        self._known: dict[str, EventSchema] = {}
        self._current: dict[tuple[str, int], EventSchema] = {}

    def find(self, id_: str) -> EventSchema | None:
        """A schema by its id."""
        if id_ not in self._known:
            # A client can have kept the id of a schema of which there has been no event yet.
            for name in (*self._model.events, *self._model.objects):
                self.current(name)
        return self._known.get(id_)

    def current(self, name: str) -> EventSchema:
        """The schema of a platform event, or of an object's changes, as it is now."""
        event = self._model.events.get(name)
        key = (name, 0 if event is not None else self._schema.generation)
        found = self._current.get(key)
        if found is None:
            found = _of_event(event) if event is not None else self._of_changes(name)
            found = self._known.setdefault(found.id, found)
            self._current[key] = found
        return found

    def carries(self, sobject: str, field: str) -> bool:
        """Whether a change event has a field; what follows from a formula is in none ("Change Event Fields")."""
        house = self._model.house
        formulas: Mapping[str, Any] = house.formulas.get(sobject, {})
        is_made = field in formulas or is_compound(sobject, field)
        return field not in _NOT_CARRIED and not is_made and (sobject, field) not in house.lacking

    def _of_changes(self, sobject: str) -> EventSchema:
        # A field that the user may not see keeps its place in the schema, and is empty in every event.
        names = self._schema.view(sobject).names
        types = {
            names.get(field.name, field.name): self._schema.field(sobject, field.name).type
            for field in self._model.objects[sobject].fields.values()
            if self.carries(sobject, field.name)
        }
        header = {"type": "record", "name": HEADER, "fields": [_plain(*pair) for pair in _HEADER_FIELDS.items()]}
        return EventSchema(record_name(sobject), [_plain(HEADER, header), *_with_compounds(sobject, types)], types)


def _with_compounds(sobject: str, types: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The fields of a change event; parts of compound ones stand where the first of them does."""
    defined: set[str] = set()
    for name, kind in types.items():
        part = part_of(sobject, name)
        if part is None:
            yield _optional(name, kind)
        elif part.compound not in defined:
            avro = kind_of(part.compound)
            # A record's type is defined once, and named from then on.
            of: Any = avro
            if avro not in defined:
                parts = [_optional(each, "double" if each in NUMBERS else "string") for each in PARTS[avro]]
                of = {"type": "record", "name": avro, "fields": parts}
            yield {"name": part.compound, "type": ["null", of], "default": None}
            defined |= {avro, part.compound}


def _of_event(event: Object) -> EventSchema:
    stamps = [
        {**_plain("CreatedDate", "long"), "doc": "CreatedDate:DateTime"},
        {**_plain("CreatedById", "string"), "doc": "CreatedBy:EntityId"},
    ]
    own = [_optional(name, field.type) for name, field in event.fields.items() if name not in _STAMPS]
    return EventSchema(event.name, [*stamps, *own], {name: field.type for name, field in event.fields.items()})


def _plain(name: str, kind: Any) -> dict[str, Any]:
    return {"name": name, "type": kind}


def _optional(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": ["null", _TYPES.get(kind, "string")], "default": None}


def _encoded(kind: str, value: Any) -> Any:
    """A value as Avro has it."""
    if value is None:
        return None
    match kind:
        case "date" | "datetime":
            return (datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC) - _EPOCH) // _MILLISECOND
        case "time":
            time = datetime.time.fromisoformat(value.removesuffix("Z"))
            return (datetime.datetime.combine(_EPOCH, time, datetime.UTC) - _EPOCH) // _MILLISECOND
        case "int" | "long":
            return int(value)
    return float(value) if isinstance(value, Decimal) else value


def _decoded(kind: str, value: Any) -> Any:
    """A value as JSON has it. Raises ValueError for a moment that there is not."""
    try:
        match kind:
            case "date":
                return (_EPOCH + value * _MILLISECOND).date().isoformat()
            case "datetime":
                return moment(value / 1000)
            case "time":
                return (_EPOCH + value * _MILLISECOND).time().isoformat("milliseconds") + "Z"
    except (OverflowError, OSError):
        raise ValueError(f"{value} is no moment") from None
    return str(value) if isinstance(value, float) else value
