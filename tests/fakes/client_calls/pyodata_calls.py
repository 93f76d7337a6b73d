"""Calls every public method of ``pyodata`` against the fake of SAP's services, unmodified: what became of each.

The argument is what is given, as JSON; the outcomes are printed as ``{"Class.method": "passes" | "refused: ..." |
"fails: ..."}``. The methods are read from the client. What it calls asynchronously, it calls here through httpx.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pyodata
import requests
from pyodata.exceptions import HttpError
from pyodata.v2 import service as v2

GIVEN: dict[str, Any] = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
ROOT = f"{GIVEN.get('url')}/sap/opu/odata/sap"
SERVICE, BILLING = f"{ROOT}/API_SALES_ORDER_SRV", f"{ROOT}/API_BILLING_DOCUMENT_SRV"
ANY = {"if-match": "*"}
_deals = itertools.count(1)


def need(holds: Any) -> None:
    """Fail unless a reply is right."""
    if not holds:
        raise AssertionError(f"wrong reply: {holds!r}")


class Connection:
    """What the client takes for an asynchronous session, over httpx."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @contextlib.asynccontextmanager
    async def request(
        self, method: str, url: str, *, headers: Any = None, params: Any = None, data: Any = None
    ) -> AsyncIterator[Any]:
        reply = await self._client.request(method, url, headers=headers, params=params or None, content=data)
        yield Answer(reply)

    def get(self, url: str) -> Any:
        return self.request("GET", url)


class Answer:
    """A reply as the client reads it."""

    def __init__(self, reply: httpx.Response) -> None:
        self.url, self.headers, self.status = str(reply.url), reply.headers, reply.status_code
        self._content = reply.content

    async def read(self) -> bytes:
        return self._content


def order(**changed: Any) -> dict[str, Any]:
    return {
        "SalesOrderType": "OR",
        **{f"{name[0].upper()}{name[1:]}": value for name, value in GIVEN["area"].items()},
        "SoldToParty": GIVEN["customer"],
        "PurchaseOrderByCustomer": f"py-{next(_deals)}",
        "to_Item": [{"Material": "SKU-1", "RequestedQuantity": "2"}],
        **changed,
    }


class Calls:
    """The requests that are called: of one client for orders, and of one for billing documents."""

    def __init__(self, orders: Any, billing: Any) -> None:
        self.service, self.billing = orders, billing
        self.orders = orders.entity_sets.A_SalesOrder

    def make(self, of: str) -> Any:
        """A fresh request of a class."""
        match of:
            case "EntityGetRequest":
                return self.orders.get_entity(GIVEN["order"])
            case "GetEntitySetRequest":
                return self.orders.get_entities()
            case "EntityCreateRequest":
                return self.orders.create_entity().set(**order())
            case "EntityModifyRequest":
                request = self.orders.update_entity(GIVEN["order"], method="PATCH").set(AssignmentReference="x")
                request.add_headers(ANY)
                return request
            case "EntityDeleteRequest":
                request = self.orders.delete_entity(GIVEN["spare"].pop())
                request.add_headers(ANY)
                return request
            case "FunctionRequest":
                return self.billing.functions.Cancel.parameter("BillingDocument", GIVEN["invoices"].pop())
            case "BatchRequest":
                batch = self.service.create_batch("batch")
                batch.add_request(self.orders.get_entity(GIVEN["order"]))
                return batch
        changes = self.service.create_changeset("changes")
        changes.add_request(self.orders.create_entity().set(**order()))
        return changes


def check(of: str, result: Any) -> None:
    """Whether a request was answered rightly."""
    match of:
        case "EntityGetRequest":
            need(result.SalesOrder == GIVEN["order"])
        case "EntityCreateRequest":
            need(result.TotalNetAmount == "10.00")
        case "FunctionRequest":
            need(result.BillingDocumentType == "S1")
        case "GetEntitySetRequest":
            need(len(result))
        case "BatchRequest":
            need(result[0].SalesOrder == GIVEN["order"])
        case "Changeset":
            need(result[0][0].TotalNetAmount == "10.00")
        case _:
            need(result is None)


