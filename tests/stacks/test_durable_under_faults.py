"""How ``durable`` handles each fault: the ledgers agree in the end, and the right owner is alerted meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def http(fake_set: Any, fake: str, **rule: Any) -> None:
    fake_set.inject(fake, "http", **rule)


@pytest.mark.parametrize("operation", ["order.write", "invoice.write"])
def test_a_lost_reply_duplicates_nothing(fake_set: Any, operation: str) -> None:
    fake_set.start("durable")
    http(fake_set, "netsuite", action="drop", when="after", operation=operation, share=0.5, times=1)
    fake_set.close_deals(20)
    fake_set.settled()
    assert len(fake_set.get("/netsuite/ledger")["entries"]) == 20


def test_repeated_events_duplicate_nothing(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("salesforce", "duplicate_delivery", share=1.0, copies=2, gap_s=5)
    fake_set.close_deals(20)
    fake_set.settled()
    fake_set.until(lambda: fake_set.get("/health")["pending"] == 0, "all copies have arrived")
    fake_set.settled()
    assert len(fake_set.get("/netsuite/snapshot")["invoice"]) == 20


def test_an_older_event_does_not_overwrite_a_newer_one(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("salesforce", "reorder_delivery", share=1.0, hold_s=60)
    fake_set.close_deals(6)
    fake_set.heal("salesforce", "reorder_delivery")
    for number in range(6):
        fake_set.amend(number)
    fake_set.settled()
    fake_set.until(lambda: fake_set.get("/health")["pending"] == 0, "the held events have arrived")
    fake_set.settled()


def test_a_rate_limit_raises_an_alert_and_few_requests(fake_set: Any) -> None:
    fake_set.start("durable")
    http(fake_set, "netsuite", action="reply", error="rate_limited")
    deals = fake_set.close_deals(20)
    details = fake_set.alert("429", deals)
    refused = sum(replies.get("429", 0) for replies in fake_set.get("/netsuite/stats").values())
    assert details["owner"] == "revenue-operations"
    assert refused < 40
    fake_set.heal("netsuite", "http")
    fake_set.settled()


def test_a_locked_record_raises_an_alert_while_others_flow(fake_set: Any) -> None:
    fake_set.start("durable")
    http(fake_set, "netsuite", action="reply", error="locked", operation="order.write", share=0.4)
    fake_set.close_deals(20)
    hits = fake_set.until(lambda: fake_set.events("hit"), "the fault takes effect")
    fake_set.alert("lock", sorted({e["value"]["order"] for e in hits}))

    def others_flow() -> bool:
        free = 20 - len({event["value"]["order"] for event in fake_set.events("hit")})
        return len(fake_set.get("/netsuite/ledger")["entries"]) == free

    fake_set.until(others_flow, "each deal that is not locked has its order")
    fake_set.heal("netsuite", "http")
    fake_set.settled()


def test_a_part_that_failed_inside_a_200_is_retried(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("salesforce", "partial_batch", share=0.5, times=2)
    fake_set.close_deals(20)
    fake_set.settled()


@pytest.mark.parametrize(
    ("fake", "fault", "word"),
    [
        ("netsuite", {"kind": "revoke_permission", "record": "salesOrder", "access": "edit"}, "permission"),
        ("netsuite", {"kind": "revoke_tokens"}, "token"),
        ("salesforce", {"kind": "revoke_tokens"}, "token"),
        ("salesforce", {"kind": "hide_field", "object": "Opportunity", "field": "CurrencyIsoCode"}, "field"),
        (
            "salesforce",
            {"kind": "rename_field", "object": "OpportunityLineItem", "field": "UnitPrice", "new_name": "Price__c"},
            "field",
        ),
    ],
    ids=["permission", "erp-token", "crm-token", "hidden-field", "renamed-field"],
)
def test_a_flow_that_cannot_work_stops_alerts_and_resumes(
    fake_set: Any, fake: str, fault: dict[str, str], word: str
) -> None:
    fake_set.start("durable")
    fake_set.close_deals(3)
    fake_set.settled()
    fake_set.inject(fake, **fault)
    deals = fake_set.close_deals(10, start=3)
    details = fake_set.alert(word, deals)
    assert details["owner"] == "revenue-operations"
    assert all(order["payload"] for order in details["orders"])
    assert len(fake_set.get("/netsuite/ledger")["entries"]) == 3
    fake_set.heal(fake, fault["kind"])
    fake_set.settled()


def test_a_closed_period_parks_invoices_with_finance_until_it_opens(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("netsuite", "close_period", period="")
    deals = fake_set.close_deals(8)
    details = fake_set.alert("period", deals)
    assert details["owner"] == "finance-operations"
    assert {letter["order"] for letter in fake_set.hook("GET", "/dead-letters")} <= set(deals)
    fake_set.until(lambda: len(fake_set.events("ticket")) == 8, "a ticket for each")
    fake_set.heal("netsuite", "close_period")
    fake_set.settled()
    fake_set.until(lambda: fake_set.hook("GET", "/dead-letters") == [], "nothing is parked any more")


def test_drifted_prices_are_parked_for_approval_and_replayed_when_they_agree_again(
    fake_set: Any,
) -> None:
    fake_set.start("durable")
    fake_set.inject("netsuite", "price_drift", percent=12, share=1.0)
    deals = fake_set.close_deals(6)
    details = fake_set.alert("price", deals)
    assert details["owner"] == "finance-operations"
    assert fake_set.get("/netsuite/ledger")["entries"] == []
    tickets = fake_set.until(lambda: len(t := fake_set.events("ticket")) == 6 and t, "a ticket for each")
    assert all("unit_price" in ticket["value"]["raw"]["issue"]["fields"]["description"] for ticket in tickets)
    fake_set.heal("netsuite", "price_drift")
    fake_set.settled()


def test_a_half_written_order_is_completed(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("netsuite", "half_write", share=0.5)
    fake_set.close_deals(12)
    fake_set.settled()


def test_deals_without_an_event_are_found_and_raise_an_alert(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("salesforce", "delete_subscription")
    deals = fake_set.close_deals(10)
    fake_set.settled()
    fake_set.alert("missed", deals)


def test_a_timeout_after_the_commit_duplicates_nothing(fake_set: Any) -> None:
    fake_set.start("durable")
    http(fake_set, "netsuite", action="delay", when="after", delay_s=150, operation="order.write", times=1)
    fake_set.close_deals(6)
    fake_set.settled()
    assert len(fake_set.get("/netsuite/ledger")["entries"]) == 6


def test_acknowledged_deals_survive_kill_9(fake_set: Any) -> None:
    fake_set.start("durable")
    http(fake_set, "netsuite", action="delay", delay_s=20, operation="order.write")
    fake_set.close_deals(40)
    fake_set.until(lambda: len(fake_set.events("deliver")) == 40, "all are acknowledged")
    fake_set.kill()
    fake_set.heal("netsuite", "http")
    fake_set.launch()
    fake_set.settled()


def test_alerts_and_tickets_arrive_once_the_pager_can_be_reached_again(fake_set: Any) -> None:
    fake_set.start("durable")
    http(fake_set, "pagerduty", action="reply", error="server_error")
    fake_set.inject("netsuite", "close_period", period="")
    deals = fake_set.close_deals(3)
    fake_set.until(lambda: fake_set.events("ticket"), "tickets arrive")
    assert fake_set.alerts() == []
    fake_set.heal("pagerduty", "http")
    fake_set.alert("period", deals)


def test_dead_letters_are_replayed_by_hand_one_or_all(fake_set: Any) -> None:
    # Without the bug the stack retries dead letters itself, and might be faster than this test.
    fake_set.start("durable", bug="parks-forever")
    fake_set.inject("netsuite", "inactive_reference", share=1.0)
    fake_set.close_deals(3)
    letters = fake_set.until(lambda: len(d := fake_set.hook("GET", "/dead-letters")) == 3 and d, "all are parked")
    fake_set.heal("netsuite", "inactive_reference")
    assert fake_set.hook("POST", "/dead-letters/replay", {"ids": [letters[0]["id"]]}) == {"replayed": 1}
    fake_set.hook("POST", "/dead-letters/replay", {"ids": None})
    fake_set.settled()


def test_a_resolved_incident_resolves_its_alert(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.inject("netsuite", "close_period", period="")
    fake_set.close_deals(2)
    fake_set.alert("period")
    fake_set.heal("netsuite", "close_period")
    fake_set.until(
        lambda: any(json.dumps(e["value"]["raw"]).count('"resolve"') for e in fake_set.events("alert")), "the resolve"
    )


def test_a_paused_stack_acknowledges_events_and_writes_nothing(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.hook("POST", "/pause")
    fake_set.close_deals(3)
    fake_set.until(lambda: len(fake_set.events("deliver")) == 3, "all are acknowledged")
    assert fake_set.get("/netsuite/ledger")["entries"] == []
    fake_set.hook("POST", "/resume")
    fake_set.settled()
