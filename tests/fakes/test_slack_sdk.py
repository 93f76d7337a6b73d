"""The unmodified ``slack_sdk``: the Web API at the fake's own address, incoming webhooks, and what it raises."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from support.credentials import SLACK

pytestmark = pytest.mark.slow

BLOCKS = [{"type": "header", "text": {"type": "plain_text", "text": "Orders wait"}}]


@pytest.fixture
def slack(fakes: Any, client_environment: dict[str, str]) -> WebClient:
    return WebClient(token=SLACK["token"], base_url=f"{fakes.urls['slack']}/api/")


def raws(fakes: Any) -> list[dict[str, Any]]:
    return [event["value"]["raw"] for event in fakes.events("alert")]


def test_the_client_logs_in(slack: WebClient) -> None:
    assert slack.auth_test()["ok"] is True


def test_the_client_posts_updates_and_answers_a_message(fakes: Any, slack: WebClient) -> None:
    posted = slack.chat_postMessage(channel="#finance", text="Orders wait: 006A", blocks=BLOCKS)
    slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="Resolved: orders wait")
    slack.chat_postMessage(channel="#finance", text="replayed", thread_ts=posted["ts"])
    assert [raw["message"]["text"] for raw in raws(fakes)][:2] == ["Orders wait: 006A", "Resolved: orders wait"]
    assert {raw["first"]["text"] for raw in raws(fakes)} == {"Orders wait: 006A"}


def test_the_client_raises_what_it_raises_in_production(fakes: Any, slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        slack.api_call("chat.postMessage", json={"channel": "#finance"})
    assert refused.value.response["error"] == "no_text"
    with pytest.raises(SlackApiError) as refused:
        WebClient(token="xoxb-wrong", base_url=f"{fakes.urls['slack']}/api/").auth_test()
    assert refused.value.response["error"] == "invalid_auth"


def test_the_client_has_to_wait_when_it_sends_too_much(fakes: Any, slack: WebClient) -> None:
    fakes.inject("slack", action="reply", error="rate_limited")
    with pytest.raises(SlackApiError) as refused:
        slack.chat_postMessage(channel="#finance", text="late")
    assert refused.value.response.status_code == 429
    assert "Retry-After" in refused.value.response.headers or "retry-after" in refused.value.response.headers


def test_the_client_posts_to_an_incoming_webhook(fakes: Any, client_environment: dict[str, str]) -> None:
    webhook = WebhookClient(fakes.urls["slack"] + SLACK["webhook"])
    reply = webhook.send(text="Orders wait: 006A", blocks=BLOCKS)
    assert (reply.status_code, reply.body) == (200, "ok")
    assert raws(fakes)[0]["message"]["text"] == "Orders wait: 006A"


def test_the_client_reaches_the_vendors_own_host_name(fakes: Any, client_environment: dict[str, str]) -> None:
    assert WebClient(token=SLACK["token"], proxy=fakes.proxy).auth_test()["ok"] is True
