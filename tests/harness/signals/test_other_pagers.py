"""Alerts of Slack, Teams, Opsgenie and Alertmanager in one shape."""

from __future__ import annotations

import json
from typing import Any

from gameday.analysis.chat_text import action_of, topic_of
from gameday.model.signal import Signal, signals
from support.rows import rows

ONE = "0065g00000ABcdEAAT"
TWO = "0065g00000ABcdFAAT"
KNOWN = {ONE, TWO}
FLOW = "closed-won-to-sales-order"
PAYLOAD = {"Id": ONE, "Amount": "12.50"}


def read(source: str, **raw: Any) -> Signal:
    return signals[source](raw, KNOWN)


def slack(text: str = "", first: str = "", **more: Any) -> Signal:
    message = {"channel": "C1", "ts": "1.1", "text": text, **more}
    return read("slack", message=message, first={**message, "text": first} if first else message)


def about(signal: Signal) -> dict[str, Any]:
    """What a good alert says."""
    wanted = ("kind", "action", "orders", "flow", "owner", "reason", "context")
    return {name: getattr(signal, name) for name in wanted}


GOOD = {
    "kind": "alert",
    "action": "trigger",
    "orders": (ONE,),
    "flow": FLOW,
    "owner": "finance",
    "reason": "the period is closed",
    "context": {ONE: PAYLOAD},
}
ORDERS = [{"id": ONE, "payload": PAYLOAD}]
FACTS = {"flow": FLOW, "owner": "finance", "reason": "the period is closed"}
LINES = "\n".join(f"*{name}:* {value}" for name, value in FACTS.items()) + f"\n```{json.dumps(PAYLOAD)}```"
CARD = {
    "type": "AdaptiveCard",
    "body": [
        {"type": "TextBlock", "text": "Orders refused"},
        {"type": "FactSet", "facts": [{"title": f"{name.capitalize()}:", "value": FACTS[name]} for name in FACTS]},
        {"type": "TextBlock", "text": json.dumps(PAYLOAD)},
    ],
}
OLD_CARD = {
    "@type": "MessageCard",
    "title": "Orders refused",
    "sections": [{"facts": [{"name": name, "value": FACTS[name]} for name in FACTS], "text": json.dumps(PAYLOAD)}],
}


@rows(
    ("source", "raw"),
    [
        ("slack", {"message": {"channel": "C1", "text": f"Orders refused\n{LINES}"}}),
        (
            "slack",
            {
                "message": {
                    "channel": "C1",
                    "attachments": [
                        {
                            "title": "Orders refused",
                            "fields": [{"title": name.capitalize(), "value": FACTS[name]} for name in FACTS],
                            "text": json.dumps(PAYLOAD),
                        }
                    ],
                }
            },
        ),
        ("teams", {"card": OLD_CARD}),
        ("teams", {"card": {"type": "message", "attachments": [{"content": CARD}]}}),
        (
            "opsgenie",
            {"action": "create", "alert": {"message": "x", "details": {**FACTS, "orders": json.dumps(ORDERS)}}},
        ),
        (
            "opsgenie",
            {
                "action": "create",
                "alert": {
                    "message": "the period is closed",
                    "responders": [{"type": "team", "name": "finance"}],
                    "tags": [f"flow:{FLOW}"],
                    "details": {"orders": ORDERS},
                },
            },
        ),
        (
            "alertmanager",
            {
                "alert": {
                    "status": "firing",
                    "labels": {"alertname": "OrdersRefused", "team": "finance", "flow": FLOW},
                    "annotations": {"reason": "the period is closed", "payload": json.dumps(PAYLOAD)},
                }
            },
        ),
    ],
)
def test_a_good_alert_is_read_whatever_it_is_sent_to(source: str, raw: dict[str, Any]) -> None:
    assert about(read(source, **raw)) == GOOD


@rows(
    ("title", "action"),
    [
        ("Orders stuck", "trigger"),
        ("[FIRING:2] Orders stuck", "trigger"),
        ("[RESOLVED] Orders stuck", "resolve"),
        ("[RESOLVED:2] Orders stuck", "resolve"),
        ("Resolved: orders stuck", "resolve"),
        (":white_check_mark: Recovered - orders stuck", "resolve"),
        ("*OK* orders stuck", "resolve"),
        ("ACK: orders stuck", "acknowledge"),
        ("Orders stuck, not resolved", "trigger"),
        ("Okay? Orders stuck", "trigger"),
        ("Unresolved: orders stuck", "trigger"),
        ("", "trigger"),
        ("2 deals closed the queue", "trigger"),
    ],
)
def test_the_first_word_of_a_title_says_what_a_message_does(title: str, action: str) -> None:
    assert action_of(title) == action


def test_messages_of_one_title_belong_together_whatever_their_status_ids_and_counts() -> None:
    titles = [f"[FIRING:1] 3 orders stuck in NetSuite: {ONE}", f"[RESOLVED] 17 orders stuck in NetSuite: {TWO}"]
    assert len({topic_of(title) for title in titles}) == 1
    assert topic_of("Orders stuck in NetSuite") != topic_of("Invoices stuck in NetSuite")


def test_a_message_keeps_its_key_when_it_is_updated_or_answered() -> None:
    raised = slack("Orders stuck")
    for later in (slack("Resolved", first="Orders stuck"), slack("[RESOLVED] Orders stuck")):
        assert (later.key, later.action) == (raised.key, "resolve")


def test_a_reaction_acknowledges_or_resolves_its_message() -> None:
    assert slack("Orders stuck", reaction="acknowledge").action == "acknowledge"
    assert slack("Orders stuck", reaction="resolve").action == "resolve"
    assert slack("Orders stuck", reaction="tada").action == "trigger"


def test_the_channel_and_the_receiver_get_what_names_nobody() -> None:
    assert slack("Orders stuck").owner == "C1"
    labels = {"alertname": "A"}
    assert read("alertmanager", alert={"labels": labels}, receiver="revenue-page").owner == "revenue-page"


def test_alerts_of_two_deals_are_two_of_one_rule() -> None:
    one, two = (
        read("alertmanager", alert={"status": "firing", "labels": {"alertname": "OrderLate", "deal": deal}})
        for deal in (ONE, TWO)
    )
    assert one.key != two.key
    assert one.rule == two.rule == "OrderLate"
