"""Bugs in what follows a change of a deal: amended orders, changed invoices, voided deals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import (
    OtherInvoices,
    OtherOrders,
    OtherSettlement,
    Planted,
)
from gameday_fakes.stacks.durable.contract import Deal, is_void
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.orders import CANCELLED, GuardedInvoices, KeyedOrders, Settlement
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import Row


class _WrittenOnce(Settlement):
    async def settle(self, deal: Deal, row: Row) -> None:
        if row["order_id"] and row["invoice_id"]:
            self._store.set_deal(deal.id, version=deal.version)
        else:
            await super().settle(deal, row)


class IgnoresAmendments(OtherSettlement):
    """Takes every further event of a deal for a copy: what was amended never reaches the order."""

    caught_by = "process/amended_after_order.feature"
    settlement_class = _WrittenOnce


class _AddingOrders(KeyedOrders):
    _erp: NetSuite

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        if row["order_id"]:
            return await self._erp.write("PATCH", f"/record/v1/salesOrder/{row['order_id']}", body)
        return await super().write(deal, row, body)


class AddsLinesOnChange(OtherOrders):
    """Patches an amended order without replacing its lines: the new ones are added to the old."""

    only = "netsuite"
    caught_by = "process/amended_after_order.feature"
    orders_class = _AddingOrders


class _FirstInvoice(GuardedInvoices):
    async def ensure(self, deal: Deal, order: str, outdated: str) -> str:
        for invoice in await self._erp.invoices_of(order):
            return invoice
        return await self._erp.transform(order)


class KeepsFirstInvoice(OtherInvoices):
    """Keeps the invoice of the deal's first version when the order is amended."""

    caught_by = "process/amended_after_order.feature"
    invoices_class = _FirstInvoice


class _AnotherInvoice(GuardedInvoices):
    async def ensure(self, deal: Deal, order: str, outdated: str) -> str:
        if outdated:
            return await self._erp.transform(order)
        return await super().ensure(deal, order, outdated)


class SecondInvoiceOnChange(OtherInvoices):
    """Invoices an amended order again and leaves the first invoice open."""

    caught_by = "process/amended_after_order.feature"
    invoices_class = _AnotherInvoice


class _OrderOnly(Settlement):
    async def void(self, deal: Deal) -> None:
        for order in (await self._erp.ledger([deal.id])).get(deal.id, []):
            if not order.ended:
                await self._erp.cancel_order(order.id)
        self._store.set_deal(deal.id, digest=CANCELLED, invoice_id="", invoice_digest="", version=deal.version)


class KeepsInvoiceOfVoid(OtherSettlement):
    """Cancels the order of a voided deal and forgets its invoice."""

    # Where an ERP bills by itself, an order is not rejected before its invoice is cancelled.
    needs = "invoice.write"
    caught_by = "process/amended_after_order.feature"
    settlement_class = _OrderOnly


class _InvoiceOnly(Settlement):
    async def void(self, deal: Deal) -> None:
        for order in (await self._erp.ledger([deal.id])).get(deal.id, []):
            for invoice in await self._erp.invoices_of(order.id):
                await self._erp.delete_invoice(invoice)
        self._store.set_deal(deal.id, invoice_id="", invoice_digest="", version=deal.version)


class VoidsOnlyTheInvoice(OtherSettlement):
    """Deletes the invoice of a voided deal and leaves the order open."""

    caught_by = "process/amended_after_order.feature"
    settlement_class = _InvoiceOnly


class _KeepsDeleted(Settlement):
    async def void(self, deal: Deal) -> None:
        # A deal that is deleted can no longer be read, so it has no version.
        if deal.version:
            await super().void(deal)


class KeepsOrdersOfDeletedDeals(OtherSettlement):
    """Takes a deal that the CRM no longer finds for nothing to do: its order stays open."""

    caught_by = "process/amended_after_order.feature"
    settlement_class = _KeepsDeleted


class _WholeCustomer(Settlement):
    _erp: NetSuite

    async def void(self, deal: Deal) -> None:
        rows = await self._erp.suiteql(
            f"SELECT entity FROM transaction WHERE otherrefnum = '{deal.id}' AND type = 'SalesOrd'"  # noqa: S608
        )
        for customer in {row["entity"] for row in rows}:
            query = f"SELECT otherrefnum FROM transaction WHERE entity = '{customer}' AND type = 'SalesOrd'"  # noqa: S608
            for other in {row["otherrefnum"] for row in await self._erp.suiteql(query)} - {deal.id}:
                for order in (await self._erp.ledger([other])).get(other, []):
                    if not order.ended:
                        await self._erp.cancel_order(order.id)
        await super().void(deal)


class VoidsTheWholeCustomer(OtherSettlement):
    """Looks for the order of a voided deal by its customer, and cancels all orders of that customer."""

    only = "netsuite"
    caught_by = "process/amended_after_order.feature"
    settlement_class = _WholeCustomer


class _OrderIsEnough(Settlement):
    async def settle(self, deal: Deal, row: Row) -> None:
        if row["order_id"] and row["reason"]:
            self._store.set_deal(deal.id, version=deal.version)
        else:
            await super().settle(deal, row)


class ForgetsInvoiceAfterFailure(OtherSettlement):
    """Sees at a retry that the order exists, and takes the deal for done although it was never invoiced."""

    caught_by = "erp_rules/closed_period.feature"
    settlement_class = _OrderIsEnough


_TOLERANCE_PERCENT = 5


def _is_rounding(before: Decimal, now: Decimal) -> bool:
    return before != now and abs(now - before) * 100 < _TOLERANCE_PERCENT * abs(before)


class _AboutTheSame(Settlement):
    async def settle(self, deal: Deal, row: Row) -> None:
        fact = f"amount as written:{deal.id}"
        if row["invoice_id"] and _is_rounding(Decimal(self._store.fact(fact, "0")), deal.amount):
            self._store.set_deal(deal.id, version=deal.version)
            return
        await super().settle(deal, row)
        self._store.set_fact(fact, str(deal.amount))


class _ComparesRoughly(Reconciler):
    def _compare(self, record: Record, orders: list[LedgerOrder]) -> None:
        for order in orders:
            if not is_void(record) and _is_rounding(order.total, Decimal(str(record["amount"]))):
                record = {**record, "amount": order.total}
        super()._compare(record, orders)


class TakesSmallChangesForRounding(OtherSettlement):
    """Takes a change of less than five percent of a deal's amount for rounding: such amendments reach no order."""

    caught_by = "process/amended_after_order.feature"
    settlement_class = _AboutTheSame
    reconciler_class = _ComparesRoughly


COMPOSITIONS: dict[str, type[Planted]] = {
    "ignores-amendments": IgnoresAmendments,
    "adds-lines-on-change": AddsLinesOnChange,
    "keeps-first-invoice": KeepsFirstInvoice,
    "second-invoice-on-change": SecondInvoiceOnChange,
    "keeps-invoice-of-void": KeepsInvoiceOfVoid,
    "voids-only-the-invoice": VoidsOnlyTheInvoice,
    "keeps-orders-of-deleted-deals": KeepsOrdersOfDeletedDeals,
    "voids-the-whole-customer": VoidsTheWholeCustomer,
    "forgets-invoice-after-failure": ForgetsInvoiceAfterFailure,
    "takes-small-changes-for-rounding": TakesSmallChangesForRounding,
}
