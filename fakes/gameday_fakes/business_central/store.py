"""The records of one company: ids, numbers, prices, tax rates and what has been posted. No HTTP here.

What the API does not show of a record has a name that begins with an underscore: ``_time_s`` and ``_changed_s``
(scenario seconds), ``_external`` (the external document number as it was written), ``_key`` (a customer's id in the
CRM), ``_requested`` (a request added it), ``_written`` (a customer's number as a request wrote it). An order that has
been invoiced in full leaves ``salesOrders``, as in Business Central, and is kept in the archive for the ledger.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from gameday_fakes import ledger
from gameday_fakes.business_central.columns import NO_ID
from gameday_fakes.business_central.errors import refused
from gameday_fakes.business_central.faults import StateFaults
from gameday_fakes.business_central.schema import DOCUMENTS, INDEXED, LINES_OF, SCHEMA
from gameday_fakes.clock import Clock
from gameday_fakes.odata.model import EntitySet, Schema
from gameday_fakes.odata.records import Record, Records

ARCHIVE = "_salesOrders"
_ARCHIVED = {name: f"_{name}" for name in ("salesOrders", "salesOrderLines")}

#: The first number of each series and how it is written ("No. Series" of a demonstration company).
_SERIES = {
    "salesOrders": ("S-ORD", 101001),
    "salesInvoices": ("S-INV", 102001),
    "postedInvoices": ("PS-INV", 103001),
    "salesCreditMemos": ("S-CR", 104001),
    "postedCreditMemos": ("PS-CR", 105001),
    "customers": ("C", 100010),
    "items": ("", 1000),
}


def stored_schema(sets: Mapping[str, EntitySet] = SCHEMA.sets) -> Schema:
    """The schema with the archive, which the API does not show."""
    archived = {}
    for name, hidden in _ARCHIVED.items():
        of = SCHEMA.sets[name]
        archived[hidden] = msgspec.structs.replace(of, name=hidden, navigations=MappingProxyType({}))
    return msgspec.structs.replace(SCHEMA, sets={**sets, **archived})


class CompanyStore(Records):
    """All tables of the company. ``state`` are the faults that are active."""

    def __init__(self, clock: Clock, state: StateFaults) -> None:
        super().__init__(stored_schema(), {**INDEXED, _ARCHIVED["salesOrderLines"]: ("documentId",)})
        self.clock = clock
        self.state = state
        self.closed_periods: set[str] = set()
        #: List prices by item id and currency, and tax rates in percent by tax group.
        self.prices: dict[tuple[str, str], Decimal] = {}
        self.tax_rates: dict[str, Decimal] = {}
        self.local_currency = "USD"
        #: Orders that others than the sync have booked, as they booked them.
        self.others: dict[str, ledger.Entry] = {}
        self._numbers: Counter[str] = Counter()
        self._ids = 0

    # -- identity and time ---------------------------------------------------------------------------

    def new_id(self) -> str:
        """A GUID; the same ones in the same order in every run."""
        self._ids += 1
        digits = hashlib.blake2b(f"business central {self._ids}".encode(), digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def next_number(self, series: str) -> str:
        """The next number of a series that no record has."""
        prefix, first = _SERIES[series]
        taken = self.tables.get(series)
        while True:
            number = f"{prefix}{first + self._numbers[series]}"
            self._numbers[series] += 1
            if taken is None or not taken.find(("number",), (number,)):
                return number

    def now(self) -> datetime.datetime:
        """The date and time on the stack's clock, in UTC."""
        return datetime.datetime.fromtimestamp(self.clock.wall_s(), datetime.UTC)

    def today(self) -> datetime.date:
        """The work date."""
        return self.now().date()

    def stamped(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as they are after a change at this moment."""
        return {**values, "lastModifiedDateTime": self.now(), "_changed_s": self.clock.now_s()}

    def add(self, name: str, values: Mapping[str, Any], *, requested: bool = False) -> Record:
        """Add a record with its id, its defaults and the time."""
        of = SCHEMA.sets[name]
        defaults = {each.name: each.default for each in of.properties.values()}
        hidden = {"_time_s": self.clock.now_s(), "_external": "", "_key": "", "_written": "", "_requested": requested}
        whole = {**defaults, **hidden, **values}
        if "id" in of.properties and whole["id"] is None:
            whole["id"] = self.new_id()
        return self.put(name, self.stamped(whole))

    # -- finding -------------------------------------------------------------------------------------

    def by(self, name: str, property_: str, value: Any) -> Record | None:
        """The first record with a value of a property."""
        key = self.schema.sets[name].key
        found = self[name].find((property_,) if (property_,) != key else key, (value,))
        return found[0] if found else None

    def get(self, name: str, id_: str) -> Record | None:
        """The record with an id."""
        return self[name].records.get((id_,))

    def lines(self, document: str, id_: str) -> list[Record]:
        """The lines of a document, by their sequence."""
        found = self[LINES_OF[document]].find(("documentId",), (id_,))
        return sorted(found, key=lambda line: line.values["sequence"])

    def customer_of(self, values: Mapping[str, Any]) -> Record | None:
        """The customer of a document."""
        return self.get("customers", values["customerId"])

    def document(self, id_: str) -> tuple[str, Record] | None:
        """A document of any kind by its id."""
        for name in DOCUMENTS:
            record = self.get(name, id_)
            if record is not None:
                return name, record
        return None

    def decimals(self, currency: str) -> int:
        """How many decimals amounts of a currency have."""
        record = self.by("currencies", "code", currency)
        return int(record.values["amountDecimalPlaces"][:1] or 2) if record else 2

    def price(self, item: Mapping[str, Any], currency: str) -> Decimal:
        """The list price of an item in a currency, 0 without one."""
        price = self.prices.get((item["id"], currency))
        if price is None:
            price = item["unitPrice"] if currency == self.local_currency else Decimal(0)
        return price * self.state.drift(item["number"])

    # -- orders that have been invoiced --------------------------------------------------------------

    def archive(self, order: Record) -> None:
        """Take an order that is invoiced in full out of the orders, and keep it."""
        for line in self.lines("salesOrders", order.values["id"]):
            self.put(_ARCHIVED["salesOrderLines"], line.values)
        self.put(ARCHIVE, order.values)
        self.remove("salesOrders", (order.values["id"],))

    def archived_lines(self, id_: str) -> list[Record]:
        """The lines of an order in the archive."""
        found = self[_ARCHIVED["salesOrderLines"]].find(("documentId",), (id_,))
        return sorted(found, key=lambda line: line.values["sequence"])

    def orders(self) -> Iterator[tuple[Record, list[Record], bool]]:
        """All orders with their lines, and whether they are still in ``salesOrders``."""
        for record in self[ARCHIVE].records.values():
            yield record, self.archived_lines(record.values["id"]), False
        for record in self["salesOrders"].records.values():
            yield record, self.lines("salesOrders", record.values["id"]), True

    # -- periods -------------------------------------------------------------------------------------

    def need_open(self, date: datetime.date) -> None:
        """Raises ODataError for a posting date in a closed period."""
        period = f"{date:%Y-%m}"
        if period in self.closed_periods or "" in self.closed_periods or self.state.closes(period):
            raise refused("closed_period", target="postingDate")

    def set_currency(self, code: str, name: str, decimals: int) -> Record:
        """Add a currency unless it is there."""
        known = self.by("currencies", "code", code)
        if known is not None:
            return known
        precision = Decimal(1).scaleb(-decimals)
        given = {"code": code, "displayName": name, "symbol": code, "amountDecimalPlaces": f"{decimals}:{decimals}"}
        return self.add("currencies", {**given, "amountRoundingPrecision": precision})

    def currency_id(self, code: str) -> str:
        """The id of a currency in a document: that of the local one is empty, as Business Central has it."""
        record = None if code == self.local_currency else self.by("currencies", "code", code)
        return str(record.values["id"]) if record else NO_ID
