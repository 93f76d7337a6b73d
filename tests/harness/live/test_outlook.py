"""The board says what comes next, whether an alert is due, and how the expectations are doing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.live.outlook import BROKEN, HOLDS, OPEN
from gameday.live.view import view
from gameday.model.scenario import Expectation, Injection, PlannedOperation

ONCE = Expectation("exactly once", {"within_s": 60}, "every deal is in the ERP exactly once")
ALERTED = Expectation("owner alerted", {"within_s": 300}, "the owner is alerted within 5 minutes")
OTHER = Expectation("a plug-in's own", {}, "the moon is full")


@pytest.fixture
def day(day: Any) -> Any:
    """A day with a fault from 60 s to 240 s and three expectations."""
    fault = Injection(60, "record lock", "erp", 180)
    day.scenario = msgspec.structs.replace(
        day.scenario, injections=(fault,), expectations=(ONCE, ALERTED, OTHER), recovery_s=600
    )
    return day


def shown(day: Any, *, blind: bool = False) -> dict[str, Any]:
    return view(day.live(), blind=blind)


def states(day: Any) -> list[str]:
    return [row["state"] for row in shown(day)["expectations"]]


def test_the_next_step_is_the_first_that_has_not_come_yet(day: Any) -> None:
    day.close("A")
    assert shown(day)["next"] == {"what": "record lock at the ERP begins", "at_s": 60}
    day.later(100).close("B")
    assert shown(day)["next"] == {"what": "record lock at the ERP is healed", "at_s": 240}


def test_what_people_do_comes_next_and_is_listed_once_for_all_deals_and_no_blind_drill_shows_it(day: Any) -> None:
    bill = PlannedOperation(30, "bill", "erp", (1, 2))
    day.scenario = msgspec.structs.replace(day.scenario, operations=(bill,))
    words = 'people in the ERP carry out "bill" (deal 1, deal 2)'
    assert shown(day.close("A"))["next"] == {"what": words, "at_s": 30}
    act = {"operation": "bill", "system": "erp", "planned_s": 30}
    for outcome, key, problem in (("invoke", "A", ""), ("ok", "A", ""), ("ok", "B", ""), ("fail", "C", "no order")):
        day.op("act", outcome, "workload", **act, key=key, problem=problem)
    log = day.live().log
    assert [(each.kind, each.title, each.text) for each in log.after(0, blind=False)] == [
        ("people", words, ""), ("people", f"refused: {words}", "no order"),
    ]  # fmt: skip
    assert log.after(0, blind=True) == []


def test_a_blind_drill_counts_down_to_the_end_only(day: Any) -> None:
    assert shown(day.close("A"), blind=True)["next"]["what"] == "the ledgers are judged"
    assert shown(day, blind=True)["expectations"] is None


def test_after_the_ledgers_are_read_nothing_comes_next(day: Any) -> None:
    day.close("A").phase("verification").op("dead_letters", open=0)
    assert shown(day)["next"] is None


def test_it_says_since_when_deals_are_affected_and_that_no_alert_has_come(day: Any) -> None:
    day.close("A").later(70).inject().later(120).op("load", "info", real_s=1.0)
    waiting = shown(day)["waiting"]
    assert waiting["affected_s"] == 60
    assert waiting["alerted_s"] is None


def test_the_first_alert_that_names_the_flow_ends_the_wait(day: Any) -> None:
    day.close("A").inject().later(120)
    signal = {"kind": "alert", "source": "pagerduty", "action": "trigger", "key": "k", "orders": ["A"]}
    day.op("alert", "ok", "pagerduty", signal=signal | {"flow": "another-flow", "orders": []})
    assert shown(day)["waiting"]["alerted_s"] is None
    day.later(5).op("alert", "ok", "pagerduty", signal=signal).later(5).op("alert", "ok", "pagerduty", signal=signal)
    assert shown(day)["waiting"]["alerted_s"] == 125


def test_an_expectation_holds_until_it_does_not(day: Any) -> None:
    assert states(day.close("A")) == [HOLDS, HOLDS, OPEN]
    day.later(70).op("load", "info", real_s=1.0)
    assert states(day) == [BROKEN, OPEN, OPEN]
    day.later(400).op("load", "info", real_s=1.0)
    assert states(day) == [BROKEN, BROKEN, OPEN]


def test_once_it_is_judged_each_expectation_has_its_result(day: Any) -> None:
    state = day.close("A").live()
    state.verdicts = ("failed", "passed", "inconclusive")
    assert [row["state"] for row in view(state, blind=False)["expectations"]] == ["failed", "passed", "inconclusive"]


def test_of_one_sentence_with_several_checkers_the_worst_is_shown(day: Any) -> None:
    again = msgspec.structs.replace(ALERTED, text=ONCE.text)
    day.scenario = msgspec.structs.replace(day.scenario, expectations=(ONCE, again))
    state = day.close("A").live()
    state.verdicts = ("passed", "failed")
    assert [row["state"] for row in view(state, blind=False)["expectations"]] == ["failed"]


def test_the_owners_are_named_with_their_roles(day: Any) -> None:
    day.contract = msgspec.structs.replace(day.contract, owners={"source": "sales systems"})
    rows = shown(day.close("A"))["roles"]
    assert rows == [
        {"role": "owner of the flow", "who": "revenue operations"},
        {"role": "CRM", "who": "sales systems"},
    ]
