"""The transactions of an account, and how they hang together. No HTTP here, and no rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gameday_fakes.netsuite.models import Fulfillment, Invoice, Order, Settlement
from gameday_fakes.netsuite.transaction_kinds import BILLS, PROPOSALS, RETURN, TRANSACTION_KINDS
from gameday_fakes.sql import Watched


class Transactions:
    """Orders and what they are made from, invoices, cash sales, fulfilments, credit memos and payments, by id."""

    #: The field of an order that names its deal; empty for the external id, else the customer's reference.
    deal_field = ""

    def __init__(self) -> None:
        self.orders: Watched[Order] = Watched()
        #: Sales orders, estimates, opportunities and returns, by their kind and id.
        self.of_order_kind: dict[str, Watched[Order]] = {
            "salesOrder": self.orders,
            **{kind: Watched() for kind in (*PROPOSALS, RETURN)},
        }
        #: Invoices and cash sales, by their kind and id, and the ids of an order's by its id.
        self.bills: dict[str, Watched[Invoice]] = {kind: Watched() for kind in BILLS}
        self.invoices_of: dict[str, tuple[str, ...]] = {}
        self.fulfillments: Watched[Fulfillment] = Watched()
        self.fulfillments_of: dict[str, tuple[Fulfillment, ...]] = {}
        #: Ids of orders by ``otherRefNum``, the number of the customer's own order.
        self.by_other_ref: dict[str, tuple[str, ...]] = {}
        #: Credit memos and payments, by their kind and id, and the ids of an invoice's by its id.
        self.settlements: dict[str, Watched[Settlement]] = {"creditMemo": Watched(), "customerPayment": Watched()}
        self.settlements_of: dict[str, tuple[Settlement, ...]] = {}
        #: All of them by their kind.
        self.of_kind: dict[str, Watched[Any]] = {
            **self.of_order_kind,
            **self.bills,
            "itemFulfillment": self.fulfillments,
            **self.settlements,
        }
        #: By record type, then by external id: the internal id.
        self.by_external_id: dict[str, dict[str, str]] = {}

    @property
    def invoices(self) -> Watched[Invoice]:
        """The invoices."""
        return self.bills["invoice"]

    def orders_of(self, kind: str) -> Watched[Order]:
        """Sales orders, or what is like one."""
        return self.of_order_kind[kind]

    def kind_of(self, id_: str) -> str:
        """The kind of a transaction; "opportunity" for one that is gone."""
        return next((kind for kind, known in self.of_kind.items() if id_ in known), "opportunity")

    def source_of(self, id_: str) -> Order | None:
        """An order, an estimate or an opportunity, from which documents are made."""
        return next((known[id_] for known in self.of_order_kind.values() if id_ in known), None)

    def status_of(self, transaction: Order | Invoice | Settlement | Fulfillment) -> tuple[str, str]:
        """The status of a transaction: its letter, and what people see."""
        match transaction:
            case Order() | Fulfillment():
                letter = transaction.status
            case Invoice(kind="invoice"):
                letter = "A" if self.remaining(transaction) or not transaction.total else "B"
            case _:
                letter = "B"
        return letter, TRANSACTION_KINDS[transaction.kind].statuses[letter]

    def bill(self, id_: str) -> Invoice:
        """An invoice or a cash sale."""
        return self.bills["cashSale"].get(id_) or self.bills["invoice"][id_]

    def keys_of(self, order: Order) -> dict[str, str]:
        """Every reference by which an order can be matched to its deal."""
        value = order.custom.get(self.deal_field)
        return order.keys if value is None else {**order.keys, self.deal_field: str(value)}

    def put_order(self, order: Order) -> None:
        """Add an order, an estimate or an opportunity, or index it again under its references."""
        self.orders_of(order.kind)[order.id] = order
        if order.external_id:
            self.by_external_id[order.kind][order.external_id] = order.id
        if order.other_ref_num and order.kind == "salesOrder":
            known = self.by_other_ref.get(order.other_ref_num, ())
            if order.id not in known:
                self.by_other_ref[order.other_ref_num] = (*known, order.id)

    def remove_order(self, order: Order) -> None:
        """Remove an order, an estimate or an opportunity."""
        del self.orders_of(order.kind)[order.id]
        self.forget_references(order)

    def forget_references(self, order: Order) -> None:
        """Remove an order from the indexes, before its references change."""
        self.by_external_id[order.kind].pop(order.external_id, None)
        if order.kind != "salesOrder":
            return
        known = self.by_other_ref.get(order.other_ref_num, ())
        self.by_other_ref[order.other_ref_num] = tuple(i for i in known if i != order.id)

    def put_invoice(self, invoice: Invoice) -> None:
        """Add an invoice or a cash sale to its order."""
        self.bills[invoice.kind][invoice.id] = invoice
        if invoice.external_id:
            self.by_external_id[invoice.kind][invoice.external_id] = invoice.id
        self.invoices_of[invoice.order] = (*self.invoices_of.get(invoice.order, ()), invoice.id)

    def remove_invoice(self, invoice: Invoice) -> None:
        """Remove an invoice or a cash sale."""
        del self.bills[invoice.kind][invoice.id]
        self.by_external_id[invoice.kind].pop(invoice.external_id, None)
        self.invoices_of[invoice.order] = tuple(i for i in self.invoices_of[invoice.order] if i != invoice.id)

    def put_fulfillment(self, fulfillment: Fulfillment) -> None:
        """Add a fulfilment to its order, or replace it."""
        self.fulfillments[fulfillment.id] = fulfillment
        if fulfillment.external_id:
            self.by_external_id[fulfillment.kind][fulfillment.external_id] = fulfillment.id
        others = (each for each in self.fulfillments_of.get(fulfillment.order, ()) if each.id != fulfillment.id)
        self.fulfillments_of[fulfillment.order] = (*others, fulfillment)

    def remove_fulfillment(self, fulfillment: Fulfillment) -> None:
        """Remove a fulfilment."""
        del self.fulfillments[fulfillment.id]
        self.by_external_id[fulfillment.kind].pop(fulfillment.external_id, None)
        others = (each for each in self.fulfillments_of[fulfillment.order] if each.id != fulfillment.id)
        self.fulfillments_of[fulfillment.order] = tuple(others)

    def put_settlement(self, settlement: Settlement) -> None:
        """Add a credit memo or a payment to its invoice, or replace it."""
        self.settlements[settlement.kind][settlement.id] = settlement
        if settlement.external_id:
            self.by_external_id[settlement.kind][settlement.external_id] = settlement.id
        others = (each for each in self.settlements_of.get(settlement.invoice, ()) if each.id != settlement.id)
        self.settlements_of[settlement.invoice] = (*others, settlement)
        self.invoices.touch(settlement.invoice)

    def remove_settlement(self, settlement: Settlement) -> None:
        """Remove a credit memo or a payment."""
        del self.settlements[settlement.kind][settlement.id]
        self.by_external_id[settlement.kind].pop(settlement.external_id, None)
        others = (each for each in self.settlements_of[settlement.invoice] if each.id != settlement.id)
        self.settlements_of[settlement.invoice] = tuple(others)
        self.invoices.touch(settlement.invoice)

    def remaining(self, invoice: Invoice) -> Decimal:
        """What the customer still owes of an invoice, tax included; nothing of a cash sale."""
        if invoice.kind == "cashSale":
            return Decimal(0)
        applied = (each.total for each in self.settlements_of.get(invoice.id, ()))
        return invoice.total - sum(applied, Decimal(0))
