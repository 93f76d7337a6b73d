"""Two fakes of a vendor, one of which remembers replies, and what can be asked of them and done to them."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.manifests import manifests
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.registry import fake_kinds
from gameday_fakes.reply_writer import ReplyWriter
from gameday_fakes.request_head import Heads

HOST = "localhost"
CATALOG = {
    "accounts": [{"id": "001000000000001AAA", "key": "acme", "name": "Acme", "currency": "USD"}],
    "products": [{"sku": "SKU-1", "name": "Item", "prices": {"USD": "10.00"}}],
}
WRITER = ReplyWriter([(b"server", b"gameday")])


class SteppedClock(Clock):
    """A clock that shows what it is set to; whoever sleeps has slept."""

    at_s = 0.0

    def now_s(self) -> float:
        return self.at_s

    def wall_s(self) -> float:
        return 1_800_000_000.0 + self.at_s

    async def sleep(self, scenario_s: float) -> None:
        return None


Headers = dict[str, str]
Authorize = Callable[[str, str], Headers]


class Twin:
    """A fake; with ``remembers`` its requests are as a connection reads them, else no reply is remembered."""

    def __init__(self, vendor: Vendor, *, remembers: bool) -> None:
        self.clock = SteppedClock()
        self.events = EventLog(self.clock)
        self.fake: Fake = fake_kinds()[vendor.name](self.clock, self.events)
        self.fake.start_again(7)
        self.fake.operate("seed", "", CATALOG)
        self.heads = Heads(self.fake.memory, proof_apart=self.fake.proof_apart) if remembers else None
        self.vendor = vendor
        self.login()

    def login(self) -> None:
        """Log in anew."""
        self.authorize = self.vendor.login(self)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
        """The reply to a request as it is written, empty where the connection is reset."""
        return asyncio.run(self.reply(self.request(method, path, headers, body)))

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Request:
        """A request as it arrives."""
        target, _, query = path.partition("?")
        own = {"host": HOST, **self.authorize(method, path), **(headers or {})}
        encoded = {name.encode(): value.encode() for name, value in own.items()}
        data = b"" if body is None else json.dumps(body).encode()
        if data:
            encoded.setdefault(b"content-type", b"application/json")
        request = Request(method, target, query_string=query.encode(), headers=encoded, body=data)
        if self.heads is not None and method == "GET":
            lines = b"".join(b"%b: %b\r\n" % pair for pair in encoded.items())
            read = self.heads.read(b"GET %b HTTP/1.1\r\n%b\r\n" % (path.encode(), lines), "http")
            assert read is not None
            assert (read.path, read.query_string, read.headers) == (target, query.encode(), encoded)
            return read
        return request

    async def reply(self, request: Request) -> bytes:
        """A reply as it is written, empty where the connection is reset."""
        answer = self.fake.begun(request)
        try:
            reply = answer if isinstance(answer, Reply) else self.fake._leaving(await answer)
        except Dropped:
            return b""
        return WRITER.bytes_of(reply) or b"unwritten"

    def history(self) -> list[Any]:
        """All events: when, what, how it ended and what of."""
        return [(event.time_s, event.f, event.outcome, event.value) for event in self.events.after(0)]

    def counts(self) -> Any:
        """What is counted of requests, and the last that were refused."""
        return dict(self.fake.stats), self.fake.traffic.counts(), self.fake.exchanges.last_refused()


class Vendor(NamedTuple):
    """What is asked of a vendor's fake. ``{id}`` in a path is the id of its first record of ``kind``."""

    name: str
    login: Callable[[Twin], Authorize]
    kind: tuple[str, str]
    reads: Sequence[tuple[str, Headers]]
    writes: Sequence[tuple[str, str, Any]]
    faults: Sequence[Mapping[str, Any]]
    settings: Sequence[Mapping[str, Any]] = ()
    operations: Sequence[tuple[str, str, Mapping[str, Any]]] = ()


