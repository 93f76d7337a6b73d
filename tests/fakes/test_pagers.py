"""The pagers beside PagerDuty: what each accepts and refuses, and what the history has of it."""

from __future__ import annotations

from typing import Any

import pytest

from gameday.model.signal import signals
from support.credentials import OPSGENIE, SLACK, TEAMS

pytestmark = pytest.mark.slow

GENIE = {"authorization": f"GenieKey {OPSGENIE['api_key']}"}
BOT = {"authorization": f"Bearer {SLACK['token']}"}


def raws(fakes: Any) -> list[dict[str, Any]]:
    """The alerts in the history, as the fakes recorded them."""
    return [event["value"]["raw"] for event in fakes.events("alert")]


def post(fakes: Any, fake: str, path: str, body: Any = None, **more: Any) -> Any:
    return fakes.client.post(fakes.urls[fake] + path, json=body, **more)


# -- Opsgenie ----------------------------------------------------------------------------------------


def test_opsgenie_takes_an_alert_and_says_under_which_request(fakes: Any) -> None:
    reply = post(fakes, "opsgenie", "/v2/alerts", {"message": "late", "alias": "a"}, headers=GENIE)
    assert (reply.status_code, reply.json()["result"]) == (202, "Request will be processed")
    found = fakes.client.get(f"{fakes.urls['opsgenie']}/v2/alerts/requests/{reply.json()['requestId']}", headers=GENIE)
    assert found.json()["data"]["success"]
    assert raws(fakes)[0]["action"] == "create"


def test_opsgenie_merges_alerts_of_an_open_alias_and_closes_by_alias(fakes: Any) -> None:
    for _ in range(2):
        post(fakes, "opsgenie", "/v2/alerts", {"message": "late", "alias": "a"}, headers=GENIE)
    assert [alert["count"] for alert in fakes.snapshot("opsgenie")["alerts"]] == [2]
    for act in ("acknowledge", "close"):
        assert post(fakes, "opsgenie", f"/v2/alerts/a/{act}?identifierType=alias", {}, headers=GENIE).status_code == 202
    shown = fakes.client.get(fakes.urls["opsgenie"] + "/v2/alerts/a?identifierType=alias", headers=GENIE).json()["data"]
    assert (shown["status"], shown["alias"]) == ("closed", "a")
    assert [raw["action"] for raw in raws(fakes)] == ["create", "create", "acknowledge", "close"]


def test_opsgenie_accepts_the_closing_of_what_is_not_open_and_records_nothing(fakes: Any) -> None:
    assert post(fakes, "opsgenie", "/v2/alerts/a/close?identifierType=alias", {}, headers=GENIE).status_code == 202
    assert raws(fakes) == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "message"),
        ({"message": "x" * 131}, 422, "message"),
        ({"message": "x", "priority": "P9"}, 422, "priority"),
        ({"message": "x", "details": []}, 422, "details"),
    ],
)
def test_opsgenie_names_the_field_that_is_wrong(fakes: Any, body: Any, status: int, field: str) -> None:
    reply = post(fakes, "opsgenie", "/v2/alerts", body, headers=GENIE)
    assert (reply.status_code, list(reply.json()["errors"])) == (status, [field])


def test_opsgenie_refuses_a_request_without_its_key(fakes: Any) -> None:
    assert post(fakes, "opsgenie", "/v2/alerts", {"message": "x"}).status_code == 401


# -- Slack -------------------------------------------------------------------------------------------


def test_slack_posts_a_message_and_updates_it_by_its_timestamp(fakes: Any) -> None:
    sent = post(fakes, "slack", "/api/chat.postMessage", {"channel": "C1", "text": "[FIRING] late"}, headers=BOT).json()
    assert (sent["ok"], sent["channel"]) == (True, "C1")
    new = {"channel": "C1", "ts": sent["ts"], "text": "[RESOLVED] late"}
    assert post(fakes, "slack", "/api/chat.update", new, headers=BOT).json()["ok"]
    assert [raw["message"]["text"] for raw in raws(fakes)] == ["[FIRING] late", "[RESOLVED] late"]
    assert raws(fakes)[1]["first"]["text"] == "[FIRING] late"


def test_an_answer_in_a_thread_belongs_to_its_message(fakes: Any) -> None:
    sent = post(fakes, "slack", "/api/chat.postMessage", {"channel": "C1", "text": "late"}, headers=BOT).json()
    answer = {"channel": "C1", "thread_ts": sent["ts"], "text": "resolved"}
    post(fakes, "slack", "/api/chat.postMessage", answer, headers=BOT)
    assert raws(fakes)[1]["first"]["text"] == "late"


@pytest.mark.parametrize(
    ("headers", "body", "error"),
    [
        ({}, {"channel": "C1", "text": "x"}, "invalid_auth"),
        (BOT, {"text": "x"}, "channel_not_found"),
        (BOT, {"channel": "C1"}, "no_text"),
        (BOT, [], "invalid_json"),
    ],
)
def test_slack_refuses_inside_an_http_200(fakes: Any, headers: dict[str, str], body: Any, error: str) -> None:
    reply = post(fakes, "slack", "/api/chat.postMessage", body, headers=headers)
    assert (reply.status_code, reply.json()) == (200, {"ok": False, "error": error})


def test_a_webhook_of_slack_says_ok_and_its_secret_is_not_recorded(fakes: Any) -> None:
    reply = post(fakes, "slack", SLACK["webhook"], {"text": "late"})
    assert (reply.status_code, reply.text) == (200, "ok")
    assert "gamedaywebhook" not in str(fakes.call("GET", "/events").json())


