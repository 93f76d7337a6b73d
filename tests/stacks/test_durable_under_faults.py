"""What ``durable`` does about each fault: the books end up right, and the right people know while they are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def http(world: Any, fake: str, **rule: Any) -> None:
    world.strike(fake, "http", **rule)


@pytest.mark.parametrize("operation", ["order.write", "invoice.write"])
def test_a_lost_reply_makes_nothing_twice(world: Any, operation: str) -> None:
    world.start("durable")
    http(world, "netsuite", action="drop", when="after", operation=operation, share=0.5, times=1)
    world.close_deals(20)
    world.settled()
    assert len(world.get("/netsuite/ledger")["entries"]) == 20


def test_events_that_come_twice_make_nothing_twice(world: Any) -> None:
    world.start("durable")
    world.strike("salesforce", "duplicate_delivery", share=1.0, copies=2, gap_s=5)
    world.close_deals(20)
    world.settled()
    world.until(lambda: world.get("/health")["pending"] == 0, "all copies have arrived")
    world.settled()
    assert len(world.get("/netsuite/snapshot")["invoice"]) == 20


def test_an_older_event_does_not_overwrite_a_newer_one(world: Any) -> None:
    world.start("durable")
    world.strike("salesforce", "reorder_delivery", share=1.0, hold_s=60)
    world.close_deals(6)
    world.heal("salesforce", "reorder_delivery")
    for number in range(6):
        world.amend(number)
    world.settled()
    world.until(lambda: world.get("/health")["pending"] == 0, "the held events have arrived")
    world.settled()


def test_a_rate_limit_is_told_and_not_hammered_at(world: Any) -> None:
    world.start("durable")
    http(world, "netsuite", action="reply", error="rate_limited")
    deals = world.close_deals(20)
    details = world.alert("429", deals)
    refused = sum(replies.get("429", 0) for replies in world.get("/netsuite/stats").values())
    assert details["owner"] == "revenue-operations"
    assert refused < 40
    world.heal("netsuite", "http")
    world.settled()


def test_a_locked_record_is_told_while_others_flow(world: Any) -> None:
    world.start("durable")
    http(world, "netsuite", action="reply", error="locked", operation="order.write", share=0.4)
    world.close_deals(20)
    struck = {e["value"]["order"] for e in world.until(lambda: world.events("hit"), "the fault strikes")}
    world.alert("lock", sorted(struck))
    free = 20 - len({e["value"]["order"] for e in world.events("hit")})
    assert len(world.get("/netsuite/ledger")["entries"]) == free
    world.heal("netsuite", "http")
    world.settled()


def test_a_part_that_failed_inside_a_200_is_tried_again(world: Any) -> None:
    world.start("durable")
    world.strike("salesforce", "partial_batch", share=0.5, times=2)
    world.close_deals(20)
    world.settled()


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
def test_a_flow_that_cannot_work_stops_tells_and_goes_on(
    world: Any, fake: str, fault: dict[str, str], word: str
) -> None:
    world.start("durable")
    world.close_deals(3)
    world.settled()
    world.strike(fake, **fault)
    deals = world.close_deals(10, start=3)
    details = world.alert(word, deals)
    assert details["owner"] == "revenue-operations"
    assert all(order["payload"] for order in details["orders"])
    assert len(world.get("/netsuite/ledger")["entries"]) == 3
    world.heal(fake, fault["kind"])
    world.settled()


def test_a_closed_period_parks_invoices_with_finance_until_it_opens(world: Any) -> None:
    world.start("durable")
    world.strike("netsuite", "close_period", period="")
    deals = world.close_deals(8)
    details = world.alert("period", deals)
    assert details["owner"] == "finance-operations"
    assert {letter["order"] for letter in world.hook("GET", "/dead-letters")} <= set(deals)
    world.until(lambda: len(world.events("ticket")) == 8, "a ticket for each")
    world.heal("netsuite", "close_period")
    world.settled()
    world.until(lambda: world.hook("GET", "/dead-letters") == [], "nothing is parked any more")


def test_drifted_prices_are_parked_for_approval_with_the_order_and_follow_when_they_are_back(world: Any) -> None:
    world.start("durable")
    world.strike("netsuite", "price_drift", percent=12, share=1.0)
    deals = world.close_deals(6)
    details = world.alert("price", deals)
    assert details["owner"] == "finance-operations"
    assert world.get("/netsuite/ledger")["entries"] == []
    tickets = world.until(lambda: len(t := world.events("ticket")) == 6 and t, "a ticket for each")
    assert all("UnitPrice" in ticket["value"]["raw"]["issue"]["fields"]["description"] for ticket in tickets)
    world.heal("netsuite", "price_drift")
    world.settled()


def test_a_half_written_order_is_made_whole(world: Any) -> None:
    world.start("durable")
    world.strike("netsuite", "half_write", share=0.5)
    world.close_deals(12)
    world.settled()


def test_deals_of_which_no_event_tells_are_found_and_told(world: Any) -> None:
    world.start("durable")
    world.strike("salesforce", "delete_subscription")
    deals = world.close_deals(10)
    world.settled()
    world.alert("missed", deals)


def test_a_timeout_after_the_commit_makes_nothing_twice(world: Any) -> None:
    world.start("durable")
    http(world, "netsuite", action="delay", when="after", delay_s=150, operation="order.write", times=1)
    world.close_deals(6)
    world.settled()
    assert len(world.get("/netsuite/ledger")["entries"]) == 6


def test_what_was_acknowledged_outlives_kill_9(world: Any) -> None:
    world.start("durable")
    http(world, "netsuite", action="delay", delay_s=20, operation="order.write")
    world.close_deals(40)
    world.until(lambda: len(world.events("deliver")) == 40, "all are acknowledged")
    world.kill()
    world.heal("netsuite", "http")
    world.launch()
    world.settled()


def test_alerts_and_tickets_arrive_once_the_pager_can_be_reached_again(world: Any) -> None:
    world.start("durable")
    http(world, "pagerduty", action="reply", error="server_error")
    world.strike("netsuite", "close_period", period="")
    deals = world.close_deals(3)
    world.until(lambda: world.events("ticket"), "tickets arrive")
    assert world.alerts() == []
    world.heal("pagerduty", "http")
    world.alert("period", deals)


def test_dead_letters_are_replayed_by_hand_one_or_all(world: Any) -> None:
    # The sound stack tries what is parked again by itself, and might be quicker than the hand.
    world.start("durable", bug="parks-for-ever")
    world.strike("netsuite", "inactive_reference", share=1.0)
    world.close_deals(3)
    letters = world.until(lambda: len(d := world.hook("GET", "/dead-letters")) == 3 and d, "all are parked")
    world.heal("netsuite", "inactive_reference")
    assert world.hook("POST", "/dead-letters/replay", {"ids": [letters[0]["id"]]}) == {"replayed": 1}
    world.hook("POST", "/dead-letters/replay", {"ids": None})
    world.settled()


def test_a_resolved_alert_says_so(world: Any) -> None:
    world.start("durable")
    world.strike("netsuite", "close_period", period="")
    world.close_deals(2)
    world.alert("period")
    world.heal("netsuite", "close_period")
    world.until(
        lambda: any(json.dumps(e["value"]["raw"]).count('"resolve"') for e in world.events("alert")), "the resolve"
    )


def test_a_paused_stack_takes_events_and_does_nothing(world: Any) -> None:
    world.start("durable")
    world.hook("POST", "/pause")
    world.close_deals(3)
    world.until(lambda: len(world.events("deliver")) == 3, "all are acknowledged")
    assert world.get("/netsuite/ledger")["entries"] == []
    world.hook("POST", "/resume")
    world.settled()
