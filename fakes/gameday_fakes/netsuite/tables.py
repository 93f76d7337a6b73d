"""The tables of SuiteQL: columns of transactions, customers, items, prices, currencies and periods."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.field import Field
from gameday_fakes.netsuite.fields import BUNDLED
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.models import ORDER_STATUS, Invoice, Line, Order, Record, Settlement
from gameday_fakes.netsuite.render import current
from gameday_fakes.netsuite.standard import TRANSACTIONS
from gameday_fakes.netsuite.store import NetSuiteStore, period_id

ColumnKind = Literal["text", "integer", "number", "date", "moment", "flag"]


_Transaction = Order | Invoice | Settlement
_LineRow = tuple[_Transaction, Line]
#: The type of each kind of transaction.
_TYPES = {
    "salesOrder": "SalesOrd",
    "invoice": "CustInvc",
    "creditMemo": "CustCred",
    "customerPayment": "CustPymt",
}


class Column(msgspec.Struct, frozen=True):
    """A column: how its values compare, how to get one from a row, and the record type that it refers to.

    ``names`` are the names of the values of a list, by their ids.
    """

    kind: ColumnKind
    get: Callable[[Any], Any]
    to: str = ""
    names: Mapping[str, str] = {}


class Table(msgspec.Struct, frozen=True):
    """A table.

    ``find`` gives the rows that can hold a value in an indexed column; ``records`` are the record types whose
    permission it needs, and ``record_of`` gives the type of a row.
    """

    columns: Mapping[str, Column]
    rows: Callable[[], Iterable[Any]]
    find: Mapping[str, Callable[[str], Iterable[Any]]]
    records: tuple[str, ...]
    record_of: Callable[[Any], str]


def _transactions(store: NetSuiteStore, dates: AccountDates) -> Table:
    def rows() -> Iterator[_Transaction]:
        yield from store.orders.values()
        yield from store.invoices.values()
        for settlements in store.settlements.values():
            yield from settlements.values()

    def by_id(value: str) -> list[_Transaction]:
        return [all_[value] for kind in TRANSACTIONS if value in (all_ := store.all_of(kind))]

    def by_external_id(value: str) -> list[_Transaction]:
        ids = (store.by_external_id[kind].get(value) for kind in TRANSACTIONS)
        return [row for internal_id in ids if internal_id for row in by_id(internal_id)]

    def by_created_from(value: str) -> list[_Transaction]:
        invoices = [store.invoices[internal_id] for internal_id in store.invoices_of.get(value, ())]
        return [*invoices, *store.settlements_of.get(value, ())]

    def by_other_ref(value: str) -> list[_Transaction]:
        orders = [store.orders[internal_id] for internal_id in store.by_other_ref.get(value, ())]
        return [*orders, *(row for row in rows() if not isinstance(row, Order) and row.other_ref_num == value)]

    find: dict[str, Callable[[str], Iterable[Any]]] = {
        "id": by_id,
        "externalid": by_external_id,
        "createdfrom": by_created_from,
        "otherrefnum": by_other_ref,
    }
    return Table(_transaction_columns(store, dates), rows, find, TRANSACTIONS, _record_of)


def _transaction_columns(store: NetSuiteStore, dates: AccountDates) -> dict[str, Column]:
    def is_order(row: _Transaction) -> bool:
        return isinstance(row, Order)

    def status(row: _Transaction) -> tuple[str, str]:
        if isinstance(row, Order):
            return row.status, ORDER_STATUS[row.status]
        if isinstance(row, Invoice):
            return ("A", "Open") if store.remaining(row) or not row.total else ("B", "Paid In Full")
        return "B", "Fully Applied"

    return {
        "id": Column("integer", lambda row: row.id),
        "externalid": Column("text", lambda row: row.external_id),
        "otherrefnum": Column("text", lambda row: row.other_ref_num),
        "tranid": Column("text", lambda row: row.tran_id),
        "type": Column("text", lambda row: _TYPES[_record_of(row)]),
        "recordtype": Column("text", lambda row: _record_of(row).lower()),
        "trandate": Column("date", lambda row: dates.day(row.date)),
        "entity": Column("integer", lambda row: row.customer, "customer"),
        "currency": Column("integer", lambda row: row.currency, "currency"),
        "subsidiary": Column("integer", lambda row: row.subsidiary, "subsidiary"),
        "foreigntotal": Column("number", lambda row: row.total),
        "total": Column("number", lambda row: row.total),
        "status": Column("text", lambda row: status(row)[0]),
        "statusname": Column("text", lambda row: status(row)[1]),
        "memo": Column("text", lambda row: row.memo),
        "taxtotal": Column("number", lambda row: row.tax_total),
        "terms": Column("integer", lambda row: "" if isinstance(row, Settlement) else row.terms, "term"),
        "createdfrom": Column("integer", _made_from),
        "postingperiod": Column(
            "integer", lambda row: "" if is_order(row) else period_id(row.period), "accountingPeriod"
        ),
        "createddate": Column("moment", lambda row: dates.local(row.created_s)),
        "lastmodifieddate": Column("moment", lambda row: dates.local(row.modified_s)),
        "voided": Column("flag", lambda _: "F"),
        **{
            name.lower(): _custom(dates, name, field, lambda row: row.custom)
            for kind in reversed(TRANSACTIONS)
            for name, field in store.model.record_types[kind].further.items()
        },
    }


def _record_of(row: _Transaction) -> str:
    if isinstance(row, Settlement):
        return row.kind
    return "salesOrder" if isinstance(row, Order) else "invoice"


def _made_from(row: _Transaction) -> str:
    if isinstance(row, Settlement):
        return row.invoice
    return row.order if isinstance(row, Invoice) else ""


_COLUMN_KINDS: dict[str, ColumnKind] = {
    "reference": "integer",
    "select": "integer",
    "integer": "integer",
    "number": "number",
    "boolean": "flag",
    "date": "date",
}


def _custom(dates: AccountDates, name: str, field: Field, values: Callable[[Any], Mapping[str, Any]]) -> Column:
    """The column of a field that the account has added; ``values`` gives those of a row."""
    kind = _COLUMN_KINDS.get(field.kind, "text")
    names = {str(number): value for number, value in enumerate(field.values, start=1)}
    return Column(kind, lambda row: _plain(dates, kind, values(row).get(name)), field.to, names)


def _plain(dates: AccountDates, kind: ColumnKind, value: Any) -> Any:
    """A value as queries compare it; empty for none."""
    if value is None:
        return ""
    if kind == "flag":
        return "T" if value else "F"
    if kind == "date":
        return dates.day(value)
    return value if kind == "number" else str(value)


def _lines(store: NetSuiteStore, dates: AccountDates) -> Table:
    transactions = _transactions(store, dates)

    def rows() -> Iterator[_LineRow]:
        for transaction in transactions.rows():
            for line in transaction.lines:
                yield transaction, line

    def by_transaction(value: str) -> list[_LineRow]:
        return [(row, line) for row in transactions.find["id"](value) for line in row.lines]

    columns = {
        "transaction": Column("integer", lambda row: row[0].id),
        "linesequencenumber": Column("integer", lambda row: str(row[1].number)),
        "item": Column("integer", lambda row: row[1].item, "inventoryItem"),
        "quantity": Column("number", lambda row: row[1].quantity),
        "rate": Column("number", lambda row: row[1].rate),
        "foreignamount": Column("number", lambda row: row[1].amount),
        "netamount": Column("number", lambda row: row[1].amount),
        "mainline": Column("flag", lambda _: "F"),
        "taxcode": Column("integer", lambda row: row[1].tax_code, "salesTaxItem"),
        "isclosed": Column("flag", lambda row: "T" if row[1].is_closed else "F"),
        "createdfrom": Column("integer", lambda row: _made_from(row[0])),
        **{
            name.lower(): _custom(dates, name, field, lambda row: row[1].custom)
            for kind in reversed(TRANSACTIONS)
            for name, field in store.model.record_types[kind].further_lines.items()
        },
    }
    return Table(columns, rows, {"transaction": by_transaction}, transactions.records, lambda row: _record_of(row[0]))


def _records(store: NetSuiteStore, dates: AccountDates, kind: str) -> Table:
    def by_id(value: str) -> list[Record]:
        record = store.records[kind].get(value)
        return [record] if record else []

    def by_external_id(value: str) -> list[Record]:
        return by_id(store.by_external_id[kind].get(value, ""))

    columns = {
        "id": Column("integer", lambda row: row.id),
        "externalid": Column("text", lambda row: row.external_id),
        "createddate": Column("moment", lambda row: dates.local(row.created_s)),
        "lastmodifieddate": Column("moment", lambda row: dates.local(row.modified_s)),
    }
    for name, field in store.model.record_types[kind].fields.items():
        if name.lower() in columns or name in ("links", "refName"):
            continue
        columns[name.lower()] = _custom(dates, name, field, lambda row: current(store, kind, row))
    return Table(
        columns, store.records[kind].values, {"id": by_id, "externalid": by_external_id}, (kind,), lambda _: kind
    )


MakeTable = Callable[[NetSuiteStore, AccountDates], Table]


@functools.lru_cache(maxsize=16)
def tables_of(model: Model) -> Mapping[str, MakeTable]:
    """What builds each table from the records, by its name in SuiteQL."""
    return {
        "transaction": _transactions,
        "transactionline": _lines,
        "item": functools.partial(_records, kind="inventoryItem"),
        **{
            kind.lower(): functools.partial(_records, kind=kind)
            for kind in model.record_types
            if kind not in TRANSACTIONS
        },
    }


#: Those of the bundled organisation.
TABLES = tables_of(BUNDLED)


def shown(
    store: NetSuiteStore, dates: AccountDates, column: Column, value: Any, *, display: bool = False, wanted: str = ""
) -> str:
    """A value as SuiteQL writes it: always a string, dates in the account's format."""
    if isinstance(value, datetime.datetime):
        return dates.show(value, wanted)
    if display and value in column.names:
        return column.names[value]
    if display and column.to in store.records and value in store.records[column.to]:
        return store.records[column.to][value].name
    return str(value)
