"""Credit memos and customer payments, each applied to one invoice. No HTTP here.

Source: Oracle's NetSuite help, "Transforming Records", "Credit Memos" and "Customer Payments". There they can be
applied to several invoices, or to none; here to the one that they are made from.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.netsuite import adjustments, customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.invoicing import InvoiceWriter, part_of
from gameday_fakes.netsuite.models import Invoice, Order, Settlement
from gameday_fakes.netsuite.required import need_required
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.values import round_money, to_decimal, to_text


class SettlementWriter:
    """Makes, changes and deletes credit memos and payments."""

    def __init__(self, store: NetSuiteStore) -> None:
        self._store = store
        self._invoicing = InvoiceWriter(store)

    def create(
        self,
        kind: Literal["creditMemo", "customerPayment"],
        invoice: Invoice,
        body: dict[str, Any],
        returned: Order | None = None,
    ) -> Settlement:
        """Credit or pay an invoice, whole or in part. Raises Refused.

        A credit memo is of all lines or of the quantities that the body names by ``orderLine``; a payment is of the
        amount that the body calls ``payment``, else of all that remains. It posts as an invoice does. With a return
        the lines are those that have been ``returned``.
        """
        store = self._store
        decimals, wall_s = store.decimals(invoice.currency), store.clock.wall_s()
        date, period, external_id = self._invoicing.heading(kind, body, store.dates.today(wall_s))
        lines = part_of(returned or invoice, body.get("item"), decimals) if kind == "creditMemo" else ()
        settlement = Settlement(
            id="",
            kind=kind,
            invoice=invoice.id,
            customer=invoice.customer,
            currency=invoice.currency,
            subsidiary=invoice.subsidiary,
            date=date,
            period=period,
            time_s=store.clock.now_s(),
            created_s=wall_s,
            modified_s=wall_s,
            external_id=external_id,
            other_ref_num=invoice.other_ref_num,
            memo=to_text(body.get("memo"), "memo", 999),
            custom=customs.new(store, store.model.record_types[kind].further, {}, body),
            lines=lines,
            made_from=returned.id if returned else "",
            paid=self._paid(invoice, body, decimals) if kind == "customerPayment" else Decimal(0),
            **(adjustments.discounted_like(returned or invoice, lines, decimals) if lines else {}),
        )
        remaining = store.remaining(invoice)
        if not settlement.total or abs(settlement.total) > abs(remaining):
            raise Refused(
                "user_error",
                f"Error while accessing a resource. The amount {settlement.total} cannot be applied to invoice "
                f"{invoice.id}: {remaining} of it remains.",
                path="payment" if kind == "customerPayment" else "item",
            )
        need_required(store, kind, settlement)
        settlement.id = store.new_id()
        store.put_settlement(settlement)
        return settlement

    def update(self, settlement: Settlement, body: dict[str, Any]) -> None:
        """Change the memo and the custom fields; what it takes off the invoice stays. Raises Refused."""
        changed = msgspec.structs.replace(settlement, modified_s=self._store.clock.wall_s())
        if "memo" in body:
            changed.memo = to_text(body["memo"], "memo", 999)
        fields = self._store.model.record_types[settlement.kind].further
        changed.custom = customs.changed(self._store, fields, changed.custom, body)
        need_required(self._store, settlement.kind, changed)
        self._store.put_settlement(changed)

    def delete(self, settlement: Settlement) -> None:
        """Take it back; the invoice is as open as before. Raises Refused in a closed period."""
        self._invoicing.need_open(settlement.period, {})
        self._store.remove_settlement(settlement)

    def _paid(self, invoice: Invoice, body: dict[str, Any], decimals: int) -> Decimal:
        if body.get("payment") is None:
            return self._store.remaining(invoice)
        return round_money(to_decimal(body["payment"], "payment"), decimals)
