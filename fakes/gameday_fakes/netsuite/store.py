"""All records of the account, references between them, the price list and the accounting periods. No HTTP here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes import ledger
from gameday_fakes.clock import Clock
from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.fields import BUNDLED
from gameday_fakes.netsuite.item_types import INVENTORY, ITEM_TYPES, type_of
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.models import BASE_PRICE, Record
from gameday_fakes.netsuite.standard import TRANSACTIONS
from gameday_fakes.netsuite.stated import StatedFields
from gameday_fakes.netsuite.transactions import Transactions
from gameday_fakes.netsuite.values import round_money
from gameday_fakes.sql import Watched
from gameday_fakes.whole_numbers import whole_number

#: Oracle's NetSuite help, "Using External IDs".
_valid_external_id = re.compile(r"[A-Za-z0-9_-]+").fullmatch


def check_external_id(value: Any) -> str:
    """An external id: letters, digits, underscore and hyphen. Raises Refused."""
    if not isinstance(value, str) or not _valid_external_id(value):
        raise Refused("invalid_content", f"Invalid external id {str(value)[:80]!r}.", path="externalId")
    return value


def period_id(period: str) -> str:
    """The internal id of a period (YYYY-MM)."""
    return str((int(period[:4]) - 2000) * 12 + int(period[5:7]))


def period_of_id(internal_id: str) -> str:
    """The period (YYYY-MM) of an internal id. Raises ValueError."""
    year, month = divmod(int(internal_id) - 1, 12)
    return f"{year + 2000:04}-{month + 1:02}"


class HouseRules(msgspec.Struct):
    """What the account itself refuses; None and False: nothing. The settings of these names explain them."""

    price_tolerance_percent: Decimal | None = None
    largest_discount_percent: Decimal | None = None
    refuse_negative_lines: bool = False
    subsidiaries_must_match: bool = False


class NetSuiteStore(Transactions):
    """All records. Ids are numbers as strings, as on the wire."""

    def __init__(self, clock: Clock, faults: StateFaults, model: Model = BUNDLED) -> None:
        super().__init__()
        self.model = model
        self.clock = clock
        self.faults = faults
        self.dates = AccountDates()
        self.records: dict[str, Watched[Record]] = {
            name: Watched() for name in model.record_types if name not in TRANSACTIONS
        }
        self.by_external_id = {name: {} for name in model.record_types}
        for name in ITEM_TYPES:
            self.records[name] = self.records[INVENTORY]
            self.by_external_id[name] = self.by_external_id[INVENTORY]
        #: The orders that others than the sync have booked, as they booked them, by id.
        self.others: dict[str, ledger.Entry] = {}
        #: Closed periods (YYYY-MM); an empty one closes all.
        self.closed_periods: set[str] = set()
        self.house_rules = HouseRules()
        #: Further fields that the ledger states, and that a sync has to carry over.
        self.stated = StatedFields()
        #: The fields of writes that were dropped because no record here has them.
        self.dropped: set[str] = set()
        #: The tax code of an item, by its id; both are internal ids.
        self.tax_codes: dict[str, str] = {}
        #: Ids in ``pricing`` by item, currency and price level, of each the quantity from which it counts.
        self._pricing: dict[tuple[str, str, str], dict[Decimal, str]] = {}
        self._next_id = 1000

    @property
    def default_subsidiary(self) -> str:
        """The subsidiary of customers and orders for which nothing else is said."""
        return next(iter(self.records["subsidiary"]))

    def new_id(self) -> str:
        """The next internal id."""
        self._next_id += 1
        return str(self._next_id)

    def keep_free(self, ids: Iterable[str]) -> None:
        """Let no new record take one of these ids."""
        self._next_id = max([self._next_id, *(whole_number(id_) or 0 for id_ in ids)])

    # -- other records -------------------------------------------------------------------------------

    def add(self, kind: str, fields: dict[str, Any], *, external_id: str = "", id_: str = "") -> Record:
        """Add a record, or change the one with that external id."""
        now_s = self.clock.wall_s()
        existing = self.by_external_id[kind].get(external_id) if external_id else None
        if existing is not None:
            record = self.records[kind][existing]
            record.fields.update(fields)
            record.modified_s = now_s
            self.records[kind].touch(record.id)
        else:
            record = Record(id_ or self.new_id(), fields, external_id, now_s, now_s, type=type_of(kind))
            self.records[kind][record.id] = record
            if external_id:
                self.by_external_id[kind][external_id] = record.id
        if kind == "pricing":
            self.note_price(record)
        return record

    def remove(self, kind: str, record: Record) -> None:
        """Remove a record."""
        del self.records[kind][record.id]
        self.by_external_id[kind].pop(record.external_id, None)
        if kind == "pricing":
            self.forget_price(record)

    def locate(self, kind: str, reference: str) -> str:
        """The internal id for a path's ``17`` or ``eid:x``. Raises Refused."""
        if reference.startswith("eid:"):
            internal_id = self.by_external_id.get(kind, {}).get(reference[4:])
        else:
            internal_id = reference if reference in self.all_of(kind) else None
        if internal_id is None:
            raise Refused("not_found")
        return internal_id

    def all_of(self, kind: str) -> dict[str, Any]:
        """All records of a type, by internal id; of an item's type those of all of these types."""
        return self.of_kind[kind] if kind in self.of_kind else self.records.get(kind, {})

    def refer(self, kind: str, value: Any, path: str) -> str:
        """The internal id that a body refers to. Raises Refused.

        Accepted forms: ``{"id": "17"}``, ``{"id": "eid:x"}``, ``{"externalId": "x"}``, ``{"refName": "x"}``, and the
        bare internal id [R].
        """
        if isinstance(value, dict):
            shown = value.get("id", value.get("externalId", value.get("refName", "")))
            if "id" in value:
                reference = str(value["id"])
            elif "externalId" in value:
                reference = f"eid:{value['externalId']}"
            else:
                reference = next(
                    (r.id for r in self.records.get(kind, {}).values() if r.name == value.get("refName")), ""
                )
        else:
            shown = reference = str(value)
        try:
            return self.locate(kind, reference)
        except Refused:
            field = path.rpartition(".")[2]
            detail = f"Invalid Field Value {str(shown)[:80]} for the following field: {field}."
            raise Refused("invalid_content", f"Error while accessing a resource. {detail}", path=path) from None

    def find(self, kind: str, internal_id: str) -> Record | None:
        """A record that is no transaction, or None."""
        return self.records[kind].get(internal_id) if kind in self.records else None

    def refer_optional(self, kind: str, value: Any, path: str) -> str:
        """Like ``refer``; empty for a reference that is empty or null."""
        return self.refer(kind, value, path) if value else ""

    def refer_active(self, kind: str, value: Any, path: str) -> str:
        """Like ``refer``, for a customer or item, which must not be inactive."""
        internal_id = self.refer(kind, value, path)
        record = self.records[kind][internal_id]
        if record.fields.get("isInactive") or self.faults.deactivates(record.external_id or record.id):
            field = path.rpartition(".")[2]
            detail = f"Invalid Field Value {internal_id} for the following field: {field}. The record is inactive."
            raise Refused("inactive_reference", f"Error while accessing a resource. {detail}", path=path)
        return internal_id

    def iso(self, currency: str) -> str:
        """The ISO code of a currency's internal id."""
        return str(self.records["currency"][currency].fields["symbol"])

    def decimals(self, currency: str) -> int:
        """How many decimals amounts in a currency have."""
        return int(self.records["currency"][currency].fields.get("currencyPrecision", 2))

    # -- prices and periods --------------------------------------------------------------------------

    def list_price(
        self, item: str, currency: str, level: str = BASE_PRICE, quantity: Decimal = Decimal(1)
    ) -> Decimal | None:
        """The price of an item in a currency at this moment, on a price level and for a quantity; None if it has none.

        A level on which the item has no price takes its percentage, if it has one, off the base price.
        """
        price_id = self.price_at(item, currency, level, quantity)
        if price_id is not None:
            price: Decimal = self.records["pricing"][price_id].fields["unitPrice"]
        else:
            percent: Decimal | None = self.records["priceLevel"][level].fields.get("discountPct")
            base = None if level == BASE_PRICE else self.list_price(item, currency, quantity=quantity)
            if base is None or percent is None:
                return None
            return round_money(base * (100 + percent) / 100, self.decimals(currency))
        factor = self.faults.drift(str(self.records["inventoryItem"][item].fields["itemId"]))
        return price if factor == 1 else round_money(price * factor, self.decimals(currency))

    def price_at(self, item: str, currency: str, level: str, quantity: Decimal, *, exactly: bool = False) -> str | None:
        """The id of the price that counts for a quantity, or of the one from ``exactly`` this quantity on."""
        known = self._pricing.get((item, currency, level), {})
        if exactly:
            return known.get(quantity)
        return max(((least, id_) for least, id_ in known.items() if least <= abs(quantity)), default=(0, None))[1]

    def note_price(self, record: Record) -> None:
        """Take a price for what its fields say."""
        fields = record.fields
        self._pricing.setdefault(_priced(fields), {})[fields.get("quantity") or Decimal(0)] = record.id

    def forget_price(self, record: Record) -> None:
        """Take a price for nothing; before its fields change."""
        self._pricing[_priced(record.fields)].pop(record.fields.get("quantity") or Decimal(0), None)

    def set_price(self, item: str, currency: str, price: Decimal) -> None:
        """Change, or add, a price."""
        price_id = self.price_at(item, currency, BASE_PRICE, Decimal(0), exactly=True)
        if price_id is None:
            fields = {"item": item, "currency": currency, "priceLevel": BASE_PRICE, "unitPrice": price}
            self.add("pricing", fields)
        else:
            record = self.records["pricing"][price_id]
            record.fields["unitPrice"], record.modified_s = price, self.clock.wall_s()
            self.records["pricing"].touch(record.id)

    def is_closed(self, period: str) -> bool:
        """Whether a period (YYYY-MM) is closed."""
        return self.faults.closes(period) or period in self.closed_periods or "" in self.closed_periods


def _priced(fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a price is of: an item in a currency on a price level."""
    return fields["item"], fields["currency"], fields.get("priceLevel") or BASE_PRICE
