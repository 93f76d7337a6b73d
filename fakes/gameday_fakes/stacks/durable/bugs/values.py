"""Bugs in what an order says where its total agrees: allocations, units, prices, dates. With any CRM and any ERP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.erp import Mapping

CENT = Decimal("0.01")
SOLD_BY_THE_HUNDRED = 10


class OtherDeals(Planted):
    """The stack whose orders are those of other deals: ``changed`` gives the one that is written in place of a deal."""

    @cached_property
    def mapping(self) -> Mapping:
        return _Changed(super().mapping, self)

    def changed(self, deal: Deal) -> Deal:
        """The deal as the bug writes it."""
        return deal


class _Changed:
    def __init__(self, mapping: Mapping, bug: OtherDeals) -> None:
        self._mapping = mapping
        self._bug = bug

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        return self._mapping.order(self._bug.changed(deal), correlation=correlation, currency_id=currency_id)

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        return self._mapping.sold_to(body, customer)

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._mapping.reopened(body)


class SpreadsDiscounts(OtherDeals):
    """Adds up the discounts of a deal and spreads them over its lines: the totals agree, the lines do not."""

    caught_by = "money/discounts_and_tax.feature"

    def changed(self, deal: Deal) -> Deal:
        gross = [line.unit_price * line.quantity for line in deal.lines]
        if not sum(gross) or deal.tax:
            return deal
        shares = [(deal.amount * each / sum(gross)).quantize(CENT) for each in gross]
        shares[-1] = deal.amount - sum(shares[:-1])
        lines = (replace(line, amount=share) for line, share in zip(deal.lines, shares, strict=True))
        return replace(deal, lines=tuple(lines))


class AmendsLinesByPosition(OtherDeals):
    """Applies what was amended by a line's position in a list that it sorts: quantities go to other products."""

    caught_by = "process/amended_after_order.feature"

    @cached_property
    def _first(self) -> dict[str, tuple[Line, ...]]:
        return {}

    def changed(self, deal: Deal) -> Deal:
        first = self._first.setdefault(deal.id, deal.lines)
        if first == deal.lines:
            return deal
        products = sorted((line.sku, line.tax_code) for line in deal.lines)
        lines = (replace(line, sku=sku) for line, (sku, _) in zip(deal.lines, products, strict=True))
        return replace(deal, lines=tuple(lines))


class DateOfLastChange(OtherDeals):
    """Takes the day on which a deal's record last changed for the day on which it was won."""

    caught_by = "delivery/reply_lost.feature"

    def changed(self, deal: Deal) -> Deal:
        return replace(deal, close_date=deal.version[:10])


class PricesPerHundred(OtherDeals):
    """Writes the price of a hundred as the price of one where ten or more are sold; the amounts stay as they are."""

    # Others compute the amount from the price.
    only = "netsuite"
    caught_by = "delivery/reply_lost.feature"

    def changed(self, deal: Deal) -> Deal:
        lines = (
            replace(line, unit_price=line.unit_price * 100) if line.quantity >= SOLD_BY_THE_HUNDRED else line
            for line in deal.lines
        )
        return replace(deal, lines=tuple(lines))


class QuantityFromAmount(OtherDeals):
    """Works the quantity out from amount and unit price: what was discounted is delivered in part."""

    caught_by = "money/discounts_and_tax.feature"

    def changed(self, deal: Deal) -> Deal:
        return replace(deal, lines=tuple(self._worked_out(deal)))

    def _worked_out(self, deal: Deal) -> Iterator[Line]:
        for line in deal.lines:
            quantity = (line.amount / line.unit_price).quantize(CENT) if line.unit_price > 0 else Decimal(0)
            yield replace(line, quantity=quantity) if quantity else line


class TaxesAllLinesAlike(OtherDeals):
    """Takes the tax code of a deal's first line for one of the whole order: what is taxed otherwise is taxed wrong."""

    caught_by = "money/discounts_and_tax.feature"

    def changed(self, deal: Deal) -> Deal:
        return replace(deal, lines=tuple(replace(line, tax_code=deal.lines[0].tax_code) for line in deal.lines))


COMPOSITIONS: dict[str, type[Planted]] = {
    "spreads-discounts": SpreadsDiscounts,
    "amends-lines-by-position": AmendsLinesByPosition,
    "date-of-last-change": DateOfLastChange,
    "prices-per-hundred": PricesPerHundred,
    "quantity-from-amount": QuantityFromAmount,
    "taxes-all-lines-alike": TaxesAllLinesAlike,
}
