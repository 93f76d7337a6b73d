"""Every checker on hand-written histories: passed, failed, empty."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.errors import GamedayError
from gameday.model.checker import ControlLedgers, Result, Verdict, check, checkers, worst
from gameday.model.contract import RetryPolicy
from gameday.model.handling import ExceptionPath, Rung
from gameday.model.history import History, operation
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge, lacks_only_control
from gameday_fakes.ledger import Line
from support.story import FINANCE, OWNER

from_fix = {"within_s": 600, "after": "fix"}
PARAMS: dict[str, dict[str, Any]] = {
    "exactly once": from_fix,
    "owner alerted": {"within_s": 300},
    "incident acknowledged": {"within_s": 600},
    "bounded requests": {"per_order": 3},
    "backlog drained": {"within_s": 60},
    "lineage": {"field": "trace"},
    "largest first": {"percent": 20},
    "canary": {"percent": 20, "within_s": 120},
}


def verdict(name: str, story: Any, **params: Any) -> Verdict:
    """A checker's verdict; the checker must not have crashed."""
    found = checkers[name](story.case(), **(PARAMS.get(name, {}) | params))
    assert found.name == name
    return found


def holds(name: str, story: Any, **params: Any) -> str:
    found = verdict(name, story, **params)
    assert (found.result, found.orders) == (Result.PASSED, ())
    return found.summary


def breaks(name: str, story: Any, *orders: str, **params: Any) -> str:
    found = verdict(name, story, **params)
    assert (found.result, found.orders) == (Result.FAILED, orders)
    return found.summary


def inconclusive(name: str, story: Any, **params: Any) -> str:
    found = verdict(name, story, **params)
    assert found.result is Result.INCONCLUSIVE
    return found.summary


def test_the_registered_names_are_those_of_the_vocabulary() -> None:
    assert {
        "steady state", "exactly once", "nothing unreported", "conserved totals", "owner alerted", "alert names orders",
        "alert gives reason", "right owner", "no false alarm", "parked with context", "kept flowing",
        "bounded requests", "no intervention", "invoiced once",
    } <= set(checkers)  # fmt: skip


@pytest.mark.parametrize("name", sorted({*checkers} - {"faults took effect"}))
def test_an_empty_history_is_inconclusive(story: Any, name: str) -> None:
    inconclusive(name, story)


@pytest.mark.parametrize("name", sorted(checkers))
def test_a_run_without_problems_passes(locked: Any, name: str) -> None:
    locked.deal("D1", 70).order("D1", 72).op("dead_letters", 999, {"open": 0})
    holds(name, locked)


@pytest.mark.parametrize("name", sorted(checkers))
def test_parameters_may_come_as_text(locked: Any, name: str) -> None:
    params = {key: str(value) for key, value in PARAMS.get(name, {}).items()}
    holds(name, locked.deal("D1", 70).order("D1", 72), **params)


def test_a_checker_that_crashes_says_so_and_passes_nothing(locked: Any) -> None:
    found = check("exactly once", locked.case(), {"within_s": "soon"}, text="in time")
    assert (found.name, found.result) == ("in time", Result.INCONCLUSIVE)
    assert "the checker crashed: ValueError" in found.summary


def test_the_worst_verdict_counts_and_no_verdict_is_inconclusive() -> None:
    passed, failed = Verdict("a", Result.PASSED, ""), Verdict("b", Result.FAILED, "")
    inconclusive_one = Verdict("c", Result.INCONCLUSIVE, "")
    assert worst([passed, inconclusive_one]) is Result.INCONCLUSIVE
    assert worst([failed, inconclusive_one]) is Result.FAILED
    assert worst([]) is Result.INCONCLUSIVE


# -- steady state ------------------------------------------------------------------------------------


def test_steady_state_breaks_on_a_deal_that_was_wrong_before_the_first_fault(locked: Any) -> None:
    breaks("steady state", locked.deal("D1", 20).order("D1", 22, total=Decimal(1)), "D1")


def test_steady_state_breaks_on_a_deal_that_was_due_before_the_first_fault_and_missing(story: Any) -> None:
    breaks("steady state", story.deal("D0").order("D0").deal("D1", 10).inject(100, 200), "D1")


@pytest.mark.parametrize(("closed_s", "holds_"), [(10, False), (33.9, False), (34.1, True), (39, True)])
def test_steady_state_gives_a_deal_the_margin_that_is_left_when_the_fault_begins(
    story: Any, closed_s: float, holds_: bool
) -> None:
    story.deal("D0").order("D0").deal("D1", closed_s).inject(100, 200)
    assert (verdict("steady state", story).result is Result.PASSED) is holds_


def test_steady_state_ignores_deals_that_were_still_on_their_way(locked: Any) -> None:
    holds("steady state", locked.deal("D1", 59))


def test_a_steady_state_in_which_nothing_arrived_is_inconclusive(story: Any) -> None:
    inconclusive("steady state", story.deal("D0", 50).order("D0", 80).inject(60, 100))


def test_without_a_fault_the_steady_state_only_needs_one_arrival(story: Any) -> None:
    holds("steady state", story.deal("D0").order("D0").deal("D1").order("D1", total=Decimal(1)))


# -- exactly once ------------------------------------------------------------------------------------


def test_exactly_once_holds_for_a_late_deal_within_its_time_after_the_fix(locked: Any) -> None:
    holds("exactly once", locked.deal("D1", 70).order("D1", 900))


def test_exactly_once_breaks_after_its_time(locked: Any) -> None:
    breaks("exactly once", locked.deal("D1", 70).order("D1", 907), "D1")


def test_exactly_once_holds_within_the_margin_and_lists_who_was_at_the_limit(locked: Any) -> None:
    verdict = holds("exactly once", locked.deal("D1", 70).order("D1", 900.03))
    assert "1 at the limit" in verdict


def test_exactly_once_counts_from_a_closing_after_the_fix(locked: Any) -> None:
    holds("exactly once", locked.deal("D1", 400).order("D1", 950))


def test_exactly_once_may_count_from_each_closing(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 137).deal("D2", 70).order("D2", 130)
    breaks("exactly once", locked, "D1", within_s=60, after="closing")


@pytest.mark.parametrize("harm", ["lost", "twice", "wrong", "parked"])
def test_exactly_once_breaks_on_anything_but_one_right_order(locked: Any, harm: str) -> None:
    locked.deal("D1", 70)
    if harm == "twice":
        locked.order("D1").order("D1")
    elif harm == "wrong":
        locked.order("D1", customer="ACC-2")
    elif harm == "parked":
        locked.letter("D1")
    breaks("exactly once", locked, "D1")


