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


def test_an_incident_that_never_closes_counts_eight_tenths(late: Any) -> None:
    assert (closed(late), end_factor(late)) == (Result.FAILED, 0.8)


def test_it_has_five_minutes_to_close(late: Any) -> None:
    late.horizon_s = 690.0
    assert (closed(late), end_factor(late)) == (Result.INCONCLUSIVE, 1.0)


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
