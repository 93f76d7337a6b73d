"""NetSuite's URL table. Record types are accepted in their own spelling and in lower case: clients write both."""

from __future__ import annotations

from gameday_fakes.http import Absent, Route
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.transaction_kinds import BILLS, PROPOSALS, RETURN

TOKEN_PATH = f"{ROOT}/auth/oauth2/v1/token"
RESTLET = "/app/site/hosting/restlet.nl"

_EVENTS = {
    "salesOrder": "order_write",
    "invoice": "invoice_write",
    "cashSale": "invoice_write",
    "creditMemo": "invoice_write",
}
_WORDS = {
    "salesOrder": "order",
    "estimate": "proposal",
    "opportunity": "proposal",
    RETURN: "proposal",
    "invoice": "invoice",
    "cashSale": "invoice",
    "itemFulfillment": "fulfillment",
    "creditMemo": "settlement",
    "customerPayment": "settlement",
}
_BILLED = ("salesOrder", *PROPOSALS)
_TRANSFORMS = (
    ("opportunity", "estimate", "estimate.write", "transform_to_estimate"),
    ("opportunity", "salesOrder", "order.write", "transform_to_order"),
    ("estimate", "salesOrder", "order.write", "transform_to_order"),
    *((source, "invoice", "invoice.write", "transform_to_invoice") for source in _BILLED),
    *((source, "cashSale", "cash_sale.write", "transform_to_cash_sale") for source in _BILLED),
    ("salesOrder", "itemFulfillment", "fulfillment.write", "transform_to_fulfillment"),
    ("invoice", "creditMemo", "credit.write", "transform_to_credit"),
    ("invoice", "customerPayment", "payment.write", "transform_to_payment"),
    *((source, RETURN, "return.write", "transform_to_return") for source in ("salesOrder", *BILLS)),
    (RETURN, "creditMemo", "credit.write", "transform_return_to_credit"),
)


def _record_routes(model: Model) -> list[Route]:
    routes = []
    for kind in model.record_types.values():
        word = _WORDS.get(kind.name, "record")
        event = _EVENTS.get(kind.name, "")
        read, write = f"{kind.operation}.read", f"{kind.operation}.write"
        for name in {kind.name, kind.name.lower()}:
            path = f"{ROOT}/record/v1/{name}"
            routes += [
                Route("GET", path, read, "list_records"),
                Route("GET", f"{path}/{{id}}", read, f"read_{word}", lasting=True),
                Route("POST", path, write, f"create_{word}", event=event),
                Route("PUT", f"{path}/{{id}}", write, f"upsert_{word}", event=event),
                Route("PATCH", f"{path}/{{id}}", write, f"update_{word}", event=event),
                Route("DELETE", f"{path}/{{id}}", write, f"delete_{word}", event=event),
            ]
    return routes


def _transaction_routes() -> list[Route]:
    routes = []
    with_lines = (
        ("salesOrder", "order"),
        ("estimate", "estimate"),
        ("opportunity", "opportunity"),
        ("invoice", "invoice"),
        ("cashSale", "cash_sale"),
        ("itemFulfillment", "fulfillment"),
        (RETURN, "return"),
    )
    for name, operation in with_lines:
        for spelling in {name, name.lower()}:
            path = f"{ROOT}/record/v1/{spelling}/{{id}}/item"
            routes += [
                Route("GET", path, f"{operation}.read", "read_lines"),
                Route("GET", f"{path}/{{line}}", f"{operation}.read", "read_line"),
            ]
    for source, target, operation, handler in _TRANSFORMS:
        for spelling in {source, source.lower()}:
            for mark in ("!transform", "%21transform"):
                for to in {target, target.lower()}:
                    path = f"{ROOT}/record/v1/{spelling}/{{id}}/{mark}/{to}"
                    routes.append(Route("POST", path, operation, handler, event=_EVENTS.get(target, "")))
    return routes


def _address_routes() -> list[Route]:
    book = f"{ROOT}/record/v1/customer/{{id}}/addressBook"
    return [
        Route("GET", book, "customer.read", "read_address_book"),
        Route("GET", f"{book}/{{entry}}", "customer.read", "read_address_entry"),
        Route("GET", f"{book}/{{entry}}/addressBookAddress", "customer.read", "read_address"),
    ]


def _unknown_record_routes() -> list[Route]:
    tails = (("", ("GET", "POST")), ("/{id}", ("GET", "PUT", "PATCH", "DELETE")))
    return [
        Route(
            method,
            f"{ROOT}/record/v1/{{type}}{tail}",
            "record.read" if method == "GET" else "record.write",
            "unknown_record_type",
        )
        for tail, methods in tails
        for method in methods
    ]


def routes_of(model: Model) -> tuple[Route, ...]:
    """The URL table of an account with these record types."""
    return (
        *_record_routes(model),
        *_transaction_routes(),
        *_address_routes(),
        *_unknown_record_routes(),
        Route("GET", f"{ROOT}/record/v1/metadata-catalog", "metadata", "metadata_catalog"),
        Route("GET", f"{ROOT}/record/v1/metadata-catalog/{{type}}", "metadata", "record_metadata"),
        Route("POST", f"{ROOT}/query/v1/suiteql", "query", "suiteql"),
        Route("GET", f"{ROOT}/async/v1/job/{{job}}", "job.read", "read_job"),
        Route("GET", f"{ROOT}/async/v1/job/{{job}}/task", "job.read", "list_tasks"),
        Route("GET", f"{ROOT}/async/v1/job/{{job}}/task/{{task}}", "job.read", "read_task"),
        Route("GET", f"{ROOT}/async/v1/job/{{job}}/task/{{task}}/result", "job.read", "read_result"),
        Route("GET", f"{ROOT}/system/v1/governanceLimits", "limits", "governance_limits"),
        Route("GET", "/rest/tokeninfo", "token", "token_info"),
        Route("POST", TOKEN_PATH, "login", "issue_token", public=True),
    )


ABSENT: tuple[Absent, ...] = (
    Absent("/services/NetSuitePort_{version}", "SOAP web services", "Oracle ends them with release 2028.2"),
    Absent("/wsdl", "SOAP web services", "Oracle ends them with release 2028.2"),
    Absent(RESTLET, "RESTlets", "they are the account's own code; [organisation.endpoints] can name a file of yours"),
)
