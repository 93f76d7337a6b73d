"""The fake of QuickBooks Online's Accounting API: invoices, which are orders here, customers and items.

Sources: Intuit Developer, QuickBooks Online Accounting API, "Invoice", "Customer", "Item", "Query operations and
syntax" and "Basic ID and field definitions" (``requestid``: a repeated request with the same one is answered as the
first and done once); OAuth 2.0. Its deviations: invoices cannot be changed or voided, a query has one condition, the
``DisplayName`` of a customer is the account's id in the CRM, and how many requests a minute may have is left to faults.
That a token lasts an hour, and the statuses of the errors, have to be confirmed against a real company.
"""

from __future__ import annotations

import re
import secrets
from decimal import Decimal
from typing import Any

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
    name="quickbooks-online",
    role="erp",
    title="QuickBooks Online",
    also_called=("QuickBooks",),
    hosts=("quickbooks.api.intuit.com", "oauth.platform.intuit.com"),
    host="quickbooks.api.intuit.com",
    credentials={
        "realm": "9130357800000001",
        "client_id": "gameday-quickbooks-app",
        "client_secret": "gameday-quickbooks-secret",
        "refresh_token": "gameday-quickbooks-refresh",
    },
    objects=("Invoice",),
    known_as={"order": "Invoice", "customer": "Customer", "order date": "Invoice.TxnDate"},
    match_keys=("DocNumber",),
    contract_names={"DocNumber": "deal", "TxnDate": "date"},
)
_KINDS = {
    "bad_body": ("ValidationFault", "2010", "Request has invalid or unsupported property"),
    "not_found": ("ValidationFault", "610", "Object Not Found"),
    "method_not_allowed": ("ValidationFault", "500", "Unsupported Operation"),
    "unauthorized": ("AuthenticationFault", "3200", "message=AuthenticationFailed; errorCode=003200"),
    "forbidden": ("AuthorizationFault", "3100", "message=ApplicationAuthorizationFailed; errorCode=003100"),
    "bad_query": ("ValidationFault", "4000", "Error parsing query"),
    "bad_amount": ("ValidationFault", "6070", "Amount is not equal to UnitPrice * Qty"),
    "unknown_reference": ("ValidationFault", "2500", "Invalid Reference Id"),
    "too_long": (
        "ValidationFault",
        "2050",
        "String length is either shorter or longer than supported by specification",
    ),
    "duplicate": ("ValidationFault", "6140", "Duplicate Document Number Error"),
    "rate_limited": ("SystemFault", "3001", "message=ThrottleExceeded; errorCode=003001"),
    "server_error": ("SystemFault", "10000", "An application error has occurred while processing your request"),
    "unavailable": ("SystemFault", "", "Service Unavailable"),
}
_STATUS = {"unauthorized": 401, "forbidden": 403, "not_found": 404, "method_not_allowed": 405}
_STATUS |= {"rate_limited": 429, "server_error": 500, "unavailable": 503}
_QUERY = re.compile(
    r"select \* from (?P<entity>Invoice|Customer|Item) where (?P<field>\w+) "
    r"(?:= '(?P<one>[^']*)'|in \((?P<many>[^)]*)\))\s*",
    re.IGNORECASE,
)
_LONGEST_DOC_NUMBER = 21