GETTERS = ("handler", "get_body", "get_default_headers", "get_headers", "get_method", "get_path", "get_query_params")
GETTERS += ("get_encode_path", "get_boundary", "http_response_handler")
REQUESTS = ("GetEntitySetRequest", "EntityGetRequest", "EntityCreateRequest", "EntityModifyRequest")
REQUESTS += ("EntityDeleteRequest", "FunctionRequest", "BatchRequest", "Changeset")
#: Arguments of the methods that change a request before it is sent.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "add_headers": ({"sap-language": "EN"},),
    "custom": ("sap-client", "100"),
    "expand": ("to_Item",),
    "select": ("SalesOrder,TotalNetAmount",),
    "order_by": ("SalesOrder desc",),
    "skip": (0,),
    "top": (1,),
    "filter": ("SalesOrderType eq 'OR'",),
}


def of_request(calls: Calls, of: str, method: str) -> None:
    """Call a method of a request, and send the request."""
    request = calls.make(of)
    if method in GETTERS:
        found = getattr(request, method)
        need(method in ("handler", "http_response_handler") or found() is not NotImplemented)
        return
    match method:
        case "count":
            need(request.count().execute() > 0)
            return
        case "nav":
            need(len(request.nav("to_Item").get_entities().execute()) == 1)
            return
        case "get_value":
            request.get_value().execute()
            return
        case "next_url":
            request.next_url(f"{SERVICE}/A_SalesOrder?$top=1")
        case "set":
            request.set(**order() if of == "EntityCreateRequest" else {"AssignmentReference": "y"})
        case "parameter":
            request.parameter("BillingDocument", GIVEN["invoices"].pop())
        case "add_request" if of == "BatchRequest":
            request.add_request(calls.orders.get_entity(GIVEN["order"]))
        case "add_request":
            request.add_request(calls.orders.create_entity().set(**order()))
        case "execute" | "async_execute":
            pass
        case _:
            getattr(request, method)(*ARGUMENTS[method])
    check(of, in_batch(calls, request).execute())


def in_batch(calls: Calls, request: Any) -> Any:
    """A change set is sent within a batch."""
    if not isinstance(request, v2.Changeset):
        return request
    batch = calls.service.create_batch("batch")
    batch.add_request(request)
    return batch


def of_service(calls: Calls, method: str) -> None:
    service = calls.service
    match method:
        case "http_get":
            need(service.http_get("A_SalesOrder").status_code == 200)
        case "http_get_odata":
            need(service.http_get_odata("A_SalesOrder", lambda reply: reply.json()["d"]["results"]).execute())
        case "create_batch" | "create_changeset":
            need(getattr(service, method)() is not None)
        case _:
            need(hasattr(service, method))


def of_set(calls: Calls, method: str) -> None:
    orders = calls.orders
    match method:
        case "create_entity" | "delete_entity" | "update_entity":
            kind = {"c": "EntityCreateRequest", "d": "EntityDeleteRequest", "u": "EntityModifyRequest"}[method[0]]
            check(kind, calls.make(kind).execute())
        case "get_entities" | "get_entity":
            kind = "GetEntitySetRequest" if method == "get_entities" else "EntityGetRequest"
            check(kind, calls.make(kind).execute())
        case "nav":
            key = v2.EntityKey(calls.service.schema.entity_type("A_SalesOrderType"), GIVEN["order"])
            need(len(orders.nav("to_Item", key).get_entities().execute()) == 1)
        case _:
            need(getattr(orders, method))


def of_entity(calls: Calls, method: str) -> None:
    found = calls.make("EntityGetRequest").execute()
    match method:
        case "equals":
            need(found.equals(calls.make("EntityGetRequest").execute()))
        case "get_proprty":
            need(found.get_proprty("TotalNetAmount").execute() == "10.00")
        case "get_value":
            found.get_value().execute()
        case "nav":
            need(len(found.nav("to_Item").get_entities().execute()) == 1)
        case "get_path":
            need(found.get_path() == f"A_SalesOrder('{GIVEN['order']}')")
        case _:
            need(getattr(found, method))