def test_exactly_once_breaks_on_an_orphan_order(locked: Any) -> None:
    breaks("exactly once", locked.order("D9"), "SO2")


def test_exactly_once_counts_from_the_recovery_if_no_healing_was_recorded(story: Any) -> None:
    story.deal("D0").order("D0").inject(60, None).op("phase", 300, {"phase": "recovery"}, "info")
    story.deal("D1", 70).order("D1", 900).deal("D2", 70).order("D2", 907)
    breaks("exactly once", story, "D2")


# -- nothing unreported, conserved totals ----------------------------------------------------------------


def test_nothing_unreported_holds_if_the_missing_deal_was_named(locked: Any) -> None:
    holds("nothing unreported", locked.deal("D1", 70).alert("D1", at_s=90, payload=False))


def test_nothing_unreported_breaks_on_each_unreported_deal(locked: Any) -> None:
    locked.deal("D1", 70).deal("D2", 70).order("D2").order("D2").deal("D3", 70).order("D3", invoice=None)
    summary = breaks("nothing unreported", locked.alert("D9", at_s=90), "D1", "D2", "D3")
    assert "3 deals are unreported: 1 lost, 1 duplicated, 1 mismatched" in summary


def test_a_lock_does_not_report_a_duplicate(locked: Any) -> None:
    locked.deal("D1", 70).order("D1").order("D1").alert("D1", at_s=90, reason="record locked")
    breaks("nothing unreported", locked, "D1")
    holds("nothing unreported", locked.alert("D1", at_s=90, reason="duplicate: two orders for one deal"))


def test_nothing_unreported_accepts_a_dead_letter_with_context(locked: Any) -> None:
    holds("nothing unreported", locked.deal("D1", 70).letter("D1"))


def test_nothing_unreported_breaks_on_an_orphan_order_unless_it_was_reported(locked: Any) -> None:
    breaks("nothing unreported", locked.order("D9"), "SO2")
    holds("nothing unreported", locked.alert(at_s=90, text="the order SO2 belongs to no deal"))


def test_conserved_totals_break_in_the_currency_that_differs_and_name_its_deals(locked: Any) -> None:
    locked.deal("D1", 70, amount="5").deal("D2", 70, currency="EUR").order("D2")
    assert "-5.00 USD" in breaks("conserved totals", locked, "D1")


def test_conserved_totals_break_on_a_cent(locked: Any) -> None:
    breaks("conserved totals", locked.deal("D1", 70).order("D1", total=Decimal("100.01")), "D1")


def test_conserved_totals_break_in_both_currencies_of_a_changed_one(locked: Any) -> None:
    summary = breaks("conserved totals", locked.deal("D1", 70).order("D1", currency="EUR"), "D1")
    assert "EUR" in summary
    assert "USD" in summary


def test_conserved_totals_ignore_differences_that_cancel_out(locked: Any) -> None:
    holds("conserved totals", locked.deal("D1", 70).order("D1", customer="ACC-2"))


# -- alerts ------------------------------------------------------------------------------------------


@pytest.fixture
def late(locked: Any) -> Any:
    """D1 is due at 130 and late until 320."""
    return locked.deal("D1", 70).order("D1", 320)


def test_owner_alerted_holds_within_its_time_of_the_first_affected_deal(late: Any) -> None:
    holds("owner alerted", late.alert("D1", at_s=430))


def test_owner_alerted_breaks_after_its_time(late: Any) -> None:
    breaks("owner alerted", late.alert("D1", at_s=437), "D1")


def test_owner_alerted_holds_within_the_margin(late: Any) -> None:
    holds("owner alerted", late.alert("D1", at_s=430.5))


def test_owner_alerted_breaks_without_an_alert(late: Any) -> None:
    breaks("owner alerted", late, "D1")


def test_owner_alerted_breaks_on_alerts_that_are_also_raised_where_nothing_is_wrong(late: Any, new_story: Any) -> None:
    late.control = new_story().alert("C7", at_s=80).history()
    assert "came where nothing was wrong" in breaks("owner alerted", late.alert("D1", at_s=140), "D1")
    holds("owner alerted", late.alert("D1", at_s=150, reason="deal D1 is overdue"))


def test_owner_alerted_holds_for_an_alert_before_the_first_affected_deal(late: Any) -> None:
    assert "before the first affected deal" in holds("owner alerted", late.alert(at_s=80))


def test_owner_alerted_holds_without_impact(locked: Any) -> None:
    assert "no impact" in holds("owner alerted", locked)


def test_alert_names_orders_takes_alerts_and_tickets_together(late: Any) -> None:
    late.deal("D2", 70).alert("D1", at_s=140).alert("D2", at_s=150, kind="ticket")
    holds("alert names orders", late)


def test_alert_names_orders_breaks_on_deals_that_no_signal_names(late: Any) -> None:
    breaks("alert names orders", late.deal("D2", 70).alert("D1", at_s=140), "D2")


def test_alert_gives_reason_takes_any_of_the_faults_words(late: Any) -> None:
    holds("alert gives reason", late.alert("D1", at_s=140, reason="RCRD_HAS_BEEN_LOCKED"))


@pytest.mark.parametrize(
    ("reason", "result"),
    [("Error while accessing a resource", breaks), ("the role lost its right to edit sales orders", holds)],
)
def test_a_reason_is_a_statement_and_not_a_word(story: Any, reason: str, result: Any) -> None:
    story.deal("D0").order("D0").inject(60, 300, "revoked permission", record="order").deal("D1", 70)
    story.alert("D1", at_s=140, reason=reason)
    result("alert gives reason", story, *(["D1"] if result is breaks else []))


def test_a_credential_is_no_matter_of_finance(late: Any) -> None:
    breaks("right owner", late.alert("D1", at_s=140, owner="finance desk", reason="credential of the syntax"), "D1")


def test_alert_gives_reason_breaks_on_another_reason(late: Any) -> None:
    assert "disk full" in breaks("alert gives reason", late.alert("D1", at_s=140, reason="disk full"), "D1")


def test_alert_gives_reason_breaks_without_any_alert(late: Any) -> None:
    breaks("alert gives reason", late, "D1")


def test_a_wrong_reason_is_a_failure_even_without_impact(locked: Any) -> None:
    locked.deal("D1", 70).order("D1").alert("D1", at_s=80, reason="disk full")
    breaks("alert gives reason", locked, "D1")


