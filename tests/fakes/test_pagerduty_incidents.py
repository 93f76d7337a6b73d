"""PagerDuty's incidents by the unmodified REST client, events of version 1, and what becomes of both in a history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pagerduty
import pytest

from gameday.analysis.routing import routed
from gameday.config.signal_routes import SignalsTable
from gameday.model.contract import Contract
from gameday.model.signal import Signal, signals
from gameday_fakes.pagerduty.models import SERVICES, Alerts
from gameday_fakes.pagerduty.validation import first_version_problems
from support.credentials import PAGERDUTY
from support.rows import rows

DEAL = "0065g00000ABcdEAAT"
SENDER = PAGERDUTY["from"]
FIRST_VERSION = "/generic/2010-04-15/create_event.json"
OWNERS = {"finance": "controlling", "sync": "revenue-operations"}


class Pager:
    """The REST client with what it needs, and raw requests."""

    def __init__(self, fakes: Any) -> None:
        self.fakes = fakes
        self.rest = pagerduty.RestApiV2Client(PAGERDUTY["api_token"], default_from=SENDER)

    def trigger(self, key: str, role: str = "sync", **more: Any) -> None:
        payload = {"summary": f"{key} is late", "source": "sync", "severity": "error", **more}
        event = {"routing_key": PAGERDUTY[f"routing_key_{role}"], "event_action": "trigger", "dedup_key": key}
        self.post("/v2/enqueue", {**event, "payload": payload})

    def post(self, path: str, body: Any, status: int = 202) -> Any:
        reply = self.fakes.client.post(f"{self.fakes.urls['pagerduty']}{path}", json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    def incident(self, key: str) -> dict[str, Any]:
        return dict(self.rest.list_all("incidents", params={"incident_key": key})[0])

    def put(self, key: str, **change: Any) -> dict[str, Any]:
        found = self.incident(key)
        return dict(self.rest.rput(f"/incidents/{found['id']}", json={"type": "incident_reference", **change}))

    def read(self) -> list[Signal]:
        """All signals, as a run reads them."""
        contract = Contract("flow", owner="revenue-operations", owners=OWNERS)
        raws = [event["value"]["raw"] for event in self.fakes.events("alert")]
        return [routed(signals["pagerduty"](raw, {DEAL}), SignalsTable(), contract) for raw in raws]

    def lives(self) -> list[tuple[str, str]]:
        return [(signal.key, signal.action) for signal in self.read()]


@pytest.fixture
def pager(fakes: Any, client_environment: dict[str, str]) -> Iterator[Pager]:
    pager = Pager(fakes)
    yield pager
    pager.rest.close()


slow = pytest.mark.slow


# -- incidents ----------------------------------------------------------------------------------------------


@slow
def test_every_alert_has_an_incident_of_its_service(pager: Pager) -> None:
    pager.trigger("a")
    pager.trigger("a")
    pager.trigger("b", "finance")
    found = pager.rest.list_all("incidents")
    assert [(each["incident_key"], each["status"], each["service"]["summary"]) for each in found] == [
        ("b", "triggered", "finance"),
        ("a", "triggered", "sync"),
    ]
    services = pager.rest.list_all("services")
    finance = next(each["id"] for each in services if each["name"] == "finance")
    listed = pager.rest.list_all("incidents", params={"service_ids[]": [finance], "statuses[]": ["triggered"]})
    assert [each["incident_key"] for each in listed] == ["b"]


@slow
def test_an_incident_is_acknowledged_and_resolved_and_so_are_its_alerts(pager: Pager) -> None:
    pager.trigger("a")
    assert pager.put("a", status="acknowledged")["status"] == "acknowledged"
    pager.put("a", status="acknowledged")
    assert pager.put("a", status="resolved")["status"] == "resolved"
    assert pager.lives() == [("a", "trigger"), ("a", "acknowledge"), ("a", "resolve")]
    with pytest.raises(pagerduty.HttpError, match="Incident Already Resolved"):
        pager.put("a", status="acknowledged")


@slow
def test_several_incidents_are_changed_at_once(pager: Pager) -> None:
    for key in ("a", "b"):
        pager.trigger(key)
    changes = [{"id": pager.incident(key)["id"], "type": "incident", "status": "resolved"} for key in ("a", "b")]
    pager.rest.rput("/incidents", json=changes)
    assert pager.lives()[2:] == [("a", "resolve"), ("b", "resolve")]


@slow
def test_what_is_done_to_a_merged_incident_is_done_to_all_its_alerts(pager: Pager) -> None:
    for key in ("a", "b", "c"):
        pager.trigger(key)
    sources = [{"id": pager.incident(key)["id"], "type": "incident_reference"} for key in ("b", "c")]
    target = pager.incident("a")
    pager.rest.put(f"/incidents/{target['id']}/merge", json={"source_incidents": sources}).raise_for_status()
    merged = pager.incident("b")
    assert (merged["status"], merged["resolve_reason"]["incident"]["id"]) == ("resolved", target["id"])
    assert pager.lives()[3:] == []  # merging resolves no alert
    pager.put("a", status="acknowledged")
    pager.put("a", status="resolved")
    ends = [(key, action) for action in ("acknowledge", "resolve") for key in ("a", "b", "c")]
    assert pager.lives()[3:] == ends


@slow
def test_a_trigger_of_a_merged_alert_goes_to_the_target(pager: Pager) -> None:
    for key in ("a", "b"):
        pager.trigger(key)
    target = pager.incident("a")["id"]
    body = {"source_incidents": [{"id": pager.incident("b")["id"], "type": "incident_reference"}]}
    pager.rest.put(f"/incidents/{target}/merge", json=body).raise_for_status()
    pager.trigger("b")
    assert len(pager.rest.list_all("incidents")) == 2
    assert [each["alert_key"] for each in pager.rest.list_all(f"/incidents/{target}/alerts")] == ["a", "b"]


@slow
def test_an_alert_that_is_merged_into_an_acknowledged_incident_is_acknowledged(pager: Pager) -> None:
    for key in ("a", "b"):
        pager.trigger(key)
    pager.put("a", status="acknowledged")
    body = {"source_incidents": [{"id": pager.incident("b")["id"], "type": "incident_reference"}]}
    pager.rest.put(f"/incidents/{pager.incident('a')['id']}/merge", json=body).raise_for_status()
    assert pager.lives()[-1] == ("b", "acknowledge")


@slow
def test_an_alert_that_is_merged_into_another_services_incident_has_reached_that_one(pager: Pager) -> None:
    pager.trigger("a", "finance")
    pager.trigger("b", custom_details={"orders": [{"id": DEAL}]})
    body = {"source_incidents": [{"id": pager.incident("b")["id"], "type": "incident_reference"}]}
    pager.rest.put(f"/incidents/{pager.incident('a')['id']}/merge", json=body).raise_for_status()
    assert [(each.key, each.owner, each.orders) for each in pager.read()[1:]] == [
        ("b", "revenue-operations", (DEAL,)),
        ("b", "controlling", (DEAL,)),
    ]


@slow
def test_resolved_incidents_and_an_incident_itself_cannot_be_merged(pager: Pager) -> None:
    for key in ("a", "b"):
        pager.trigger(key)
    ids = {key: pager.incident(key)["id"] for key in ("a", "b")}
    pager.put("b", status="resolved")
    for target, source in (("a", "a"), ("a", "b"), ("b", "a")):
        body = {"source_incidents": [{"id": ids[source], "type": "incident_reference"}]}
        assert pager.rest.put(f"/incidents/{ids[target]}/merge", json=body).status_code == 400
    assert pager.rest.put(f"/incidents/{ids['a']}/merge", json={"source_incidents": []}).status_code == 404


@slow
def test_a_note_may_name_a_deal_and_is_no_new_alert(pager: Pager) -> None:
    pager.trigger("a")
    found = pager.incident("a")
    note = pager.rest.rpost(f"/incidents/{found['id']}/notes", json={"content": f"reason: closed period\n{DEAL} waits"})
    assert note["user"]["summary"] == SENDER
    assert [each["content"] for each in pager.rest.rget(f"/incidents/{found['id']}/notes")] == [note["content"]]
    signal = pager.read()[-1]
    assert (signal.key, signal.action, signal.orders, signal.reason) == ("a", "trigger", (DEAL,), "closed period")
    assert (signal.summary, signal.name) == ("a is late", pager.read()[0].name)


@slow
def test_a_note_on_a_resolved_incident_opens_nothing_again(pager: Pager) -> None:
    pager.trigger("a")
    pager.put("a", status="resolved")
    pager.rest.rpost(f"/incidents/{pager.incident('a')['id']}/notes", json={"content": "done"})
    assert pager.lives()[-1] == ("a", "resolve")


@slow
def test_a_snoozed_incident_is_acknowledged_until_the_snooze_ends(pager: Pager) -> None:
    pager.trigger("a")
    path = f"/incidents/{pager.incident('a')['id']}/snooze"
    assert pager.rest.post(path, json={"duration": 604_800}).status_code == 201
    assert pager.lives()[-1] == ("a", "acknowledge")
    assert pager.incident("a")["pending_actions"] == [{"type": "unacknowledge"}]
    for duration in (0, -1, 1.5, True, "1", 604_801, None):
        assert pager.rest.post(path, json={"duration": duration}).status_code == 400


def test_a_snooze_ends_by_the_clock() -> None:
    alerts = Alerts(1)
    key, service = next(iter(SERVICES.items()))
    incident = alerts.open(service, key, "a", "late", {})
    alerts.acknowledge(incident)
    incident.snoozed_until_s = 60.0
    alerts.wake(59.0)
    assert incident.status == "acknowledged"
    alerts.wake(60.0)
    assert (incident.status, incident.alerts[0].state) == ("triggered", "triggered")


@slow
def test_an_incident_is_opened_by_hand_and_pages_the_people_of_its_service(pager: Pager) -> None:
    service = next(each for each in pager.rest.list_all("services") if each["name"] == "finance")
    incident = {
        "type": "incident",
        "title": "Orders wait",
        "service": {"id": service["id"], "type": "service_reference"},
        "body": {"type": "incident_body", "details": f'reason: the period is closed\n{{"Id": "{DEAL}", "Amount": 5}}'},
    }
    created = pager.rest.rpost("/incidents", json=incident)
    assert pager.rest.list_all(f"/incidents/{created['id']}/alerts") == []
    (signal,) = pager.read()
    assert (signal.orders, signal.owner, signal.reason) == ((DEAL,), "controlling", "the period is closed")
    assert (signal.summary, signal.context) == ("Orders wait", {DEAL: {"Id": DEAL, "Amount": 5}})
    again = {**incident, "incident_key": created["incident_key"]}
    assert pager.rest.post("/incidents", json={"incident": again}).status_code == 400


@slow
def test_an_incident_that_is_reassigned_has_reached_somebody_else(pager: Pager) -> None:
    pager.trigger("a", custom_details={"orders": [{"id": DEAL}]})
    (user,) = pager.rest.list_all("users", params={"query": "finance@"})
    pager.put("a", assignments=[{"assignee": {"id": user["id"], "type": "user_reference"}}])
    assert [(each.owner, each.orders) for each in pager.read()] == [
        ("revenue-operations", (DEAL,)),
        ("controlling", (DEAL,)),
    ]


@slow
def test_one_alert_of_an_incident_is_resolved_and_the_last_one_resolves_it(pager: Pager) -> None:
    for key in ("a", "b"):
        pager.trigger(key)
    target = pager.incident("a")["id"]
    body = {"source_incidents": [{"id": pager.incident("b")["id"], "type": "incident_reference"}]}
    pager.rest.put(f"/incidents/{target}/merge", json=body).raise_for_status()
    alerts = pager.rest.list_all(f"/incidents/{target}/alerts")
    for alert, status in zip(alerts, ("triggered", "resolved"), strict=True):
        change = [{"id": alert["id"], "type": "alert", "status": "resolved"}]
        pager.rest.put(f"/incidents/{target}/alerts", json={"alerts": change}).raise_for_status()
        assert pager.incident("a")["status"] == status
    assert pager.lives()[2:] == [("a", "resolve"), ("b", "resolve")]


@slow
def test_pages_of_incidents_have_a_limit_and_say_whether_there_are_more(pager: Pager) -> None:
    for number in range(3):
        pager.trigger(f"k{number}")
    page = pager.rest.get("/incidents", params={"limit": 2, "total": "true"}).json()
    assert (len(page["incidents"]), page["more"], page["total"]) == (2, True, 3)
    assert pager.rest.get("/incidents", params={"limit": "x"}).status_code == 400


# -- what is refused ----------------------------------------------------------------------------------------


@slow
def test_a_wrong_token_is_refused_and_events_need_none(pager: Pager) -> None:
    wrong = pagerduty.RestApiV2Client("wrong")
    with pytest.raises(pagerduty.HttpError) as refused:
        wrong.get("/incidents")
    wrong.close()
    assert refused.value.response is not None
    assert (refused.value.response.status_code, refused.value.response.json()["error"]["code"]) == (401, 2006)
    pager.trigger("a")


@slow
def test_a_change_without_a_sender_is_refused(pager: Pager) -> None:
    pager.trigger("a")
    path = f"{pager.fakes.urls['pagerduty']}/incidents/{pager.incident('a')['id']}"
    headers = {"authorization": f"Token token={PAGERDUTY['api_token']}"}
    body = {"incident": {"type": "incident_reference", "status": "resolved"}}
    reply = pager.fakes.client.put(path, json=body, headers=headers)
    assert (reply.status_code, reply.json()["error"]["errors"]) == (400, ["Requester User Not Found"])
    assert pager.lives() == [("a", "trigger")]


@slow
@pytest.mark.parametrize("path", ["/incidents/NONE", "/incidents/NONE/notes", "/incidents/NONE/alerts"])
def test_an_unknown_incident_is_404(pager: Pager, path: str) -> None:
    assert pager.rest.get(path).status_code == 404


@slow
@pytest.mark.parametrize("body", [None, [], {}, {"incident": []}, {"incident": {"title": 3}}, {"incidents": [{}]}])
def test_a_malformed_change_is_refused_and_changes_nothing(pager: Pager, body: Any) -> None:
    pager.trigger("a")
    found = pager.incident("a")["id"]
    for method, path in (("post", "/incidents"), ("put", "/incidents"), ("put", f"/incidents/{found}/merge")):
        assert getattr(pager.rest, method)(path, json=body).status_code in (400, 404)
    assert pager.lives() == [("a", "trigger")]


# -- version 1 ----------------------------------------------------------------------------------------------


@slow
def test_events_of_version_1_share_their_keys_with_version_2(pager: Pager) -> None:
    event = {"service_key": PAGERDUTY["routing_key_finance"], "event_type": "trigger", "description": "a is late"}
    details = {"reason": "the period is closed", "orders": [{"id": DEAL, "payload": {"Amount": "5"}}]}
    key = pager.post(FIRST_VERSION, {**event, "incident_key": "a", "details": details}, 200)["incident_key"]
    pager.trigger(key, "finance")
    pager.post(FIRST_VERSION, {**event, "event_type": "acknowledge", "incident_key": key}, 200)
    pager.post(FIRST_VERSION, {**event, "event_type": "resolve", "incident_key": key}, 200)
    assert pager.lives() == [("a", "trigger"), ("a", "trigger"), ("a", "acknowledge"), ("a", "resolve")]
    signal = pager.read()[0]
    assert (signal.orders, signal.owner, signal.reason) == ((DEAL,), "controlling", "the period is closed")
    assert (signal.summary, signal.context) == ("a is late", {DEAL: {"Amount": "5"}})
    assert PAGERDUTY["routing_key_finance"] not in pager.fakes.call("GET", "/events").text


@slow
def test_an_event_of_version_1_without_a_key_gets_one(pager: Pager) -> None:
    event = {"service_key": PAGERDUTY["routing_key"], "event_type": "trigger", "description": "late"}
    keys = {pager.post(FIRST_VERSION, event, 200)["incident_key"] for _ in range(2)}
    assert len(keys) == 2


GOOD = {"service_key": "0" * 32, "event_type": "trigger", "description": "late"}


@rows(
    "event",
    [
        None,
        [],
        {},
        {**GOOD, "service_key": "short"},
        {**GOOD, "event_type": "reopen"},
        {**GOOD, "description": ""},
        {**GOOD, "description": "x" * 1025},
        {**GOOD, "details": "text"},
        {**GOOD, "incident_key": 3},
        {**GOOD, "event_type": "resolve"},
    ],
)
def test_a_bad_event_of_version_1_is_refused(event: Any) -> None:
    assert first_version_problems(event)
    assert not first_version_problems(GOOD)
