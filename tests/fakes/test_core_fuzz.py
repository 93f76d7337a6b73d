"""Whatever is sent, to whichever plane: one line or the vendor's own shape comes back, and the process lives on."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.fake import Fake
from gameday_fakes.http import Route
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.registry import fake_kinds
from support.control import ControlToken
from support.credentials import (
    BUSINESS_CENTRAL,
    DATAVERSE,
    JIRA,
    NETSUITE,
    ORACLE_FUSION,
    PAGERDUTY,
    S4HANA,
    SALESFORCE,
)

pytestmark = pytest.mark.slow

#: Those that speak HTTP; what the others speak has tests of its own.
FAKES = {name: kind for name, kind in fake_kinds().items() if kind.scheme == "http"}
CATALOG = {
    "accounts": [{"id": "001000000000001", "key": "acme", "name": "Acme", "currency": "USD", "country": "US"}],
    "products": [{"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00"}}],
}
#: Names and values that mean something somewhere, so that a request gets beyond the first check.
NAMES = st.sampled_from(
    [
        *("f", "key", "value", "kind", "action", "operation", "share", "times", "when", "error", "delay_s", "bytes"),
        *("accounts", "products", "lines", "sku", "prices", "currency", "amount", "quantity", "period", "percent"),
        *("pace", "seed", "origin_s", "outbound_url", "object", "field", "new_name", "access", "record", "limit"),
        *("routing_key", "event_action", "dedup_key", "payload", "summary", "source", "severity"),
        *("fields", "update", "labels", "project", "issuetype", "transition", "id", "name", "jql", "body"),
        *("entity", "externalId", "item", "items", "q", "compositeRequest", "records", "attributes", "type"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["SAW-1", "001000000000001", "acme", "SYNC", "SYNC-1", "31", "1e999", "2026-03", "USD", "Order", "0.5"]
    ),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=10
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=5).map(lambda body: json.dumps(body).encode())
#: Bodies that the fakes accept as they are, by fake.
WHOLE: dict[str, list[dict[str, Any]]] = {
    "otlp": [
        {
            "resourceSpans": [
                {
                    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "sync"}}]},
                    "scopeSpans": [
                        {"spans": [{"traceId": "01", "spanId": "02", "name": "write", "status": {"code": 2}}]}
                    ],
                }
            ]
        }
    ],
    "pagerduty": [
        {
            "routing_key": PAGERDUTY["routing_key"],
            "event_action": "trigger",
            "dedup_key": "late",
            "payload": {"summary": "late", "source": "sync", "severity": "error"},
        },
        {"routing_key": PAGERDUTY["routing_key"], "event_action": "resolve", "dedup_key": "late"},
    ],
    "opsgenie": [
        {
            "message": "late",
            "alias": "late",
            "details": {"reason": "late"},
            "responders": [{"name": "x", "type": "team"}],
        },
        {"note": "later"},
    ],
    "slack": [
        {"channel": "C1", "text": "late", "attachments": [{"title": "late", "fields": [{"title": "x", "value": "y"}]}]},
        {"channel": "C1", "ts": "1700000000.000001", "text": "resolved"},
    ],
    "teams": [{"title": "late", "sections": [{"facts": [{"name": "flow", "value": "x"}]}]}],
    "alertmanager": [
        {"receiver": "x", "alerts": [{"status": "firing", "labels": {"alertname": "x"}, "annotations": {}}]}
    ],
    "jira": [
        {"fields": {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "late", "labels": ["x"]}},
        {"transition": {"id": "31"}, "update": {"comment": [{"add": {"body": "done"}}], "labels": [{"add": "y"}]}},
        {"jql": "text ~ late AND labels = x ORDER BY key", "startAt": 0, "maxResults": 5, "fields": ["summary"]},
        {"body": "replayed"},
    ],
    "business-central": [
        {
            "externalDocumentNumber": "006A",
            "customerNumber": "001000000000001",
            "orderDate": "2026-03-15",
            "discountAmount": 1,
            "salesOrderLines": [{"lineObjectNumber": "SAW-1", "quantity": 2, "unitPrice": 10, "discountPercent": 5}],
        },
        {"number": "N-1", "displayName": "Nut", "currencyCode": "EUR", "taxGroupCode": "VAT7", "code": "X"},
        {"requests": [{"id": "1", "method": "POST", "url": "items", "body": {"displayName": "Nut"}}]},
    ],
    "s4hana": [
        {
            "SalesOrderType": "OR",
            "SalesOrganization": "1010",
            "DistributionChannel": "10",
            "OrganizationDivision": "00",
            "SoldToParty": "17100001",
            "PurchaseOrderByCustomer": "006A",
            "SalesOrderDate": "/Date(1773532800000)/",
            "to_Item": [
                {
                    "Material": "SAW-1",
                    "RequestedQuantity": "2",
                    "to_PricingElement": [{"ConditionType": "PPR0", "ConditionRateValue": "10"}],
                }
            ],
        },
        {"BusinessPartnerCategory": "2", "OrganizationBPName1": "Nut", "Product": "NUT-1", "BaseUnit": "PC"},
        {"SalesOrder": "1", "Customer": "17100001", "PartnerFunction": "SH", "ConditionType": "DRH1"},
    ],
    "dataverse": [
        {
            "name": "Acme",
            "customerid_account@odata.bind": "/accounts(accountnumber='acme')",
            "estimatedclosedate": "2026-03-15",
            "product_opportunities": [
                {"productid@odata.bind": "/products(productnumber='SAW-1')", "quantity": 2, "manualdiscountamount": 1}
            ],
        },
        {"Status": 3, "OpportunityClose": {"opportunityid@odata.bind": "/opportunities(x)", "actualrevenue": 10}},
        {"name": "Hook", "url": "http://127.0.0.1:1/", "contract": 8, "authtype": 5, "authvalue": "<settings/>"},
        {"requests": [{"id": "1", "method": "POST", "url": "accounts", "body": {"name": "Nut"}}]},
    ],
    "oracle-fusion": [
        {
            "SourceTransactionNumber": "006A",
            "SourceTransactionSystem": "GAMEDAY",
            "SourceTransactionId": "006A",
            "BusinessUnitName": "Gameday Business Unit",
            "BuyingPartyNumber": "001000000000001",
            "TransactionalCurrencyCode": "USD",
            "SubmittedFlag": True,
            "lines": [{"SourceTransactionLineId": "1", "ProductNumber": "SAW-1", "OrderedQuantity": 2}],
        },
        {"BusinessUnit": "Gameday Business Unit", "TransactionSource": "Manual", "TransactionType": "Invoice"},
        {"PartyNumber": "N-1", "OrganizationName": "Nut", "ItemNumber": "NUT-1", "CurrencyCode": "EUR"},
        {"holdRequests": [{"SourceTransactionSystem": "GAMEDAY", "HoldCode": "MANUAL_REVIEW"}]},
    ],
    "hubspot": [
        {
            "properties": {"dealname": "Acme", "dealstage": "closedwon", "closedate": "2026-03-15", "amount": "20.00"},
            "associations": [
                {"to": {"id": "1"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]}
            ],
        },
        {"inputs": [{"id": "1", "properties": {"name": "Acme"}}], "properties": ["name"], "idProperty": "name"},
        {
            "filterGroups": [
                {"filters": [{"propertyName": "amount", "operator": "BETWEEN", "value": 1, "highValue": 9}]}
            ],
            "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
            "limit": 5,
            "after": "0",
        },
    ],
    "netsuite": [
        {
            "entity": {"externalId": "001000000000001"},
            "item": {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 1}]},
        },
        {"q": "SELECT id, externalId FROM transaction WHERE type = 'SalesOrd'"},
    ],
    "salesforce": [
        {"Name": "Acme", "StageName": "Closed Won", "CloseDate": "2026-03-15"},
        {"records": [{"attributes": {"type": "Account"}, "Name": "Acme"}], "allOrNone": True},
        {"compositeRequest": [{"method": "GET", "url": "/services/data/v60.0/limits", "referenceId": "a"}]},
    ],
}
#: Values for names in a path, where they mean something.
PLACES = {
    "version": ["v60.0", "v59.0"],
    "object": ["Account", "Opportunity"],
    "key": ["SYNC-1", "10001"],
    "project": ["SYNC"],
    "type": ["10001", "salesOrder"],
    "id": ["eid:006X", "1", "001Gd0000000001IAA"],
}
BYTES = BODIES | VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20)

OPERATIONS = st.sampled_from(
    [
        *("seed", "close_deal", "amend_deal", "void_deal", "reprice", "merge_accounts", "open_period", "close_period"),
        *("resolve_ticket", "acknowledge", "resolve"),
    ]
)
KINDS = st.sampled_from(
    [
        *("http", "rename_field", "hide_field", "revoke_permission", "revoke_tokens", "partial_batch", "gremlins"),
        *("delete_subscription", "lock_record", "duplicate_delivery", "reorder_delivery", "drop_delivery"),
        *("delay_delivery", "close_period", "price_drift", "concurrency_limit", "inactive_reference", "half_write"),
    ]
)
PARAMS = st.dictionaries(NAMES, VALUES, max_size=4)
FAULT_BODIES = st.builds(lambda kind, params: json.dumps({**params, "kind": kind}).encode(), KINDS, PARAMS)
OPERATION_BODIES = st.builds(
    lambda f, key, value: json.dumps({"f": f, "key": key, "value": value}).encode(), OPERATIONS, SCALARS, VALUES
)
#: Faults that keep no request waiting: what a delay does is shown elsewhere.
HTTP_FAULTS = st.fixed_dictionaries(
    {
        "kind": st.just("http"),
        "action": st.sampled_from(["reply", "drop", "truncate"]),
        "share": st.sampled_from([0.0, 0.5, 1.0]),
        "when": st.sampled_from(["before", "after"]),
        "bytes": st.integers(0, 40),
    }
)
#: Each example is a row of requests to a process.
untimed = settings(deadline=None, max_examples=max(10, settings().max_examples // 3))


class Call(NamedTuple):
    """A request to the control plane."""

    method: str
    path: str
    body: bytes


def _path(*segments: Any) -> str:
    return "".join(f"/{quote(str(segment), safe='')}" for segment in segments)


FAKE_NAMES = st.sampled_from([*FAKES, "nofake", "a/b"])
CALLS = st.one_of(
    st.builds(Call, st.just("PUT"), st.builds(_path, FAKE_NAMES, st.just("faults"), SCALARS), FAULT_BODIES | BYTES),
    st.builds(Call, st.just("DELETE"), st.builds(_path, FAKE_NAMES, st.just("faults"), SCALARS), st.just(b"")),
    st.builds(Call, st.just("POST"), st.builds(_path, FAKE_NAMES, st.just("operations")), OPERATION_BODIES | BYTES),
    st.builds(Call, st.just("POST"), st.builds(_path, FAKE_NAMES, st.just("configure")), BYTES),
    st.builds(Call, st.just("POST"), st.sampled_from(["/reset", "/clock"]), BYTES),
    st.builds(Call, st.just("GET"), SCALARS.map(lambda value: f"/events?after={quote(str(value))}"), st.just(b"")),
    st.builds(Call, st.sampled_from(["GET", "POST", "PATCH"]), st.lists(SCALARS).map(lambda s: _path(*s)), BYTES),
)


class Process:
    """Separate fakes for this file, so that no strange state outlives it."""

    def __init__(self, ready: dict[str, Any], client: httpx.Client) -> None:
        self.urls: dict[str, str] = ready["fakes"]
        self.control: str = ready["control"]
        client.auth = ControlToken(ready["control"], ready["token"])
        self.client = client

    def call(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        """A request to the control plane, which answers every one in its own way."""
        reply = self.client.request(
            method, self.control + path, content=body, headers={"content-type": "application/json"}
        )
        assert reply.status_code < 500, (method, path, body, reply.text)
        if reply.status_code >= 400:
            assert list(reply.json()) == ["error"]
            assert "\n" not in reply.json()["error"]
        return reply

    def begin(self) -> None:
        """Fresh fakes with some records."""
        assert self.call("POST", "/reset", b'{"pace": 1000, "seed": 7}').status_code == 200
        seed = json.dumps({"f": "seed", "value": CATALOG}).encode()
        for fake in ("salesforce", "netsuite", "business-central", "s4hana", "dataverse", "oracle-fusion"):
            assert self.call("POST", f"/{fake}/operations", seed).status_code == 200
        url, issue = f"{self.urls['jira']}/rest/api/2/issue", WHOLE["jira"][0]
        assert self.client.post(url, json=issue, auth=(JIRA["user"], JIRA["token"])).status_code == 201

    def token(self) -> str:
        """A session at the CRM."""
        form = {"grant_type": "client_credentials", **{k: SALESFORCE[k] for k in ("client_id", "client_secret")}}
        reply = self.client.post(f"{self.urls['salesforce']}/services/oauth2/token", data=form)
        return str(reply.json()["access_token"])

    def entra_token(self, fake: str, own: dict[str, str]) -> str:
        """A token of Entra ID for a fake."""
        form = {"grant_type": "client_credentials"}
        form |= {name: own[name] for name in ("client_id", "client_secret", "scope")}
        path = f"/{own['tenant']}/oauth2/v2.0/token"
        return str(self.client.post(self.urls[fake] + path, data=form).json()["access_token"])


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The process; its log must hold no traceback when it ends."""
    log: Path = tmp_path_factory.mktemp("fuzz") / "fakes.log"
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
    with (
        log.open("wb") as file,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file) as running,
        httpx.Client(trust_env=False, timeout=30) as client,
    ):
        assert running.stdin is not None
        assert running.stdout is not None
        yield Process(json.loads(running.stdout.readline()), client)
        running.stdin.close()
        assert running.wait(timeout=30) == 0
    assert log.read_text() == ""