def test_alert_gives_reason_may_ask_for_one_of_its_own(late: Any) -> None:
    late.alert("D1", at_s=140, reason="record lock")
    holds("alert gives reason", late, reason="Lock")
    breaks("alert gives reason", late, "D1", reason="period")


def test_the_flows_name_is_no_reason(story: Any) -> None:
    story.deal("D0").order("D0").inject(60, 300, "closed period").deal("D1", 70)
    breaks("alert gives reason", story.alert("D1", at_s=140, reason="closed-won-to-sales-order failed"), "D1")


def test_a_reason_is_looked_for_in_the_text_where_the_signal_has_none(late: Any) -> None:
    holds("alert gives reason", late.alert("D1", at_s=140, reason="", text="order D1: record is locked"))


def test_right_owner_breaks_on_an_alert_to_somebody_else(late: Any) -> None:
    assert "kitchen" in breaks("right owner", late.alert("D1", at_s=140, owner="kitchen"), "D1")


def test_right_owner_breaks_on_an_alert_to_nobody(late: Any) -> None:
    breaks("right owner", late.alert("D1", at_s=140, owner=""), "D1")


def test_right_owner_breaks_without_an_alert(late: Any) -> None:
    breaks("right owner", late, "D1")


def test_a_reason_of_finance_goes_to_finance(late: Any) -> None:
    closed = "accounting period is closed"
    holds("right owner", late.alert("D1", at_s=140, owner="finance desk", reason=closed))
    breaks("right owner", late.alert("D1", at_s=150, reason=closed), "D1")


def test_a_reason_of_the_sync_may_not_go_to_finance(late: Any) -> None:
    breaks("right owner", late.alert("D1", at_s=140, owner="finance desk", reason="record lock"), "D1")


def test_without_an_owner_in_the_contract_right_owner_is_inconclusive(late: Any) -> None:
    late.contract = msgspec.structs.replace(late.contract, owner="")
    inconclusive("right owner", late.alert("D1", at_s=140))


def test_an_alert_of_another_flow_does_not_count(late: Any) -> None:
    breaks("right owner", late.alert(at_s=140, flow="payroll"), "D1")


def test_no_false_alarm_holds_for_alerts_on_affected_or_touched_deals(late: Any) -> None:
    late.deal("D2", 100).order("D2", 102)
    holds("no false alarm", late.alert("D1", at_s=140).alert("D2", at_s=101).alert(at_s=150))


def test_no_false_alarm_breaks_on_an_alert_before_the_first_fault(late: Any) -> None:
    breaks("no false alarm", late.alert("D0", at_s=30), "D0")


def test_no_false_alarm_breaks_on_an_alert_that_was_resolved_before_the_fault_though_its_key_is_raised_again(
    late: Any,
) -> None:
    late.alert("D0", at_s=30, key="k").alert(at_s=40, key="k", action="resolve").alert("D1", at_s=140, key="k")
    breaks("no false alarm", late, "D0")


def test_no_false_alarm_holds_for_an_alert_from_before_the_fault_that_is_open_and_updated(late: Any) -> None:
    late.alert("D1", at_s=30, key="k").alert("D1", at_s=140, key="k")
    holds("no false alarm", late)


def test_no_false_alarm_breaks_on_an_alert_that_names_only_untouched_deals(late: Any) -> None:
    breaks("no false alarm", late.alert("D0", at_s=140).alert("D0", "D1", at_s=150), "D0")


@pytest.mark.parametrize(("raised_s", "holds_"), [(303, True), (306, True), (307, False)])
def test_what_was_read_in_a_fault_may_be_said_a_moment_after_it_of_a_deal_that_still_waits(
    late: Any, raised_s: float, holds_: bool
) -> None:
    # The fault is over at 300 s, and the margin is 6 s.
    late.deal("D2", 302).order("D2", 310).alert("D2", at_s=raised_s)
    holds("no false alarm", late) if holds_ else breaks("no false alarm", late, "D2")


def test_a_deal_that_is_there_does_not_wait_a_moment_after_a_fault(late: Any) -> None:
    breaks("no false alarm", late.deal("D2", 301).order("D2", 302).alert("D2", at_s=303), "D2")


@pytest.mark.parametrize(
    ("sent_s", "outcome", "holds_"),
    [
        (53, "ok", False),
        (54, "ok", True),
        (200, "info", True),
        (200, "fail", False),
        (300, "ok", True),
        (301, "ok", False),
    ],
)
def test_what_was_announced_in_a_fault_or_just_before_may_be_named_though_its_order_is_right(
    late: Any, sent_s: float, outcome: str, holds_: bool
) -> None:
    # The fault is active from 60 to 300 s, and the margin is 6 s. A sync hears of what it wrote itself, too.
    late.op("deliver", sent_s, {"message": "webhook 2", "deals": ["D0"]}, outcome, "salesforce").alert("D0", at_s=302)
    holds("no false alarm", late) if holds_ else breaks("no false alarm", late, "D0")


@pytest.mark.parametrize(("ordered_s", "holds_"), [(53, False), (54, True), (59, True)])
def test_a_deal_whose_order_became_right_just_before_a_fault_may_be_named(
    late: Any, ordered_s: float, holds_: bool
) -> None:
    # The fault begins at 60 s: the sync may not have seen the order yet.
    late.deal("D2", 20).order("D2", ordered_s).alert("D2", at_s=140)
    holds("no false alarm", late) if holds_ else breaks("no false alarm", late, "D2")


@pytest.mark.parametrize(("at_s", "holds_"), [(199, False), (200, True), (306, True), (307, False)])
def test_an_announced_deal_may_be_named_from_then_until_a_moment_after_the_fault(
    late: Any, at_s: float, holds_: bool
) -> None:
    late.op("deliver", 200, {"message": "webhook 2", "deals": ["D0"]}, "ok", "salesforce").alert("D0", at_s=at_s)
    holds("no false alarm", late) if holds_ else breaks("no false alarm", late, "D0")


def test_an_announced_deal_is_no_cause_for_an_alert_that_names_none(locked: Any) -> None:
    locked.op("deliver", 200, {"message": "webhook 2", "deals": ["D0"]}, "ok", "salesforce")
    breaks("no false alarm", locked.alert("D0", at_s=202).alert(at_s=210))


def test_no_false_alarm_breaks_on_an_alert_in_the_control(late: Any, new_story: Any) -> None:
    late.control = new_story().alert("C7", at_s=30).history()
    breaks("no false alarm", late, "C7")


