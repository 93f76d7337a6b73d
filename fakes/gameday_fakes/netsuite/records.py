"""The rules of all records but orders and invoices. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from gameday_fakes.netsuite import address_book, customs, members
from gameday_fakes.netsuite.adjustments import read_rate
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.field import Field, RecordType
from gameday_fakes.netsuite.item_types import ITEM_TYPES, RATED
from gameday_fakes.netsuite.models import BASE_PRICE, Record
from gameday_fakes.netsuite.required import need_required
from gameday_fakes.netsuite.store import NetSuiteStore, check_external_id
from gameday_fakes.netsuite.values import to_date, to_decimal

_NOTHING: Mapping[str, Any] = MappingProxyType({})
#: What a new record has unless it says otherwise.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "customer": {"currency": "1", "isInactive": False},
    **{name: {"isInactive": False} for name in ITEM_TYPES},
    "currency": {"currencyPrecision": 2, "exchangeRate": 1, "isInactive": False},
    "subsidiary": {"currency": "1", "isInactive": False},
    "pricing": {"priceLevel": BASE_PRICE},
}


class RecordWriter:
    """Creates, changes and deletes records in the store."""

    def __init__(self, store: NetSuiteStore) -> None:
        self._store = store

    def create(self, kind: RecordType, body: dict[str, Any]) -> Record:
        """Write a new record. Raises Refused."""
        _check_writable(kind)
        standard = {name: field for name, field in kind.fields.items() if name not in kind.further}
        if kind.name == "customer" and body.get("isPerson") in (True, "T"):
            standard = _of_person(standard)
        missing = [field.label or name for name, field in standard.items() if field.required and not body.get(name)]
        missing += customs.missing(kind.further, body)
        if missing:
            raise Refused(
                "missing_field",
                f"Error while accessing a resource. Please enter value(s) for: {', '.join(missing)}.",
            )
        external_id = check_external_id(body["externalId"]) if body.get("externalId") else ""
        if external_id in self._store.by_external_id[kind.name]:
            raise Refused("duplicate", path="externalId")
        fields = {**_DEFAULTS.get(kind.name, {}), **customs.defaults(kind.further), **self._fields(kind, body)}
        if kind.name == "contact":
            fields["entityId"] = fields.get("entityId") or _named(fields)
        if kind.name == "customer":
            fields.setdefault("subsidiary", self._store.default_subsidiary)
        self._check_unique(kind, fields)
        need_required(self._store, kind.name, Record("", fields, external_id))
        record = self._store.add(kind.name, fields, external_id=external_id)
        record.requested = True
        return record

    def update(self, kind: RecordType, record: Record, body: dict[str, Any], *, replace: bool = False) -> None:
        """Change a record; addresses and members are merged, or ``replace`` the present ones.

        Raises Refused, and then nothing has changed.
        """
        _check_writable(kind)
        fields = self._fields(kind, body, {} if replace else record.fields)
        customs.changed(self._store, kind.further, record.fields, body)
        whole = msgspec.structs.replace(record, fields={**record.fields, **fields})
        need_required(self._store, kind.name, whole)
        if kind.name == "pricing":
            self._store.forget_price(record)
        record.fields.update(fields)
        if kind.name == "pricing":
            self._store.note_price(record)
        record.modified_s = self._store.clock.wall_s()
        self._store.records[kind.name].touch(record.id)

    def delete(self, kind: RecordType, record: Record) -> None:
        """Delete a record. Raises Refused while an order refers to it."""
        _check_writable(kind)
        used = any(
            record.id in (order.customer, order.currency, order.subsidiary, order.discount_item)
            or any(line.item == record.id for line in order.lines)
            for orders in self._store.of_order_kind.values()
            for order in orders.values()
        )
        if used and kind.name != "pricing":
            raise Refused(
                "user_error",
                "Error while accessing a resource. This record cannot be deleted because it has dependent records.",
            )
        self._store.remove(kind.name, record)

    def _fields(self, kind: RecordType, body: dict[str, Any], kept: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in body.items():
            field = kind.fields[name]
            if field.read_only or name == "externalId":
                continue
            if name in kind.further:
                fields[name] = customs.value_of(self._store, field, value, name)
                continue
            if name == "rate" and kind.name in RATED:
                fields[name] = read_rate(value, name).text
                continue
            match field.kind:
                case "reference":
                    fields[name] = self._store.refer(field.to, value, name)
                case "addresses":
                    fields[name] = address_book.changed(kept.get(name, ()), value)
                case "members":
                    fields[name] = members.changed(self._store, kept.get(name, ()), value)
                case "number":
                    fields[name] = to_decimal(value, name)
                case "integer":
                    fields[name] = int(to_decimal(value, name))
                case "boolean":
                    fields[name] = value is True or value == "T"
                case "date":
                    fields[name] = to_date(value, name)
                case _:
                    fields[name] = "" if value is None else str(value)
        return fields

    def _check_unique(self, kind: RecordType, fields: dict[str, Any]) -> None:
        if kind.name == "customer":
            fields.setdefault("entityId", fields.get("companyName") or _named(fields))
        if kind.name == "pricing":
            level, least = fields["priceLevel"], fields.get("quantity") or Decimal(0)
            if self._store.price_at(fields["item"], fields["currency"], level, least, exactly=True) is not None:
                raise Refused("duplicate", path="item")
        own = {"customer": "entityId", "currency": "symbol", **dict.fromkeys(ITEM_TYPES, "itemId")}.get(kind.name)
        if own and any(other.fields.get(own) == fields[own] for other in self._store.records[kind.name].values()):
            raise Refused("duplicate_customer" if kind.name == "customer" else "duplicate", path=own)


def _of_person(fields: dict[str, Field]) -> dict[str, Field]:
    """The fields of a customer that is a person: it has a first and a last name in place of a company's."""
    replace = msgspec.structs.replace
    names = {name: replace(fields[name], required=True) for name in ("firstName", "lastName")}
    return {**fields, "companyName": replace(fields["companyName"], required=False), **names}


def _named(person: dict[str, Any]) -> str:
    """The name of a person, which follows from its parts. Raises Refused without any."""
    name = " ".join(filter(None, (person.get("firstName"), person.get("lastName"))))
    if not name:
        raise Refused(
            "missing_field", "Error while accessing a resource. Please enter value(s) for: Contact.", path="entityId"
        )
    return name


def _check_writable(kind: RecordType) -> None:
    if not kind.writable:
        raise Refused("forbidden", f"Permission Violation: {kind.name} records cannot be changed by this role.")