def token_at(path: str) -> Callable[[Twin], Authorize]:
    """A log-in by the grant of client credentials."""

    def login(twin: Twin) -> Authorize:
        known = manifests()[twin.vendor.name].credentials
        form = {"grant_type": "client_credentials", "client_id": known["client_id"]}
        form |= {name: known[name] for name in ("client_secret", "scope") if name in known}
        data = urllib.parse.urlencode(form).encode()
        request = Request("POST", path.format(**known), headers={b"host": HOST.encode()}, body=data)
        found = re.search(rb'"access_token":"([^"]+)"', asyncio.run(twin.reply(request)))
        token = found[1].decode() if found else "none"
        return lambda _, __: {"authorization": f"Bearer {token}"}

    return login


def _signed(twin: Twin) -> Authorize:
    signer = Signer(manifests()["netsuite"].credentials, twin.clock.wall_s)
    return lambda method, path: {"authorization": signer.header(method, f"http://{HOST}{path}")}


def _certificate(twin: Twin) -> Authorize:
    """A log-in to NetSuite as OAuth 2.0 has it; the assertion by which a token is asked for is left out."""
    token = twin.fake.access_tokens.new_token(24)  # type: ignore[attr-defined]
    return lambda _, __: {"authorization": f"Bearer {token}"}


def _private_app(_: Twin) -> Authorize:
    token = manifests()["hubspot"].credentials["access_token"]
    return lambda _, __: {"authorization": f"Bearer {token}"}


def _basic(twin: Twin) -> Authorize:
    known = manifests()[twin.vendor.name].credentials
    user = base64.b64encode(f"{known['user']}:{known['password']}".encode()).decode()
    return lambda _, __: {"authorization": f"Basic {user}", "accept": "application/json"}


SF, RECORD = "/services/data/v62.0", "/services/rest/record/v1"
_BC = manifests()["business-central"].credentials
BC = f"/v2.0/{_BC['tenant']}/{_BC['environment']}/api/v2.0/companies({_BC['company']})"
S4 = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder"
DV, FUSION = "/api/data/v9.2", "/fscmRestApi/resources/11.13.18.05"
PARTNER = "/sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner"
ORDER = {"entity": {"externalId": "001000000000001AAA"}, "otherRefNum": "D1", "tranDate": "2027-01-15"}
LINE = {"item": {"externalId": "SKU-1"}, "quantity": 1, "rate": 10, "amount": 10, "price": {"id": "-1"}}
BOOKED = {
    "account": "001000000000001AAA",
    "currency": "USD",
    "lines": [{"sku": "SKU-1", "quantity": "1", "unit_price": "10", "amount": "10"}],
}
#: Of every vendor: what may be in the way of any request.
IN_THE_WAY: tuple[Mapping[str, Any], ...] = (
    {"kind": "http", "operation": "*", "share": 0.0, "action": "reply", "error": "server_error"},
    {"kind": "http", "operation": "read", "share": 0.5, "action": "reply", "error": "server_error"},
    {"kind": "http", "operation": "*", "times": 1, "action": "drop"},
    {"kind": "http", "operation": "read", "times": 2, "action": "truncate", "bytes": 10},
    {"kind": "http", "operation": "*", "action": "delay", "delay_s": 1.0, "when": "after"},
    {"kind": "revoke_tokens"},
)