def test_no_false_alarm_breaks_on_an_alert_without_affected_or_touched_deals(locked: Any) -> None:
    breaks("no false alarm", locked.alert(at_s=140))


def test_without_a_control_no_false_alarm_is_inconclusive(late: Any) -> None:
    late.control = None
    inconclusive("no false alarm", late.alert("D1", at_s=140))
    breaks("no false alarm", late.alert("D0", at_s=140), "D0")


def test_a_search_knows_a_run_that_only_lacks_its_control(new_story: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes with a control in which all is right; what failed, or could not be judged, is not taken for one."""

    def of(fault_at_s: float = 1, *, in_erp: bool = True, expected: bool = True) -> Any:
        story = new_story().inject(fault_at_s, 200).deal("D1", 70)
        story.control = None
        asked = (Expectation("no false alarm", {}, "nobody alarmed"), Expectation("exactly once", from_fix))
        story.expectations = asked if expected else ()
        return story.order("D1", 75) if in_erp else story

    def crash(*_: object, **__: object) -> Verdict:
        raise ArithmeticError

    def lacks(story: Any) -> bool:
        return lacks_only_control(story.case(), judge(story.case())[1])

    right = new_story().deal("D1").order("D1")
    assert judge(of().case())[0] is Result.INCONCLUSIVE
    assert lacks(of())
    assert judge(controlled(of(), right))[0] is Result.PASSED
    assert not lacks_only_control(controlled(of(), right), judge(controlled(of(), right))[1])
    for other in (of(69), of(in_erp=False), of(expected=False)):
        assert not lacks(other)
        assert judge(controlled(other, right))[0] is not Result.PASSED
    monkeypatch.setitem(checkers._items, "exactly once", crash)
    assert not lacks(of())


def test_one_alert_raised_ten_times_is_one_alarm(late: Any) -> None:
    for second in range(10):
        late.alert("D0", at_s=140 + second, key="same")
    assert verdict("no false alarm", late).summary.startswith("1 of 1 ")


# -- parking, flow, requests, interventions, invoices --------------------------------------------------------


@pytest.mark.parametrize("how", ["alert", "ticket", "letter", "ticket that was closed since"])
def test_parked_with_context_takes_ticket_or_dead_letter_and_alerts_on_what_arrived(locked: Any, how: str) -> None:
    locked.deal("D1", 70).write("D1", 72)
    if how == "letter":
        locked.letter("D1")
    elif how == "alert":
        locked.alert("D1", at_s=80)
        breaks("parked with context", locked, "D1")
        locked.order("D1", 400)
    else:
        locked.alert("D1", at_s=80, kind="ticket", key="T")
    if "closed" in how:
        locked.order("D1", 400).alert("D1", at_s=410, kind="ticket", key="T", action="resolve")
    holds("parked with context", locked)


def test_parked_with_context_breaks_on_a_refused_deal_that_was_not_parked(locked: Any) -> None:
    breaks("parked with context", locked.deal("D1", 70).write("D1", 72), "D1")


def test_a_page_of_bad_records_that_holds_up_the_others_is_not_passed(locked: Any) -> None:
    """Retold from mc-magento2 issue 195: items of some orders are inactive; nothing behind them moves, only a backlog
    page names them."""
    for number in range(1, 4):
        locked.deal(f"D{number}", 70).hit(f"D{number}", 71).write(f"D{number}", 71)
    locked.deal("D4", 80).deal("D5", 80).order("D5", 310)
    locked.alert("D1", "D2", "D3", "D4", "D5", at_s=140, key="page", reason="backlog: deals wait")
    breaks("parked with context", locked, "D1", "D2", "D3")
    breaks("kept flowing", locked, "D4", "D5")
    breaks("exactly once", locked, "D1", "D2", "D3", "D4")
    assert [o.state for o in reconcile(locked.case()).outcomes[1:]] == ["lost"] * 4 + ["late"]


def test_parked_with_context_breaks_if_the_reason_does_not_fit(locked: Any) -> None:
    locked.deal("D1", 70).write("D1", 72)
    breaks("parked with context", locked.alert("D1", at_s=80, kind="ticket", reason="backlog: waits"), "D1")


def test_parked_with_context_breaks_on_the_payload_of_another_deal(locked: Any) -> None:
    locked.deal("D1", 70).write("D1", 72).alert("D1", at_s=80, kind="ticket", context={"D1": {"Id": "D0"}})
    breaks("parked with context", locked, "D1")


def test_parked_with_context_breaks_without_the_payload(locked: Any) -> None:
    breaks("parked with context", locked.deal("D1", 70).write("D1", 72).alert("D1", at_s=80, payload=False), "D1")


def test_parked_with_context_counts_refused_invoices_too(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 72, invoice=None).write("D1", 73, f="invoice_write")
    breaks("parked with context", locked, "D1")


def test_a_refused_deal_that_was_right_by_the_fix_need_not_be_parked(locked: Any) -> None:
    holds("parked with context", locked.deal("D1", 70).write("D1", 72).order("D1", 299))


def test_a_write_whose_reply_was_lost_was_not_refused(locked: Any) -> None:
    holds("parked with context", locked.deal("D1", 70).write("D1", 72, "info"))


def test_kept_flowing_breaks_on_a_late_deal_that_no_fault_hit(late: Any) -> None:
    breaks("kept flowing", late, "D1")


def test_kept_flowing_ignores_deals_that_were_hit(late: Any) -> None:
    holds("kept flowing", late.hit("D1", 75))


def test_kept_flowing_may_have_a_limit_of_its_own(late: Any) -> None:
    holds("kept flowing", late, within_s=250)


def test_if_every_deal_was_hit_kept_flowing_is_inconclusive(story: Any) -> None:
    inconclusive("kept flowing", story.deal("D0").order("D0").hit("D0", 11))


def test_a_backlog_is_drained_when_what_waited_at_the_fix_arrives_in_time(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 310).deal("D2", 71).order("D2", 320).deal("D3", 72).order("D3", 74)
    assert holds("backlog drained", locked) == "all 2 deals that waited at the fix arrived within 20 s, 6 a minute"


def test_a_backlog_is_not_drained_when_a_deal_arrives_late_or_never(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 310).deal("D2", 71).order("D2", 370).deal("D3", 72)
    breaks("backlog drained", locked, "D2", "D3")


def test_a_deal_that_was_closed_after_the_fix_is_no_backlog(locked: Any) -> None:
    holds("backlog drained", locked.deal("D1", 310).order("D1", 390))


def test_bounded_requests_breaks_on_a_retry_storm(locked: Any) -> None:
    for second in range(4):
        locked.write("D1", 72 + second)
    assert "up to 4" in breaks("bounded requests", locked.deal("D1", 70), "D1")


def test_bounded_requests_allows_as_many_writes_for_each_change_of_a_deal(locked: Any) -> None:
    locked.deal("D1", 70)
    for second in range(6):
        locked.write("D1", 72 + second)
    assert "up to 6" in breaks("bounded requests", locked, "D1")
    holds("bounded requests", locked.op("amend_deal", 73, {"key": "D1", "deal": "D1"}, by="workload"))
    assert "more than 3 times a change, up to 7 for 2 changes" in breaks(
        "bounded requests", locked.write("D1", 79), "D1"
    )


def test_bounded_requests_counts_orders_and_invoices_together(locked: Any) -> None:
    locked.deal("D1", 70).order("D1").write("D1", 80).write("D1", 81, f="invoice_write")
    holds("bounded requests", locked)
    breaks("bounded requests", locked.write("D1", 82, "ok", f="invoice_write"), "D1")


def test_bounded_requests_counts_writes_without_a_deal_against_all_deals(locked: Any) -> None:
    for second in range(3):
        locked.write(None, 72 + second)
    breaks("bounded requests", locked, "D0")


@pytest.mark.parametrize(
    ("system", "operations"),
    [("netsuite", {"query": 95, "order.write": 2}), ("netsuite", {"login": 97}), ("salesforce", {"batch": 97})],
)
def test_bounded_requests_counts_reads_and_logins_beyond_those_of_the_control(
    locked: Any, system: str, operations: dict[str, int]
) -> None:
    locked.op("requests", 999, {"system": system, "operations": operations, "refused": 90}, "info")
    assert f"97 at {system}" in breaks("bounded requests", locked, "D0")
    control = operation("harness", "requests", {"system": system, "operations": {"query": 96}}, "info", 999, 1)
    locked.control = History([*locked.control, control])
    holds("bounded requests", locked)


def test_a_write_that_names_only_its_order_counts_for_the_orders_deal(locked: Any) -> None:
    locked.deal("D1", 70).order("D1").write(None, 80, "ok", f="invoice_write", order="SO2")
    assert len(observe(locked.history()).writes["D1"]) == 2


# -- largest first -----------------------------------------------------------------------------------


def backlog(locked: Any, *arrivals: float | None, amounts: Sequence[int] = (), currency: str = "USD") -> Any:
    """Deals that wait at the fix (300 s), each smaller than the one before, with the times at which they arrive."""
    for number, arrived_s in enumerate(arrivals):
        amount = amounts[number] if amounts else 1000 - number
        locked.deal(f"D{number}", 70 + number, f"{amount}.00", currency=currency)
        if arrived_s is not None:
            locked.order(f"D{number}", arrived_s)
    return locked


def test_the_largest_of_a_backlog_come_before_half_of_the_others(locked: Any) -> None:
    backlog(locked, 308, 304, 303, 306, 305, 307, 301, 302, *range(310, 332))
    assert holds("largest first", locked) == ("the 6 largest of 30 deals that waited arrived before half of the others")


@pytest.mark.parametrize("arrived_s", [325, None])
def test_a_large_deal_that_comes_after_half_of_the_others_or_never_breaks_priority(locked: Any, arrived_s: Any) -> None:
    backlog(locked, 308, arrived_s, 303, 306, 305, 307, 301, 302, *range(310, 332))
    breaks("largest first", locked, "D1")


def test_a_large_deal_may_come_later_by_the_margin_of_the_time_that_the_backlog_takes(locked: Any) -> None:
    # From 301 to 331 s, so by 3 s; half of the others have come at 320 s.
    holds("largest first", backlog(locked, 308, 322.9, 303, 306, 305, 307, 301, 302, *range(310, 332)))


def test_a_large_deal_may_come_no_later_than_by_the_margin(locked: Any) -> None:
    breaks("largest first", backlog(locked, 308, 323.1, 303, 306, 305, 307, 301, 302, *range(310, 332)), "D1")


def test_deals_are_large_by_their_worth_in_the_reporting_currency(locked: Any) -> None:
    order = [*range(301, 321)]
    backlog(locked, *order, amounts=[9_000, *range(1000, 981, -1)], currency="JPY")
    locked.crm["D19"] = msgspec.structs.replace(locked.crm["D19"], currency="KWD")
    assert "KWD has no rate" in inconclusive("largest first", locked)


def test_what_chance_may_do_as_well_shows_no_priority(locked: Any) -> None:
    assert "1 of 4 deals that waited are too few" in inconclusive("largest first", backlog(locked, 301, 302, 303, 304))
    inconclusive("largest first", locked, percent=0)
    inconclusive("largest first", locked, percent=100)


# -- escalated ---------------------------------------------------------------------------------------


@pytest.fixture
def unanswered(locked: Any) -> Any:
    """An affected deal, and an alert at 80 s that stays open; the next ones are called after two and four minutes."""
    ladder = (Rung("on call", 0.0), Rung("lead", 120.0), Rung("manager", 240.0))
    locked.contract = msgspec.structs.replace(locked.contract, ladder=ladder)
    return locked.deal("D1", 70).alert("D1", at_s=80, key="k1")


def acknowledged(story: Any, at_s: float) -> Any:
    """People acknowledge the first alert."""
    story.alert(at_s=at_s, action="acknowledge", key="k1").op("note", at_s, {"by": "Ada", "text": "acknowledged 1"})
    return story


def test_whoever_is_next_is_called_while_nobody_acknowledges(unanswered: Any) -> None:
    unanswered.alert("D1", at_s=205, key="k2", owner="lead").alert("D1", at_s=320, key="k3", owner="manager")
    assert holds("escalated", unanswered) == "nobody acknowledged it, and lead, manager was called in time"


def test_who_is_called_late_or_never_breaks_escalation(unanswered: Any) -> None:
    unanswered.alert("D1", at_s=250, key="k2", owner="lead")
    summary = breaks("escalated", unanswered, "D1")
    assert "lead was called 2 min 50 s after the first alert, later than 2 min" in summary
    assert "nobody called manager, although the first alert at 80 s was not acknowledged" in summary


def test_a_ticket_calls_nobody(unanswered: Any) -> None:
    for who in ("lead", "manager"):
        unanswered.alert("D1", at_s=100, kind="ticket", key=f"t {who}", owner=who)
    breaks("escalated", unanswered, "D1")


def test_once_people_acknowledge_nobody_else_is_called(unanswered: Any) -> None:
    assert "it was acknowledged at 150 s" in holds("escalated", acknowledged(unanswered, 150))
    unanswered.alert("D1", at_s=205, key="k2", owner="lead")
    assert "lead was called although it had been acknowledged at 150 s" in breaks("escalated", unanswered, "D1")


def test_a_stack_that_acknowledges_its_own_alert_is_escalated(unanswered: Any) -> None:
    breaks("escalated", unanswered.alert(at_s=90, action="acknowledge", key="k1"), "D1")


def test_an_incident_that_is_over_before_anybody_is_next_shows_nothing(unanswered: Any) -> None:
    unanswered.alert(at_s=150, action="resolve", key="k1")
    assert "no incident was open for 2 min" in inconclusive("escalated", unanswered)


def test_without_a_ladder_or_an_alert_nothing_is_escalated(locked: Any, unanswered: Any) -> None:
    unanswered.contract = msgspec.structs.replace(unanswered.contract, ladder=())
    assert "names nobody who is called next" in inconclusive("escalated", unanswered)
    unanswered.contract = msgspec.structs.replace(unanswered.contract, ladder=(Rung("lead", 120.0),))
    unanswered.ops = [op for op in unanswered.ops if op[2] != "alert"]
    assert "no alert opened an incident" in breaks("escalated", unanswered, "D1")


def test_who_is_called_by_the_ladder_is_the_right_owner_only_at_their_time(unanswered: Any) -> None:
    holds("right owner", unanswered.alert("D1", at_s=205, key="k2", owner="lead"))
    # The stack counts from when it sent the first alert.
    holds("right owner", unanswered.alert("D1", at_s=199.5, key="k4", owner="lead"))
    unanswered.alert("D1", at_s=150, key="k3", owner="lead")
    breaks("right owner", unanswered, "D1")


# -- exception paths ---------------------------------------------------------------------------------


@pytest.fixture
def handled(locked: Any) -> Any:
    """Locks are retried for two minutes and credit is approved by finance; the fault is active from 60 s to 300 s."""
    paths = (
        ExceptionPath("lock", "retry", "sync", 120.0),
        ExceptionPath("credit", "approve", "finance", 3600.0),
        ExceptionPath("other", "escalate", "sync", 3600.0),
    )
    sla = msgspec.structs.replace(locked.contract.sla, detect_target_s=90.0)
    locked.contract = msgspec.structs.replace(locked.contract, exceptions=paths, sla=sla)
    return locked


def on_credit(story: Any, deal: str = "D1", **more: Any) -> Any:
    """A deal that the ERP refuses for its customer's credit, and finance hears of it."""
    story.deal(deal, 70).write(deal, 72, error="credit_hold")
    return story.alert(deal, at_s=100, owner=FINANCE, reason="credit hold", **more)


def test_a_lock_is_retried_or_reaches_its_owner_in_time(handled: Any) -> None:
    handled.deal("D1", 70).write("D1", 72, error="locked").order("D1", 150)
    handled.deal("D2", 70).write("D2", 72, error="locked").alert("D2", at_s=190).order("D2", 320)
    assert holds("exception paths", handled) == "all 2 errors took the path agreed: retry 2"


def test_a_lock_that_nobody_hears_of_breaks_its_path(handled: Any) -> None:
    handled.deal("D1", 70).write("D1", 72, error="locked").order("D1", 320)
    assert "1 deal with 'lock' did not reach revenue operations" in breaks("exception paths", handled, "D1")


def test_what_needs_approval_is_held_until_the_cause_is_gone_or_its_ticket_is_resolved(handled: Any) -> None:
    on_credit(handled).order("D1", 310)
    on_credit(handled, "D2").alert("D2", at_s=100, kind="ticket", key="T", owner=FINANCE, reason="credit hold")
    handled.alert("D2", at_s=200, kind="ticket", key="T", action="resolve").order("D2", 210)
    assert "approve 2" in holds("exception paths", handled)
    on_credit(handled, "D3").order("D3", 250)
    assert "1 deal with 'credit' written before anybody approved" in breaks("exception paths", handled, "D3")


@pytest.mark.parametrize(
    ("signal", "problem"),
    [
        ({"owner": OWNER}, "did not reach finance desk within"),
        ({"at_s": 200}, "did not reach finance desk within"),
        ({"payload": False}, "reached finance desk without its own payload"),
        ({"reason": "the order was refused"}, "reached finance desk without the reason"),
    ],
)
def test_finance_needs_all_it_decides_by_in_time(handled: Any, signal: dict[str, Any], problem: str) -> None:
    given = {"at_s": 100, "owner": FINANCE, "reason": "credit hold"} | signal
    handled.deal("D1", 70).write("D1", 72, error="credit_hold").alert("D1", **given).order("D1", 310)
    assert problem in breaks("exception paths", handled, "D1")


def test_the_customers_tier_is_part_of_the_context_where_it_is_asked_for(handled: Any) -> None:
    on_credit(handled).order("D1", 310)
    assert "states no Tier__c" in inconclusive("exception paths", handled, customer_tier="Tier__c")
    handled.customers = {"ACC-1": {"Id": "ACC-1", "Tier__c": "gold"}}
    assert "without the customer's tier" in breaks("exception paths", handled, "D1", customer_tier="Tier__c")
    payload = {"D1": {**handled.own_payload("D1"), "account": {"tier": "gold"}}}
    handled.alert("D1", at_s=110, owner=FINANCE, reason="credit hold", context=payload)
    holds("exception paths", handled, customer_tier="Tier__c")


def test_what_the_stack_says_itself_needs_its_path_too(handled: Any) -> None:
    handled.deal("D1", 70).hit("D1", 72).alert("D1", at_s=100, owner=FINANCE, reason="credit hold").order("D1", 150)
    assert "written before anybody approved" in breaks("exception paths", handled, "D1")


def test_without_paths_or_time_nothing_is_said_of_them(handled: Any) -> None:
    handled.deal("D1", 70).write("D1", 72, error="odd")
    breaks("exception paths", handled, "D1")
    handled.contract = msgspec.structs.replace(handled.contract, exceptions=handled.contract.exceptions[:2])
    assert "has no path for other" in inconclusive("exception paths", handled)
    handled.contract = msgspec.structs.replace(handled.contract, exceptions=())
    assert "has no exception paths" in inconclusive("exception paths", handled)


# -- canary ------------------------------------------------------------------------------------------


def rollout(story: Any, affected: Collection[int], count: int = 40) -> Any:
    """A deal every ten seconds; those affected have an order of another total."""
    for number in range(count):
        story.deal(f"R{number}", 10 + 10 * number).order(
            f"R{number}", **{"total": Decimal(99)} if number in affected else {}
        )
    return story


def test_a_rollout_that_stops_at_the_first_harm_passes(story: Any) -> None:
    assert (
        holds("canary", rollout(story, {3, 9})) == "2 of 16 deals were affected, and none that changed later than that"
    )


def test_a_rollout_that_goes_on_after_the_first_harm_breaks_its_promise(story: Any) -> None:
    summary = breaks("canary", rollout(story, {3, 9, 25, 30}), "R25", "R30")
    assert summary == "2 more deals were affected that changed later than 2 min after the first harm at 42 s"


def test_a_rollout_to_more_deals_than_a_canary_breaks_its_promise_unless_chance_may_do_so(story: Any) -> None:
    holds("canary", rollout(story, {2, 3, 5, 9}))
    story.erp.clear()
    assert "7 of 15 deals were affected of those that changed until then, more than a canary of 20%" in breaks(
        "canary", rollout(story, range(2, 9)), *(f"R{number}" for number in range(2, 9))
    )


def test_without_a_deal_after_the_first_harm_nothing_shows_that_it_stopped(story: Any) -> None:
    assert "no deal changed later than 2 min" in inconclusive("canary", rollout(story, {3}, count=12))


def test_what_a_fault_harms_is_not_the_rollouts(locked: Any) -> None:
    rollout(locked, {30}).hit("R30", 311)
    assert holds("canary", locked) == "no impact: none of 40 deals that no fault hit was affected"


# -- lineage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "invoice", "counts"),
    [
        ({"trace": ""}, {}, "without one: 1; with several: 0; with that of another: 0"),
        ({"trace": "t1"}, {"trace": "t2"}, "without one: 0; with several: 1; with that of another: 0"),
        ({"trace": "t1"}, {}, "without one: 1; with several: 0; with that of another: 0"),
    ],
)
def test_lineage_breaks_on_a_deal_whose_order_and_invoice_do_not_have_the_same_value(
    locked: Any, order: dict[str, str], invoice: dict[str, str], counts: str
) -> None:
    locked.deal("D1", 70).order("D1", 72, fields=order, billed={"fields": invoice})
    assert counts in breaks("lineage", locked, "D1")