def of_filter(calls: Calls, method: str) -> None:
    request = calls.make("GetEntitySetRequest")
    first = request.PurchaseOrderByCustomer == GIVEN["deal"]
    second = request.SalesOrder == GIVEN["order"]
    proprty = calls.service.schema.entity_type("A_SalesOrderType").proprty("SalesOrder")
    found = {
        "and_": lambda: v2.GetEntitySetFilter.and_(first, second),
        "or_": lambda: v2.GetEntitySetFilter.or_(first, second),
        "build_expression": lambda: v2.GetEntitySetFilter.build_expression("and", (first, second)),
        "format_filter": lambda: v2.GetEntitySetFilter.format_filter(proprty, "eq", GIVEN["order"]),
    }[method]()
    need([each.SalesOrder for each in request.filter(found).execute()] == [GIVEN["order"]])


async def asynchronously(of: str, method: str, headers: dict[str, str]) -> None:
    """The methods that wait, each with a client that was built so."""
    auth = (GIVEN["user"], GIVEN["password"])
    async with httpx.AsyncClient(auth=auth, headers=headers, trust_env=False) as client:
        connection = Connection(client)
        orders = await pyodata.Client.build_async_client(SERVICE, connection)
        billing = await pyodata.Client.build_async_client(BILLING, connection)
        calls = Calls(orders, billing)
        if method == "build_async_client":
            need(orders.entity_sets)
        elif method == "async_http_get":
            need((await orders.async_http_get("A_SalesOrder")).status == 200)
        elif method == "async_getattr":
            found = await calls.orders.get_entity(GIVEN["order"]).select("SalesOrder").async_execute()
            need(await found.async_getattr("TotalNetAmount") == "10.00")
        else:
            check(of, await in_batch(calls, calls.make(of)).async_execute())


def outcome(call: Callable[[], Any]) -> str:
    try:
        call()
    except HttpError as problem:
        text = problem.response.text
        return (
            f"refused: {problem.response.status_code}" if problem.response.status_code < 500 else f"fails: {text[:200]}"
        )
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is the outcome
        return f"fails: {type(problem).__name__}: {problem}"[:300]
    return "passes"


def main() -> int:
    session = requests.Session()
    session.auth = (GIVEN["user"], GIVEN["password"])
    reply = session.get(f"{SERVICE}/", headers={"x-csrf-token": "Fetch"})
    session.headers["x-csrf-token"] = token = reply.headers["x-csrf-token"]
    cookies = "; ".join(f"{each.name}={each.value}" for each in session.cookies)
    headers = {"x-csrf-token": token, "cookie": cookies}
    calls = Calls(pyodata.Client(SERVICE, session), pyodata.Client(BILLING, session))
    GIVEN["spare"] = [calls.make("EntityCreateRequest").execute().SalesOrder for _ in range(15)]
    others = {
        "Service": of_service,
        "EntitySetProxy": of_set,
        "EntityProxy": of_entity,
        "GetEntitySetFilter": of_filter,
    }
    found: dict[str, str] = {}
    for of in ("Client", *others, *REQUESTS):
        of_class = pyodata.Client if of == "Client" else getattr(v2, of)
        for method in sorted(name for name, _ in inspect.getmembers(of_class) if name[0].islower()):
            if method.startswith(("async_", "build_async")):
                found[f"{of}.{method}"] = outcome(lambda o=of, m=method: asyncio.run(asynchronously(o, m, headers)))
            elif of in others:
                found[f"{of}.{method}"] = outcome(lambda o=of, m=method: others[o](calls, m))
            else:
                found[f"{of}.{method}"] = outcome(lambda o=of, m=method: of_request(calls, o, m))
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
