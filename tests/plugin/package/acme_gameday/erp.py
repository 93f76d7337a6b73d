"""Acme's own ERP: one order for each deal, invoiced at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday.api import (
    BadBody,
    Entry,
    ErrorKind,
    Fake,
    FakeOperation,
    Invoice,
    Ledger,
    Line,
    Manifest,
    ObjectField,
    ObjectType,
    Reply,
    Request,
    Route,
    Seed,
)

MANIFEST = Manifest(
    name="acme-erp",
    role="erp",
    title="Acme ERP",
    hosts=("erp.acme.example",),
    objects=("order",),
    match_keys=("deal",),
    described_by="the saved answer of /schema",
    drafting="acme_gameday.drafting:AcmeDrafting",
)
_FIELDS = ("customer", "currency", "date", "lines")


class Order(msgspec.Struct):
    """The body of ``PUT /orders/{deal}``."""

    customer: str
    currency: str
    lines: tuple[Line, ...]
    date: str = ""


class AcmeErp(Fake):
    """Acme's ERP."""

    manifest = MANIFEST
    api_version = "1"
    routes = (
        Route("PUT", "/orders/{deal}", "order.write", "put_order", event="order_write"),
        Route("GET", "/orders/{deal}", "order.read", "get_order"),
    )
    errors = (
        ErrorKind("bad_body", 400, "BAD_BODY"),
        ErrorKind("not_found", 404, "NO_SUCH_ORDER"),
        ErrorKind("method_not_allowed", 405),
        ErrorKind("unknown_customer", 422, "UNKNOWN_CUSTOMER"),
        ErrorKind("server_error", 500),
        ErrorKind("unavailable", 503, "CLOSED_FOR_STOCKTAKING"),
    )
    objects = (ObjectType("order", tuple(ObjectField(name, "string") for name in _FIELDS)),)
    business_operations = (FakeOperation("seed", Seed, lambda fake, _, params: fake.seed_customers(params)),)

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        known = {error.name: error for error in self.errors}[kind]
        detail = context.get("detail", "")
        return Reply.json(known.status, {"code": known.code or kind.upper(), "detail": detail}, error=kind)

    def key_of(self, request: Request, route: Route) -> str | None:
        return request.params.get("deal")

    def reset(self) -> None:
        self.customers: set[str] = set()
        self.orders: dict[str, Entry] = {}

    def seed_customers(self, params: Seed) -> dict[str, Any]:
        """Make the CRM's accounts known."""
        self.customers |= {account.id for account in params.accounts}
        return {"id": ""}

    def put_order(self, request: Request) -> Reply:
        """Create the order of a deal, or replace it."""
        try:
            order = msgspec.convert(request.json, Order, strict=False)
        except msgspec.ValidationError as problem:
            raise BadBody(str(problem)) from None
        if order.customer not in self.customers:
            return self.error("unknown_customer", detail=order.customer)
        deal, now_s = request.params["deal"], self.clock.now_s()
        before = self.orders.get(deal)
        total = sum((line.amount for line in order.lines), Decimal(0))
        entry = Entry(
            id=before.id if before else f"A{len(self.orders) + 1}",
            keys={"deal": deal},
            state="open",
            customer=order.customer,
            currency=order.currency,
            total=total,
            lines=order.lines,
            time_s=before.time_s if before else now_s,
            changed_s=now_s,
            date=order.date,
            invoices=(Invoice(f"I-{deal}", total, order.currency, now_s),),
        )
        self.orders[deal] = entry
        event = ("order_write", {"deal": deal, "order": entry.id, "total": str(total)})
        return Reply.json(200 if before else 201, {"order": entry.id}, event=event, key=deal)

    def get_order(self, request: Request) -> Reply:
        """One order."""
        entry = self.orders.get(request.params["deal"])
        return self.error("not_found") if entry is None else Reply.json(200, msgspec.to_builtins(entry))

    def snapshot(self) -> Any:
        return {"customers": sorted(self.customers), "orders": list(self.orders.values())}

    def ledger(self) -> Ledger:
        return Ledger(self.name, self.clock.now_s(), tuple(self.orders.values()))
