"""The URL table, and what deal a request is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.http import Request, Route
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.oracle_fusion.account import SCM, VERSION
from gameday_fakes.oracle_fusion.described import DESCRIBE
from gameday_fakes.oracle_fusion.framework import Address, address_of, is_served, record_at
from gameday_fakes.oracle_fusion.masters import INVOICES
from gameday_fakes.oracle_fusion.orders import deal_of
from gameday_fakes.oracle_fusion.resources import EVENTS, ROOTS, SCHEMA, SUBJECTS
from gameday_fakes.oracle_fusion.sales_order import ORDERS
from gameday_fakes.oracle_fusion.store import PodStore


def _by_kind() -> dict[tuple[str, str, str], Route]:
    """The URL table, by method, resource and what of it is meant: all, one, a child, an action."""
    found = {}
    for name, root in ROOTS.items():
        subject, of = SUBJECTS[name], SCHEMA.sets[name]
        many = f"{root}/{VERSION}/{name}"
        patterns = {"all": many, "one": f"{many}/{{key}}", "child": f"{many}/{{key}}/child/{{child}}"}
        for kind, pattern in patterns.items():
            found["GET", name, kind] = Route("GET", pattern, f"{subject}.read", "resource", lasting=kind == "one")
        found["GET", name, DESCRIBE] = Route("GET", f"{many}/{DESCRIBE}", "metadata", "resource")
        event, write = EVENTS.get(subject, ""), f"{subject}.write"
        writes = [("POST", "all")] if of.creatable else []
        writes += [("PATCH", "one")] if of.updatable else []
        writes += [("DELETE", "one")] if of.deletable else []
        writes += [("POST", "child"), ("PATCH", "child")] if name == ORDERS else []
        for method, kind in writes:
            found[method, name, kind] = Route(method, patterns[kind], write, "resource", event=event)
    hold = f"{SCM}/{VERSION}/{ORDERS}/action/{{action}}"
    found["POST", ORDERS, "action"] = Route("POST", hold, "hold.write", "resource")
    return found


_BY_KIND = _by_kind()
VERSIONS_ROUTE = Route("GET", f"{SCM}/{VERSION}", "metadata", "resource")
_BATCH = Route("POST", f"{SCM}/{VERSION}", "batch", "batch")
_TOKEN = Route("POST", "/oauth2/v1/token", "login", "issue_token", public=True)
ROUTES = (*_BY_KIND.values(), VERSIONS_ROUTE, _BATCH, _TOKEN)


def address_in(path: str) -> Address | None:
    """The address of a raw path, also of one that cannot be one; None for a path outside of the resources."""
    try:
        return address_of(path)
    except ODataError:
        return Address(SCM, "", is_broken=True)


def route_of(method: str, address: Address) -> Route | None:
    """The row of a request; None for a resource that the fake does not have."""
    act = "read" if method in ("GET", "HEAD") else "write"
    if address.is_broken:
        return Route(method, "/{path}", f"record.{act}", "resource")
    if not address.resource:
        return _BATCH if method == "POST" else VERSIONS_ROUTE
    if not is_served(address.root, address.resource):
        return None
    kind = "action" if address.action else "child" if address.steps else "one" if address.key else "all"
    if kind == "one" and address.key == DESCRIBE:
        kind = DESCRIBE
    known = _BY_KIND.get(("GET" if method == "HEAD" else method, address.resource, kind))
    # The service refuses what has no row, in the vendor's words.
    return known or Route(method, f"/{address.resource}", f"{SUBJECTS[address.resource]}.{act}", "resource")


def deal_named(store: PodStore, request: Request, address: Address) -> str | None:
    """The deal that a request is about. Raises BadBody."""
    if address.resource not in (ORDERS, INVOICES):
        return None
    key = address.steps[0][0] if address.steps else address.key
    if key:
        record = record_at(store, address.resource, key)
        if record is None:
            return None
        return deal_of(record) if address.resource == ORDERS else _deal_of_invoice(store, record.values)
    body = request.json if request.method == "POST" and not address.action else None
    if not isinstance(body, dict):
        return None
    named = _reference(store, body) if address.resource == INVOICES else _number(store, body)
    return named if isinstance(named, str) and named else None


def _number(store: PodStore, body: dict[str, Any]) -> Any:
    """What an order's payload calls its deal, whatever the attribute is called now."""
    name = "SourceTransactionNumber"
    return body.get(store.schema.sets[ORDERS].renamed.get(name, name))


def _reference(store: PodStore, body: dict[str, Any]) -> Any:
    """The deal of the order that an invoice's first line names, else the invoice's cross reference."""
    lines = body.get("receivablesInvoiceLines")
    first = lines[0] if isinstance(lines, list) and lines and isinstance(lines[0], dict) else {}
    found = store[ORDERS].find(("OrderNumber",), (str(first.get("SalesOrder")),))
    return deal_of(found[0]) if found else body.get("CrossReference")


def _deal_of_invoice(store: PodStore, values: Mapping[str, Any]) -> str | None:
    order = store.get(ORDERS, values["_order"]) if values["_order"] is not None else None
    return deal_of(order) if order is not None else values["CrossReference"]