def test_a_webhook_of_slack_takes_the_form_that_older_clients_send(fakes: Any) -> None:
    url = fakes.urls["slack"] + SLACK["webhook"]
    assert fakes.client.post(url, data={"payload": '{"text": "late"}'}).text == "ok"
    assert fakes.client.post(url, data={"payload": "{"}).text == "invalid_payload"
    assert fakes.client.post(url, json={}).text == "no_text"


# -- Teams -------------------------------------------------------------------------------------------


def test_both_kinds_of_webhooks_of_teams_take_a_card(fakes: Any) -> None:
    assert post(fakes, "teams", TEAMS["webhook"], {"title": "late"}).text == "1"
    flow = "/workflows/abc/triggers/manual/paths/invoke?sig=geheim"
    assert post(fakes, "teams", flow, {"type": "message", "attachments": [{"content": {}}]}).status_code == 202
    assert len(raws(fakes)) == 2
    assert "geheim" not in str(fakes.call("GET", "/events").json())


@pytest.mark.parametrize(("body", "status"), [({}, 400), ([], 400), ({"text": "x" * 30_000}, 413)])
def test_teams_refuses_what_is_no_card_or_too_large(fakes: Any, body: Any, status: int) -> None:
    assert post(fakes, "teams", TEAMS["webhook"], body).status_code == status


# -- Alertmanager ------------------------------------------------------------------------------------

LATE = {"labels": {"alertname": "OrdersLate", "team": "revenue"}, "annotations": {"summary": "late"}}


@pytest.mark.parametrize(
    ("ends_at", "status"),
    [
        (None, "firing"),
        ("0001-01-01T00:00:00Z", "firing"),
        ("2999-01-01T00:00:00Z", "firing"),
        ("2020-01-01T00:00:00.123Z", "resolved"),
        ("soon", "firing"),
    ],
)
def test_alertmanager_resolves_an_alert_whose_end_has_passed(fakes: Any, ends_at: str | None, status: str) -> None:
    alert = LATE if ends_at is None else {**LATE, "endsAt": ends_at}
    assert post(fakes, "alertmanager", "/api/v2/alerts", [alert]).status_code == 200
    assert [raw["alert"]["status"] for raw in raws(fakes)] == [status]


def test_alertmanagers_webhook_tells_of_each_alert_of_a_group(fakes: Any) -> None:
    group = {"receiver": "revenue-page", "status": "firing", "alerts": [LATE, {**LATE, "status": "resolved"}]}
    for each in (group, {**group, "status": "resolved", "alerts": [LATE]}):
        assert post(fakes, "alertmanager", "/webhook", each).status_code == 200
    assert {raw["receiver"] for raw in raws(fakes)} == {"revenue-page"}
    assert [raw["alert"]["status"] for raw in raws(fakes)] == ["firing", "resolved", "resolved"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/v2/alerts", {}), ("/api/v2/alerts", [{}]), ("/api/v2/alerts", [{"labels": {"a": 1}}]), ("/webhook", [])],
)
def test_alertmanager_refuses_what_is_no_alert(fakes: Any, path: str, body: Any) -> None:
    assert post(fakes, "alertmanager", path, body).status_code == 400
    assert raws(fakes) == []


# -- the person on call ------------------------------------------------------------------------------


@pytest.mark.parametrize("fake", ["opsgenie", "slack", "alertmanager"])
def test_the_person_on_call_acknowledges_and_resolves(fakes: Any, fake: str) -> None:
    match fake:
        case "opsgenie":
            key = "a"
            post(fakes, fake, "/v2/alerts", {"message": "late", "alias": key}, headers=GENIE)
        case "slack":
            key = post(fakes, fake, "/api/chat.postMessage", {"channel": "C", "text": "late"}, headers=BOT).json()["ts"]
        case _:
            key = "OrdersLate"
            post(fakes, fake, "/api/v2/alerts", [LATE])
    for act in ("acknowledge", "resolve"):
        assert fakes.operate(fake, act, key) == {"id": key}
    assert len(raws(fakes)) == 3


# -- what the harness reads in what a fake records ---------------------------------------------------


@pytest.mark.parametrize(
    ("fake", "raised", "ended"),
    [
        (
            "opsgenie",
            ("/v2/alerts", {"message": "Orders stuck", "alias": "stuck"}, GENIE),
            ("/v2/alerts/stuck/close?identifierType=alias", {}, GENIE),
        ),
        (
            "slack",
            ("/api/chat.postMessage", {"channel": "C1", "text": "[FIRING:3] Orders stuck"}, BOT),
            ("/api/chat.postMessage", {"channel": "C1", "text": "[RESOLVED] Orders stuck"}, BOT),
        ),
        (
            "slack",
            (SLACK["webhook"], {"text": "Orders stuck"}, {}),
            (SLACK["webhook"], {"text": "OK: orders stuck"}, {}),
        ),
        (
            "teams",
            (TEAMS["webhook"], {"title": "Orders stuck"}, {}),
            (TEAMS["webhook"], {"title": "Resolved: orders stuck"}, {}),
        ),
        (
            "alertmanager",
            ("/api/v2/alerts", [LATE], {}),
            ("/api/v2/alerts", [{**LATE, "endsAt": "2020-01-01T00:00:00Z"}], {}),
        ),
    ],
)
def test_what_a_pager_records_is_read_as_an_alert_and_its_end(fakes: Any, fake: str, raised: Any, ended: Any) -> None:
    for path, body, headers in (raised, ended):
        assert post(fakes, fake, path, body, headers=headers).status_code < 300
    first, last = (signals[fake](raw, ()) for raw in raws(fakes))
    assert (first.action, last.action) == ("trigger", "resolve")
    assert first.key == last.key != ""