@untimed
@given(st.lists(CALLS, min_size=1, max_size=6))
def test_the_control_plane_answers_everything_and_stays_readable(process: Process, calls: list[Call]) -> None:
    process.begin()
    for call in calls:
        process.call(*call)
    process.call("GET", "/health")
    assert process.call("GET", "/events").status_code == 200
    for fake in FAKES:
        for what in ("snapshot", "stats", "faults", "ledger"):
            process.call("GET", f"/{fake}/{what}")


# -- the data planes ----------------------------------------------------------------------------------------


@st.composite
def nearly_whole(draw: Any, fake: type[Fake]) -> bytes:
    """A body that would be carried out, but for the value in one place of it, or none."""
    body = json.loads(json.dumps(draw(st.sampled_from(WHOLE[fake.name]))))
    place = body
    while draw(st.booleans()):
        inner = [
            value for value in (place.values() if isinstance(place, dict) else place) if isinstance(value, dict | list)
        ]
        if not inner:
            break
        place = draw(st.sampled_from(inner))
    if draw(st.booleans()) and place:
        places = sorted(place) if isinstance(place, dict) else range(len(place))
        place[draw(st.sampled_from(places))] = draw(VALUES)
    return json.dumps(body).encode()


@st.composite
def requests(draw: Any, fake: type[Fake]) -> tuple[Route, str, bytes]:
    """A request for a row of the URL table, with anything in the places of names, query and body."""
    route = draw(st.sampled_from(fake.routes))
    filled = [
        draw(st.sampled_from(PLACES[part[1:-1]]) | SCALARS if part[1:-1] in PLACES else SCALARS)
        if part.startswith("{")
        else part
        for part in route.segments
    ]
    query = draw(st.dictionaries(NAMES, SCALARS, max_size=2))
    text = "&".join(f"{quote(name)}={quote(str(value))}" for name, value in query.items())
    return route, _path(*filled) + (f"?{text}" if text else ""), draw(nearly_whole(fake) | BYTES)


