"""The unmodified ``pagerduty`` client, at the vendor's own host name over TLS, and what becomes of its events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pagerduty
import pytest

from gameday_fakes.credentials import fingerprint
from support.credentials import PAGERDUTY

ROUTING_KEY = PAGERDUTY["routing_key"]
pytestmark = pytest.mark.slow


def acts(fakes: Any) -> list[str]:
    """What the history says was done."""
    return [event["value"]["raw"]["event"]["event_action"] for event in fakes.events("alert")]


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


def test_a_trigger_under_an_acknowledged_key_leaves_it_acknowledged(
    fakes: Any, pager: pagerduty.EventsApiV2Client
) -> None:
    pager.trigger("orders are late", "sync", dedup_key="late")
    pager.acknowledge("late")
    pager.trigger("orders are late", "sync", dedup_key="late")
    assert [(alert["state"], len(alert["events"])) for alert in alerts(fakes)] == [("acknowledged", 2)]


def test_a_trigger_without_a_key_makes_an_alert_each_time(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    keys = {pager.trigger("orders are late", "sync") for _ in range(2)}
    assert len(keys) == len(alerts(fakes)) == 2


def test_a_resolve_before_its_trigger_is_accepted_and_does_nothing(
    fakes: Any, pager: pagerduty.EventsApiV2Client
) -> None:
    assert pager.resolve("late") == "late"
    pager.trigger("orders are late", "sync", dedup_key="late")
    assert [alert["state"] for alert in alerts(fakes)] == ["triggered"]
    assert acts(fakes) == ["trigger"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_another_routing_key_changes_nothing_of_an_alert(
    fakes: Any, pager: pagerduty.EventsApiV2Client, action: str
) -> None:
    pager.trigger("orders are late", "sync", dedup_key="late")
    other = pagerduty.EventsApiV2Client("0" * 32)
    assert getattr(other, action)("late") == "late"
    other.close()
    assert [alert["state"] for alert in alerts(fakes)] == ["triggered"]


def test_each_routing_key_has_an_alert_of_its_own_under_one_key(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    other = pagerduty.EventsApiV2Client("0" * 32)
    for client in (pager, other):
        client.trigger("orders are late", "sync", dedup_key="late")
    other.close()
    assert len(alerts(fakes)) == 2


def test_every_event_that_changes_something_is_in_the_history(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    pager.trigger("orders are late", "sync", dedup_key="late")
    pager.acknowledge("late")
    pager.trigger("orders are late", "sync", dedup_key="late")
    pager.resolve("late")
    assert acts(fakes) == ["trigger", "acknowledge", "trigger", "resolve"]
    assert all(event["value"]["raw"]["received_s"] >= 0 for event in fakes.events("alert"))


@pytest.mark.parametrize(("action", "state"), [("acknowledge", "acknowledged"), ("resolve", "resolved")])
def test_a_person_acknowledges_or_resolves(
    fakes: Any, pager: pagerduty.EventsApiV2Client, action: str, state: str
) -> None:
    pager.trigger("orders are late", "sync", dedup_key="late")
    assert fakes.operate("pagerduty", action, "late") == {"id": "late"}
    assert alerts(fakes)[0]["state"] == state
    assert acts(fakes) == ["trigger", action]


def test_a_person_cannot_acknowledge_what_is_not_open(fakes: Any) -> None:
    body = {"f": "acknowledge", "key": "late", "value": {}}
    assert "no open alert with the key 'late'" in fakes.call("POST", "/pagerduty/operations", body).json()["error"]


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


@pytest.mark.parametrize("role", ["sync", "source", "sink", "platform", "finance"])
def test_each_role_of_owner_has_a_service_with_a_routing_key(
    fakes: Any, client_environment: dict[str, str], role: str
) -> None:
    key = PAGERDUTY[f"routing_key_{role}"]
    client = pagerduty.EventsApiV2Client(key)
    client.trigger("orders are late", "sync")
    client.close()
    raw = fakes.events("alert")[0]["value"]["raw"]
    assert raw["service"] == {"name": role, "escalation_policy": f"{role} on call"}
    assert (raw["routing_key"], key in str(raw)) == (fingerprint(key), False)


def test_the_first_routing_key_belongs_to_no_service(fakes: Any, pager: pagerduty.EventsApiV2Client) -> None:
    pager.trigger("orders are late", "sync")
    assert "service" not in fakes.events("alert")[0]["value"]["raw"]


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
@pytest.mark.parametrize("delayed", [False, True])
def test_a_malformed_event_is_refused_in_the_vendors_shape(fakes: Any, body: bytes, delayed: bool) -> None:
    if delayed:
        fakes.inject("pagerduty", action="delay", delay_s=0.0)
    reply = fakes.client.post(f"{fakes.urls['pagerduty']}/v2/enqueue", content=body)
    assert (reply.status_code, reply.json()["status"]) == (400, "invalid event")


PAYLOAD = {"summary": "late", "source": "sync", "severity": "error"}
EVENT = {"routing_key": ROUTING_KEY, "event_action": "trigger", "payload": PAYLOAD}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect"),
        ({"routing_key": ""}, "'routing_key' is missing"),
        ({"event_action": "shout"}, "'event_action' is missing or invalid"),
        ({"event_action": "resolve"}, "'dedup_key' is missing"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is invalid"),
        ({"payload": None}, "'payload' is missing"),
        ({"payload": {**PAYLOAD, "summary": "s" * 1025}}, "'payload.summary' is too long"),
        ({"payload": {**PAYLOAD, "source": ""}}, "'payload.source' is missing"),
        ({"payload": {**PAYLOAD, "severity": "fatal"}}, "'payload.severity' is invalid"),
    ],
)
def test_an_invalid_event_is_refused_with_the_reason(fakes: Any, changed: dict[str, Any], named: str) -> None:
    reply = fakes.client.post(f"{fakes.urls['pagerduty']}/v2/enqueue", json={**EVENT, **changed})
    assert (reply.status_code, reply.json()["message"]) == (400, "Event object is invalid")
    assert any(text.startswith(named) for text in reply.json()["errors"])
    assert fakes.events("alert") == []


@pytest.mark.parametrize("changed", [{"routing_key": "short"}, {"payload": None}, {"payload": {"summary": ""}}])
def test_an_invalid_change_is_refused(fakes: Any, changed: dict[str, Any]) -> None:
    reply = fakes.client.post(f"{fakes.urls['pagerduty']}/v2/change/enqueue", json={**EVENT, **changed})
    assert (reply.status_code, reply.json()["status"]) == (400, "invalid event")


@pytest.mark.parametrize("path", ["/v2/enqueue", "/v2/change/enqueue"])
@pytest.mark.parametrize(("size", "status"), [(512 * 1024, 202), (512 * 1024 + 1, 413)])
def test_an_event_of_more_than_512_kb_is_too_large(fakes: Any, path: str, size: int, status: int) -> None:
    body = json.dumps(EVENT).encode()
    padded = body + b" " * (size - len(body))
    assert fakes.client.post(fakes.urls["pagerduty"] + path, content=padded).status_code == status
