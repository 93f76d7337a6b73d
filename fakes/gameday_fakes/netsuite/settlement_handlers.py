"""Credit memos and customer payments over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.models import Invoice, Settlement
from gameday_fakes.netsuite.order_handlers import OrderHandlers, expands, given, selected
from gameday_fakes.netsuite.render import record_url
from gameday_fakes.netsuite.returning import ReturnWriter
from gameday_fakes.netsuite.settling import SettlementWriter
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import check_external_id
from gameday_fakes.netsuite.transaction_kinds import RETURN

Kind = Literal["creditMemo", "customerPayment"]


class SettlementHandlers(OrderHandlers):
    """``creditMemo``, ``customerPayment``, and the transformations of an invoice to them."""

    def transform_to_credit(self, request: Request) -> Reply:
        return self._settle(request, "creditMemo", self._invoice(request), given(request))

    def transform_to_payment(self, request: Request) -> Reply:
        return self._settle(request, "customerPayment", self._invoice(request), given(request))

    def transform_to_return(self, request: Request) -> Reply:
        kind = self.record_type(request).name
        source = self._order(request) if kind == "salesOrder" else self._invoice(request)
        body = self.body(request, self.model.record_types[RETURN])
        self.check_write(request, RETURN, "createdFrom", "entity", f"{LINES}.*")
        returned = ReturnWriter(self.store).transform(source, body)
        location = record_url(request.base_url, RETURN, returned.id).encode()
        return Reply(
            204, headers=[(b"location", location)], key=self._deal_of_order(getattr(source, "order", source.id))
        )

    def transform_return_to_credit(self, request: Request) -> Reply:
        returned = self.store.orders_of(RETURN)[self.store.locate(RETURN, request.params["id"])]
        writer = ReturnWriter(self.store)
        if not writer.invoices(returned):
            self.unsupported("a credit memo that is applied to no invoice")
        invoice, memo = writer.credit(returned, given(request))
        return self._settled(request, invoice, memo)

    def create_settlement(self, request: Request) -> Reply:
        return self._create_settlement(request, self.body(request))

    def upsert_settlement(self, request: Request) -> Reply:
        reference = request.params["id"]
        if (
            not reference.startswith("eid:")
            or reference[4:] in self.store.by_external_id[self.record_type(request).name]
        ):
            return self.update_settlement(request)
        body = {**self.body(request), "externalId": check_external_id(reference[4:])}
        return self._create_settlement(request, body)

    def update_settlement(self, request: Request) -> Reply:
        settlement = self._settlement(request)
        SettlementWriter(self.store).update(settlement, self.body(request))
        return Reply(204, headers=[_location(request, settlement)])

    def delete_settlement(self, request: Request) -> Reply:
        settlement = self._settlement(request)
        SettlementWriter(self.store).delete(settlement)
        if settlement.kind == "customerPayment":
            return Reply(204)
        return Reply(204, event=("invoice_write", self._invoice_event(self.store.invoices[settlement.invoice])))

    def read_settlement(self, request: Request) -> Reply:
        body = self.renderer(request).settlement(self._settlement(request), expand=expands(request))
        return Reply.json(200, selected(request, body))

    def _create_settlement(self, request: Request, body: dict[str, Any]) -> Reply:
        invoice = self.store.invoices[self.made_from("invoice", body)]
        kind: Kind = "creditMemo" if self.record_type(request).name == "creditMemo" else "customerPayment"
        return self._settle(request, kind, invoice, body)

    def _settle(self, request: Request, kind: Kind, invoice: Invoice, body: dict[str, Any]) -> Reply:
        return self._settled(request, invoice, SettlementWriter(self.store).create(kind, invoice, body))

    def _settled(self, request: Request, invoice: Invoice, settlement: Settlement) -> Reply:
        reply = Reply(204, headers=[_location(request, settlement)], key=self._deal_of_invoice(invoice.id))
        if settlement.kind == "creditMemo":
            reply.event = ("invoice_write", self._invoice_event(invoice))
        return reply

    def _settlement(self, request: Request) -> Settlement:
        kind = self.record_type(request).name
        return self.store.settlements[kind][self.store.locate(kind, request.params["id"])]


def _location(request: Request, settlement: Settlement) -> tuple[bytes, bytes]:
    return b"location", record_url(request.base_url, settlement.kind, settlement.id).encode()
