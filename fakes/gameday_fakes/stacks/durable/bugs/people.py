"""Bugs in what follows when people act in the CRM or in the ERP: they merge, reprice, restore, bill and release."""

from __future__ import annotations

from gameday_fakes.stacks.durable.bugs.parts import OtherSettlement, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.orders import Settlement


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


#: What an order waits for until people release it.
COMPOSITIONS: dict[str, type[Planted]] = {
    "keeps-invoice-of-former-customer": KeepsInvoiceOfFormerCustomer,
}