VENDORS = (
    Vendor(
        "salesforce",
        token_at("/services/oauth2/token"),
        ("Account", "Id"),
        (
            (f"{SF}/sobjects/Account/{{id}}", {}),
            (f"{SF}/sobjects/Account/{{id}}?fields=Id,Name,LastModifiedDate", {}),
            ("/services/data/v31.0/sobjects/Account/{id}", {}),
            (f"{SF}/sobjects/Account/{{id}}", {"if-modified-since": "Fri, 15 Jan 2027 08:00:02 GMT"}),
            (f"{SF}/sobjects/Account/ERP_Customer_Id__c/C1", {}),
            (f"{SF}/sobjects/account/{{id}}/", {"accept": "application/json"}),
            (f"{SF}/sobjects/Account/001000000000009AAA", {}),
            (f"{SF}/limits", {}),
        ),
        (
            ("PATCH", f"{SF}/sobjects/Account/{{id}}", {"BillingCity": "Berlin"}),
            ("PATCH", f"{SF}/sobjects/Account/ERP_Customer_Id__c/C1", {"Name": "Other"}),
            ("DELETE", f"{SF}/sobjects/Account/ERP_Customer_Id__c/C1", None),
            ("POST", f"{SF}/composite/sobjects", {"records": [{"attributes": {"type": "Account"}, "Name": "Third"}]}),
        ),
        (
            {"kind": "rename_field", "object": "Account", "field": "BillingCity", "new_name": "City__c"},
            {"kind": "hide_field", "object": "Account", "field": "Name"},
            {"kind": "revoke_permission", "object": "Account", "access": "read"},
            {"kind": "omit_field", "object": "Account", "field": "BillingCity", "since_version": 40},
            {"kind": "other_organization"},
        ),
        ({"daily_api_requests": 1_000_000}, {"daily_api_requests": 12}),
        (("merge_accounts", "acme", {}), ("reprice", "", {"sku": "SKU-1", "currency": "USD", "price": "11.00"})),
    ),
    Vendor(
        "netsuite",
        _signed,
        ("customer", "id"),
        (
            (f"{RECORD}/salesOrder/eid:D1", {}),
            (f"{RECORD}/salesOrder/eid:D1?expandSubResources=true", {}),
            (f"{RECORD}/salesorder/eid:D1?fields=tranId,total", {}),
            (f"{RECORD}/salesOrder/eid:D1", {"prefer": "respond-async"}),
            (f"{RECORD}/customer/{{id}}", {}),
            (f"{RECORD}/customer/{{id}}", {"host": "elsewhere.example"}),
            (f"{RECORD}/customer", {}),
            (f"{RECORD}/inventoryItem/eid:SKU-1", {}),
        ),
        (
            ("PUT", f"{RECORD}/salesOrder/eid:D1", {**ORDER, "item": {"items": [LINE]}}),
            ("PATCH", f"{RECORD}/salesOrder/eid:D1", {"memo": "changed"}),
            ("DELETE", f"{RECORD}/salesOrder/eid:D1", None),
            ("POST", f"{RECORD}/salesOrder/eid:D1/!transform/invoice", {}),
            ("PATCH", f"{RECORD}/customer/{{id}}", {"companyName": "Other"}),
        ),
        (
            {"kind": "rename_field", "record": "salesOrder", "field": "memo", "new_name": "note"},
            {"kind": "hide_field", "record": "customer", "field": "companyName"},
            {"kind": "revoke_permission", "record": "salesOrder", "access": "read"},
            {"kind": "concurrency_limit", "limit": 1, "busy_s": 5.0},
            {"kind": "inactive_reference", "share": 1.0},
            {"kind": "skew_clock", "by_s": 900.0},
        ),
        ({"deal_field": "memo"}, {"date_format": "DD/MM/YYYY"}),
        (("reprice", "", {"sku": "SKU-1", "currency": "USD", "price": "11.00"}), ("close_period", "2027-01", {})),
    ),
    Vendor(
        "hubspot",
        _private_app,
        ("companies", "id"),
        (
            ("/crm/v3/objects/companies/{id}", {}),
            ("/crm/v3/objects/companies/{id}?properties=name,city", {}),
            ("/crm/v3/objects/companies/C1?idProperty=erp_customer_id", {}),
            ("/crm/v3/objects/companies/{id}?propertiesWithHistory=name", {}),
            ("/crm/v3/objects/companies", {}),
        ),
        (
            ("PATCH", "/crm/v3/objects/companies/{id}", {"properties": {"city": "Berlin"}}),
            (
                "POST",
                "/crm/v3/objects/companies/batch/upsert",
                {"inputs": [{"id": "C1", "idProperty": "erp_customer_id", "properties": {"name": "Other"}}]},
            ),
            ("DELETE", "/crm/v3/objects/companies/{id}", None),
        ),
        (
            {"kind": "rename_field", "object": "companies", "field": "city", "new_name": "town"},
            {"kind": "hide_field", "object": "companies", "field": "name"},
            {"kind": "revoke_permission", "object": "companies", "access": "read"},
        ),
        ({"index_lag_s": 2.0}, {"requests_per_ten_seconds": 4}, {"requests_per_day": 9}, {"scopes": ["oauth"]}),
        (("merge_accounts", "acme", {}),),
    ),
    Vendor(
        "business-central",
        token_at("/{tenant}/oauth2/v2.0/token"),
        ("customers", "id"),
        (
            (f"{BC}/customers({{id}})", {}),
            (f"{BC}/customers({{id}})?$select=number,displayName", {}),
            (f"{BC}/customers({{id}})?$expand=currency", {}),
            (f"{BC}/customers", {}),
            (f"{BC}/subscriptions('none')", {}),
        ),
        (
            ("PATCH", f"{BC}/customers({{id}})", {"displayName": "Other"}),
            (
                "POST",
                f"{BC}/salesOrders",
                {"externalDocumentNumber": "D1", "customerNumber": "001000000000001AAA"},
            ),
        ),
        (
            {"kind": "rename_field", "record": "customers", "field": "displayName", "new_name": "title"},
            {"kind": "revoke_permission", "record": "customers", "access": "read"},
            {"kind": "concurrency_limit", "limit": 1, "busy_s": 5.0},
        ),
        ({"requests_in_5_minutes": 6},),
        (("reprice", "", {"sku": "SKU-1", "currency": "USD", "price": "11.00"}),),
    ),
    Vendor(
        "s4hana",
        _basic,
        ("A_BusinessPartner", "BusinessPartner"),
        (
            (f"{PARTNER}('{{id}}')", {}),
            (f"{PARTNER}('{{id}}')?$select=BusinessPartner,BusinessPartnerFullName", {}),
            (f"{PARTNER}('{{id}}')", {"x-csrf-token": "fetch", "cookie": "none"}),
            (f"{S4}('30000001')?$expand=to_Item", {}),
            (PARTNER, {}),
        ),
        (("PATCH", f"{PARTNER}('{{id}}')", {"SearchTerm1": "X"}),),
        (
            {"kind": "rename_field", "record": "A_BusinessPartner", "field": "SearchTerm1", "new_name": "Term"},
            {"kind": "revoke_permission", "record": "A_BusinessPartner", "access": "read"},
        ),
        ({"bill_after_s": 1.0}, {"bill_after_s": None}),
        (("book_order", "D1", BOOKED), ("reprice", "", {"sku": "SKU-1", "currency": "USD", "price": "11.00"})),
    ),
    Vendor(
        "dataverse",
        token_at("/{tenant}/oauth2/v2.0/token"),
        ("accounts", "accountid"),
        (
            (f"{DV}/accounts({{id}})", {}),
            (f"{DV}/accounts({{id}})?$select=name,address1_city", {}),
            (f"{DV}/accounts({{id}})", {"prefer": 'odata.include-annotations="*"'}),
            (f"{DV}/accounts({{id}})", {"if-none-match": 'W/"1"'}),
            (f"{DV}/accounts", {}),
        ),
        (
            ("PATCH", f"{DV}/accounts({{id}})", {"address1_city": "Berlin"}),
            ("POST", f"{DV}/accounts", {"name": "Other"}),
            ("DELETE", f"{DV}/accounts({{id}})", None),
        ),
        (
            {"kind": "rename_field", "object": "accounts", "field": "address1_city", "new_name": "city"},
            {"kind": "hide_field", "object": "accounts", "field": "name"},
            {"kind": "revoke_permission", "object": "accounts", "access": "read"},
            {"kind": "service_protection", "requests": 3},
        ),
        ({"requests_in_5_minutes": 6000}, {"requests_in_5_minutes": 6}),
        (("reprice", "", {"sku": "SKU-1", "currency": "USD", "price": "11.00"}),),
    ),
    Vendor(
        "oracle-fusion",
        _basic,
        ("itemsV2", "ItemId"),
        (
            (f"{FUSION}/salesOrdersForOrderHub/OPS:D1", {}),
            (f"{FUSION}/salesOrdersForOrderHub/OPS:D1?expand=lines", {"rest-framework-version": "4"}),
            (f"{FUSION}/salesOrdersForOrderHub/OPS:D1?fields=OrderNumber,StatusCode", {}),
            (f"{FUSION}/salesOrdersForOrderHub", {}),
        ),
        (("PATCH", f"{FUSION}/salesOrdersForOrderHub/OPS:D1", {"CustomerPONumber": "P1"}),),
        (
            {"kind": "revoke_permission", "record": "salesOrdersForOrderHub", "access": "read"},
            {"kind": "concurrency_limit", "limit": 1, "busy_s": 5.0},
            {"kind": "hold_orders", "share": 1.0},
        ),
        ({"autoinvoice_after_s": 1.0}, {"autoinvoice_after_s": None}, {"requests_a_minute": 5}),
        (("book_order", "D1", BOOKED), ("hold_order", "D1", {}), ("release_order", "D1", {})),
    ),
)