def authorization(process: Process, fake: str, method: str, url: str) -> str:
    """The proof that a vendor asks for."""
    match fake:
        case "salesforce":
            return f"Bearer {process.token()}"
        case "business-central":
            return f"Bearer {process.entra_token(fake, BUSINESS_CENTRAL)}"
        case "dataverse":
            return f"Bearer {process.entra_token(fake, DATAVERSE)}"
        case "s4hana":
            return f"Basic {base64.b64encode(':'.join((S4HANA['user'], S4HANA['password'])).encode()).decode()}"
        case "oracle-fusion":
            pair = f"{ORACLE_FUSION['user']}:{ORACLE_FUSION['password']}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        case "netsuite":
            return Signer(NETSUITE).header(method, url)
        case "jira":
            pair = f"{JIRA['user']}:{JIRA['token']}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        case _:
            return PAGERDUTY["routing_key"]


def ask(process: Process, fake: str, request: tuple[Route, str, bytes]) -> httpx.Response:
    route, path, body = request
    url = process.urls[fake] + path
    headers = {"authorization": authorization(process, fake, route.method, url), "content-type": "application/json"}
    headers |= {"prefer": "transient", "if-match": "*"}
    if fake == "s4hana":
        fetch = {"authorization": headers["authorization"], "x-csrf-token": "fetch"}
        service = f"{process.urls[fake]}/sap/opu/odata/sap/API_SALES_ORDER_SRV"
        headers["x-csrf-token"] = process.client.get(service, headers=fetch).headers["x-csrf-token"]
    return process.client.request(route.method, url, content=body, headers=headers)


