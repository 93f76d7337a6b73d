"""Writes a deal's one order and one invoice to the ERP; every step is safe to repeat."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.customers import Customers
from gameday_fakes.stacks.durable.erp import Erp, Mapping
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import encode

#: The fact with the time at which a deal was read that had changed and looked as before.
UNCHANGED = "unchanged:"
#: The fact with the digest for which a deal's invoice is being replaced by another.
REPLACING = "replacing:"
#: Replaces the digest while the order is cancelled; a deal that is won again reopens it.
CANCELLED = "cancelled"
#: Replaces the digest of an invoice that has to be made anew, whatever its total.
WRONG = "outdated"


def digest_of(body: dict[str, Any]) -> str:
    """A digest that changes with the order's content."""
    return hashlib.sha256(encode(body)).hexdigest()[:16]


class OrderWriter(Protocol):
    """Puts an order into the ERP and returns its id."""

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str: ...


class KeyedOrders:
    """Writes each order under the deal's id as its external id, so repeating a write makes no second order."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        """Raises Trouble; with reason ``half_written`` if the ERP committed the header without its lines."""
        try:
            return await self._erp.put_order(deal.id, body)
        except Trouble as trouble:
            if trouble.reason == "unavailable" and await self._erp.is_half_written(deal.id):
                raise Trouble("half_written", trouble.detail, system="erp") from None
            raise


class InvoiceWriter(Protocol):
    """Ensures that an order has exactly one invoice, and returns its id. ``outdated`` is one of earlier content."""

    async def ensure(self, deal: Deal, order: str, outdated: str) -> str: ...


class GuardedInvoices:
    """Looks for an invoice before it creates one, under a key where the ERP takes one.

    Looking is not enough: a request that was given up may be carried out later. An ERP that bills by itself takes the
    amount from the order: of a wrong one it would make the same invoice again, so the order is what is to be put right.
    """

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def ensure(self, deal: Deal, order: str, outdated: str) -> str:
        """Find or create the order's invoice; delete the outdated one and those of a wrong amount first.

        Raises Trouble.
        """
        key = f"{order}-invoice"
        for _ in range(2):
            kept = await self._kept(deal, order, outdated)
            if invoice := kept or await self._erp.transform(order, key):
                return invoice
        raise Trouble("unavailable", f"an invoice {key} is there, and not of order {order}", system="erp")

    async def _kept(self, deal: Deal, order: str, outdated: str) -> str:
        kept = ""
        for invoice, total in (await self._erp.invoices_of(order)).items():
            if (total == deal.amount or self._erp.bills) and invoice != outdated and not kept:
                kept = invoice
            else:
                await self._erp.delete_invoice(invoice)
        return kept


class Settlement:
    """Writes a deal that meets the contract to the ERP: order, then invoice.

    Without ``customers`` the ERP must know every customer already.
    """

    def __init__(
        self,
        store: Store,
        erp: Erp,
        mapping: Mapping,
        orders: OrderWriter,
        invoices: InvoiceWriter,
        customers: Customers | None = None,
    ) -> None:
        self._store = store
        self._customers = customers
        self._erp = erp
        self._mapping = mapping
        self._orders = orders
        self._invoices = invoices

    async def is_ordered(self, deal: Deal, row: Row) -> bool:
        """Whether the order was written as the deal is now, so that nothing of it would be sent. Raises Trouble."""
        written: str = row["digest"]
        if not row["order_id"] or written in ("", CANCELLED):
            return False
        account = await self._known_as(deal.account, row["account"])
        return self._digest(await self._body(deal, row), deal, account) == written

    async def _body(self, deal: Deal, row: Row) -> dict[str, Any]:
        currency_id = await self._erp.currency_id(deal.currency)
        return self._mapping.order(deal, correlation=row["correlation"], currency_id=currency_id)

    def _digest(self, body: dict[str, Any], deal: Deal, account: str) -> str:
        # An account with another id, of which the ERP has the customer under the one before, changes nothing.
        return digest_of(body if account == deal.account else self._mapping.sold_to(body, account))

    async def settle(self, deal: Deal, row: Row) -> None:
        """Make order and invoice match the deal. Raises Trouble."""
        body = await self._body(deal, row)
        account = await self._known_as(deal.account, row["account"])
        digest = self._digest(body, deal, account)
        order, invoiced = row["order_id"], row["invoice_digest"]
        if row["digest"] == CANCELLED:
            body = self._mapping.reopened(body)
        if digest != row["digest"] or not order:
            customer = deal.account
            if self._customers is not None:
                customer = await self._customers.ensure(deal.account)
                body = self._mapping.sold_to(body, customer)
            invoiced = self._invoiced_before(row, digest)
            # The write is indeterminate until the ERP has replied.
            self._store.set_deal(deal.id, digest="", invoice_digest=invoiced, unanswered=1, verified="")
            order = await self._orders.write(deal, row, body)
            if row["invoice_id"] and row["account"] not in ("", account):
                # The account was merged: the invoice is that of a customer who is no more.
                invoiced = WRONG
            elif order != row["order_id"] and not row["invoice_id"]:
                # What is invoiced of another order is right.
                invoiced = ""
            written = {"version": deal.version, "tax": str(deal.tax), "account": account, "customer": customer}
            written["invoice_digest"] = invoiced
            # What the ERP takes its time for begins anew with each write; earlier troubles are over.
            self._store.set_deal(deal.id, order_id=order, digest=digest, unanswered=0, trouble_s=0, **written)
            self._store.note(deal.id, "order written", f"{order}: {deal.amount} {deal.currency}")
        elif row["version"] and deal.version > row["version"]:
            # It has changed and looks as before. Lines are queried for, and may become visible later than their deal.
            self._store.set_fact(f"{UNCHANGED}{deal.id}", str(self._store.now_s()))
        if invoiced == WRONG and not row["invoice_id"]:
            await self._take_back(order)
            # What is there from now on says what the order says.
            invoiced = ""
            self._store.set_deal(deal.id, invoice_digest=invoiced)
        if invoiced != digest or not row["invoice_id"]:
            # Of the same total, it may still have the lines or the date from before the deal was amended.
            outdated = row["invoice_id"] if invoiced not in ("", digest) else ""
            if outdated:
                await self._replace(deal.id, order, outdated, digest)
            invoice = await self._invoice(deal, order, outdated, wrong=invoiced == WRONG)
            self._store.set_deal(deal.id, invoice_id=invoice, invoice_digest=digest)
            if outdated:
                self._store.set_fact(f"{REPLACING}{deal.id}", "")
            self._store.note(deal.id, "invoiced", invoice)
        self._store.set_deal(deal.id, version=deal.version)

    def _invoiced_before(self, row: Row, digest: str) -> str:
        """The digest of what is invoiced before the order is written with another; or ``WRONG``."""
        invoiced: str = row["invoice_digest"]
        if row["order_id"] and not row["invoice_id"] and row["digest"] not in ("", CANCELLED):
            # An invoice may be there all the same, which says what the order said before: the reply to it was given
            # up, or the ERP bills by itself.
            return WRONG
        if invoiced == digest and self._store.fact(f"{REPLACING}{row['id']}"):
            # The deal is again what it was, and its invoice of then is gone, or credited.
            return WRONG
        return invoiced

    async def _replace(self, deal: str, order: str, outdated: str, digest: str) -> None:
        """Note what the outdated invoice is replaced for, and delete what replaced it before, for another state.

        Such a one is there if the sync was killed, or gave up, before it had the reply, and the deal changed again.
        """
        before = self._store.fact(f"{REPLACING}{deal}")
        if before and before != digest:
            await self._take_back(order, but=outdated)
        self._store.set_fact(f"{REPLACING}{deal}", digest)

    async def _take_back(self, order: str, *, but: str = "") -> None:
        """Delete the invoices of an order, ``but`` for one."""
        for invoice in await self._erp.invoices_of(order):
            if invoice != but:
                await self._erp.delete_invoice(invoice)

    async def _known_as(self, account: str, before: str) -> str:
        """An account by the id that it had when its order was written, if both are one customer of the ERP."""
        if before in ("", account) or self._customers is None:
            return account
        same = await self._customers.ensure(before) == await self._customers.ensure(account)
        return before if same else account

    async def _invoice(self, deal: Deal, order: str, outdated: str, *, wrong: bool) -> str:
        """The invoice of an order: the outdated one less what the customer has sent back, else another."""
        if outdated and not wrong and await self._erp.credit(outdated, deal):
            self._store.note(deal.id, "credited", outdated)
            return outdated
        return await self._invoices.ensure(deal, order, outdated)

    async def void(self, deal: Deal) -> None:
        """Cancel every open order of the deal and delete its invoices. Raises Trouble."""
        row = self._store.deal(deal.id)
        ended = {order.id: order.ended for order in (await self._erp.ledger([deal.id])).get(deal.id, [])}
        # A list without it, here and below, may be one of a role that may not see it.
        if row is not None and row["order_id"] and row["digest"] != CANCELLED:
            ended.setdefault(row["order_id"], False)
        for order, is_ended in ended.items():
            invoices = list(await self._erp.invoices_of(order))
            if row is not None and row["order_id"] == order and row["invoice_id"] not in ("", *invoices):
                invoices.append(row["invoice_id"])
            for invoice in invoices:
                await self._erp.delete_invoice(invoice)
            if not is_ended:
                await self._erp.cancel_order(order)
                self._store.note(deal.id, "order cancelled", order)
                # A billing run of the ERP may have come in between.
                for invoice in await self._erp.invoices_of(order):
                    if invoice not in invoices:
                        await self._erp.delete_invoice(invoice)
        if not all(ended.values()):
            await self._check_cancelled(deal)
        self._store.set_fact(f"{REPLACING}{deal.id}", "")
        self._store.set_deal(deal.id, digest=CANCELLED, invoice_id="", invoice_digest="", version=deal.version)

    async def _check_cancelled(self, deal: Deal) -> None:
        """Raise Trouble for an order that is open still: that it is gone may be the wrong answer."""
        left = [order.id for order in (await self._erp.ledger([deal.id])).get(deal.id, []) if not order.ended]
        if left:
            raise Trouble("unavailable", f"the ERP cancelled {', '.join(left)}, and lists it as open", system="erp")