def test_lineage_breaks_on_deals_that_share_a_value(locked: Any) -> None:
    for deal in ("D1", "D2"):
        locked.deal(deal, 70).order(deal, 72, fields={"trace": "of all"})
    assert "with that of another: 2" in breaks("lineage", locked, "D1", "D2")


def test_lineage_is_about_what_is_in_the_erp_and_what_its_ledger_states(locked: Any) -> None:
    holds("lineage", locked.deal("D1", 70))
    locked.erp_states = ("fields.trace",)
    assert "does not state fields.invoice.trace" in inconclusive("lineage", locked)


def test_lineage_is_by_the_field_that_the_contract_names_else_it_is_not_asked_for(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 72, fields={"trace": ""})
    case = locked.case()
    assert check("lineage", case, {}).result is Result.NOT_APPLICABLE
    traced = msgspec.structs.replace(case, contract=msgspec.structs.replace(case.contract, correlation="trace"))
    assert check("lineage", traced, {}).result is Result.FAILED


# -- no intervention ---------------------------------------------------------------------------------


def test_no_intervention_breaks_on_a_manual_intervention_and_names_the_affected_deals(late: Any) -> None:
    assert "manual interventions: 1" in breaks("no intervention", late.op("human", 400, {"act": "replay"}), "D1")


