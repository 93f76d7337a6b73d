"""A small organisation as data, served in both versions: orders with their items, customers and products."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday_fakes.answering import Answer
from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.csrf import CsrfTokens, cookie_of
from gameday_fakes.odata.errors import STATUS, ODataError, document_v2, document_v4
from gameday_fakes.odata.model import (
    Dialect,
    EntitySet,
    Enum,
    Navigation,
    Operation,
    Property,
    Schema,
    Version,
    navigations,
    properties,
)
from gameday_fakes.odata.paths import parse_path
from gameday_fakes.odata.records import Record, Records
from gameday_fakes.odata.service import Service
from gameday_fakes.odata.serving import ODataFake, Place, all_routes, routes_by_key

ROOT = "/sales/"


def schema_of(version: Version, **dialect: Any) -> Schema:
    """Orders, items, customers and products."""
    day = "Edm.DateTime" if version == "2.0" else "Edm.Date"
    orders = EntitySet(
        "Orders",
        "Order",
        ("Number",),
        properties(
            Property("Number", nullable=False, length=10, upper=True),
            Property("Customer", "Edm.Guid"),
            Property("Reference", length=35),
            Property("Placed", day),
            Property("Changed", "Edm.DateTimeOffset"),
            Property("Total", "Edm.Decimal", precision=15, scale=2),
            Property("Status", "OrderStatus", default="Draft"),
            Property("Urgent", "Edm.Boolean", default=False),
            Property("Computed", "Edm.Int32", read_only=True, default=0),
        ),
        navigations(
            Navigation("Items", "Items", ("Number",), ("OrderNumber",), many=True, contained=True, partner="Order"),
            Navigation("Buyer", "Customers", ("Customer",), ("Id",)),
        ),
        searched=("Number", "Reference"),
        alternate_keys=(("Reference",), ("Customer", "Placed")),
    )
    items = EntitySet(
        "Items",
        "Item",
        ("OrderNumber", "Line"),
        properties(
            Property("OrderNumber", nullable=False),
            Property("Line", "Edm.Int32", nullable=False),
            Property("Quantity", "Edm.Decimal", precision=13, scale=3),
            Property("Weight", "Edm.Double"),
            Property("Stock", "Edm.Int64"),
            Property("Lead", "Edm.Time" if version == "2.0" else "Edm.Duration"),
        ),
        navigations(Navigation("Order", "Orders", ("OrderNumber",), ("Number",))),
    )
    customers = EntitySet(
        "Customers",
        "Customer",
        ("Id",),
        properties(Property("Id", "Edm.Guid", nullable=False), Property("Name", required=True), Property("City")),
        navigations(Navigation("Orders", "Orders", ("Id",), ("Customer",), many=True, partner="Buyer")),
        deletable=False,
    )
    return Schema(
        version,
        "Sample",
        "Container",
        {each.name: each for each in (orders, items, customers)},
        enums={"OrderStatus": Enum("OrderStatus", ("Draft", "Open", "Closed"))},
        operations=(
            Operation("Close", "" if version == "2.0" else "Orders", (Property("Number"),), "Orders"),
            Operation("CountOf", "", (Property("Status", required=True),), "Edm.Int32", "GET"),
        ),
        dialect=Dialect(**dialect),
    )


class SampleService(Service):
    """One operation and one rule of its own."""

    def insert(self, of: EntitySet, given: dict[str, Any]) -> Record:
        if of.name == "Items" and given.get("Quantity") == 13:
            raise ODataError("bad_value", "No order has 13 of anything.", target="Quantity")
        return super().insert(of, given)

    def act(self, operation: Operation, record: Record | None, given: Mapping[str, Any]) -> Any:
        orders = self.records["Orders"]
        if operation.name == "CountOf":
            return sum(each.values["Status"] == given["Status"] for each in orders.records.values())
        record = record or orders.records.get((given["Number"],))
        if record is None:
            raise ODataError("not_found")
        return self.records.change("Orders", record, Status="Closed")


def filled(version: Version, orders: int = 12, **dialect: Any) -> SampleService:
    """A service with orders, of two customers."""
    schema = schema_of(version, **dialect)
    service = SampleService(schema, Records(schema, {"Orders": ("Reference",)}))
    for number, (name, city) in enumerate((("Acme", "Austin"), ("Bravo", None))):
        service.records.put("Customers", {"Id": customer_id(number), "Name": name, "City": city})
    for number in range(orders):
        placed = datetime.date(2026, 1, 1) + datetime.timedelta(days=number)
        values = {
            "Number": f"O{number:03}",
            "Customer": customer_id(number % 2),
            "Reference": None if number % 5 == 4 else f"deal-{number % 7}",
            "Placed": datetime.datetime.fromisoformat(placed.isoformat()) if version == "2.0" else placed,
            "Changed": datetime.datetime(2026, 1, 1, number % 24, 30, tzinfo=datetime.UTC),
            "Total": Decimal(number * 10) / 4,
            "Status": ("Draft", "Open", "Closed")[number % 3],
            "Urgent": number % 4 == 0,
            "Computed": number,
        }
        service.records.put("Orders", values)
        for line in range(number % 3):
            item = {
                "OrderNumber": f"O{number:03}",
                "Line": (line + 1) * 10,
                "Quantity": Decimal(line + number),
                "Weight": Decimal("0.5"),
                "Stock": 2**40 + line,
                "Lead": datetime.timedelta(days=line),
            }
            service.records.put("Items", item)
    return service


def customer_id(number: int) -> str:
    """The id of one of the customers."""
    return f"7ce0af2e-0963-460f-9b1f-00000000000{number}"


def ask(service: Service, path: str, method: str = "GET", body: Any = None, **headers: str) -> Reply:
    """The reply to one request, given by its path and query below the root."""
    below, _, query = path.partition("?")
    params = Request("GET", "", query_string=query.encode()).query
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    call = Call(
        method,
        parse_path(below, service.schema),
        root=f"http://fake{ROOT}",
        path=below,
        params=params,
        header=lambda name: named.get(name, ""),
        body=lambda: body,
    )
    return service.respond(call)


_KINDS = {kind: ErrorKind(kind, status, kind.upper()) for kind, status in STATUS.items()}


class SampleFake(ODataFake):
    """The sample as a fake; in version 2 with CSRF tokens, as SAP asks for them."""

    name = "sample"
    role = "erp"
    api_version = "1"
    errors = (*_KINDS.values(), ErrorKind("server_error", 500, "SERVER_ERROR"))
    version: Version = "4.0"

    def __init_subclass__(cls) -> None:
        schema = schema_of(cls.version)
        cls.by_key = routes_by_key(
            schema, ROOT.rstrip("/"), {"Orders": "order"}, {"order": "order_write"}, {"Close": "order"}
        )
        cls.routes = all_routes(cls.by_key)

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.csrf = CsrfTokens()
        self.reset()

    def reset(self) -> None:
        self.service = filled(self.version)

    def place(self, path: str) -> Place | None:
        return Place(ROOT, path[len(ROOT) :]) if f"{path}/".startswith(ROOT) else None

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        session = cookie_of(request.header("cookie"), "session")
        if self.version == "4.0" or request.method in ("GET", "HEAD"):
            return None
        if self.csrf.accepts(session, request.header("x-csrf-token")):
            return None
        return Reply(403, b"CSRF token validation failed", [(b"x-csrf-token", b"Required")], content_type=b"text/plain")

    def carried_out(self, request: Request, route: Route) -> Answer:
        reply = super().carried_out(request, route)
        if isinstance(reply, Reply) and request.header("x-csrf-token").lower() == "fetch":
            session, token = self.csrf.fetch(cookie_of(request.header("cookie"), "session"))
            reply.headers += [(b"x-csrf-token", token.encode()), (b"set-cookie", f"session={session}; path=/".encode())]
        return reply

    def refusal(self, problem: ODataError) -> Reply:
        document = document_v2 if self.version == "2.0" else document_v4
        return Reply.json(STATUS[problem.kind], document(problem.kind, problem.message), error=problem.kind)

    def error(self, kind: str, **context: Any) -> Reply:
        known = {each.name: each for each in self.errors}[kind]
        return Reply.json(known.status, document_v4(known.code, str(context.get("detail", ""))), error=kind)


class SampleV4(SampleFake):
    """In version 4."""


class SampleV2(SampleFake):
    """In version 2."""

    version = "2.0"
