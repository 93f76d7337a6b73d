"""The inner parts of the stacks, each alone and without a socket."""

from __future__ import annotations

import asyncio
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from gameday_fakes.protocols.oauth1 import base_string, sign
from gameday_fakes.stacks import exact_json, outbound_message
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.crms.salesforce import trouble_of as of_salesforce
from gameday_fakes.stacks.durable.definition import BadDefinition, load
from gameday_fakes.stacks.durable.erps.netsuite import trouble_of as of_netsuite
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.orders import GuardedInvoices
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace
from gameday_fakes.stacks.oauth1 import Signer
from support.credentials import NETSUITE, SALESFORCE
from support.rows import rows

DEFINITION = load("salesforce", "netsuite")
LIMITED = DEFINITION.reasons["rate_limited"]
TROUBLE = Trouble("rate_limited", "429", system="erp")


def test_a_signature_is_that_of_rfc_5849() -> None:
    signer = Signer(NETSUITE, nonce=lambda: "nonce", wall_s=lambda: 1_700_000_000)
    header = signer.header("POST", "http://127.0.0.1:1/services/rest/query/v1/suiteql?limit=10")
    assert header.startswith('OAuth realm="1234567_SB1", oauth_consumer_key="gameday-consumer-key"')
    assert header == signer.header("POST", "http://127.0.0.1:1/services/rest/query/v1/suiteql?limit=10")
    assert header != signer.header("POST", "http://127.0.0.1:1/services/rest/query/v1/suiteql?limit=11")
    # One name begins as another does, and the sign that comes after it sorts behind digits.
    query = "limit2=a%20%2B&limit=10&name=%C3%A9"
    header = signer.header("PUT", f"https://erp.test/services/rest/record/v1/salesOrder/eid:1?{query}")
    names = ("oauth_consumer_key", "oauth_nonce", "oauth_signature_method", "oauth_timestamp", "oauth_token")
    given = dict(re.findall('([a-z_]+)="([^"]*)"', header))
    signed = [(name, given[name]) for name in (*names, "oauth_version")]
    signed += [("limit2", "a%20%2B"), ("limit", "10"), ("name", "%C3%A9")]
    text = base_string("PUT", "https://erp.test", "/services/rest/record/v1/salesOrder/eid:1", signed)
    right = sign(text, NETSUITE["consumer_secret"], NETSUITE["token_secret"])
    assert unquote(given["oauth_signature"]) == right


def test_a_message_that_declares_entities_is_refused() -> None:
    with pytest.raises(outbound_message.BadMessage):
        outbound_message.parse(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')


def test_money_keeps_its_digits() -> None:
    assert exact_json.encode({"amount": Decimal("0.10")}) == b'{"amount":0.10}'
    assert exact_json.decode(b'{"amount":19.99}') == {"amount": Decimal("19.99")}


def test_no_timeout_is_shorter_than_real_sockets_need() -> None:
    assert Pace(120).timeout_s(30) == 2.0
    assert Pace(1).timeout_s(30) == 30.0


def test_delays_grow_to_a_bound() -> None:
    draw = random.Random(1)
    delays_s = [DEFINITION.retry.delay_s(attempt, draw) for attempt in range(1, 2000)]
    assert max(delays_s) <= DEFINITION.retry.longest_s * (1 + DEFINITION.retry.jitter)


def new_gate(now: list[float]) -> Gate:
    return Gate(Pace(1), DEFINITION.probe, random.Random(1), now_s=lambda: now[0])


def test_a_gate_closes_after_failures_in_a_row_and_lets_one_probe_pass() -> None:
    now = [0.0]
    gate = new_gate(now)
    for _ in range(LIMITED.opens_after):
        assert gate.admits(10) == 10
        gate.failed(LIMITED, TROUBLE)
    assert gate.admits(10) == 0
    now[0] += 60
    assert gate.admits(10) == 1
    gate.entered()
    assert gate.admits(10) == 0
    gate.worked()
    assert gate.admits(10) == 10


def test_a_success_between_failures_keeps_a_gate_open() -> None:
    gate = new_gate([0.0])
    for _ in range(20):
        gate.failed(LIMITED, TROUBLE)
        gate.worked()
    assert gate.closed_by is None


def test_a_gate_waits_as_long_as_the_vendor_asks() -> None:
    now = [0.0]
    gate = new_gate(now)
    for _ in range(LIMITED.opens_after):
        gate.failed(LIMITED, Trouble("rate_limited", "429", system="erp", retry_after_s=500))
    assert gate.wait_s() == 500


@rows(
    ("status", "code", "reason"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "rate_limited"),
        (400, "INVALID_FIELD", "schema_changed"),
        (400, "UNABLE_TO_LOCK_ROW", "locked"),
        (503, "SERVER_UNAVAILABLE", "unavailable"),
    ],
)
def test_salesforces_code_decides_before_its_status(status: int, code: str, reason: str) -> None:
    assert of_salesforce(status, [{"message": "m", "errorCode": code}]).reason == reason


