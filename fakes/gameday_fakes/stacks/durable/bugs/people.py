"""Bugs in what follows when people act in the CRM or in the ERP: they merge, reprice, restore, bill and release."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, OtherSettlement, Planted
from gameday_fakes.stacks.durable.bugs.values import OtherDeals
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.orders import Settlement
from gameday_fakes.stacks.durable.store import Row
from gameday_fakes.stacks.durable.trouble import Trouble


class _MovesTheOrder(Settlement):
    async def _invoice(self, deal: Deal, order: str, outdated: str, *, wrong: bool) -> str:
        if wrong and outdated:
            return outdated
        return await super()._invoice(deal, order, outdated, wrong=wrong)


class KeepsInvoiceOfFormerCustomer(OtherSettlement):
    """Moves an order to the account that is left after a merge, and leaves its invoice with the one that is not."""

    only = "salesforce"
    needs = "invoice.write"
    caught_by = "modes/two_accounts_merged.feature"
    settlement_class = _MovesTheOrder


class _Priced(Salesforce):
    """Reads the price list, too, when a deal is read again."""

    @cached_property
    def seen(self) -> set[str]:
        return set()

    @cached_property
    def price_list(self) -> dict[tuple[str, str], Decimal]:
        """The prices by product and currency."""
        return {}

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        found = await super().read_deals(deals)
        if not self.seen.isdisjoint(deals):
            query = "SELECT Product2.ProductCode, CurrencyIsoCode, UnitPrice FROM PricebookEntry WHERE IsActive = true"
            for row in await self.query(query):
                self.price_list[row["Product2"]["ProductCode"], row["CurrencyIsoCode"]] = Decimal(str(row["UnitPrice"]))
        self.seen.update(deals)
        return found


class UnitPriceOfToday(OtherCrm, OtherDeals):
    """Writes a deal that it reads again with the unit prices of the CRM's list as it is by then."""

    caught_by = "modes/repriced_in_crm.feature"
    crm_class = _Priced

    def changed(self, deal: Deal) -> Deal:
        lines = (
            replace(line, unit_price=self.crm.price_list.get((line.sku, deal.currency), line.unit_price))
            for line in deal.lines
        )
        return replace(deal, lines=tuple(lines))


#: What an order waits for until people release it.
_HELD = ("credit_hold", "on_hold")


class _DatesAtRelease(Settlement):
    @cached_property
    def _held(self) -> set[str]:
        return set()

    async def settle(self, deal: Deal, row: Row) -> None:
        self._held |= {deal.id} if row["reason"] in _HELD else set()
        if deal.id in self._held:
            deal = replace(deal, close_date=datetime.datetime.now(datetime.UTC).date().isoformat())
        await super().settle(deal, row)


class DatesReleasedOrdersToday(OtherSettlement):
    """Dates an order that people held on the day of its release: it is booked in another period than it was won in."""

    caught_by = "modes/credit_released.feature"
    settlement_class = _DatesAtRelease


COMPOSITIONS: dict[str, type[Planted]] = {
    "keeps-invoice-of-former-customer": KeepsInvoiceOfFormerCustomer,
    "unit-price-of-today": UnitPriceOfToday,
    "dates-released-orders-today": DatesReleasedOrdersToday,
}
