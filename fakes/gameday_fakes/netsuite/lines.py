"""The lines of orders, estimates, opportunities, invoices and cash sales. No HTTP here.

Prices [R]: a line takes its rate from the price list, by its price level (the base price if it names none) and its
quantity, and its amount is rate times quantity; a rate and amount in the request are replaced without an error. A line
with the custom level (``"price": {"id": "-1"}``) keeps its rate and amount. An account's own script may refuse rates
off the price list, large discounts and negative lines: ``HouseRules``, off unless configured.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.netsuite import adjustments, customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.field import RecordType
from gameday_fakes.netsuite.item_types import Role
from gameday_fakes.netsuite.models import BASE_PRICE, CUSTOM_PRICE, Invoice, Line, Order
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.values import round_money, to_decimal, to_text


class LineWriter:
    """Makes the lines of a document out of a request's body."""

    def __init__(self, store: NetSuiteStore) -> None:
        self._store = store

    def lines(self, order: Order | Invoice, sublist: Any, *, replace: bool) -> tuple[Line, ...]:
        """The lines of an order, or of an invoice, with those of a body merged by ``line``, or in place of them.

        Raises Refused.
        """
        items = sublist.get("items") if isinstance(sublist, dict) else sublist
        if not isinstance(items, list) or not items:
            raise Refused("invalid_content", "Invalid content: the sublist has no items.", path="item.items")
        kind = self._store.model.record_types[order.kind]
        lines = {} if replace else {line.number: line for line in order.lines}
        for index, body in enumerate(items):
            path = f"item.items[{index}]"
            if not isinstance(body, dict):
                raise Refused("invalid_content", "Invalid content: a line is not an object.", path=path)
            given = body.get("line")
            number = int(to_decimal(given, f"{path}.line")) if given is not None else max(lines, default=0) + 1
            lines[number] = self._line(kind, order, number, body, lines.get(number), path)
        decimals = self._store.decimals(order.currency)
        return adjustments.settled(
            [lines[number] for number in sorted(lines)],
            decimals,
            lambda code, amount: self._tax(code, amount, decimals),
        )

    def _line(
        self, kind: RecordType, order: Order | Invoice, number: int, body: dict[str, Any], old: Line | None, path: str
    ) -> Line:
        store = self._store
        if "item" in body:
            item = store.refer_active("inventoryItem", body["item"], f"{path}.item")
        elif old is not None:
            item = old.item
        else:
            raise Refused(
                "missing_field",
                "Error while accessing a resource. Please enter value(s) for: Item.",
                path=f"{path}.item",
            )
        role = adjustments.role_of(store, item)
        if role:
            return self._other(kind, order, number, body, old if old and old.item == item else None, path, item, role)
        quantity = old.quantity if old and not old.role else Decimal(1)
        if body.get("quantity") is not None:
            quantity = to_decimal(body["quantity"], f"{path}.quantity")
        if not quantity or (quantity < 0 and self._store.house_rules.refuse_negative_lines):
            expected = "a positive quantity" if self._store.house_rules.refuse_negative_lines else "a quantity but 0"
            raise Refused("invalid_content", f"Invalid value: {expected} is expected.", path=f"{path}.quantity")
        level = old.price_level if old else BASE_PRICE
        if "price" in body:
            level = _price_level(store, body["price"], f"{path}.price")
        rate, amount = self._price(order, item, quantity, level, body, path)
        description = to_text(body.get("description", old.description if old else ""), f"{path}.description", 4000)
        # A line takes the tax code of its item unless it names another.
        tax_code = old.tax_code if old and old.item == item else store.tax_codes.get(item, "")
        if "taxCode" in body:
            tax_code = store.refer_optional("salesTaxItem", body["taxCode"], f"{path}.taxCode")
        tax = self._tax(tax_code, amount, store.decimals(order.currency))
        if tax and store.faults.zeroes_tax(order.deal if isinstance(order, Order) else order.order):
            tax = Decimal(0)
        is_closed = body.get("isClosed", old.is_closed if old else False) in (True, "T")
        take = customs.changed if old else customs.new
        custom = take(store, kind.further_lines, old.custom if old else {}, body, f"{path}.")
        return Line(number, item, quantity, rate, amount, level, description, tax_code, tax, is_closed, custom)

    def _other(
        self,
        kind: RecordType,
        order: Order | Invoice,
        number: int,
        body: dict[str, Any],
        old: Line | None,
        path: str,
        item: str,
        role: Role,
    ) -> Line:
        """A line that sells nothing, without what follows from the lines above it."""
        store = self._store
        amount, percent, tax_code = Decimal(0), None, old.tax_code if old else ""
        if role == "adjustment":
            amount, percent = self._adjustment(order, item, body, old, path)
        if "taxCode" in body:
            tax_code = store.refer_optional("salesTaxItem", body["taxCode"], f"{path}.taxCode")
        description = to_text(body.get("description", old.description if old else ""), f"{path}.description", 4000)
        take = customs.changed if old else customs.new
        custom = take(store, kind.further_lines, old.custom if old else {}, body, f"{path}.")
        is_closed = body.get("isClosed", old.is_closed if old else False) in (True, "T")
        # It has no quantity, and no price level but the custom one.
        none = Decimal(0)
        return Line(
            number,
            item,
            none,
            amount,
            amount,
            CUSTOM_PRICE,
            description,
            tax_code,
            None,
            is_closed,
            custom,
            role,
            percent,
        )

    def _adjustment(
        self, order: Order | Invoice, item: str, body: dict[str, Any], old: Line | None, path: str
    ) -> tuple[Decimal, Decimal | None]:
        """The amount of a discount or a markup, or its percentage: the body's, else those that it has."""
        rate = adjustments.read_rate(body.get("rate"), f"{path}.rate")
        if rate == adjustments.Rate() and body.get("amount") is not None:
            rate = adjustments.Rate(to_decimal(body["amount"], f"{path}.amount"))
        if rate == adjustments.Rate() and old is not None:
            rate = adjustments.Rate(old.rate if old.percent is None else None, old.percent)
        if rate == adjustments.Rate():
            rate = adjustments.read_rate(self._store.records["inventoryItem"][item].fields.get("rate"), f"{path}.rate")
        if rate == adjustments.Rate():
            raise self._without_price(order, item, path)
        most = self._store.house_rules.largest_discount_percent
        if most is not None and rate.percent is not None and -rate.percent > most:
            text = f"The rate {rate.text} of item {self._name(item)} is more than a discount of {most}%"
            raise _out_of_tolerance(f"{text}.", f"{path}.rate")
        return round_money(rate.amount or Decimal(0), self._store.decimals(order.currency)), rate.percent

    def _tax(self, code: str, amount: Decimal, decimals: int) -> Decimal | None:
        """The tax on a line's amount, rounded line by line; None without a code."""
        if not code:
            return None
        rate: Decimal = self._store.records["salesTaxItem"][code].fields["rate"]
        return round_money(amount * rate / 100, decimals)

    def _price(
        self, order: Order | Invoice, item: str, quantity: Decimal, level: str, body: dict[str, Any], path: str
    ) -> tuple[Decimal, Decimal]:
        decimals = self._store.decimals(order.currency)
        listed = self._store.list_price(item, order.currency, BASE_PRICE if level == CUSTOM_PRICE else level, quantity)
        rate, amount = (
            None if body.get(name) is None else to_decimal(body[name], f"{path}.{name}") for name in ("rate", "amount")
        )
        if level != CUSTOM_PRICE:
            if listed is None:
                raise self._without_price(order, item, path)
            return listed, round_money(listed * quantity, decimals)
        if rate is None:
            if amount is None:
                raise self._without_price(order, item, path)
            rate = round(amount / quantity, 8)
        full = round_money(rate * quantity, decimals)
        amount = full if amount is None else round_money(amount, decimals)
        self._check_price(self._name(item), listed, rate, full, amount, path)
        return rate, amount

    def _without_price(self, order: Order | Invoice, item: str, path: str) -> Refused:
        iso = self._store.iso(order.currency)
        return Refused(
            "missing_field",
            "Error while accessing a resource. Please enter value(s) for: Rate. "
            f"Item {self._name(item)} has no price in {iso}.",
            path=f"{path}.rate",
        )

    def _check_price(
        self, item: str, listed: Decimal | None, rate: Decimal, full: Decimal, amount: Decimal, path: str
    ) -> None:
        """What the account's own script refuses. ``full`` is rate times quantity. Raises Refused."""
        rules = self._store.house_rules
        percent, most = rules.price_tolerance_percent, rules.largest_discount_percent
        if rules.refuse_negative_lines and (full < 0 or amount < 0):
            raise _out_of_tolerance(f"The amount {amount} of item {item} is negative.", f"{path}.amount")
        if listed is not None and percent is not None and abs(rate - listed) * 100 > abs(listed) * percent:
            text = f"The rate {rate} of item {item} is outside of the tolerance of {percent}% of the price list"
            raise _out_of_tolerance(f"{text} ({listed}).", f"{path}.rate")
        off = full - amount if full >= 0 else amount - full
        too_little = most is not None and off * 100 > abs(full) * most
        too_much = percent is not None and -off * 100 > abs(full) * percent
        if too_little or too_much:
            discount = "" if most is None else f", less a discount of {most}% at most"
            text = f"The amount {amount} of item {item} is outside of the tolerance: rate times quantity is {full}"
            raise _out_of_tolerance(f"{text}{discount}.", f"{path}.amount")

    def _name(self, item: str) -> str:
        return self._store.records["inventoryItem"][item].name


def own_line(kind: RecordType, line: Line) -> Line:
    """A line of another document with those of its fields that lines of this record type have too."""
    kept = {name: value for name, value in line.custom.items() if name in kind.further_lines}
    return line if len(kept) == len(line.custom) else msgspec.structs.replace(line, custom=kept)


def _out_of_tolerance(text: str, path: str) -> Refused:
    return Refused("price_out_of_tolerance", f"Error while accessing a resource. {text}", path=path)


def _price_level(store: NetSuiteStore, value: Any, path: str) -> str:
    level = str(value.get("id", "") if isinstance(value, dict) else value)
    return level if level == CUSTOM_PRICE else store.refer("priceLevel", value, path)