def test_no_intervention_breaks_on_an_open_dead_letter(locked: Any) -> None:
    breaks("no intervention", locked.deal("D1", 70).letter("D1"), "D1")


def test_no_intervention_breaks_on_what_is_left_to_repair(locked: Any) -> None:
    locked.deal("D1", 70).order("D9")
    assert "deals left to repair: 2" in breaks("no intervention", locked, "D1", "SO2")


def test_no_intervention_breaks_on_dead_letters_that_were_only_counted(locked: Any) -> None:
    assert "dead letters still open: 2" in breaks("no intervention", locked.op("dead_letters", 999, {"open": 2}))


@pytest.mark.parametrize(("invoices", "says"), [(0, "deals without an invoice: 1"), (2, "with several: 1")])
def test_invoiced_once_breaks_on_none_and_on_several(locked: Any, invoices: int, says: str) -> None:
    locked.deal("D1", 70).order("D1", invoice=None)
    bill = locked.erp[0].invoices[0]
    locked.erp[1] = msgspec.structs.replace(locked.erp[1], invoices=(bill,) * invoices)
    assert says in breaks("invoiced once", locked, "D1")


def test_invoiced_once_breaks_on_a_wrong_total_even_if_no_invoice_is_required(locked: Any) -> None:
    locked.contract = msgspec.structs.replace(locked.contract, invoiced=False)
    assert "with a wrong one: 1" in breaks("invoiced once", locked.deal("D1", 70).order("D1", invoice="99"), "D1")


