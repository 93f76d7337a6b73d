"""The board's figures are those of the reconciliation, at the end and, as far as a history goes, before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.analysis.revenue import revenue
from gameday.live.deal_state import LiveDeal
from gameday.live.deals import NEAR, Deals
from gameday.live.revenue import revenue_so_far
from gameday.live.series import POINTS, Series
from gameday.live.state import LiveState
from gameday.live.view import view
from gameday.model.rates import Rate, Rates
from gameday.scoring.budget import Budget
from support.thorough import examples


def states(day: Any, **more: Any) -> dict[str, int]:
    """The states of all deals on the board, those of none left out."""
    return {state: count for state, count in day.live(**more).tally.counts.items() if count}


def test_the_board_shows_how_far_each_abort_condition_is_from_its_limit(day: Any) -> None:
    found = {"condition": "affected above", "limit": "above 5 affected deals", "value": "2 affected deals"}
    found |= {"left": "3 deals", "used": 0.4}
    day.op("conditions", "info", conditions=[found])
    assert view(day.live(), blind=False)["conditions"] == [found]


def test_a_run_that_a_condition_aborted_is_stopped_on_the_board(day: Any) -> None:
    day.op("abort", "info", condition="longest", limit="after 2 h", value="it has lasted for 2 h 1 s")
    board = day.live()
    assert view(board, blind=False)["stopped"]
    assert board.log.after(0, blind=True)[-1].text == "longest: it has lasted for 2 h 1 s (aborts after 2 h)"


def test_a_deal_is_on_the_way_until_it_is_due(day: Any) -> None:
    assert states(day.close("D").later(59)) == {"on the way": 1}


def test_a_deal_is_overdue_once_it_is_due(day: Any) -> None:
    assert states(day.close("D").later(60)) == {"overdue": 1}


def test_a_deal_with_its_order_and_invoice_is_ok(day: Any) -> None:
    assert states(day.close("D").later(5).right("D")) == {"ok": 1}


def test_an_order_without_its_invoice_is_on_the_way(day: Any) -> None:
    assert states(day.close("D").later(5).order("D", "1")) == {"on the way": 1}


def test_a_deal_within_the_margin_of_its_limit_is_not_late_as_for_the_judge(day: Any) -> None:
    day.close("D").later(64)
    assert states(day, margin_s=6.0) == {"on the way": 1}
    day.right("D")
    assert [o.state for o in reconcile(day.case()).outcomes] == ["ok"]
    assert states(day, margin_s=6.0) == {"ok": 1}
    assert states(day) == {"late": 1}


def test_a_deal_is_overdue_from_its_limit_with_the_margin_on(day: Any) -> None:
    assert states(day.close("D").later(66), margin_s=6.0) == {"overdue": 1}


def test_a_deal_that_came_after_it_was_due_is_late(day: Any) -> None:
    assert states(day.close("D").later(61).right("D")) == {"late": 1}


def test_two_orders_of_a_deal_are_a_duplicate(day: Any) -> None:
    assert states(day.close("D").right("D").order("D", "2")) == {"duplicated": 1}


def test_a_second_order_that_was_deleted_does_not_count(day: Any) -> None:
    assert states(day.close("D").right("D").order("D", "2").take_back("2", "deleted")) == {"ok": 1}


def test_an_invoice_that_was_created_again_is_no_duplicate(day: Any) -> None:
    day.close("D").right("D").later(5).amend("D", "90.00").order("D", "SO-D").unbill("SO-D", "INV-D")
    assert states(day.bill("SO-D", "INV-2")) == {"ok": 1}


def test_a_deal_that_comes_to_nothing_since_is_billed_by_an_invoice_that_was_taken_back(day: Any) -> None:
    day.close("D").right("D").later(5).amend("D", "0.00").order("D", "SO-D", "0.00")
    assert states(day.unbill("SO-D", "INV-D", "credited")) == {"ok": 1}


def test_an_order_of_another_total_is_mismatched(day: Any) -> None:
    assert states(day.close("D").order("D", "1", "99.00").bill("1", "2")) == {"mismatched": 1}


def test_an_amended_deal_is_on_the_way_again(day: Any) -> None:
    assert states(day.close("D").right("D").later(5).amend("D", "90.00")) == {"on the way": 1}


def test_orders_are_matched_by_the_pattern_of_the_contract(day: Any) -> None:
    day.contract = msgspec.structs.replace(day.contract, match_pattern="SFDC_OPP_{deal}")
    value = {"order": "SO-D", "deal": "D", "total": "100.00", "currency": "EUR", "state": "open", "error": ""}
    day.close("D").op("order_write", "ok", "netsuite", **value, keys={"otherRefNum": "SFDC_OPP_D"})
    invoice = {**value, "invoice": "INV-D"}
    assert states(day.op("invoice_write", "ok", "netsuite", **invoice, keys={"otherRefNum": "SFDC_OPP_D"})) == {"ok": 1}


def test_an_invoice_that_is_changed_after_an_amendment_is_ok(day: Any) -> None:
    day.close("D").right("D").later(5).amend("D", "120.00").order("D", "SO-D")
    assert states(day) == {"on the way": 1}
    assert states(day.rebill("SO-D", "INV-D")) == {"ok": 1}


def test_an_invoice_that_is_not_changed_after_an_amendment_is_mismatched_once_it_is_due(day: Any) -> None:
    day.close("D").right("D").later(5).amend("D", "120.00").order("D", "SO-D")
    assert states(day.later(60)) == {"mismatched": 1}


def test_a_deal_taken_back_is_ok_once_its_order_is_cancelled(day: Any) -> None:
    day.close("D").right("D").later(5).void("D").unbill("SO-D", "INV-D")
    assert states(day.take_back("SO-D", "cancelled")) == {"ok": 1}


def test_a_deal_taken_back_is_not_ok_while_its_invoice_is_open(day: Any) -> None:
    day.close("D").right("D").later(5).void("D").take_back("SO-D", "cancelled")
    assert states(day) == {"on the way": 1}
    assert states(day.unbill("SO-D", "INV-D")) == {"ok": 1}


def test_an_overdue_deal_that_a_ticket_holds_with_its_payload_is_parked(day: Any) -> None:
    assert states(day.close("D").later(61).ticket("D")) == {"parked": 1}


@pytest.mark.parametrize("reason", ["duplicate order", "backlog: waits", "", "Error while accessing a resource"])
def test_a_ticket_with_a_reason_that_does_not_fit_parks_nothing(day: Any, reason: str) -> None:
    assert states(day.close("D").later(61).ticket("D", reason=reason)) == {"overdue": 1}


@pytest.mark.parametrize("reason", ["the price differs from the price list", "locked", "amount mismatch"])
def test_a_ticket_parks_an_order_of_another_total_only_if_its_reason_explains_that(day: Any, reason: str) -> None:
    day.close("D").later(1).order("D", "1", "99.00").bill("1", "2").ticket("D", reason=reason)
    assert states(day) == Counter(outcome.state for outcome in reconcile(day.case()).outcomes)


def test_an_alert_parks_nothing(day: Any) -> None:
    assert states(day.close("D").later(61).alert("D")) == {"overdue": 1}


def test_a_resolved_alert_is_shown_with_its_key(day: Any) -> None:
    live = day.close("D").alert("D", key="flow/locked").alert(action="resolve", key="flow/locked", reason="").live()
    (entry,) = [entry for entry in live.log.after(0, blind=False) if entry.title.endswith("resolved")]
    assert entry.text == "flow/locked"


def test_a_deal_is_no_longer_parked_when_the_signal_is_resolved(day: Any) -> None:
    assert states(day.close("D").later(61).ticket("D").ticket(action="resolve")) == {"overdue": 1}


def test_a_signal_that_is_raised_again_parks_again(day: Any) -> None:
    day.close("D").later(61).ticket("D").ticket(action="resolve").ticket()
    assert states(day) == {"parked": 1}


def test_a_write_that_is_recorded_before_its_deal_counts(day: Any) -> None:
    day.close("D").right("D")
    day.ops = [*day.ops[2:], *day.ops[:2]]
    assert states(day) == {"ok": 1}


def test_an_order_without_a_deal_is_counted_as_an_orphan(day: Any) -> None:
    day.op("order_write", "ok", "netsuite", order="9", deal="X", keys={"otherRefNum": "X"}, total="5", currency="EUR")
    assert day.later(100).live().deals.orphans == 1


def test_at_the_end_of_the_run_a_missing_deal_is_lost(day: Any) -> None:
    live = day.close("D").later(10).live()
    live.close()
    assert live.tally.counts["lost"] == 1


def test_revenue_is_not_booked_of_the_deals_that_are_affected_now(day: Any) -> None:
    day.close("A", "10.00").close("B", "2500", "JPY").close("C", "7.00").right("C").later(61)
    live = day.live()
    found = revenue_so_far(live.tally, live.contract, Rates("EUR", (Rate("JPY", Decimal("0.01"), date(2026, 1, 2)),)))
    assert found.not_booked.by_currency == {"EUR": Decimal("10.00"), "JPY": Decimal(2500)}
    assert found.not_booked.amount == 35


def test_the_oldest_deal_is_the_one_that_waits_longest(day: Any) -> None:
    day.close("A").close("B").later(5).right("A").close("C")
    assert view(day.live(), blind=False)["oldest"]["deal"] == "B"


def test_an_amended_deal_waits_since_it_was_amended(day: Any) -> None:
    day.close("A").right("A").later(50).amend("A", "90.00").later(5)
    assert view(day.live(), blind=False)["oldest"]["since_s"] == 50


def test_an_operation_that_does_not_fit_its_kind_changes_nothing(day: Any) -> None:
    day.op("order_write", "ok", "netsuite", deal=["D"], total="much").op("close_deal", "ok", "workload").op("inject")
    live = day.op("alert", "ok", "pagerduty", signal={"kind": 7}).live()
    assert (live.operations, live.tally.deals) == (4, 0)


def test_a_budget_is_used_up_by_as_many_affected_deals_as_it_allows(day: Any) -> None:
    live = day.close("A").close("B").later(61).live(budget=Budget(2, "a test"))
    assert live.budget.used_up(live.tally.affected)


def test_without_a_budget_nothing_uses_it_up() -> None:
    assert not Budget().used_up(10**9)


def test_a_blind_view_shows_neither_the_scenario_nor_the_fault_nor_the_phase(day: Any) -> None:
    day.phase("steady state").close("A").later(60).phase("injection").inject().op("stack", "ok", act="kill")
    shown = repr((view(day.live(), blind=True), day.live().log.after(0, blind=True)))
    assert not [word for word in ("secret", "record lock", "injection'", "steady", "kill", "share") if word in shown]


def test_after_a_reveal_a_blind_view_shows_everything(day: Any) -> None:
    day.phase("injection").inject().later(9).word("reveal", "Ana")
    shown = view(day.live(), blind=True)
    assert (shown["scenario"], shown["injections"][0]["fault"]) == ("A secret name", "record lock")


def test_a_reveal_is_shown_with_who_asked_and_when(day: Any) -> None:
    shown = view(day.later(9).word("reveal", "Ana").live(), blind=True)
    assert shown["revealed"] == {"by": "Ana", "time_s": 9}


def test_a_series_keeps_its_size_and_its_last_value() -> None:
    series = Series()
    for second in range(100_000):
        series.put(second, second)
    assert (len(series.values) <= POINTS, series.values[-1]) == (True, 99_999)


#: Of the days here: a tenth of the contract's latency.
MARGIN_S = 6.001
ACTIONS = (
    "close", "right", "order", "wrong", "second", "bill", "second bill", "amend", "void", "cancel", "delete", "unbill",
    "rebill", "refuse", "alert", "resolve", "acknowledge", "ticket", "resolve ticket",
)  # fmt: skip


def happen(day: Any, action: str, deal: str) -> None:
    """One thing more, if it can happen."""
    order, known = f"SO-{deal}", day.deals.get(deal)
    if action == "close":
        if known is None:
            day.close(deal, str(10 + ord(deal) % 7), "JPY" if deal == "D" else "EUR")
    elif known is None:
        return
    elif action in ("right", "order", "wrong", "second", "bill", "second bill", "cancel", "delete", "unbill", "rebill"):
        happen_in_erp(day, action, deal, order)
    elif action == "amend" and known["state"] == "won":
        day.amend(deal, str(known["total"] + 1))
    elif action == "void" and known["state"] == "won":
        day.void(deal)
    elif action == "refuse":
        day.refuse(deal)
    elif action == "alert":
        day.alert(deal, key=f"k{ord(deal) % 2}")
    elif action in ("resolve", "acknowledge"):
        day.alert(key=f"k{ord(deal) % 2}", action=action)
    elif action == "ticket":
        day.alert(deal, key=f"t{deal}", kind="ticket")
    elif action == "resolve ticket":
        day.alert(key=f"t{deal}", kind="ticket", action="resolve")


def happen_in_erp(day: Any, action: str, deal: str, order: str) -> None:
    there = day.orders.get(order)
    if action == "right":
        day.right(deal)
    elif action in ("order", "wrong"):
        day.order(deal, order, "" if action == "order" else "1.50", "info")
    elif action == "second":
        day.order(deal, f"{order}-2")
    elif there is None:
        return
    elif action in ("bill", "second bill"):
        day.bill(order, f"INV-{deal}" if action == "bill" else f"INV-{deal}-2")
    elif action == "cancel" and there.state == "open":
        day.take_back(order, "cancelled")
    elif action == "delete" and not there.invoices:
        day.take_back(order, "deleted")
    elif action in ("unbill", "rebill") and there.invoices:
        (day.unbill if action == "unbill" else day.rebill)(order, next(iter(there.invoices)))


def expected_of(outcome: OrderOutcome, now_s: float, margin_s: float) -> str:
    """What the board calls a deal of which the judge has this outcome, if the ledgers are read now."""
    may_come = outcome.state == "lost" or outcome.void or outcome.pending
    if outcome.unreconciled and outcome.state != "parked" and may_come and now_s < outcome.due_s + margin_s:
        return "duplicated" if outcome.state == "duplicated" else "on the way"
    return "overdue" if outcome.state == "lost" else outcome.state


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(
    st.sampled_from((0, NEAR)),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from("ABCD"), st.sampled_from((0, 1, 25, 70)))),
)
def test_at_every_moment_the_board_agrees_with_the_judge(
    new_day: Callable[[], Any], near: int, invoiced: bool, actions: list[tuple[str, str, int]]
) -> None:
    day = new_day()
    day.contract = msgspec.structs.replace(day.contract, invoiced=invoiced)
    live = LiveState(day.scenario, day.contract, near=near, margin_s=MARGIN_S)
    taken = 0
    for action, deal, seconds in (*(("close", deal, 1) for deal in "ABCD"), *actions):
        happen(day.later(seconds), action, deal)
        for op in day.ops[taken:]:
            live.take(op)
        taken = len(day.ops)
        live.advance(day.now_s)
        case = day.case()
        assert case.margin_s == MARGIN_S
        for outcome in reconcile(case).outcomes:
            found = live.deals._deals.find(outcome.deal)
            assert found is not None
            if found.state == "parked":
                # Whether a ticket's class can be relied on shows at the end only, so the board believes each one.
                assert outcome.state in ("parked", "lost", "mismatched")
                continue
            assert found.state == expected_of(outcome, day.now_s, MARGIN_S), (action, deal, outcome)
            if found.state not in ("ok", "on the way"):
                assert found.affected_s == outcome.affected_s


@pytest.mark.slow
@settings(max_examples=examples(150))
@given(
    st.sampled_from((0, 1, NEAR)),
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from("ABCD"), st.sampled_from((0, 1, 25, 70)))),
)
def test_at_the_end_the_board_agrees_with_the_reconciliation(
    new_day: Callable[[], Any], near: int, actions: list[tuple[str, str, int]]
) -> None:
    day = new_day()
    for deal in "ABCD":
        happen(day, "close", deal)
    for action, deal, seconds in actions:
        happen(day.later(seconds), action, deal)
    day.later(1)
    live = day.live(near=near)
    assert view(live, blind=False) == view(day.live(), blind=False)
    live.close()
    found = Counter({state: count for state, count in live.tally.counts.items() if count})
    judged = Counter(o.state for o in reconcile(day.case()).outcomes)
    if found["parked"] == judged["parked"]:
        # Else a ticket cannot be relied on, which shows at the end only.
        assert found == judged


def test_the_revenue_is_that_of_the_judge(day: Any) -> None:
    day.close("A", "90.00").close("B", "50.00", "JPY").close("C").later(90).right("A").right("C").order(
        "C", "SO-7"
    ).bill("SO-7", "INV-7").later(60)
    live = day.live()
    live.close()
    found, judged = revenue_so_far(live.tally, live.contract, Rates("EUR")), revenue(day.case())
    assert found.not_booked.by_currency == judged.not_booked.by_currency == {"JPY": 50}
    assert found.booked_late.by_currency == judged.booked_late.by_currency == {"EUR": 90}
    assert found.over_invoiced.by_currency == judged.over_invoiced.by_currency != {}


@pytest.mark.parametrize("action", ["resolve", "acknowledge"])
def test_acknowledgements_and_resolutions_are_shown_too(day: Any, action: str) -> None:
    (entry,) = day.alert(action=action).live().log.after(0, blind=True)
    assert entry.title == f"pagerduty alert: {action}d"


def test_a_settled_deal_goes_to_the_disk_and_is_found_by_id_and_by_key() -> None:
    deals = Deals(near=2)
    sold = [LiveDeal(f"006{n}", f"deal-{n}", Decimal("1.10"), "EUR", 1.0, 2.0, 3.0, state="ok") for n in range(9)]
    for deal in sold:
        deals.add(deal)
        deals.settled(deal)
    assert len(deals._here) <= 2 * deals._near
    assert [deals.find(deal.id) for deal in sold[:3]] == sold[:3]
    assert [deals.find(deal.key) for deal in sold[3:]] == sold[3:]
    assert "006X" not in deals


def test_an_open_deal_stays_in_memory() -> None:
    deals = Deals(near=0)
    deal = LiveDeal("0061", "deal-1", Decimal("1.10"), "EUR", 1.0, 2.0, 3.0)
    deals.add(deal)
    deals.settled(deal)
    found = deals.find("deal-1")
    assert found is not None
    deals.open(found)
    deals.add(LiveDeal("0062", "deal-2", Decimal("1.10"), "EUR", 1.0, 2.0, 3.0))
    deals.settled(deals.find("0062") or deal)
    assert deals.find("0061") is found


@pytest.mark.slow
def test_the_boards_memory_does_not_grow_with_settled_deals(day: Any) -> None:
    for number in range(4_000):
        day.later(0.02).close(f"D{number}").right(f"D{number}")
    held = []
    live = LiveState(day.scenario, day.contract, near=100)
    for op in day.ops:
        live.take(op)
        held.append((len(live.deals._deals._here), len(live.deals._deals._id_of_key)))
    assert max(held) <= (202, 202)
    assert len(live.deals._due) <= 2 * NEAR + 2
    assert live.tally.counts["ok"] == 4_000


def test_each_call_that_a_fake_lacks_is_listed_once(day: Any) -> None:
    for call in ("GET /x", "GET /x", "object Case"):
        day.op("unsupported", "fail", "salesforce", call=call)
    entries = day.live().log.after(0, blind=False)
    assert [(entry.kind, entry.title) for entry in entries] == [
        ("call", "the fake of salesforce does not have: GET /x"),
        ("call", "the fake of salesforce does not have: object Case"),
    ]
