"""The durable stack with every CRM and every ERP: what their clients do, and a scenario of each pair, simulated."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.business_central.conftest import Erp, erp, running  # noqa: F401 - fixtures
from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from gameday_fakes.manifests import manifests
from gameday_fakes.stacks.durable.contract import Deal, Line
from gameday_fakes.stacks.durable.crms import hubspot
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.erps import business_central
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.vendors import definition_of, known
from gameday_fakes.stacks.http_server import Request, Response
from support.control import NO_AUTHORITY
from support.rows import rows
from support.simulated import Simulation

#: One of few deals: it runs twice for each pair.
FEATURE = Path(__file__).parent / "cases" / "few_refused.feature"
DEFINITION = load("hubspot", "business-central")
CREDENTIALS = manifests()["hubspot"].credentials
SAWS = Line("SAW-1", Decimal(2), Decimal(100), Decimal("199.98"))


# -- pairs -------------------------------------------------------------------------------------------


def test_another_vendor_is_found_by_its_file() -> None:
    assert {"hubspot", "salesforce"} <= set(known("crm"))
    assert {"business-central", "netsuite", "oracle-fusion", "s4hana"} <= set(known("erp"))
    with pytest.raises(SystemExit, match="does not speak 'sap' as ERP; known: business-central, "):
        definition_of("erp", "sap")


@pytest.mark.slow
@pytest.mark.parametrize(("crm", "erp_name"), [(c, e) for c in known("crm") for e in known("erp")])
def test_the_stack_passes_between_every_pair(
    crm: str, erp_name: str, simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    # With a control: what a pair takes for trouble in fair weather is an alert without cause.
    settings = Settings(targets=(Target("durable", 1),), runs_dir=str(tmp_path), crm=crm, erp=erp_name)
    found = simulation.run(FEATURE, settings)
    bad = {v.name: v.summary for v in found.verdicts if v.result is not Result.PASSED}
    assert (bad, found.case.contract.crm, found.case.contract.erp) == ({}, crm, erp_name)


@pytest.mark.slow
@pytest.mark.parametrize(("crm", "erp_name"), [(c, e) for c in known("crm") for e in known("erp")])
def test_the_connector_without_safeguards_fails_between_every_pair(
    crm: str, erp_name: str, simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    targets = (Target("brittle", 1),)
    settings = Settings(targets=targets, runs_dir=str(tmp_path), control=False, crm=crm, erp=erp_name)
    found = simulation.run(FEATURE, settings)
    bad = {v.name for v in found.verdicts if v.result is Result.FAILED}
    # It is the fault that it fails under, and not the pair.
    assert found.result is Result.FAILED and "steady state" not in bad


# -- HubSpot -----------------------------------------------------------------------------------------


def client_of_hubspot() -> hubspot.Client:
    nobody: Any = None
    return hubspot.Client(nobody, CREDENTIALS, DEFINITION.source)


def webhook(*events: dict[str, Any], secret: str = CREDENTIALS["client_secret"]) -> Request:
    body, url = json.dumps(events).encode(), "http://stack.test:8080/outbound-messages"
    signed = hmac.digest(secret.encode(), b"POST" + url.encode() + body + b"1700000000000", hashlib.sha256)
    headers = {
        "host": "stack.test:8080",
        "x-hubspot-request-timestamp": "1700000000000",
        "x-hubspot-signature-v3": base64.b64encode(signed).decode(),
    }
    return Request("POST", "/outbound-messages", body, headers)


CHANGED = {"eventId": 1, "objectId": 42, "subscriptionType": "deal.propertyChange", "propertyName": "amount"}


def test_the_events_of_a_webhook_that_are_about_deals_are_taken_by_the_flows_names() -> None:
    merged = {"eventId": 2, "objectId": 7, "subscriptionType": "company.merge"}
    received = client_of_hubspot().receive(webhook({**CHANGED, "propertyValue": "9.99"}, merged))
    assert not isinstance(received, Response)
    assert [(each.record, each.fields) for each in received.notifications] == [("42", {"amount": "9.99"})]


def test_the_versions_of_a_deal_are_texts_in_the_order_of_time() -> None:
    # HubSpot leaves out milliseconds that are 0, and ".243Z" is before "Z".
    times = [f"2026-06-30T{each}" for each in ("12:00:03.999Z", "12:00:04Z", "12:00:04.001Z", "14:00:04.243+02:00")]
    versions = [client_of_hubspot()._head({"id": "1", "hs_lastmodifieddate": each})["version"] for each in times]
    assert versions == sorted(versions) and len({*map(len, versions)}) == 1
    assert client_of_hubspot()._head({"id": "1", "hs_lastmodifieddate": "soon"})["version"] == "soon"


def test_a_webhook_that_somebody_else_signed_is_refused() -> None:
    refused = client_of_hubspot().receive(webhook(CHANGED, secret="another"))
    assert isinstance(refused, Response) and refused.status == 401


@rows(
    ("status", "body", "reason"),
    [
        (429, {"category": "RATE_LIMITS"}, "rate_limited"),
        (423, {}, "locked"),
        (477, None, "unavailable"),
        (524, None, "unavailable"),
        (403, {"category": "MISSING_SCOPES"}, "permission_denied"),
        (400, {"message": "the property 'x' does not exist"}, "schema_changed"),
        (400, {"category": "VALIDATION_ERROR"}, "refused"),
    ],
)
def test_an_error_of_hubspot_has_its_reason(status: int, body: Any, reason: str) -> None:
    assert hubspot.trouble_of(status, body).reason == reason


# -- Business Central --------------------------------------------------------------------------------


def deal(**changed: Any) -> Deal:
    given = {"amount": Decimal("199.98"), "close_date": "2026-03-15", "version": "1", "lines": (SAWS,), **changed}
    return Deal("006xY", "Saws", "001aB", "USD", **given)


def body_of(sold: Deal) -> dict[str, Any]:
    return business_central.Mapping(DEFINITION.sink).order(sold, correlation="c", currency_id="USD")


def asked(
    erp: Erp,  # noqa: F811 - the fixture
    act: Callable[[business_central.Client], Awaitable[Any]],
) -> Any:
    """What the client returns that does this with the fake."""

    async def done() -> Any:
        async with httpx.AsyncClient(verify=NO_AUTHORITY) as http:
            own = manifests()["business-central"].credentials
            return await act(business_central.Client(Transport("erp", erp.url, http), own, DEFINITION.sink))

    return asyncio.run(done())


def test_an_order_that_is_written_twice_is_there_once(erp: Erp) -> None:  # noqa: F811
    body = body_of(deal())
    first = asked(erp, lambda client: client.put_order("006xY", body))
    assert asked(erp, lambda client: client.put_order("006xY", body)) == first
    (entry,) = erp.ledger()
    assert (entry["total"], entry["keys"]["externalDocumentNumber"]) == ("199.98", "006xY")


def test_an_order_whose_invoice_is_posted_is_not_written_again(erp: Erp) -> None:  # noqa: F811
    body = body_of(deal())
    order = asked(erp, lambda client: client.put_order("006xY", body))
    invoice = asked(erp, lambda client: client.transform(order))
    assert asked(erp, lambda client: client.put_order("006xY", body)) == order
    # The reply to the posting was lost, and it is asked for again.
    assert asked(erp, lambda client: client.transform(order)) == invoice
    assert len(erp.ledger()) == 1


def test_an_amended_deal_cancels_the_invoice_and_makes_another_order(erp: Erp) -> None:  # noqa: F811
    order = asked(erp, lambda client: client.put_order("006xY", body_of(deal())))
    asked(erp, lambda client: client.transform(order))
    more = deal(amount=Decimal(300), lines=(Line("SAW-1", Decimal(3), Decimal(100), Decimal(300)),))
    another = asked(erp, lambda client: client.put_order("006xY", body_of(more)))
    assert another != order
    assert {entry["id"]: entry["state"] for entry in erp.ledger()} == {order: "cancelled", another: "open"}
    ledger = asked(erp, lambda client: client.ledger(["006xY"]))["006xY"]
    assert {each.id: (each.ended, each.total) for each in ledger} == {
        order: (True, Decimal("199.98")),
        another: (False, Decimal(300)),
    }


def test_an_order_of_which_only_the_header_was_written_is_replaced(erp: Erp) -> None:  # noqa: F811
    erp.order(salesOrderLines=[])
    assert asked(erp, lambda client: client.is_half_written("006xY"))
    asked(erp, lambda client: client.put_order("006xY", body_of(deal())))
    assert [entry["total"] for entry in erp.ledger()] == ["199.98"]


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("2", "100", "199.98"), ("3", "33.33", "100.00"), ("-1", "10", "-9.50"), ("7", "0", "0"), ("0.5", "9.99", "5.00")],
)
def test_a_line_has_the_net_amount_that_was_sold(
    erp: Erp,  # noqa: F811
    quantity: str,
    price: str,
    amount: str,
) -> None:
    line = Line("SAW-1", Decimal(quantity), Decimal(price), Decimal(amount))
    sold = body_of(deal(amount=line.amount, lines=(line,)))
    asked(erp, lambda client: client.put_order("006xY", sold))
    (entry,) = erp.ledger()
    assert Decimal(entry["lines"][0]["amount"]) == line.amount


def test_a_new_customer_is_known_by_its_id_as_it_was_written(erp: Erp) -> None:  # noqa: F811
    reply = erp.call("POST", "customers", {"number": "001newOne", "displayName": "New"})
    assert reply.json()["number"] == "001NEWONE"
    assert "001newOne" in erp.whole_ledger()["customers"]