def test_invoiced_once_ignores_void_deals(locked: Any) -> None:
    holds("invoiced once", locked.deal("D1", 70, state="void"))


@pytest.fixture
def five_tries(locked: Any) -> Any:
    """A story whose contract allows five attempts, at least 2 s apart; D1 was refused three times at 70, 80 and 90."""
    locked.contract = msgspec.structs.replace(locked.contract, retry=RetryPolicy(5, 2.0))
    locked.deal("D1", 66)
    for at_s in (70, 80, 90):
        locked.write("D1", at_s)
    return locked


def test_retries_within_the_policy_pass(five_tries: Any) -> None:
    assert "more than 4 times" in holds("retries in bounds", five_tries.order("D1", 100))


def test_more_retries_than_the_policy_allows_fail(five_tries: Any) -> None:
    five_tries.write("D1", 100).write("D1", 110, "info").order("D1", 120)
    assert "more than 5 times, up to 6" in breaks("retries in bounds", five_tries, "D1")


def test_a_retry_sooner_than_the_policy_allows_fails(five_tries: Any) -> None:
    five_tries.order("D1", 91.5)
    assert "again after 1.5 s; at least 2 s" in breaks("retries in bounds", five_tries, "D1")


def test_what_comes_after_a_change_or_is_another_document_is_no_retry(five_tries: Any) -> None:
    five_tries.op("amend_deal", 91, {"key": "key D1", "deal": "D1"}, by="workload")
    five_tries.write("D1", 91.5, f="invoice_write").write("D1", 92, operation="update").order("D1", 92.5)
    holds("retries in bounds", five_tries)


