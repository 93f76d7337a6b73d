"""The records of one pod: ids, numbers, prices, tax rates and customers. No HTTP here.

What the API does not show of a record has a name that begins with an underscore: ``_time_s`` and ``_changed_s``
(scenario seconds), ``_key`` (a customer's id in the CRM), ``_requested`` (a request added it), ``_root`` (the first
version of an order, which all of its versions name), ``_billable_s`` (since when AutoInvoice may bill an order),
``_held_by`` (the fault that has put it on hold), ``_order`` (the root of the order that an invoice is of). Parts have
their parent's key.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gameday_fakes import ledger
from gameday_fakes.clock import Clock
from gameday_fakes.odata.records import Record, Records
from gameday_fakes.oracle_fusion.account import ITEM_MASTER
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.faults import StateFaults
from gameday_fakes.oracle_fusion.masters import INVOICES, ITEMS, ORGANIZATIONS, PRICE_CHARGES, PRICE_ITEMS, PRICE_LISTS
from gameday_fakes.oracle_fusion.resources import INDEXED, SCHEMA
from gameday_fakes.oracle_fusion.sales_order import ORDERS
from gameday_fakes.oracle_fusion.settings import Settings

#: Ids have 15 digits, as those of pods do.
_FIRST_ID = 300_100_100_000_000
_FIRST_NUMBERS = {"order": 10_001, "invoice": 70_001, "party": 50_001}
#: What has these numbers.
_NUMBERED = {
    "order": (ORDERS, "OrderNumber"),
    "invoice": (INVOICES, "TransactionNumber"),
    "party": (ORGANIZATIONS, "PartyNumber"),
}
#: Digits before the point that an amount may have.
_MOST_DIGITS = 22
DRAFT, OPEN, CANCELED, REFERENCE = "DOO_DRAFT", "OPEN", "CANCELED", "DOO_REFERENCE"


class PodStore(Records):
    """All tables of the pod. ``state`` are the faults that are active."""

    def __init__(self, clock: Clock, state: StateFaults, settings: Settings) -> None:
        super().__init__(SCHEMA, INDEXED)
        self.clock = clock
        self.state = state
        self.settings = settings
        self.closed_periods: set[str] = set()
        #: Decimals by the currency's ISO code, and tax rates in percent by classification code.
        self.currencies: dict[str, int] = {}
        self.tax_rates: dict[str, Decimal] = {}
        #: Orders that others than the sync have booked, as they booked them.
        self.others: dict[str, ledger.Entry] = {}
        self._numbers: Counter[str] = Counter()
        self._last_id = _FIRST_ID

    # -- identity and time ---------------------------------------------------------------------------

    def new_id(self) -> int:
        """An identifier; the same ones in the same order in every run."""
        self._last_id += 1
        return self._last_id

    def next_number(self, of: str) -> str:
        """The next number of orders, invoices or parties that no record has, not even one that was restored."""
        name, attribute = _NUMBERED[of]
        while True:
            self._numbers[of] += 1
            number = str(_FIRST_NUMBERS[of] + self._numbers[of] - 1)
            if not self[name].find((attribute,), (number,)):
                return number

    def now(self) -> datetime.datetime:
        """The date and time on the stack's clock, in UTC."""
        return datetime.datetime.fromtimestamp(self.clock.wall_s(), datetime.UTC)

    def add(self, name: str, values: Mapping[str, Any], *, requested: bool = False) -> Record:
        """Add a record with its id, its defaults and the time."""
        of = SCHEMA.sets[name]
        now_s = self.clock.now_s()
        whole = {each.name: each.default for each in of.properties.values()}
        whole |= {"_time_s": now_s, "_changed_s": now_s, "_key": "", "_requested": requested, **values}
        if whole[of.key[0]] is None:
            whole[of.key[0]] = self.new_id()
        for each in ("CreationDate", "LastUpdateDate"):
            if each in of.properties and whole[each] is None:
                whole[each] = self.now()
        return self.put(name, whole)

    def touched(self, name: str, record: Record, **values: Any) -> Record:
        """Replace some values of a record at this moment."""
        return self.change(name, record, **values, LastUpdateDate=self.now(), _changed_s=self.clock.now_s())

    # -- finding -------------------------------------------------------------------------------------

    def get(self, name: str, id_: Any) -> Record | None:
        """The record with an id."""
        return self[name].records.get((id_,))

    def current(self, name: str, record: Record) -> Record:
        """A record as it is now."""
        return self[name].records[SCHEMA.sets[name].key_of(record.values)]

    def children(self, name: str, parent: Record, accessor: str) -> list[Record]:
        """The children of a record, in the order in which they came."""
        of = SCHEMA.sets[name]
        return self.related(of, parent.values, of.navigations[accessor])

    def by(self, name: str, attribute: str, value: Any) -> Record | None:
        """The first record with a value of an attribute."""
        found = self[name].find((attribute,), (value,))
        return found[0] if found else None

    def versions(self, root: int) -> list[Record]:
        """The versions of an order, the first one first."""
        return self[ORDERS].find(("_root",), (root,))

    def latest(self, key: str) -> Record | None:
        """The latest version of the order with a key: source system, colon and source id, or the id of a version."""
        if key.isascii() and key.isdigit() and len(key) < 19:
            return self.get(ORDERS, int(key))
        found = self[ORDERS].find(("OrderKey",), (key,))
        return found[-1] if found else None

    def in_force(self, root: int) -> Record | None:
        """The version of an order that is being fulfilled; None if none was ever submitted."""
        submitted = [each for each in self.versions(root) if each.values["StatusCode"] not in (DRAFT, REFERENCE)]
        return submitted[-1] if submitted else None

    def roots(self) -> Iterable[int]:
        """All orders by their first version, in the order in which they came."""
        return (id_ for (id_,), each in self[ORDERS].records.items() if each.values["_root"] == id_)

    def lines(self, order: Record) -> list[Record]:
        """The lines of a version of an order."""
        return self.children(ORDERS, order, "lines")

    def organization(self, number: str) -> Record | None:
        """A customer by its number."""
        return self.by(ORGANIZATIONS, "PartyNumber", number)

    def item(self, number: str) -> Record | None:
        """An item of the item master by its number."""
        found = self[ITEMS].find(("ItemNumber",), (number,))
        return next((each for each in found if each.values["OrganizationCode"] == ITEM_MASTER), None)

    # -- money ---------------------------------------------------------------------------------------

    def rounded(self, amount: Decimal, currency: str) -> Decimal:
        """An amount in its currency. Raises ODataError for one that is too large to be kept."""
        if amount and amount.adjusted() >= _MOST_DIGITS:
            raise refused("bad_value", "The amount is too large.")
        return amount.quantize(Decimal(1).scaleb(-self.currencies.get(currency, 2)), ROUND_HALF_UP)

    def tax_code_of(self, line: Mapping[str, Any], item: Record | None) -> str:
        """The tax classification of a line: its own, else its item's; empty if it is exempt or there is none."""
        if line.get("TaxExemptCode") == "E":
            return ""
        usual = item.values["OutputTaxClassificationCodeValue"] if item is not None else ""
        return str(line["TaxClassificationCode"] or usual or "")

    def list_price(self, item: str, currency: str, on: datetime.date) -> Decimal | None:
        """The list price of an item that is in effect on a day; None without one."""
        prices = self.by(PRICE_LISTS, "CurrencyCode", currency)
        if prices is None:
            return None
        id_, found = prices.values["PriceListId"], None
        for row in self[PRICE_ITEMS].find(("ItemNumber",), (item,)):
            if row.values["_PriceListId"] == id_:
                found = next((each for each in self.children(PRICE_ITEMS, row, "charges") if _applies(each, on)), None)
        return found.values["BasePrice"] * self.state.drift(item) if found is not None else None

    def set_price(self, item: str, currency: str, price: Decimal, since: datetime.date) -> None:
        """Give an item another list price from a day on; the one before ends the day before."""
        prices = self.by(PRICE_LISTS, "CurrencyCode", currency)
        if prices is None:
            self.currencies.setdefault(currency, 2)
            prices = self.add(PRICE_LISTS, {"PriceListName": f"Corporate {currency}", "CurrencyCode": currency})
        id_ = prices.values["PriceListId"]
        rows = (each for each in self[PRICE_ITEMS].find(("ItemNumber",), (item,)) if each.values["_PriceListId"] == id_)
        row = next(rows, None) or self.add(PRICE_ITEMS, {"ItemNumber": item, "_PriceListId": id_})
        for charge in self.children(PRICE_ITEMS, row, "charges"):
            if charge.values["EndDate"] is None:
                if charge.values["StartDate"] >= since:
                    self.change(PRICE_CHARGES, charge, BasePrice=price)
                    return
                self.change(PRICE_CHARGES, charge, EndDate=since - datetime.timedelta(days=1))
        given = {"BasePrice": price, "StartDate": since, "_PriceListItemId": row.values["PriceListItemId"]}
        self.add(PRICE_CHARGES, given)

    # -- periods -------------------------------------------------------------------------------------

    def is_open(self, date: datetime.date) -> bool:
        """Whether the accounting period of a day is open."""
        period = f"{date:%Y-%m}"
        return not (period in self.closed_periods or "" in self.closed_periods or self.state.closes(period))


def _applies(charge: Record, on: datetime.date) -> bool:
    values = charge.values
    return bool(values["StartDate"] <= on and (values["EndDate"] is None or on <= values["EndDate"]))


def sum_of(lines: Iterable[Record], attribute: str) -> Decimal:
    """What lines that are not cancelled add up to."""
    return sum((each.values[attribute] for each in lines if not each.values.get("CanceledFlag")), Decimal(0))
