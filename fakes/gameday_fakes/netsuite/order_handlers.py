"""Orders, invoices and cash sales over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from gameday_fakes.http import Reply, Request
from gameday_fakes.ledger import less_credited
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.entries import stated_digest
from gameday_fakes.netsuite.errors import Refused, error_reply
from gameday_fakes.netsuite.invoicing import InvoiceWriter
from gameday_fakes.netsuite.models import Invoice, Line, Order
from gameday_fakes.netsuite.orders import SalesOrderWriter
from gameday_fakes.netsuite.render import Renderer, record_url
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import check_external_id
from gameday_fakes.netsuite.write_check import KEPT

#: What an invoice has beside the fields of its order, whatever the body says. Its lines are those of the order.
_OF_INVOICES = ("createdFrom", "postingPeriod")
Bill = Literal["invoice", "cashSale"]


class OrderHandlers(NetSuiteBase):
    """``salesOrder``, what it is transformed to, ``invoice`` and ``cashSale``."""

    def create_order(self, request: Request) -> Reply:
        return self._create_order(request, self.body(request))

    def upsert_order(self, request: Request) -> Reply:
        reference = request.params["id"]
        body = self.body(request)
        if not reference.startswith("eid:"):
            return self._update_order(request, self._order(request), body, replace=replaces(request))
        external_id = check_external_id(reference[4:])
        known = self.store.by_external_id["salesOrder"].get(external_id)
        body = {**body, "externalId": external_id}
        if known is None:
            return self._create_order(request, body)
        return self._update_order(request, self.store.orders[known], body, replace=replaces(request))

    def update_order(self, request: Request) -> Reply:
        return self._update_order(request, self._order(request), self.body(request), replace=replaces(request))

    def delete_order(self, request: Request) -> Reply:
        order = self._order(request)
        self._check_lock(order.deal)
        SalesOrderWriter(self.store).delete(order)
        return Reply(204, event=("order_write", {**self._order_event(order), "state": "deleted"}), key=order.deal)

    def read_order(self, request: Request) -> Reply:
        body = self.renderer(request).order(self._order(request), expand=expands(request))
        return Reply.json(200, selected(request, body))

    def transform_to_invoice(self, request: Request) -> Reply:
        return self._billed(request, "invoice")

    def transform_to_cash_sale(self, request: Request) -> Reply:
        return self._billed(request, "cashSale")

    def _billed(self, request: Request, kind: Bill) -> Reply:
        source = self._source(request)
        body = given(request)
        self._check_lock(source.deal)
        return self._invoiced(request, source, body, kind)

    def create_invoice(self, request: Request) -> Reply:
        return self._create_invoice(request, self.body(request))

    def _create_invoice(self, request: Request, body: dict[str, Any]) -> Reply:
        order = self.store.orders[self.made_from("salesOrder", body)]
        return self._invoiced(request, order, body, self._bill_kind(request))

    def upsert_invoice(self, request: Request) -> Reply:
        reference = request.params["id"]
        kind = self._bill_kind(request)
        if reference.startswith("eid:") and reference[4:] not in self.store.by_external_id[kind]:
            body = {**self.body(request), "externalId": check_external_id(reference[4:])}
            return self._create_invoice(request, body)
        return self.update_invoice(request)

    def update_invoice(self, request: Request) -> Reply:
        body, invoice = self.body(request), self._invoice(request)
        self.check_write(request, invoice.kind, *kept(request))
        invoice = InvoiceWriter(self.store, invoice.kind).update(invoice, body, replace=replaces(request))
        return self._located(request, invoice.kind, invoice.id, event=self._invoice_event(invoice))

    def delete_invoice(self, request: Request) -> Reply:
        invoice = self._invoice(request)
        # What the ledger states of it can be read only while it is there.
        event = {**self._invoice_event(invoice), "state": "deleted"}
        InvoiceWriter(self.store).delete(invoice)
        return Reply(204, event=("invoice_write", event))

    def _bill_kind(self, request: Request) -> Bill:
        return "cashSale" if self.record_type(request).name == "cashSale" else "invoice"

    def read_invoice(self, request: Request) -> Reply:
        body = self.renderer(request).invoice(self._invoice(request), expand=expands(request))
        return Reply.json(200, selected(request, body))

    def read_lines(self, request: Request) -> Reply:
        url, lines = self._lines(request)
        return Reply.json(200, self.renderer(request).lines(self.record_type(request).name, url, lines))

    def read_line(self, request: Request) -> Reply:
        url, lines = self._lines(request)
        for line in lines:
            if str(line.number) == request.params["line"]:
                return Reply.json(200, self.renderer(request).line(self.record_type(request).name, url, line))
        raise Refused("not_found")

    # -- shared --------------------------------------------------------------------------------------

    def _order(self, request: Request) -> Order:
        return self.store.orders[self.store.locate("salesOrder", request.params["id"])]

    def _source(self, request: Request) -> Order:
        """The order, estimate or opportunity in the path."""
        kind = self.record_type(request).name
        return self.store.orders_of(kind)[self.store.locate(kind, request.params["id"])]

    def _invoice(self, request: Request) -> Invoice:
        kind = self._bill_kind(request)
        return self.store.bills[kind][self.store.locate(kind, request.params["id"])]

    def _lines(self, request: Request) -> tuple[str, Sequence[Line]]:
        kind = self.record_type(request).name
        transaction = self.store.of_kind[kind][self.store.locate(kind, request.params["id"])]
        return record_url(request.base_url, kind, transaction.id), transaction.lines

    def made_from(self, kind: str, body: dict[str, Any]) -> str:
        """The id of the record of a kind from which a body makes another one. Raises Refused."""
        if not body.get("createdFrom"):
            raise Refused(
                "missing_field",
                "Error while accessing a resource. Please enter value(s) for: Created From.",
                path="createdFrom",
            )
        return self.store.refer(kind, body["createdFrom"], "createdFrom")

    def _check_lock(self, key: str) -> None:
        if self.state.locks(key):
            raise Refused("locked")

    def _create_order(self, request: Request, body: dict[str, Any], source: Order | None = None) -> Reply:
        key = str(body.get("externalId") or body.get("otherRefNum") or (source.deal if source else ""))
        self._check_lock(key)
        self.check_write(request, "salesOrder", *(self._taken(source) if source else ()))
        half, writer = self.state.halves(key), SalesOrderWriter(self.store)
        order = writer.create(body, half=half) if source is None else writer.transform(source, body, half=half)
        if half:
            reply = error_reply("server_error", key=key)
            reply.event = ("order_write", self._order_event(order, status=500, error="server_error"))
            reply.committed = True
            return reply
        return self._located(request, "salesOrder", order.id, event=self._order_event(order))

    def _update_order(self, request: Request, order: Order, body: dict[str, Any], *, replace: bool) -> Reply:
        self._check_lock(order.deal)
        self.check_write(request, "salesOrder", *kept(request), deal=self._deal_of(order))
        order = SalesOrderWriter(self.store).update(order, body, replace=replace)
        return self._located(request, "salesOrder", order.id, event=self._order_event(order))

    def _invoiced(self, request: Request, order: Order, body: dict[str, Any], kind: Bill) -> Reply:
        self.check_write(request, kind, *self._taken(order), *_OF_INVOICES, deal=self._deal_of(order))
        invoice = InvoiceWriter(self.store, kind).transform(order, body)
        return self._located(request, kind, invoice.id, event=self._invoice_event(invoice))

    def _taken(self, source: Order) -> tuple[str, ...]:
        """The fields that a record takes from the one that it is made from, and those of its lines."""
        taken = Renderer(self.store, "").order(source, expand=True) if self.state.write_checks else {}
        return (*(name for name, value in taken.items() if value not in (None, "")), f"{LINES}.*")

    def _located(self, request: Request, kind: str, internal_id: str, *, event: dict[str, Any]) -> Reply:
        """The reply to every write: only the record's location."""
        location = record_url(request.base_url, kind, internal_id).encode()
        f = "order_write" if kind == "salesOrder" else "invoice_write"
        return Reply(204, headers=[(b"location", location)], event=(f, event), key=event["deal"])

    def _order_event(self, order: Order, *, status: int = 204, error: str = "") -> dict[str, Any]:
        return {
            "order": order.id,
            "deal": order.deal,
            "keys": self.store.keys_of(order),
            "operation": "order.write",
            "status": status,
            "total": str(order.net),
            "content": self._content(order),
            "currency": self.store.iso(order.currency),
            "state": "open" if order.is_open else "cancelled",
            "error": error,
        }

    def _content(self, document: Order | Invoice) -> str:
        """A hash of what has to agree with the deal."""
        further = stated_digest(self.store, document) if self.store.stated.states else ""
        return f"{document.content}-{further}" if further else document.content

    def _invoice_event(self, invoice: Invoice) -> dict[str, Any]:
        order = self.store.source_of(invoice.order)
        credited = sum((each.net for each in self.store.settlements_of.get(invoice.id, ())), Decimal(0))
        content = less_credited(self._content(invoice), credited)
        return {
            "invoice": invoice.id,
            "order": invoice.order,
            "deal": order.deal if order else "",
            "keys": self.store.keys_of(order) if order else {},
            "operation": "invoice.write",
            "status": 204,
            "total": str(invoice.net),
            "content": content,
            "currency": self.store.iso(invoice.currency),
            "state": "open" if abs(credited) < abs(invoice.net) or not credited else "credited",
            "error": "",
        }


def given(request: Request) -> dict[str, Any]:
    """The body of a transformation, whose fields are those of the record that it makes. Raises Refused."""
    body = request.json or {}
    if not isinstance(body, dict):
        raise Refused("bad_body")
    return body


def kept(request: Request) -> tuple[str, ...]:
    """What a record that is there already has whatever the body says: lines too, unless the body's take their place."""
    return KEPT[:1] if replaces(request) else KEPT


def replaces(request: Request, sublist: str = LINES) -> bool:
    """Whether the body's sublist takes the place of the present one; without the parameter it is added to it."""
    named = request.query.get("replace", "") if request.query_string else ""
    return sublist in (name.strip() for name in named.split(","))


def expands(request: Request) -> bool:
    """Whether the query asks for the lines too."""
    return bool(request.query_string) and request.query.get("expandSubResources", "").lower() == "true"


def selected(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """The fields that the query names, and always the links and the id."""
    wanted = request.query.get("fields") if request.query_string else None
    if not wanted:
        return body
    names = {"links", "id", *(name.strip() for name in wanted.split(","))}
    return {name: value for name, value in body.items() if name in names}
