"""What the flow needs of an ERP, whichever it is. Each vendor's client and mapping are a file in ``erps``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Account


@dataclass(frozen=True)
class LedgerOrder:
    """An order in the ERP's ledger; ``total`` is net, ``tax`` what comes on top of it.

    ``customer`` is the CRM's id under which the ERP has the one whom it is sold to; empty if that is not known.
    """

    id: str
    deal: str
    total: Decimal
    ended: bool
    currency: str
    tax: Decimal = Decimal(0)
    customer: str = ""


class Erp(Protocol):
    """One company of an ERP, as its integration user. Every request raises Trouble if it fails.

    The client of one that notifies changes by itself has ``changes``, see ``listener.Changes``.
    """

    @property
    def bills(self) -> bool:
        """Whether it makes the invoices of orders by itself, in a billing run."""

    @property
    def takes_keys(self) -> bool:
        """Whether it knows a repeated order by its key: of one that does not, a deal may have two orders."""

    async def has_customer(self, key: str) -> bool:
        """Whether there is a customer under that id of the CRM."""

    async def put_customer(self, account: Account) -> None:
        """Add a customer, or bring it up to date."""

    async def put_order(self, key: str, body: dict[str, Any]) -> str:
        """Create or replace the order of a deal; repeating it changes nothing. Returns its id."""

    async def is_half_written(self, key: str) -> bool:
        """Whether a deal's order has no lines; False if that is not known."""

    async def cancel_order(self, order: str) -> None:
        """Cancel an order; one that is cancelled already stays so."""

    async def transform(self, order: str, key: str = "") -> str:
        """Turn an order into an invoice, once for each call; where the ERP takes one, under this key. Returns its id.

        Empty where an invoice has the key already: an earlier call was carried out after its reply was given up.
        """

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        """The invoices of an order that hold: id and net total."""

    async def delete_invoice(self, invoice: str) -> None:
        """Take an invoice back."""

    async def credit(self, invoice: str, deal: Deal) -> bool:
        """Take back by a credit memo what the deal has less than its invoice, once however often it is repeated.

        False for an invoice that has to be made anew.
        """

    async def ledger(self, deals: Iterable[str]) -> dict[str, list[LedgerOrder]]:
        """The orders of these deals, by deal."""

    async def prices(self) -> dict[tuple[str, str], Decimal]:
        """The price list: base price by SKU and currency."""

    async def currency_id(self, symbol: str) -> str:
        """How orders refer to a currency, given its ISO code."""


class Mapping(Protocol):
    """Builds the body of an order from a deal, by the definition."""

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The body of the order."""

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        """The body for the customer under this id of the CRM."""

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body for an order that has been cancelled."""
