"""The unmodified ``pagerduty`` client, at the vendor's own host name over TLS, and what becomes of its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pagerduty
import pytest

from gameday_fakes.credentials import PAGERDUTY

ROUTING_KEY = PAGERDUTY["routing_key"]


@pytest.fixture
def pager(client_environment: dict[str, str]) -> Iterator[pagerduty.EventsApiV2Client]:
    """A client as in production: it knows its routing key and nothing else."""
    client = pagerduty.EventsApiV2Client(ROUTING_KEY)
    yield client
    client.close()


def alerts(fakes: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fakes.snapshot("pagerduty")["alerts"]
    return found


def test_the_client_triggers_an_alert(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    key = pager.trigger("orders are late", "sync")
    assert [(alert["dedup_key"], alert["state"]) for alert in alerts(fakes)] == [(key, "triggered")]


def test_the_client_acknowledges_and_resolves_what_it_triggered(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    key = pager.trigger("orders are late", "sync")
    pager.acknowledge(key)
    assert alerts(fakes)[0]["state"] == "acknowledged"
    pager.resolve(key)
    assert alerts(fakes)[0]["state"] == "resolved"


def test_a_second_trigger_under_an_open_key_makes_no_second_alert(
    fakes: Any, pager: pagerduty.EventsApiV2Client
) -> None:
    for _ in range(2):
        assert pager.trigger("orders are late", "sync", dedup_key="late") == "late"
    assert len(alerts(fakes)) == 1


def test_a_trigger_under_a_resolved_key_makes_a_new_alert(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    pager.trigger("orders are late", "sync", dedup_key="late")
    pager.resolve("late")
    pager.trigger("orders are late", "sync", dedup_key="late")
    assert [alert["state"] for alert in alerts(fakes)] == ["resolved", "triggered"]


def test_the_client_sends_its_own_details_and_links(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    link = {"href": "https://runbooks.example.com/late", "text": "Runbook"}
    pager.trigger("late", "sync", severity="warning", custom_details={"deal": "006A"}, links=[link])
    event = fakes.events("alert")[0]["value"]["raw"]["event"]
    assert event["payload"]["custom_details"] == {"deal": "006A"}
    assert event["payload"]["severity"] == "warning"
    assert event["links"] == [link]


def test_the_history_does_not_hold_the_routing_key(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    pager.trigger("orders are late", "sync")
    assert ROUTING_KEY not in fakes.call("GET", "/events").text


def test_the_client_submits_a_change(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    # Without a time of its own, the client fails before it sends anything.
    pager.submit("deployed", source="ci", timestamp="2026-03-15T12:00:00Z")
    assert [change["payload"]["summary"] for change in fakes.snapshot("pagerduty")["changes"]] == ["deployed"]


def test_the_client_raises_what_it_raises_in_production(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    with pytest.raises(pagerduty.HttpError) as refused:
        pager.trigger("orders are late", "sync", severity="catastrophic")
    assert refused.value.response is not None
    assert refused.value.response.status_code == 400
    assert refused.value.response.json()["status"] == "invalid event"


def test_the_client_refuses_plain_http(client_environment: dict[str, str], fakes: Any) -> None:
    with pytest.raises(pagerduty.UrlError):
        pagerduty.EventsApiV2Client(ROUTING_KEY, base_url=fakes.urls["pagerduty"]).trigger("x", "y")


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b'{"routing_key":"x"}', b'{"routing_key":1,"event_action":[],"payload":3}', b"\xff"],
)
@pytest.mark.parametrize("struck", [False, True])
def test_a_malformed_event_is_refused_in_the_vendors_shape(fakes: Any, body: bytes, struck: bool) -> None:
    if struck:
        fakes.strike("pagerduty", action="delay", delay_s=0.0)
    reply = fakes.client.post(f"{fakes.urls['pagerduty']}/v2/enqueue", content=body)
    assert (reply.status_code, reply.json()["status"]) == (400, "invalid event")


def test_an_event_of_more_than_512_kb_is_too_large(fakes: Any) -> None:
    reply: httpx.Response = fakes.client.post(f"{fakes.urls['pagerduty']}/v2/enqueue", content=b"x" * 600_000)
    assert reply.status_code == 413
