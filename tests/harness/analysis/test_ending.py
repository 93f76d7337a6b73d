"""How an incident ends: closed after the repair, too early, never, or in a storm of pages."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.analysis.ending import ending
from gameday.model.checker import Result, checkers
from gameday.scoring.score import score


@pytest.fixture
def late(locked: Any) -> Any:
    """D1 is due at 130 and late until 400; its alert comes at 140."""
    return locked.deal("D1", 70).hit("D1", 71).order("D1", 400).alert("D1", at_s=140, key="k")


def end_factor(story: Any) -> float:
    end = score(story.case()).detection.end
    assert end is not None
    return end.value


def closed(story: Any) -> Result:
    return checkers["incident closed"](story.case()).result


def test_an_incident_that_closes_after_the_repair_costs_nothing(late: Any) -> None:
    late.alert(at_s=420, key="k", action="resolve")
    assert (closed(late), end_factor(late)) == (Result.PASSED, 1.0)


def test_an_incident_that_closes_before_the_repair_counts_six_tenths(late: Any) -> None:
    late.alert(at_s=200, key="k", action="resolve")
    assert (closed(late), end_factor(late)) == (Result.FAILED, 0.6)


def test_it_closes_early_only_beyond_the_margin(late: Any) -> None:
    late.alert(at_s=394, key="k", action="resolve")
    assert (closed(late), end_factor(late)) == (Result.PASSED, 1.0)


def test_an_open_ticket_keeps_an_incident_open(late: Any) -> None:
    late.alert("D1", at_s=150, kind="ticket").alert(at_s=200, key="k", action="resolve")
    assert ending(late.case()).early == ()


def test_a_digest_of_all_deals_keeps_no_incident_open(late: Any) -> None:
    for number in range(10, 20):
        late.deal(f"D{number}", 500).order(f"D{number}", 502)
    late.alert("D1", *(f"D{number}" for number in range(10, 20)), at_s=160, key="digest", summary="daily list")
    late.alert(at_s=200, key="k", action="resolve").alert(at_s=600, key="digest", action="resolve")
    assert [outcome.deal for outcome in ending(late.case()).early] == ["D1"]


def test_an_incident_that_never_closes_counts_eight_tenths(late: Any) -> None:
    assert (closed(late), end_factor(late)) == (Result.FAILED, 0.8)


def test_it_has_five_minutes_to_close(late: Any) -> None:
    late.horizon_s = 690.0
    assert (closed(late), end_factor(late)) == (Result.INCONCLUSIVE, 1.0)


def test_an_incident_that_is_closed_when_the_ledgers_are_read_early_is_closed(late: Any) -> None:
    late.alert(at_s=420, key="k", action="resolve")
    late.horizon_s = 480.0
    assert (closed(late), end_factor(late)) == (Result.PASSED, 1.0)


def test_an_incident_may_stay_open_while_deals_are_wrong(late: Any) -> None:
    late.deal("D2", 70).hit("D2", 71).alert("D2", at_s=140, key="k")
    assert (closed(late), end_factor(late)) == (Result.PASSED, 1.0)


def test_an_incident_that_closes_while_deals_are_lost_closed_early(late: Any) -> None:
    late.deal("D2", 70).hit("D2", 71).alert("D2", at_s=140, key="k").alert(at_s=500, key="k", action="resolve")
    assert (closed(late), end_factor(late)) == (Result.FAILED, 0.6)


def test_an_incident_that_is_opened_again_is_not_closed(late: Any) -> None:
    late.alert(at_s=200, key="k", action="resolve").alert("D1", at_s=210, key="k")
    late.alert(at_s=420, key="k", action="resolve")
    end = ending(late.case())
    assert (end.early, end.open, end.pages) == ((), (), 2)


def test_all_alerts_resolved_is_closed_however_soon_the_ledgers_are_read(late: Any) -> None:
    late.alert(at_s=420, key="k", action="resolve")
    late.horizon_s = 430.0
    assert (closed(late), end_factor(late)) == (Result.PASSED, 1.0)


def test_an_alert_about_the_whole_flow_may_close_too_early_as_well(locked: Any) -> None:
    story = locked.deal("D1", 70).hit("D1", 71).order("D1", 400)
    story.alert(at_s=140, key="k", text="closed-won-to-sales-order: pass failed")
    assert ending(story.alert(at_s=420, key="k", action="resolve").case()).early == ()
    story.alert(at_s=150, key="other").alert(at_s=200, key="k", action="resolve")
    assert ending(story.case()).early == ()
    story.alert(at_s=210, key="other", action="resolve")
    assert [outcome.deal for outcome in ending(story.case()).early] == ["D1"]


def stays_closed(story: Any) -> Result:
    return checkers["incident stays closed"](story.case()).result


def test_an_incident_that_was_closed_once_stays_closed(late: Any) -> None:
    assert stays_closed(late.alert(at_s=420, key="k", action="resolve")) is Result.PASSED


def test_an_incident_that_is_opened_again_for_the_same_trouble_does_not_stay_closed(late: Any) -> None:
    late.alert(at_s=200, key="k", action="resolve").alert("D1", at_s=210, key="k")
    assert (stays_closed(late), ending(late.case()).reopened) == (Result.FAILED, ("k",))
    late.alert(at_s=420, key="k", action="resolve")
    assert stays_closed(late) is Result.FAILED


def test_an_incident_that_was_never_closed_cannot_be_opened_again(late: Any) -> None:
    assert stays_closed(late) is Result.INCONCLUSIVE


@pytest.mark.parametrize("new", ["a fault", "a deal"])
def test_new_trouble_may_open_an_incident_again(late: Any, new: str) -> None:
    late.alert(at_s=420, key="k", action="resolve")
    if new == "a fault":
        late.inject(500, 550)
    late.deal("D2", 450).hit("D2", 451).order("D2", 900).alert("D2", at_s=520, key="k")
    late.alert(at_s=910, key="k", action="resolve")
    assert stays_closed(late) is Result.PASSED


def acknowledged(story: Any, within_s: float = 600) -> Result:
    return checkers["incident acknowledged"](story.case(), within_s).result


@pytest.fixture
def attended(late: Any) -> Any:
    """Ana is at the live board."""
    return late.op("note", 100, {"by": "Ana", "text": "we watch it"}, "info", "harness")


def taken_on(story: Any, at_s: float, by: str = "Ana", key: str = "k") -> Any:
    """Somebody acknowledges the open alerts at the live board."""
    note = {"by": by, "text": "acknowledged 1 open alerts"}
    return story.op("note", at_s, note, "info", "harness").alert(at_s=at_s, key=key, action="acknowledge")


def test_an_incident_is_acknowledged_in_time(attended: Any) -> None:
    assert acknowledged(taken_on(attended, 700)) is Result.PASSED


def test_an_incident_may_be_acknowledged_late_by_the_margin(attended: Any) -> None:
    assert acknowledged(taken_on(attended, 745)) is Result.PASSED
    assert acknowledged(attended, within_s=590) is Result.FAILED


def test_an_incident_that_nobody_acknowledges_fails(attended: Any) -> None:
    assert acknowledged(attended) is Result.FAILED
    assert acknowledged(taken_on(attended, 200, key="other")) is Result.FAILED


def test_a_stack_that_acknowledges_its_own_alert_takes_nothing_on(attended: Any) -> None:
    assert acknowledged(attended.alert(at_s=141, key="k", action="acknowledge")) is Result.FAILED
    assert acknowledged(taken_on(attended, 800)) is Result.FAILED


def test_an_operator_may_acknowledge_what_the_stack_has_acknowledged_itself(attended: Any) -> None:
    attended.alert(at_s=141, key="k", action="acknowledge")
    note = {"by": "Ana", "text": "acknowledged 1 open alerts"}
    assert acknowledged(attended.op("note", 300, note, "info", "harness")) is Result.PASSED


@pytest.mark.parametrize("at_s", [None, 141, 700])
def test_an_incident_that_nobody_was_there_to_acknowledge_is_inconclusive(late: Any, at_s: float | None) -> None:
    story = late if at_s is None else late.alert(at_s=at_s, key="k", action="acknowledge")
    assert acknowledged(story) is Result.INCONCLUSIVE
    # What the harness notes is said by nobody.
    assert acknowledged(taken_on(story, 200, by="")) is Result.INCONCLUSIVE


def test_a_ticket_that_is_acknowledged_is_no_acknowledged_alert(attended: Any) -> None:
    attended.alert("D1", at_s=145, kind="ticket", key="t").alert(at_s=150, kind="ticket", key="t", action="acknowledge")
    assert acknowledged(attended) is Result.FAILED


def test_an_incident_that_may_still_be_acknowledged_is_inconclusive(attended: Any) -> None:
    attended.horizon_s = 700.0
    assert acknowledged(attended) is Result.INCONCLUSIVE


def test_without_an_alert_there_is_nothing_to_acknowledge_or_to_stay_closed(locked: Any) -> None:
    story = locked.deal("D1", 70).order("D1", 400)
    assert (acknowledged(story), stays_closed(story)) == (Result.FAILED, Result.FAILED)


def test_a_storm_of_tickets_is_a_storm(late: Any) -> None:
    for number in range(9):
        late.alert("D1", at_s=150, kind="ticket", key=f"SYNC-{number}")
    found = checkers["bounded pages"](late.case())
    assert (found.result, "9 tickets, and the bound of tickets is 8" in found.summary) == (Result.FAILED, True)
    assert end_factor(late.alert(at_s=420, key="k", action="resolve")) == 0.6


def test_a_deal_that_a_fault_hit_may_have_tickets_though_it_came_in_time(late: Any) -> None:
    late.deal("D2", 230).order("D2", 280)
    for number in range(11):
        late.alert("D2", at_s=240, kind="ticket", key=f"SYNC-{number}")
    assert checkers["bounded pages"](late.case()).result is Result.FAILED
    late.hit("D2", 235)
    assert checkers["bounded pages"](late.case()).result is Result.PASSED
    for number in range(2):
        late.alert("D2", at_s=240, kind="ticket", key=f"SYNC-another-{number}")
    assert checkers["bounded pages"](late.case()).result is Result.FAILED


def test_affected_deals_without_an_alert_have_no_incident_to_close(locked: Any) -> None:
    assert closed(locked.deal("D1", 70).order("D1", 400)) is Result.FAILED


def test_updates_of_an_open_alert_page_nobody(late: Any) -> None:
    for second in range(150, 350):
        late.alert("D1", at_s=second, key="k")
    late.alert(at_s=420, key="k", action="resolve")
    assert (ending(late.case()).pages, end_factor(late)) == (1, 1.0)


def test_more_pages_than_the_bound_are_a_storm(late: Any) -> None:
    late.alert(at_s=420, key="k", action="resolve")
    for number in range(7):
        late.alert("D1", at_s=150, key=f"more {number}").alert(at_s=420, key=f"more {number}", action="resolve")
    assert (checkers["bounded pages"](late.case()).result, end_factor(late)) == (Result.PASSED, 1.0)
    late.alert("D1", at_s=160, key="one more").alert(at_s=420, key="one more", action="resolve")
    assert (checkers["bounded pages"](late.case()).result, end_factor(late)) == (Result.FAILED, 0.6)


def test_the_contract_may_set_the_bound_of_pages(late: Any) -> None:
    late.alert(at_s=420, key="k", action="resolve").alert("D1", at_s=150, key="l")
    late.alert(at_s=420, key="l", action="resolve")
    late.contract = msgspec.structs.replace(late.contract, page_limit=1)
    assert (ending(late.case()).stormed, end_factor(late)) == (True, 0.6)


def test_a_storm_that_never_ends_counts_twice(late: Any) -> None:
    late.contract = msgspec.structs.replace(late.contract, page_limit=1)
    late.alert("D1", at_s=150, key="l")
    assert end_factor(late) == pytest.approx(0.48)


@pytest.mark.parametrize("kind", ["alert", "ticket"])
@pytest.mark.parametrize(
    ("named", "flow", "stormed"),
    [((), "", True), (("D1",), "another flow", True), ((), "another flow", False)],
)
def test_a_storm_is_one_whatever_flow_its_pages_name(
    late: Any, kind: str, named: tuple[str, ...], flow: str, stormed: bool
) -> None:
    for number in range(20):
        late.alert(*named, at_s=150, kind=kind, key=f"page {number}", flow=flow, text="record lock")
    assert ending(late.case()).stormed is stormed
