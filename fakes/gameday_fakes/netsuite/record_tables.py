"""The tables of SuiteQL for records that are no transactions: one for each record type, a column for each field."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.field import SUBLISTS, Field
from gameday_fakes.netsuite.item_types import INVENTORY, ITEM_TYPES
from gameday_fakes.netsuite.models import Record
from gameday_fakes.netsuite.render import current
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.table_shapes import NAME, RECORD, Column, Table
from gameday_fakes.sql import Kind

#: Which fields faults give other values, by record type.
_ALTERED = {
    "pricing": ("unitPrice",),
    "accountingPeriod": ("closed", "allLocked", "arLocked"),
    "customer": ("isInactive",),
    "inventoryItem": ("isInactive",),
}


def record_table(store: NetSuiteStore, dates: AccountDates, kind: str) -> Table:
    """The table of a record type."""
    altered = _ALTERED.get(kind, ())

    def note_altered() -> None:
        for record in store.records[kind].values():
            current(store, kind, record)

    def present(record: Record) -> Mapping[str, Any]:
        return current(store, kind, record)

    columns = {
        "id": Column("integer", lambda row: row.id, field="id", indexed=True),
        "externalid": Column("text", lambda row: row.external_id, field="externalId", indexed=True),
        "createddate": Column("moment", lambda row: dates.local(row.created_s), field="createdDate"),
        "lastmodifieddate": Column("moment", lambda row: dates.local(row.modified_s), field="lastModifiedDate"),
        RECORD: Column("text", lambda _: kind),
        NAME: Column("text", lambda row: row.name),
    }
    # What the account adds to one type of item is a column of all of them.
    kinds = ITEM_TYPES if kind == INVENTORY else (kind,)
    fields = {name: field for each in kinds for name, field in store.model.record_types[each].fields.items()}
    for name, field in fields.items():
        if name.lower() in columns or name in ("links", "refName") or field.kind in SUBLISTS:
            continue
        columns[name.lower()] = field_column(dates, name, field, present if name in altered else _fields)
    columns |= {name: columns[of] if of in columns else Column("text", get) for name, of, get in _EXTRA.get(kind, ())}
    return Table(
        columns,
        (store.records[kind],),
        (kind,),
        lambda: (dates.time_zone, _faults(store, kind)),
        altered=frozenset(name.lower() for name in altered),
        note_altered=note_altered,
    )


_KINDS: dict[str, Kind] = {
    "reference": "integer",
    "select": "integer",
    "integer": "integer",
    "number": "number",
    "boolean": "flag",
    "date": "date",
}
#: Columns that show another column under a second name, or that are made.
_EXTRA: dict[str, tuple[tuple[str, str, Callable[[Any], Any]], ...]] = {
    "customer": (
        ("altname", "companyname", str),
        ("entitytitle", "", lambda row: row.name),
        ("type", "", lambda _: "CustJob"),
    ),
    "inventoryItem": (
        ("fullname", "itemid", str),
        ("itemtype", "", lambda row: ITEM_TYPES[row.type or INVENTORY]),
    ),
    "subsidiary": (("fullname", "name", str),),
}


def _faults(store: NetSuiteStore, kind: str) -> Hashable:
    """The faults that alter a record type's values."""
    match kind:
        case "pricing":
            return tuple(store.faults.drifts.items())
        case "accountingPeriod":
            return tuple(store.faults.periods.items()), frozenset(store.closed_periods)
        case "customer" | "inventoryItem":
            return tuple(store.faults.inactive.items())
    return None


def field_column(dates: AccountDates, name: str, field: Field, values: Callable[[Any], Mapping[str, Any]]) -> Column:
    """The column of a field; ``values`` gives those of a row."""
    kind = _KINDS.get(field.kind, "text")
    names = dict(zip(field.ids, field.values, strict=True))
    return Column(kind, lambda row: _plain(dates, kind, values(row).get(name)), field.to, name, names=names)


def _fields(record: Record) -> Mapping[str, Any]:
    return record.fields


def _plain(dates: AccountDates, kind: Kind, value: Any) -> Any:
    """A value as queries compare it; empty for none."""
    if kind == "flag":
        # An empty box is one that is not ticked.
        return "T" if value else "F"
    if value is None:
        return ""
    if kind == "date":
        return dates.day(value)
    return value if kind == "number" else str(value)
