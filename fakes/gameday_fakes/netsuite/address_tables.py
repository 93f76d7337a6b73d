"""The tables of SuiteQL for address books: their entries, and the addresses of these.

Oracle's NetSuite help, "Analytics Data Sources", "Entity Address Book" and "Entity Address"; public queries join them
by ``entityaddress.nkey = entityaddressbook.addressbookaddress``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gameday_fakes.netsuite.address_book import ADDRESS, ADDRESS_BOOK, COUNTRY, FLAGS, TEXTS, Entry, address_text
from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.models import Record
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.table_shapes import RECORD, Column, Table


class _Row(NamedTuple):
    customer: Record
    entry: Entry

    @property
    def key(self) -> str:
        """No other address has it."""
        return f"{self.customer.id}{int(self.entry['id']):04}"


def _rows_of(customer: Record) -> list[_Row]:
    return [_Row(customer, entry) for entry in customer.fields.get(ADDRESS_BOOK, ())]


def _table(store: NetSuiteStore, dates: AccountDates, columns: dict[str, Column]) -> Table:
    columns[RECORD] = Column("text", lambda _: "customer")
    return Table(columns, (store.records["customer"],), ("customer",), lambda: dates.time_zone, _rows_of)


def _flag(name: str) -> Column:
    return Column("flag", lambda row: "T" if row.entry[name] else "F")


def _text(name: str) -> Column:
    return Column("text", lambda row: row.entry[ADDRESS].get(name, ""))


def address_book_table(store: NetSuiteStore, dates: AccountDates) -> Table:
    """A row for each entry of an address book."""
    columns: dict[str, Any] = {
        "entity": Column("integer", lambda row: row.customer.id, "customer", indexed=True),
        "internalid": Column("integer", lambda row: row.entry["id"]),
        "addressbookaddress": Column("integer", lambda row: row.key, indexed=True),
        "label": Column("text", lambda row: row.entry["label"]),
        **{name.lower(): _flag(name) for name in FLAGS},
    }
    return _table(store, dates, columns)


def address_table(store: NetSuiteStore, dates: AccountDates) -> Table:
    """A row for each address."""
    columns = {
        "nkey": Column("integer", lambda row: row.key, indexed=True),
        "recordowner": Column("integer", lambda row: row.customer.id, "customer"),
        **{name.lower(): _text(name) for name in (*TEXTS, COUNTRY)},
        "addrtext": Column("text", lambda row: address_text(row.entry)),
    }
    return _table(store, dates, columns)