@rows(
    "detail",
    [
        "Error while accessing a resource. Please enter value(s) for: Posting Period.",
        "Error while accessing a resource. Unknown property 'inactive'.",
        "Invalid search query. Search error occurred: Field 'foreigntotal' was not found.",
    ],
)
def test_netsuites_refusal_for_a_field_names_the_field_as_the_reason(detail: str) -> None:
    body = {"o:errorDetails": [{"detail": detail, "o:errorCode": "USER_ERROR"}]}
    assert of_netsuite(httpx.Response(400, json=body)).reason == "contract_violation"


def test_an_error_page_that_is_not_json_is_still_a_trouble() -> None:
    assert of_netsuite(httpx.Response(503, text="<html>maintenance</html>")).reason == "unavailable"


def test_a_definition_that_lacks_something_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sync.yaml"
    path.write_text("owners: {}\n")
    with pytest.raises(BadDefinition, match="'source' is missing"):
        load("salesforce", "netsuite", path)


def test_an_expired_session_is_renewed_once() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path.rpartition("/")[2])
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t"})
        return httpx.Response(401, json=[{"message": "expired", "errorCode": "INVALID_SESSION_ID"}])

    async def act() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            crm = Salesforce(Transport("crm", "http://crm.test", client), SALESFORCE, DEFINITION.source)
            with pytest.raises(Trouble, match="login_refused"):
                await crm.query("SELECT Id FROM Opportunity")

    asyncio.run(act())
    assert seen == ["token", "query", "token", "query"]


def test_a_login_to_another_organization_than_the_first_is_refused_and_no_deal_is_read_there() -> None:
    organizations, seen = iter(["00D1", "00D2"]), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path.rpartition("/")[2])
        if request.url.path.endswith("/token"):
            identity = f"https://crm.test/id/{next(organizations)}/0051"
            return httpx.Response(200, json={"access_token": "t", "id": identity})
        return httpx.Response(401, json=[{"message": "expired", "errorCode": "INVALID_SESSION_ID"}])

    async def act() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            transport = Transport("crm", "http://crm.test", client)
            crm = Salesforce(transport, SALESFORCE, DEFINITION.source, lambda organization: organization == "00D1")
            with pytest.raises(Trouble, match="wrong_environment: the login led to organization 00D2"):
                await crm.query("SELECT Id FROM Opportunity")

    asyncio.run(act())
    assert seen == ["token", "query", "token"]


class _Invoices:
    """An ERP with two invoices of one order."""

    bills = False

    def __init__(self, **totals: str) -> None:
        self.invoices = {name: Decimal(total) for name, total in totals.items()}

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        return dict(self.invoices)

    async def delete_invoice(self, invoice: str) -> None:
        del self.invoices[invoice]

    async def transform(self, order: str, key: str = "") -> str:
        self.invoices["new"] = Decimal(100)
        return "new"


@rows(
    ("totals", "outdated", "kept"),
    [
        ({"a": "100"}, "", "a"),
        ({"a": "100", "b": "100"}, "", "a"),
        ({"a": "90", "b": "100"}, "", "b"),
        ({"a": "100"}, "a", "new"),
        ({"a": "100", "b": "100"}, "a", "b"),
        ({}, "a", "new"),
    ],
)
def test_an_order_keeps_one_invoice_of_its_total_that_is_not_outdated(
    totals: dict[str, str], outdated: str, kept: str
) -> None:
    erp: Any = _Invoices(**totals)
    deal = Deal("D", "", "A", "USD", Decimal(100), "2026-06-30", "v", ())
    assert asyncio.run(GuardedInvoices(erp).ensure(deal, "SO", outdated)) == kept
    assert list(erp.invoices) == [kept]


def test_an_erp_that_bills_by_itself_is_not_asked_for_the_same_wrong_invoice_again_and_again() -> None:
    erp: Any = _Invoices(old="90", billed="90")
    erp.bills = True
    deal = Deal("D", "", "A", "USD", Decimal(100), "2026-06-30", "v", ())
    assert asyncio.run(GuardedInvoices(erp).ensure(deal, "SO", "old")) == "billed"
    assert list(erp.invoices) == ["billed"]


def test_an_invoice_that_was_made_meanwhile_is_taken_if_it_is_right_and_replaced_if_it_is_not() -> None:
    class Late(_Invoices):
        total = "100"

        async def transform(self, order: str, key: str = "") -> str:
            if self.total:
                self.invoices["late"], self.total = Decimal(self.total), ""
                return ""
            return await super().transform(order, key)

    class LateAndWrong(Late):
        total = "90"

    deal = Deal("D", "", "A", "USD", Decimal(100), "2026-06-30", "v", ())
    for kind, expected in ((Late, "late"), (LateAndWrong, "new")):
        erp: Any = kind()
        assert asyncio.run(GuardedInvoices(erp).ensure(deal, "SO", "")) == expected
        assert list(erp.invoices) == [expected]
