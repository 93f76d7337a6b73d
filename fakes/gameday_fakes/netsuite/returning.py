"""From an order or a bill to a return authorization, and from that to a credit memo. No HTTP here.

Source: Oracle's NetSuite help, "Customer Return Authorizations" and "Transforming Records". [R]: what has been neither
billed nor fulfilled cannot be returned. A return is approved when it is made, and may be refunded before the goods are
back, as the preference "Refund in Advance of Return" allows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.netsuite import adjustments, customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.invoicing import part_of
from gameday_fakes.netsuite.lines import own_line
from gameday_fakes.netsuite.models import CANCELLED, CLOSED, PENDING_RECEIPT, REFUNDED, Invoice, Order, Settlement
from gameday_fakes.netsuite.required import need_required
from gameday_fakes.netsuite.settling import SettlementWriter
from gameday_fakes.netsuite.store import NetSuiteStore, check_external_id
from gameday_fakes.netsuite.transaction_kinds import RETURN
from gameday_fakes.netsuite.values import to_date, to_text


class ReturnWriter:
    """Makes return authorizations of orders and bills, and credit memos of them."""

    def __init__(self, store: NetSuiteStore) -> None:
        self._store = store
        self._kind = store.model.record_types[RETURN]

    def transform(self, source: Order | Invoice, body: dict[str, Any]) -> Order:
        """Authorize the return of all lines, or of the quantities that the body names by ``orderLine``.

        Raises Refused.
        """
        store = self._store
        done = isinstance(source, Invoice) or store.invoices_of.get(source.id) or store.fulfillments_of.get(source.id)
        if not done or not source.open_lines:
            raise self._invalid(RETURN, source.id, "Nothing of it has been billed or fulfilled")
        external_id = check_external_id(body["externalId"]) if body.get("externalId") else ""
        if external_id in store.by_external_id[RETURN]:
            raise Refused("duplicate", path="externalId")
        wall_s, decimals = store.clock.wall_s(), store.decimals(source.currency)
        lines = tuple(own_line(self._kind, line) for line in part_of(source, body.get("item"), decimals))
        returned = Order(
            id=store.new_id(),
            kind=RETURN,
            made_from=source.id,
            customer=source.customer,
            currency=source.currency,
            subsidiary=source.subsidiary,
            date=to_date(body["tranDate"], "tranDate") if body.get("tranDate") else store.dates.today(wall_s),
            time_s=store.clock.now_s(),
            changed_s=store.clock.now_s(),
            created_s=wall_s,
            modified_s=wall_s,
            external_id=external_id,
            other_ref_num=to_text(body.get("otherRefNum") or source.other_ref_num, "otherRefNum", 45),
            memo=to_text(body.get("memo"), "memo", 999),
            status=PENDING_RECEIPT,
            custom=customs.new(store, self._kind.further, {}, body),
            lines=lines,
            **adjustments.discounted_like(source, lines, decimals),
        )
        need_required(store, RETURN, returned)
        store.put_order(returned)
        return returned

    def credit(self, returned: Order, body: dict[str, Any]) -> tuple[Invoice, Settlement]:
        """Credit what has come back, on the invoice of which it is. Raises Refused."""
        store = self._store
        if returned.status in (REFUNDED, CANCELLED, CLOSED) or not returned.open_lines:
            raise self._invalid("creditMemo", returned.id, "It has been refunded, or is closed")
        invoice = next(iter(self.invoices(returned)), None)
        if invoice is None:
            raise self._invalid("creditMemo", returned.id, "None of its invoices has anything left to be credited")
        memo = SettlementWriter(store).create("creditMemo", invoice, body, returned)
        credited = sum(
            (each.total for each in store.settlements_of[invoice.id] if each.made_from == returned.id), Decimal(0)
        )
        if abs(credited) >= abs(returned.total):
            store.put_order(msgspec.structs.replace(returned, status=REFUNDED, modified_s=store.clock.wall_s()))
        return invoice, memo

    def invoices(self, returned: Order) -> list[Invoice]:
        """The invoices on which it can be credited: the one that it is made from, or those of its order."""
        store = self._store
        ids = store.invoices_of.get(returned.made_from, (returned.made_from,))
        found = [store.invoices[id_] for id_ in ids if id_ in store.invoices]
        return [each for each in found if store.remaining(each)]

    @staticmethod
    def _invalid(kind: str, id_: str, why: str) -> Refused:
        start = f"Error while accessing a resource. You can not initialize {kind.lower()}: invalid reference {id_}."
        return Refused("user_error", f"{start} {why}.")