class QuickBooksOnline(Fake):
    """One company."""

    manifest = MANIFEST
    api_version = "3"
    routes = (
        Route("POST", "/oauth2/v1/tokens/bearer", "login", "issue_token", public=True),
        Route("POST", "/v3/company/{realm}/invoice", "order.write", "create_invoice", event="order_write"),
        Route("GET", "/v3/company/{realm}/invoice/{id}", "order.read", "read_invoice"),
        Route("GET", "/v3/company/{realm}/query", "query", "query"),
    )
    errors = tuple(ErrorKind(name, _STATUS.get(name, 400), code) for name, (_, code, _) in _KINDS.items())
    objects = (
        ObjectType("Invoice", tuple(ObjectField(n, "string") for n in ("DocNumber", "TxnDate", "CustomerRef", "Line"))),
    )
    business_operations = (FakeOperation("seed", Seed, lambda fake, _, params: fake.seed_company(params)),)

    # -- log-in --------------------------------------------------------------------------------------

    def issue_token(self, request: Request) -> Reply:
        """An access token for the refresh token of the company's owner."""
        form = request.form
        if form.get("refresh_token") != MANIFEST.credentials["refresh_token"]:
            return Reply.json(400, {"error": "invalid_grant"}, error="unauthorized")
        self.token = secrets.token_urlsafe(24)
        return Reply.json(200, {"access_token": self.token, "token_type": "bearer", "expires_in": 3600})

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        given = request.header("authorization").partition(" ")[2]
        if not self.token or not secrets.compare_digest(given.encode(), self.token.encode()):
            return self.error("unauthorized")
        return None if request.params["realm"] == MANIFEST.credentials["realm"] else self.error("forbidden")

    def error(self, kind: str, **context: Any) -> Reply:
        type_, code, message = _KINDS[kind]
        error = {"Message": message, "Detail": str(context.get("detail", "")) or message, "code": code}
        return Reply.json(_STATUS.get(kind, 400), {"Fault": {"Error": [error], "type": type_}}, error=kind)

    # -- the company ---------------------------------------------------------------------------------

    def key_of(self, request: Request, route: Route) -> str | None:
        body = request.json if request.method == "POST" and route.operation == "order.write" else None
        number = body.get("DocNumber") if isinstance(body, dict) else None
        return number if isinstance(number, str) else None

    def reset(self) -> None:
        self.token = ""
        self.customers: dict[str, dict[str, Any]] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.entries: dict[str, Entry] = {}
        #: What a request with a ``requestid`` was answered with.
        self.answers: dict[str, Reply] = {}

    def seed_company(self, params: Seed) -> dict[str, Any]:
        """Make the CRM's accounts and products known."""
        for account in params.accounts:
            id_ = str(len(self.customers) + 1)
            self.customers[id_] = {"Id": id_, "DisplayName": account.id, "CompanyName": account.name}
        for product in params.products:
            id_ = str(len(self.items) + 1)
            self.items[id_] = {"Id": id_, "Name": product.name or product.sku, "Sku": product.sku}
        return {"id": ""}

    def query(self, request: Request) -> Reply:
        """Find entities by one field."""
        match = _QUERY.fullmatch(request.query.get("query", ""))
        if match is None:
            return self.error("bad_query")
        entity = match["entity"].title()
        tables = {"Invoice": self.invoices, "Customer": self.customers, "Item": self.items}
        wanted = {match["one"]} if match["many"] is None else set(re.findall(r"'([^']*)'", match["many"]))
        found = [each for each in tables[entity].values() if each.get(match["field"]) in wanted]
        return Reply.json(200, {"QueryResponse": {entity: found} if found else {}})

    def read_invoice(self, request: Request) -> Reply:
        """One invoice."""
        found = self.invoices.get(request.params["id"])
        return self.error("not_found") if found is None else Reply.json(200, {"Invoice": found})

    def create_invoice(self, request: Request) -> Reply:
        """Create an invoice; a request with the ``requestid`` of an earlier one is answered as that one was."""
        request_id = request.query.get("requestid", "")
        known = self.answers.get(request_id) if request_id else None
        if known is not None:
            return Reply.json(known.status, {"Invoice": self.invoices[known.key or ""]})
        body = request.json
        if not isinstance(body, dict) or not isinstance(body.get("Line"), list):
            raise BadBody("an invoice has a CustomerRef and one Line at least")
        try:
            customer = self.customers[str(body["CustomerRef"]["value"])]
            lines = tuple(self._line(each) for each in body["Line"])
        except _Refused as refused:
            return self.error(refused.kind, detail=str(refused))
        except KeyError as missing:
            return self.error("unknown_reference", detail=f"{missing} is missing, or nobody's id")
        except (TypeError, ValueError, ArithmeticError) as problem:
            raise BadBody(str(problem)) from None
        number = str(body.get("DocNumber", ""))
        if len(number) > _LONGEST_DOC_NUMBER:
            return self.error("too_long", detail=f"DocNumber: {number}")
        return self._booked(body, number, customer["DisplayName"], lines, request_id)

    def _line(self, given: dict[str, Any]) -> Line:
        if given["DetailType"] != "SalesItemLineDetail":
            raise _Refused("bad_body", f"DetailType {given['DetailType']}")
        detail, amount = given["SalesItemLineDetail"], Decimal(str(given["Amount"]))
        quantity = Decimal(str(detail.get("Qty", 1)))
        price = Decimal(str(detail["UnitPrice"])) if "UnitPrice" in detail else amount / quantity
        if "UnitPrice" in detail and (price * quantity - amount).copy_abs() >= Decimal("0.01"):
            raise _Refused("bad_amount", f"Supplied value: {amount}")
        return Line(self.items[str(detail["ItemRef"]["value"])]["Sku"], quantity, price, amount)

    def _booked(
        self, body: dict[str, Any], number: str, customer: str, lines: tuple[Line, ...], request_id: str
    ) -> Reply:
        id_, now_s = str(len(self.invoices) + 1), self.clock.now_s()
        total = sum((line.amount for line in lines), Decimal(0))
        currency = str((body.get("CurrencyRef") or {}).get("value", "USD"))
        date = str(body.get("TxnDate", ""))
        self.invoices[id_] = {**body, "Id": id_, "SyncToken": "0", "TotalAmt": float(total)}
        invoice = Invoice(id_, total, currency, now_s, date=date)
        keys = {"DocNumber": number}
        self.entries[id_] = Entry(
            id_, keys, "open", customer, currency, total, lines, now_s, now_s, date=date, invoices=(invoice,)
        )
        event = ("order_write", {"deal": number, "order": id_, "total": str(total), "currency": currency, "keys": keys})
        reply = Reply.json(200, {"Invoice": self.invoices[id_]}, event=event, key=number)
        if request_id:
            self.answers[request_id] = Reply.json(200, None, key=id_)
        return reply

    def snapshot(self) -> Any:
        return {"Customer": self.customers, "Item": self.items, "Invoice": self.invoices}

    def ledger(self) -> Ledger:
        return Ledger(
            self.name, self.clock.now_s(), tuple(self.entries.values()), states=("date", "customer", "invoice.date")
        )


class _Refused(Exception):
    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
