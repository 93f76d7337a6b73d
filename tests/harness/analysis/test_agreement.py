"""Since when a deal is right, or wrong, where its documents were made, closed and changed several times."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.analysis.revenue import revenue
from gameday.checkers.exactly_once import exactly_once
from gameday.checkers.steady_state import steady_state
from gameday.model.checker import Result
from gameday.model.scenario import Expectation
from gameday.scoring.until import _too_late
from judge.full_story import FullStory

#: A fault that is active from here to there; a deal that was won at 20 is due at 80.
BEGIN_S, HEAL_S = 100.0, 300.0


@pytest.fixture
def day() -> FullStory:
    """A deal that is booked before the fault, and three others."""
    story = FullStory().steady().sale("D2", 20).booked("D2", 22)
    story.inject(BEGIN_S, HEAL_S)
    return story


def of(story: FullStory) -> OrderOutcome:
    """What became of D2; whatever becomes of it in the fault does not accuse the stack of failing without one."""
    case = story.case()
    assert steady_state(case).result is Result.PASSED
    return next(outcome for outcome in reconcile(case).outcomes if outcome.deal == "D2")


def again(story: FullStory, at_s: float, **changes: Any) -> FullStory:
    """A second order of D2, and its write."""
    first = next(order for order in story.erp if order.keys["externalId"] == "D2")
    story.erp.append(msgspec.structs.replace(first, id="SO-2", time_s=at_s, changed_s=at_s, invoices=(), **changes))
    return write(story, at_s, "SO-2")


def write(story: FullStory, at_s: float, order: str = "", state: str = "open", **more: Any) -> FullStory:
    """A write of an order of D2: its first one unless said."""
    first = next((each.id for each in story.erp if each.keys["externalId"] == "D2"), "SO5")
    total = str(story.crm["D2"].total)
    story.write("D2", at_s, "ok", **({"order": order or first, "state": state, "total": total} | more))
    return story


def change(story: FullStory, **changes: Any) -> FullStory:
    """Another content of the first order of D2."""
    story.erp[4] = msgspec.structs.replace(story.erp[4], **changes)
    return story


def made_anew(story: FullStory, gaps: list[tuple[float, float]]) -> None:
    """The invoice of D2 is deleted and made anew, and is not there in these gaps."""
    for number, (from_s, until_s) in enumerate(gaps):
        write(story, from_s, f="invoice_write", invoice=f"INV-{number}" if number else "INV5", state="deleted")
        write(story, until_s, f="invoice_write", invoice=f"INV-{number + 1}")
    [bill] = story.erp[4].invoices
    change(story, invoices=(msgspec.structs.replace(bill, id=f"INV-{len(gaps)}", time_s=gaps[-1][1]),))


@pytest.mark.parametrize(("cancelled_s", "state"), [(60.0, "ok"), (900.0, "late")])
def test_a_deal_is_not_right_before_its_duplicate_is_cancelled(day: FullStory, cancelled_s: float, state: str) -> None:
    write(again(day, 30, state="cancelled"), cancelled_s, "SO-2", "cancelled")
    if state == "late":
        day.ops = [(150.0, *op[1:]) if op[4].get("order") == "SO-2" and op[0] == 30 else op for op in day.ops]
    outcome = of(day)
    assert (outcome.state, outcome.ordered_s, outcome.affected_s) == (
        state,
        cancelled_s,
        None if state == "ok" else 150,
    )


def test_a_duplicate_that_was_deleted_counts_until_then(day: FullStory) -> None:
    write(write(day, 150, "SO-9"), 500, "SO-9", "deleted")
    assert (of(day).state, of(day).ordered_s, of(day).affected_s) == ("late", 500, 150)


def test_a_second_invoice_that_was_credited_in_full_counts_until_then(day: FullStory) -> None:
    for at_s, state in ((150.0, "open"), (500.0, "credited")):
        write(day, at_s, f="invoice_write", invoice="INV-9", state=state)
    assert (of(day).state, of(day).ordered_s, of(day).affected_s) == ("late", 500, 150)


def test_an_order_that_is_cancelled_and_made_again_for_an_amendment_is_in_time(day: FullStory) -> None:
    day.crm["D2"] = msgspec.structs.replace(day.crm["D2"], changed_s=110.0)
    write(change(day, state="cancelled", changed_s=114.0, invoices=()), 114, state="cancelled")
    made = FullStory().steady().sale("D2", 20).booked("D2", 115).erp[4]
    day.erp.append(msgspec.structs.replace(made, id="SO-2"))
    assert (of(write(day, 115, "SO-2")).state, of(day).ordered_s) == ("ok", 115)


def test_what_is_written_to_a_cancelled_order_makes_no_void_deal_late(day: FullStory) -> None:
    day.crm["D2"] = msgspec.structs.replace(day.crm["D2"], state="void", changed_s=110.0)
    change(day, state="cancelled", changed_s=600.0, invoices=())
    write(day, 115, f="invoice_write", invoice="INV5", state="deleted")
    write(write(day, 116, state="cancelled"), 600, state="cancelled")
    assert (of(day).state, of(day).ordered_s) == ("ok", 116)


def test_a_void_deal_whose_order_is_opened_again_is_affected_since_then(day: FullStory) -> None:
    day.crm["D2"] = msgspec.structs.replace(day.crm["D2"], state="void", changed_s=110.0)
    change(day, invoices=())
    write(day, 115, f="invoice_write", invoice="INV5", state="deleted")
    write(write(day, 116, state="cancelled"), 400)
    assert (of(day).state, of(day).affected_s) == ("mismatched", 400)


@pytest.mark.parametrize(
    ("gaps", "state"),
    [
        ([(150, 155)], "ok"),
        ([(150, 170)], "late"),
        # Moments add up: here the margin is six seconds.
        ([(150, 153), (200, 202)], "ok"),
        ([(150, 154), (200, 204)], "late"),
        # Before it is due it may be as it likes.
        ([(30, 70), (200, 202)], "ok"),
        ([(70, 90)], "late"),
    ],
)
def test_a_deal_whose_invoice_is_made_anew_is_late_only_if_it_had_none_for_long(
    day: FullStory, gaps: list[tuple[float, float]], state: str
) -> None:
    made_anew(day, gaps)
    outcome = next(outcome for outcome in reconcile(day.case()).outcomes if outcome.deal == "D2")
    assert (outcome.state, outcome.affected_s is None) == (state, state == "ok")


@pytest.mark.parametrize(
    ("gaps", "came_s"),
    [
        ([(70, 150), (200, 203)], 150),
        ([(70, 150), (200, 215)], 215),
        ([(70, 150), (200, 203), (250, 252)], 150),
        ([(70, 150), (200, 204), (250, 254)], 204),
    ],
)
def test_a_late_deal_came_when_it_was_right_first_but_for_moments(
    day: FullStory, gaps: list[tuple[float, float]], came_s: float
) -> None:
    made_anew(day, gaps)
    outcome = next(outcome for outcome in reconcile(day.case()).outcomes if outcome.deal == "D2")
    assert (outcome.state, outcome.ordered_s, outcome.arrived_s) == ("late", came_s, came_s)


@pytest.mark.parametrize("moments", [[], [(450, 453)], [(450, 452), (500, 502)]])
def test_a_moment_after_the_repair_hides_no_outage(day: FullStory, moments: list[tuple[float, float]]) -> None:
    made_anew(day, [(100, 415), *moments])
    outcome = of(day)
    assert (outcome.state, outcome.affected_s, outcome.ordered_s, outcome.late_s) == ("late", 100, 415, 315)


def test_an_order_that_was_cancelled_and_opened_again_was_away(day: FullStory) -> None:
    write(write(day, 150, state="cancelled"), 500)
    outcome = of(change(day, changed_s=500.0))
    assert (outcome.state, outcome.affected_s, outcome.ordered_s) == ("late", 150, 500)


@pytest.mark.parametrize(("deleted_s", "came"), [(990, ("late", 990)), (995, ("ok", None))])
def test_a_repair_that_no_write_shows_ends_an_outage_that_one_does(
    day: FullStory, deleted_s: float, came: tuple[str, float | None]
) -> None:
    write(day, deleted_s, f="invoice_write", invoice="INV5", state="deleted")
    [bill] = day.erp[4].invoices
    outcome = of(change(day, invoices=(msgspec.structs.replace(bill, id="INV-2", time_s=999.9),)))
    assert (outcome.state, outcome.affected_s) == came


def test_an_invoice_that_is_younger_than_its_writes_say_is_late(day: FullStory) -> None:
    [bill] = day.erp[4].invoices
    change(day, invoices=(msgspec.structs.replace(bill, time_s=900.0),))
    assert [outcome.state for outcome in reconcile(day.case()).outcomes if outcome.deal == "D2"] == ["late"]


#: What a fault may make of a deal that was right before it.
BROKEN = {
    "deleted": lambda day: write(day, 150, state="deleted") and day.erp.pop(4) and day,
    "cancelled": lambda day: write(change(day, state="cancelled"), 150, state="cancelled"),
    "of another total": lambda day: write(change(day, total=Decimal(7), changed_s=150.0), 150, total="7"),
    "of another date": lambda day: write(change(day, date="2026-02-01", changed_s=150.0), 150, content="other"),
    "not invoiced": lambda day: write(
        change(day, invoices=()), 150, f="invoice_write", invoice="INV5", state="credited"
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_deal_that_was_right_before_the_fault_is_affected_since_it_was_broken(day: FullStory, how: str) -> None:
    assert of(BROKEN[how](day)).affected_s == 150


def test_a_deal_that_was_never_right_fails_without_any_fault(day: FullStory) -> None:
    write(change(day, total=Decimal(7), changed_s=150.0), 150, total="7")
    day.ops = [(*op[:4], op[4] | {"total": "8"}) if op[2] == "order_write" and op[0] == 22 else op for op in day.ops]
    assert steady_state(day.case()).result is Result.FAILED


def test_a_wrong_invoice_is_affected_since_it_was_made_and_not_since_its_order(day: FullStory) -> None:
    day.sale("D3", 99).booked("D3", 99.5, invoice_s=130.0)
    [bill] = day.erp[-1].invoices
    day.erp[-1] = msgspec.structs.replace(day.erp[-1], invoices=(msgspec.structs.replace(bill, period="2026-02"),))
    case = day.case()
    assert steady_state(case).result is Result.PASSED
    assert reconcile(case).outcomes[-1].affected_s == 130


def test_a_deal_whose_invoice_is_credited_twice_is_affected_since_the_second_credit_memo(day: FullStory) -> None:
    [bill] = day.erp[4].invoices
    twice = msgspec.structs.replace(bill, id="INV-old", credited=2 * bill.total)
    change(day, invoices=(twice, bill))
    for at_s in (40.0, 150.0):
        write(day, at_s, f="invoice_write", invoice="INV-old", state="credited")
    assert (of(day).state, of(day).affected_s) == ("mismatched", 150)


@pytest.mark.parametrize("how", BROKEN)
def test_a_deal_that_was_broken_later_arrived_in_time(day: FullStory, how: str) -> None:
    BROKEN[how](day)
    assert of(day).arrived_s == 22
    assert revenue(day.case()).sla_breaches == 0
    assert of(day).touched


def test_a_deal_whose_duplicate_was_cancelled_late_arrived_in_time_and_is_no_breach(day: FullStory) -> None:
    write(write(day, 150, "SO-9"), 900, "SO-9", "cancelled")
    assert (of(day).arrived_s, of(day).ordered_s, revenue(day.case()).sla_breaches) == (22, 900, 0)


def once(story: FullStory, after: Literal["fix", "closing"] = "fix", within_s: float = 600) -> Result:
    """Whether every deal is in the ERP exactly once within so long, ten minutes unless said."""
    return exactly_once(story.case(), within_s, after).result


def wrong(story: FullStory, *spans: tuple[float, float, float]) -> FullStory:
    """Let the order of D2 be wrong from here to there, by a write that a fault had held back for so long."""
    for from_s, until_s, held_s in spans:
        write(write(story, from_s, total="1.00", held_s=held_s), until_s)
    return story


@pytest.mark.parametrize(
    ("spans", "result"),
    [
        # The fault was healed at 300, and ten minutes after it nothing was wrong that the stack had made so.
        ([(895, 930, 700)], Result.PASSED),
        ([(895, 1495, 700)], Result.PASSED),
        ([(895, 1502, 700)], Result.FAILED),
        # Nothing had held it back: the stack wrote it then.
        ([(895, 930, 0)], Result.FAILED),
        # Carried out before the healing: the time counts from there.
        ([(250, 930, 100)], Result.FAILED),
        ([(250, 899, 100)], Result.PASSED),
        # Each of several has its time, and the last one counts.
        ([(500, 560, 300), (890, 930, 700), (1500, 1540, 1300)], Result.PASSED),
        ([(890, 930, 700), (1550, 1600, 1300)], Result.PASSED),
        # What was too late before is so, whatever comes after it.
        ([(400, 1300, 0), (1350, 1360, 1100)], Result.FAILED),
        ([(895, 1600, 700), (1650, 1660, 1400)], Result.FAILED),
        # A moment after it came right at last gives no time for what was before.
        ([(400, 1300, 0), (1301, 1302, 1100)], Result.FAILED),
    ],
)
def test_the_time_after_the_fix_counts_from_a_write_that_broke_what_was_right_and_was_held_back(
    day: FullStory, spans: list[tuple[float, float, float]], result: Result
) -> None:
    wrong(day, *spans)
    assert once(day) == result
    # Only time after the fix begins anew: of its closing a deal was in the ERP too late.
    assert once(day, "closing") is Result.FAILED


def test_a_deal_may_have_its_time_again_that_is_no_later_than_the_contract_allows() -> None:
    story = FullStory().steady().inject(BEGIN_S, HEAL_S).sale("D2", 290).booked("D2", 291)
    wrong(story, (340, 349, 100))
    assert (once(story, within_s=30), once(story, within_s=2)) == (Result.PASSED, Result.FAILED)


def test_a_write_of_its_own_in_the_moment_of_a_late_one_is_the_stacks(day: FullStory) -> None:
    write(day, 895, held_s=700.0)
    assert once(wrong(day, (895, 930, 0))) is Result.FAILED


@pytest.mark.parametrize("twice", [False, True])
def test_an_order_that_came_late_because_its_one_write_was_held_back_was_broken_by_nothing(twice: bool) -> None:
    story = FullStory().steady().inject(BEGIN_S, HEAL_S).sale("D2", 120).booked("D2", 950)
    story.ops = [(*op[:4], {**op[4], "held_s": 800.0}) if op[4].get("deal") == "D2" else op for op in story.ops]
    assert once(wrong(story, (951, 980, 800)) if twice else story) is Result.FAILED


def test_a_late_write_that_failed_or_changed_nothing_gives_no_more_time(day: FullStory) -> None:
    write(write(day, 500, total="1.00"), 930)
    write(day, 895, total="1.00", held_s=700.0)
    day.write("D2", 896, "fail", order="SO5", held_s=700.0)
    assert once(day) is Result.FAILED


@pytest.mark.parametrize("own", [False, True])
def test_a_deal_is_too_late_for_good_only_by_the_time_that_late_writes_leave_it(day: FullStory, own: bool) -> None:
    case = wrong(day, (895, 930, 0 if own else 700)).case()
    expectation = Expectation("exactly once", {"within_s": 600, "after": "fix"})
    case = msgspec.structs.replace(case, scenario=msgspec.structs.replace(case.scenario, expectations=(expectation,)))
    assert bool([*_too_late(case, expectation)]) is own


def test_an_invoice_that_a_billing_run_made_is_there_although_another_was_seen_to_be_credited(day: FullStory) -> None:
    """The ERP records none that its billing run makes, and the credit memo for that of a second order."""
    day.ops = [op for op in day.ops if not (op[2] == "invoice_write" and op[4].get("deal") == "D2")]
    write(again(day, 895, state="cancelled"), 930, "SO-2", "cancelled")
    write(day, 928, f="invoice_write", order="SO-2", invoice="INV-9", state="credited")
    day.ops = [(*op[:4], {**op[4], "held_s": 700.0}) if op[0] == 895 else op for op in day.ops]
    assert once(day) is Result.PASSED


def test_an_order_that_ends_with_its_invoice_is_open_until_the_ledger_says_so(day: FullStory) -> None:
    """No write closes it: a credit memo for its invoice does."""
    first = day.erp[4]
    day.crm["D2"] = msgspec.structs.replace(day.crm["D2"], changed_s=110.0)
    change(day, id="SO-1", state="cancelled", changed_s=112.0, invoices=())
    day.ops = [(*op[:4], {**op[4], "order": "SO-1", "invoice": ""}) if op[0] == 22 else op for op in day.ops]
    day.ops = [op for op in day.ops if not (op[2] == "invoice_write" and op[4].get("deal") == "D2")]
    day.erp.append(msgspec.structs.replace(first, time_s=115.0, changed_s=115.0))
    write(write(day, 115, first.id), 116, f="invoice_write", invoice=first.invoices[0].id)
    assert once(wrong(day, (895, 930, 700))) is Result.PASSED


@pytest.mark.parametrize(
    ("more", "state"),
    [
        # Nobody asked for it, and it disagreed with nothing while it was there.
        ({"invoice": "INV-9"}, "ok"),
        ({"invoice": "INV-9", "total": "1.00"}, "late"),
        # A second order is one too many, whatever was asked for.
        ({"order": "SO-9"}, "late"),
    ],
)
def test_without_invoices_in_the_contract_one_that_was_deleted_makes_a_deal_late_only_if_it_was_wrong(
    day: FullStory, more: dict[str, str], state: str
) -> None:
    day.contract = msgspec.structs.replace(day.contract, invoiced=False)
    # The invoice of D2 that the story has was made by nobody.
    day.ops = [op for op in day.ops if not (op[2] == "invoice_write" and op[4].get("deal") == "D2")]
    change(day, invoices=())
    kind = "invoice_write" if "invoice" in more else "order_write"
    write(write(day, 150, f=kind, **more), 500, f=kind, **{**more, "state": "deleted"})
    assert (of(day).state, of(day).ordered_s) == (state, 22 if state == "ok" else 500)


def test_an_order_that_was_closed_and_that_no_write_shows_open_counts_until_then(day: FullStory) -> None:
    case = write(day, 500, "SO-9", "deleted").case()
    outcome = next(outcome for outcome in reconcile(case).outcomes if outcome.deal == "D2")
    assert (outcome.state, outcome.ordered_s) == ("late", 500)


@pytest.mark.parametrize(("anew_s", "state"), [(503.0, "ok"), (520.0, "late")])
def test_the_order_of_a_deal_that_came_to_nothing_may_be_made_anew(day: FullStory, anew_s: float, state: str) -> None:
    """Its invoice was credited in full, and is none that is open."""
    nothing = {"total": Decimal(0), "changed_s": 110.0}
    lines = tuple(
        msgspec.structs.replace(line, amount=Decimal(0), unit_price=Decimal(0), tax=Decimal(0))
        for line in day.crm["D2"].lines
    )
    day.crm["D2"] = msgspec.structs.replace(day.crm["D2"], lines=lines, **nothing)
    order = day.erp[4]
    [bill] = order.invoices
    change(day, state="cancelled", changed_s=500.0)
    change(day, invoices=(msgspec.structs.replace(bill, credited=bill.total),))
    write(day, 112, total="0")
    write(day, 114, f="invoice_write", invoice=bill.id, state="credited", total=str(bill.total))
    write(write(day, 500, total="0", state="cancelled"), anew_s, "SO-2", total="0")
    day.erp.append(
        msgspec.structs.replace(
            order, id="SO-2", lines=lines, invoices=(), time_s=anew_s, **{**nothing, "changed_s": anew_s}
        )
    )
    outcome = of(day)
    assert (outcome.state, outcome.differences) == (state, ())
