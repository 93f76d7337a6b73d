"""The tables of SuiteQL that say which transaction was made from which: whole ones, and line by line.

Oracle's NetSuite help, "Analytics Data Sources", "Previous Transaction Link" and "Next Transaction Line Link"; the
types of links beside ``OrdBill``, ``ShipRcpt`` and ``Payment`` are unconfirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.models import Line, Order, Settlement
from gameday_fakes.netsuite.standard import TRANSACTIONS
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.table_shapes import RECORD, Column, Table
from gameday_fakes.netsuite.transaction_kinds import RETURN, TRANSACTION_KINDS

_TYPES = {
    "invoice": "OrdBill",
    "cashSale": "OrdBill",
    "itemFulfillment": "ShipRcpt",
    "creditMemo": "Payment",
    "customerPayment": "Payment",
    "salesOrder": "EstOrd",
    "estimate": "OppEst",
    RETURN: "SaleRet",
}


class _Link(NamedTuple):
    """What a transaction was made from, and by which line."""

    made: Any
    source: str
    source_kind: str
    line: Line | None


def made_from(transaction: Any) -> str:
    """The id of what a transaction was made from; empty for none."""
    if isinstance(transaction, Order):
        return transaction.made_from
    if isinstance(transaction, Settlement):
        return transaction.made_from or transaction.invoice
    return str(transaction.order)


def _table(store: NetSuiteStore, dates: AccountDates, rows_of: Callable[[Any], list[_Link]], *, lines: bool) -> Table:
    columns = {
        "previousdoc": Column("integer", lambda row: row.source, indexed=True),
        "previoustype": Column("text", lambda row: TRANSACTION_KINDS[row.source_kind].type),
        "nextdoc": Column("integer", lambda row: row.made.id, indexed=True),
        "nexttype": Column("text", lambda row: TRANSACTION_KINDS[row.made.kind].type),
        "nextdate": Column("date", lambda row: dates.day(row.made.date)),
        "linktype": Column("text", lambda row: _TYPES.get(row.made.kind, "")),
        "lastmodifieddate": Column("moment", lambda row: dates.local(row.made.modified_s)),
        RECORD: Column("text", lambda row: row.made.kind),
    }
    if lines:
        columns |= {
            "previousline": Column("integer", lambda row: str(row.line.number) if row.line else "0"),
            "nextline": Column("integer", lambda row: str(row.line.number) if row.line else "0"),
            "foreignamount": Column("number", lambda row: row.line.amount if row.line else row.made.total),
        }
    watched = tuple(store.of_kind[kind] for kind in TRANSACTIONS)
    return Table(columns, watched, TRANSACTIONS, lambda: dates.time_zone, rows_of)


def _source_of(store: NetSuiteStore, made: Any) -> tuple[str, str] | None:
    source = made_from(made)
    if not source:
        return None
    return source, store.kind_of(source)


def link_table(store: NetSuiteStore, dates: AccountDates) -> Table:
    """A row for each transaction that was made from another."""

    def rows_of(made: Any) -> list[_Link]:
        source = _source_of(store, made)
        return [_Link(made, *source, None)] if source else []

    return _table(store, dates, rows_of, lines=False)


def line_link_table(store: NetSuiteStore, dates: AccountDates) -> Table:
    """A row for each of its lines; line 0 is the whole of one without lines."""

    def rows_of(made: Any) -> list[_Link]:
        source = _source_of(store, made)
        return [_Link(made, *source, line) for line in (*made.lines,) or (None,)] if source else []

    return _table(store, dates, rows_of, lines=True)