def test_a_login_that_ran_out_is_no_attempt(five_tries: Any) -> None:
    holds("retries in bounds", five_tries.write("D1", 99.9, status=401).order("D1", 100))


def test_refused_writes_that_name_no_deal_leave_retries_inconclusive(five_tries: Any) -> None:
    inconclusive("retries in bounds", five_tries.write(None, 95).order("D1", 100))


def test_a_contract_with_a_retry_policy_is_judged_by_it_in_every_run(five_tries: Any) -> None:
    case = five_tries.order("D1", 91.5).case()
    result, verdicts = judge(case)
    assert (result, "retries in bounds" in {each.name for each in verdicts}) == (Result.FAILED, True)
    without = msgspec.structs.replace(case, contract=msgspec.structs.replace(case.contract, retry=None))
    assert "retries in bounds" not in {each.name for each in judge(without)[1]}


# -- evidence ----------------------------------------------------------------------------------------


def test_a_verdict_describes_at_most_200_orders_and_names_them_all(locked: Any) -> None:
    for number in range(250):
        locked.deal(f"L{number}", 70)
    found = verdict("nothing unreported", locked)
    assert (len(found.orders), len(found.evidence["rows"]), found.evidence["rows_left_out"]) == (250, 200, 50)


def test_evidence_is_plain_enough_to_be_written_as_json(locked: Any) -> None:
    line = (Line("SKU-1", Decimal(2), Decimal(1), Decimal(2)),)
    found = verdict("exactly once", locked.deal("D1", 70).order("D1", lines=line))
    assert msgspec.json.decode(msgspec.json.encode(found.evidence)) == found.evidence
    assert ["line SKU-1 quantity", "1", "2"] in found.evidence["rows"][0]["differences"]


def test_checkers_leave_history_and_ledgers_as_they_were(late: Any) -> None:
    case = late.alert("D1", at_s=140).case()
    before = msgspec.json.encode([case.crm, case.erp, list(case.history)])
    for name in checkers:
        checkers[name](case, **PARAMS.get(name, {}))
    assert msgspec.json.encode([case.crm, case.erp, list(case.history)]) == before


def test_a_signal_of_an_unknown_kind_is_refused_before_any_checker_reads_it(locked: Any) -> None:
    with pytest.raises(GamedayError, match=r"event 'alert': Invalid enum value 'shout'.*signal\.kind"):
        locked.op("alert", 90, {"signal": {"kind": "shout"}}).case()


# -- the fault-free control --------------------------------------------------------------------------


def controlled(sound: Any, broken: Any) -> Any:
    """The case of one story, with another as its control."""
    control = broken.case()
    ledgers = ControlLedgers(control.crm, control.erp)
    return msgspec.structs.replace(sound.case(), control=control.history, control_ledgers=ledgers)


@pytest.mark.parametrize("harm", ["lost", "twice", "late"])
def test_a_stack_that_is_wrong_in_the_control_fails_without_any_fault(new_story: Any, harm: str) -> None:
    control = new_story().deal("D1").order("D1").deal("D2", 20)
    if harm != "lost":
        control.order("D2", at_s=200 if harm == "late" else 22)
    if harm == "twice":
        control.order("D2")
    sound = new_story().deal("D1").order("D1").inject(60, 300)
    found = check("steady state", controlled(sound, control), {})
    assert (found.result, found.orders) == (Result.FAILED, ("D2",))
    assert found.summary.startswith("it fails without any fault: 1 ")


@pytest.mark.parametrize(
    ("amended", "of_new", "plain", "said"),
    [
        (True, False, False, "'changes after winning'"),
        (False, True, False, "'new customers'"),
        (True, True, False, "'changes after winning', 'new customers'"),
        (True, True, True, ""),
    ],
)
def test_what_a_stack_may_do_without_is_said_where_only_that_is_wrong_in_the_control(
    new_story: Any, amended: bool, of_new: bool, plain: bool, said: str
) -> None:
    control = new_story().deal("D1").order("D1")
    if amended:
        control.deal("D2", 20, changed_s=40.0).order("D2", 22, total=Decimal(90))
    if of_new:
        control.deal("D3", 30, customer="ACC-2")
    if plain:
        control.deal("D4", 40)
    case = controlled(new_story().deal("D1").order("D1").inject(60, 300), control)
    known = msgspec.structs.replace(case.control_ledgers.erp, customers={"1": {"externalId": "ACC-1"}})
    ledgers = msgspec.structs.replace(case.control_ledgers, erp=known)
    found = check("steady state", msgspec.structs.replace(case, control_ledgers=ledgers), {})
    assert found.result is Result.FAILED
    about = f"in the fault-free control; these deals are all about {said}: a stack that does without declares it"
    assert (about in found.summary) is bool(said)


def test_an_order_without_a_deal_in_the_control_fails_without_any_fault(new_story: Any) -> None:
    control = new_story().deal("D1").order("D1").order("nowhere")
    sound = new_story().deal("D1").order("D1").inject(60, 300)
    found = check("steady state", controlled(sound, control), {})
    assert found.result is Result.FAILED
    assert "orders that belong to no deal: 1 in the fault-free control" in found.summary


@pytest.mark.parametrize(("injected_s", "result"), [(60, Result.PASSED), (61, Result.INCONCLUSIVE)])
def test_a_sound_control_shows_the_steady_state_where_no_deal_was_due_before_the_fault(
    new_story: Any, injected_s: float, result: Result
) -> None:
    """A batch that runs seldom: the latency is 60 s, and the deal arrives when the fault is active."""
    story = new_story().deal("D1", 50).order("D1", 80).inject(injected_s, 300)
    control = new_story().deal("D1", 50).order("D1", 80)
    found = check("steady state", controlled(story, control), {})
    assert found.result is result
    assert ("no deal was due before the first fault at 60 s" in found.summary) == (result is Result.PASSED)


def test_an_empty_control_shows_no_steady_state(new_story: Any) -> None:
    story = new_story().deal("D1", 50).order("D1", 80).inject(60, 300)
    assert check("steady state", controlled(story, new_story()), {}).result is Result.INCONCLUSIVE


def test_a_sound_control_lets_the_steady_state_pass(new_story: Any) -> None:
    sound, control = (new_story().deal("D1").order("D1") for _ in range(2))
    assert check("steady state", controlled(sound.inject(60, 300), control), {}).result is Result.PASSED
