"""The tables of one client: numbers, prices, tax rates and what has been posted. No HTTP here.

What the API does not show of a record has a name that begins with an underscore: ``_time_s`` and ``_changed_s``
(scenario seconds), ``_key`` (a partner's id in the CRM), ``_sku`` (a product as its seed writes it), ``_requested`` (a
request added it), ``_incomplete`` (what an order lacks), ``_blocked_by`` (the fault that put it under a credit
block), ``_percent`` (a rate of an item's tax or discount).
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.clock import Clock
from gameday_fakes.odata.records import Record, Records
from gameday_fakes.s4hana.account import LOCAL_CURRENCY
from gameday_fakes.s4hana.billing_document import DOCUMENT
from gameday_fakes.s4hana.errors import Refused
from gameday_fakes.s4hana.faults import StateFaults
from gameday_fakes.s4hana.masters import ADDRESS, PARTNER, PRODUCT
from gameday_fakes.s4hana.sales_order import ITEM, ITEM_PRICE, ORDER
from gameday_fakes.s4hana.schema import INDEXED, SETS, TABLES
from gameday_fakes.s4hana.settings import Settings

#: The first and the last number of each range. Numbers that a refused request has drawn are lost, as in the system.
_RANGES = {
    ORDER: (30_000_001, 39_999_999),
    DOCUMENT: (90_000_001, 99_999_999),
    "accounting": (1_800_000_001, 1_899_999_999),
    PARTNER: (17_100_001, 17_999_999),
    ADDRESS: (20_001, 99_999),
}
_KEYS = {DOCUMENT: "BillingDocument", PARTNER: "BusinessPartner", ORDER: "SalesOrder"}
_HIDDEN = {"_key": "", "_sku": "", "_incomplete": (), "_blocked_by": "", "_percent": Decimal(0)}
#: Decimals of currencies that have not two (ISO 4217).
_DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}


class ClientStore(Records):
    """All tables. ``state`` are the faults that are active, ``settings`` what is configured."""

    def __init__(self, clock: Clock, state: StateFaults) -> None:
        super().__init__(TABLES, INDEXED)
        self.clock = clock
        self.state = state
        self.settings = Settings()
        self.closed_periods: set[str] = set()
        #: List prices by product and currency, and tax rates in percent by the classification of products.
        self.prices: dict[tuple[str, str], Decimal] = {}
        self.tax_rates: dict[str, Decimal] = {}
        self.currencies: set[str] = {LOCAL_CURRENCY}
        #: Orders that others than the sync have booked, as they booked them.
        self.others: dict[str, ledger.Entry] = {}
        self._drawn: Counter[str] = Counter()
        self._latest = datetime.datetime.min.replace(tzinfo=datetime.UTC)

    # -- numbers and time ----------------------------------------------------------------------------

    def next_number(self, of: str) -> str:
        """The next number of a range that no record has. Raises Refused at the end of the range."""
        first, last = _RANGES[of]
        while True:
            number = first + self._drawn[of]
            if number > last:
                raise Refused("number_range")
            self._drawn[of] += 1
            if of not in _KEYS or (str(number),) not in self[of].records:
                return str(number)

    def now(self) -> datetime.datetime:
        """The date and time on the stack's clock, in UTC."""
        return datetime.datetime.fromtimestamp(self.clock.wall_s(), datetime.UTC)

    def today(self) -> datetime.datetime:
        """The current day, as version 2 has days."""
        return self.now().replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)

    def stamped(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as they are after a change at this moment, which is later than that of any change before."""
        self._latest = max(self.now(), self._latest + datetime.timedelta(microseconds=1))
        changed = {"LastChangeDateTime": self._latest, "LastChangeDate": self.today()}
        return {**values, **{n: v for n, v in changed.items() if n in values}, "_changed_s": self.clock.now_s()}

    def add(self, name: str, values: Mapping[str, Any], *, requested: bool = False) -> Record:
        """Add a record with its defaults and the time."""
        defaults = {each.name: each.default for each in SETS[name].properties.values()}
        hidden = {"_time_s": self.clock.now_s(), "_requested": requested, **_HIDDEN}
        whole = {**defaults, **hidden, **values}
        if whole.get("CreationDate", "") is None:
            whole["CreationDate"] = self.today()
        return self.put(name, self.stamped(whole))

    # -- finding -------------------------------------------------------------------------------------

    def get(self, name: str, *key: str) -> Record | None:
        """The record with a key."""
        return self[name].records.get(key)

    def items(self, order: str) -> list[Record]:
        """The items of an order, by their numbers."""
        found = self[ITEM].find(("SalesOrder",), (order,))
        return sorted(found, key=lambda item: int(item.values["SalesOrderItem"]))

    def elements(self, order: str, item: str) -> list[Record]:
        """The pricing elements of an item, in the order of the procedure."""
        found = self[ITEM_PRICE].find(("SalesOrder", "SalesOrderItem"), (order, item))
        names = ("PricingProcedureStep", "PricingProcedureCounter")
        return sorted(found, key=lambda each: tuple(int(each.values[name]) for name in names))

    def partner_of(self, customer: str) -> Record | None:
        """The business partner of a customer: both have one number."""
        return self.get(PARTNER, customer)

    @staticmethod
    def decimals(currency: str) -> int:
        """How many decimals amounts of a currency have."""
        return _DECIMALS.get(currency, 2)

    def price(self, product: str, currency: str) -> Decimal | None:
        """The list price of a product in a currency, None without one."""
        price = self.prices.get((product, currency))
        return None if price is None else price * self.state.drift(self.sku_of(product))

    def number_of(self, sku: str) -> str:
        """The number of a product by its SKU in the CRM, which is its old number; else the SKU as a number."""
        found = self[PRODUCT].find(("ProductOldID",), (sku,))
        return str(found[0].values["Product"]) if found else sku.upper()

    def sku_of(self, product: str) -> str:
        """A product as its seed writes it."""
        record = self.get(PRODUCT, product)
        return str(record.values["_sku"] or product) if record is not None else product

    # -- periods -------------------------------------------------------------------------------------

    def is_open(self, date: datetime.datetime) -> bool:
        """Whether a day is in an open posting period."""
        period = f"{date:%Y-%m}"
        closed = period in self.closed_periods or "" in self.closed_periods
        return not (closed or self.state.closes(period))