@pytest.mark.parametrize("fake", sorted(FAKES))
@untimed
@given(data=st.data())
def test_a_data_plane_answers_everything(process: Process, fake: str, data: st.DataObject) -> None:
    process.begin()
    for request in data.draw(st.lists(requests(FAKES[fake]), min_size=1, max_size=4)):
        reply = ask(process, fake, request)
        # A SOAP fault is a 500 by its standard. A path may be none of the fake's once its ids are filled in.
        unsupported = reply.status_code == 501
        assert reply.status_code < 500 or unsupported or "/Soap/" in request[1], (request, reply.text)
        assert "Traceback" not in reply.text


@pytest.mark.parametrize("fake", sorted(FAKES))
@untimed
@given(data=st.data())
def test_a_data_plane_under_faults_answers_or_drops_everything(
    process: Process, fake: str, data: st.DataObject
) -> None:
    process.begin()
    rule = data.draw(HTTP_FAULTS)
    assert process.call("PUT", f"/{fake}/faults/f", json.dumps(rule).encode()).status_code == 204
    for request in data.draw(st.lists(requests(FAKES[fake]), min_size=1, max_size=3)):
        try:
            assert "Traceback" not in ask(process, fake, request).text
        except (httpx.RemoteProtocolError, httpx.ReadError, KeyError):
            continue
    process.call("DELETE", f"/{fake}/faults/f")
    process.call("GET", "/events")


@untimed
@given(raw=st.binary(max_size=200) | st.builds(lambda a, b: a + b"\r\n" + b, st.binary(max_size=20), st.binary()))
def test_bytes_that_are_no_http_do_no_harm(process: Process, raw: bytes) -> None:
    for url in (process.control, *process.urls.values()):
        place = urlsplit(url)
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as client:
            client.sendall(raw)
            client.shutdown(socket.SHUT_WR)
            try:
                said = b"".join(iter(lambda: client.recv(65_536), b""))
            except ConnectionResetError:
                said = b""
        assert b"Traceback" not in said
    process.call("GET", "/health")
