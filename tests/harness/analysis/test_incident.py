"""The times and figures of an incident."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gameday.analysis.incident import POINTS, incident


@pytest.fixture
def incident_of(locked: Any) -> Any:
    """D1 and D2 are late: due at 130 and 160, right at 320 and 330; D3 comes after the fix and is in time."""
    locked.deal("D1", 70, amount="60").order("D1", 320)
    locked.deal("D2", 100, amount="30", currency="EUR").order("D2", 330)
    return locked.deal("D3", 400).order("D3", 402)


def test_each_moment_and_span_is_counted_from_its_own_two_ends(incident_of: Any) -> None:
    story = incident_of.alert("D1", "D2", at_s=150, key="k").alert(at_s=180, key="k", action="acknowledge")
    times = incident(story.case()).times
    assert (times.injected_s, times.affected_s, times.alerted_s, times.acknowledged_s) == (60, 130, 150, 180)
    assert (times.flowing_s, times.reconciled_s) == (402, 330)
    assert (times.detect_s, times.detect_from_injection_s, times.acknowledge_s) == (20, 90, 30)
    assert (times.mitigate_s, times.catch_up_s) == (272, 30)


def test_time_to_repair_is_shown_only_where_the_stack_or_a_person_repaired(incident_of: Any, new_story: Any) -> None:
    assert incident(incident_of.case()).times.repair_s is None
    assert incident(incident_of.op("human", 310, {"act": "replay"}).case()).times.repair_s == 200
    itself = new_story().deal("D0").order("D0").inject(60, 300).deal("D1", 70).order("D1", 200)
    times = incident(itself.case()).times
    assert (times.repair_s, times.catch_up_s) == (70, 0)
    assert incident(new_story().deal("D0").order("D0", 100).case()).times.repair_s == 30


def test_moments_that_never_came_are_none(incident_of: Any) -> None:
    times = incident(incident_of.deal("D4", 200).case()).times
    assert (times.alerted_s, times.acknowledged_s, times.detect_s, times.acknowledge_s) == (None,) * 4
    assert (times.reconciled_s, times.repair_s, times.catch_up_s) == (None, None, None)


def test_without_impact_there_is_nothing_to_detect_or_repair(locked: Any) -> None:
    times = incident(locked.alert(at_s=70).case()).times
    assert (times.affected_s, times.detect_s, times.mitigate_s, times.repair_s) == (None,) * 4
    assert times.detect_from_injection_s == 10


def test_an_alert_before_the_injection_detects_nothing(incident_of: Any) -> None:
    assert incident(incident_of.alert(at_s=30).case()).times.alerted_s is None


def test_an_alert_of_another_flow_detects_nothing(incident_of: Any) -> None:
    assert incident(incident_of.alert(at_s=140, flow="payroll").case()).times.alerted_s is None


def test_an_alert_that_names_a_deal_names_its_flow(incident_of: Any) -> None:
    assert incident(incident_of.alert("D1", at_s=140, flow="").case()).times.alerted_s == 140


def test_an_early_alert_about_right_deals_detects_nothing(incident_of: Any) -> None:
    story = incident_of.alert("D0", at_s=90, reason="slow", summary="a deal is slow")
    assert incident(story.case()).times.alerted_s is None
    assert incident(story.alert("D1", at_s=150).case()).times.alerted_s == 150


def test_a_digest_of_right_and_affected_deals_detects_nothing(incident_of: Any) -> None:
    digest = incident_of.alert("D0", "D3", "D1", at_s=410)
    assert incident(digest.case()).times.alerted_s is None


def test_an_alert_that_was_resolved_before_the_first_affected_deal_detects_nothing(incident_of: Any) -> None:
    early = incident_of.alert(at_s=90, key="k").alert(at_s=120, key="k", action="resolve")
    assert incident(early.case()).times.alerted_s is None


def test_an_alert_of_a_class_that_the_control_has_too_detects_nothing(incident_of: Any, new_story: Any) -> None:
    incident_of.control = new_story().alert("C0", at_s=50, key="k").history()
    assert incident(incident_of.alert("D1", at_s=150, key="k").case()).times.alerted_s is None


def test_a_ticket_pages_nobody(incident_of: Any) -> None:
    assert incident(incident_of.alert("D1", at_s=140, kind="ticket").case()).times.alerted_s is None


def test_an_acknowledgement_of_another_alert_does_not_count(incident_of: Any) -> None:
    story = incident_of.alert(at_s=140, key="k").alert(at_s=150, key="other", action="acknowledge")
    assert incident(story.case()).times.acknowledged_s is None


def test_an_alert_before_the_first_affected_deal_has_a_negative_time_to_detect(incident_of: Any) -> None:
    assert incident(incident_of.alert(at_s=100).case()).times.detect_s == -30


def test_if_no_deal_follows_the_last_affected_one_it_counts_itself(locked: Any) -> None:
    assert incident(locked.deal("D1", 70).order("D1", 320).case()).times.flowing_s == 320


def test_nothing_flows_again_while_the_newest_deal_is_missing(locked: Any) -> None:
    assert incident(locked.deal("D1", 70).case()).times.flowing_s is None


def test_the_backlog_rises_with_closing_and_falls_with_the_right_order(incident_of: Any) -> None:
    backlog = incident(incident_of.case()).backlog
    at = {point.time_s: point for point in backlog}
    assert len(backlog) == POINTS
    assert at[200.0].orders == 2
    assert at[200.0].amounts == {"EUR": Decimal(30), "USD": Decimal(60)}
    assert at[1000.0].orders == 0
    assert set(at[1000.0].amounts.values()) == {Decimal(0)}


def test_latency_is_shown_for_when_the_deal_changed_and_what_is_missing_is_counted(locked: Any) -> None:
    points = incident(locked.deal("D1", 600).order("D1", 630).deal("D2", 600).case()).latency
    late = points[-1]
    assert (late.orders, late.missing, late.median_s, late.p95_s, late.longest_s) == (2, 1, 30, 30, 30)


def test_a_span_in_which_nothing_arrived_has_no_latency_but_says_so(locked: Any) -> None:
    point = incident(locked.deal("D1", 600).case()).latency[-1]
    assert (point.orders, point.missing, point.median_s) == (1, 1, None)


def test_request_amplification_is_order_writes_for_each_deal(locked: Any) -> None:
    for second in range(3):
        locked.write("D1", 70 + second)
    locked.write("D1", 80, "ok", f="invoice_write")
    requests = incident(locked.deal("D1", 69).order("D1", 79).case()).requests
    assert (requests.order_writes, requests.invoice_writes, requests.refused) == (5, 1, 3)
    assert requests.amplification == 2.5
    assert (requests.worst_deal, requests.worst_attempts) == ("D1", 5)
    assert sum(point.attempts for point in requests.series) == 6


def test_requests_per_order_count_reads_logins_and_refused_attempts(locked: Any) -> None:
    for system, operations, refused in (
        ("salesforce", {"query": 5, "login": 1}, 2),
        ("netsuite", {"order.write": 6}, 3),
    ):
        value = {"system": system, "operations": operations, "refused": refused}
        locked.op("requests", 1000, value, "info", "harness")
    requests = incident(locked.deal("D1", 69).order("D1", 79).case()).requests
    assert requests.per_order == 6
    assert {name: (each.total, each.refused) for name, each in requests.by_system.items()} == {
        "salesforce": (6, 2),
        "netsuite": (6, 3),
    }


def test_requests_that_were_not_counted_are_missing(locked: Any) -> None:
    assert incident(locked.case()).requests.per_order is None


def test_a_duplicated_deal_arrived_with_its_first_order(locked: Any) -> None:
    point = incident(locked.deal("D1", 600).order("D1", 630).order("D1", 700).case()).latency[-1]
    assert (point.missing, point.median_s) == (0, 30)


def test_a_run_without_deals_has_figures_too(story: Any) -> None:
    found = incident(story.case())
    assert (found.requests.amplification, found.latency) == (None, ())


@pytest.mark.parametrize(
    ("repaired_s", "second_s", "catch_up_s"),
    [
        (310.0, (500.0, 700.0), 10.0),
        (650.0, (500.0, 700.0), 200.0),
        (750.0, (500.0, 700.0), 250.0),
        (650.0, (200.0, 700.0), 0.0),
        (750.0, (200.0, 250.0), 450.0),
    ],
)
def test_a_second_fault_does_not_hide_how_long_deals_waited_after_the_first(
    locked: Any, repaired_s: float, second_s: tuple[float, float], catch_up_s: float
) -> None:
    locked.deal("D1", 70).hit("D1", 71).order("D1", repaired_s).inject(*second_s, "rate limit")
    times = incident(locked.case()).times
    assert times.catch_up_s == catch_up_s
    assert (times.repair_s is None) is (catch_up_s > 0)