#: NetSuite's other clients prove themselves by a token.
VENDORS += (VENDORS[1]._replace(login=_certificate),)


def carry_out(twin: Twin, step: tuple[str, int], id_: str) -> Any:
    """What a step gives: the reply of a request, those of two, or how a control ends."""
    vendor, (act, number) = twin.vendor, step
    faults = (*IN_THE_WAY, *vendor.faults)
    try:
        match act:
            case "read":
                path, headers = vendor.reads[number]
                return twin.ask("GET", path.replace("{id}", id_), headers)
            case "outsider":
                # One who does not have the whole of a secret.
                path, headers = vendor.reads[number]
                proof = twin.authorize("GET", path)["authorization"]
                return twin.ask("GET", path.replace("{id}", id_), {**headers, "authorization": f"{proof[:-4]}{number}"})
            case "twice":
                # With one proof, as an attacker would who has seen it.
                path, headers = vendor.reads[number]
                path = path.replace("{id}", id_)
                proof = twin.authorize("GET", path)["authorization"]
                return [twin.ask("GET", path, {**headers, "authorization": proof}) for _ in range(2)]
            case "write":
                method, path, body = vendor.writes[number]
                return twin.ask(method, path.replace("{id}", id_), {"if-match": "*"}, body)
            case "inject":
                twin.fake.inject(f"f{number}", dict(faults[number]))
            case "heal":
                twin.fake.heal(f"f{number}")
            case "set":
                twin.fake.configure(dict(vendor.settings[number]))
            case "operate":
                f, key, value = vendor.operations[number]
                return twin.fake.operate(f, key, dict(value))
            case "clock":
                twin.clock.at_s += (1, 60, 4000)[number]
            case "login":
                twin.login()
            case "reset":
                twin.fake.start_again(7)
                twin.fake.operate("seed", "", CATALOG)
    except ControlError as problem:
        return str(problem)
    return None


def first_id(twin: Twin) -> str:
    """The id that stands for ``{id}`` in paths."""
    kind, name = twin.vendor.kind
    return str(twin.fake.snapshot()[kind][0][name])
