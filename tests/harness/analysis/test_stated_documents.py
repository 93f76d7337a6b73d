"""When a deal was right by documents of which not every write is recorded: the ledger states the rest.

A billing run makes invoices (S/4HANA), and an order that was posted ends with a credit memo for its invoice (Business
Central): no write of a stack shows either.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.checkers.exactly_once import exactly_once
from gameday.model.checker import Result
from judge.full_story import FullStory

replace = msgspec.structs.replace


@pytest.fixture
def day() -> FullStory:
    """D2 is won at 20, booked at 22 and due at 80; a fault lasts from 100 to 300."""
    return FullStory().steady().sale("D2", 20).booked("D2", 22).inject(100, 300)  # type: ignore[return-value]


def of(story: FullStory) -> tuple[Result, OrderOutcome]:
    """Whether each deal is right within ten minutes of the fix, and what became of D2."""
    story.horizon_s = 3000.0
    case = story.case()
    outcome = next(outcome for outcome in reconcile(case).outcomes if outcome.deal == "D2")
    return exactly_once(case, 600, "fix").result, outcome


def write(story: FullStory, at_s: float, order: str, state: str = "open", **more: Any) -> None:
    story.write("D2", at_s, "ok", **({"order": order, "state": state, "total": str(story.crm["D2"].total)} | more))


def unwritten(story: FullStory, *kinds: str) -> None:
    """Forget the writes of these kinds about D2."""
    story.ops = [op for op in story.ops if not (op[2] in kinds and op[4].get("deal") == "D2")]


def posted_twice(story: FullStory, posted_s: float, credited_s: float, second_s: float, held_s: float = 0) -> FullStory:
    """The order of D2 is made at 22 and posted; another one is made, and posted once the invoice has been credited.

    As of Business Central: no write ends an order, and the ledger has when it was posted.
    """
    first = story.erp[4]
    [bill] = first.invoices
    unwritten(story, "order_write", "invoice_write")
    ended = {"state": "cancelled", "changed_s": posted_s}
    story.erp[4] = replace(first, **ended, invoices=(replace(bill, time_s=posted_s, credited=bill.total),))
    last_s = credited_s + 2
    second = {"id": "SO-2", "time_s": second_s, "changed_s": last_s}
    story.erp.append(replace(first, **second, invoices=(replace(bill, id="INV-2", time_s=last_s),)))
    write(story, 22, first.id)
    write(story, posted_s, first.id, f="invoice_write", invoice=bill.id)
    write(story, second_s, "SO-2", held_s=held_s)
    write(story, credited_s, first.id, "credited", f="invoice_write", invoice=bill.id)
    write(story, last_s, "SO-2", f="invoice_write", invoice="INV-2")
    return story


@pytest.mark.parametrize("invoiced", [True, False])
@pytest.mark.parametrize(("second_s", "credited_s"), [(150, 1250), (24, 1250), (24, 2900)])
def test_an_order_that_was_posted_is_there_until_its_invoice_is_credited(
    day: FullStory, second_s: float, credited_s: float, invoiced: bool
) -> None:
    day.contract = replace(day.contract, invoiced=invoiced)
    result, outcome = of(posted_twice(day, 22.5, credited_s, second_s))
    assert (result, outcome.state) == (Result.FAILED, "late")
    assert outcome.ordered_s is not None and outcome.ordered_s >= credited_s


@pytest.mark.parametrize("posted_s", [22.5, 40])
def test_a_deal_was_right_by_the_order_that_was_posted_until_a_late_write_made_another(
    day: FullStory, posted_s: float
) -> None:
    result, outcome = of(posted_twice(day, posted_s, 900, 895, held_s=700))
    assert (result, outcome.broken, outcome.arrived_s) == (Result.PASSED, ((posted_s, 895),), posted_s)
    assert (outcome.affected_s, outcome.ordered_s) == (895, 902)


def test_a_deal_with_two_orders_did_not_arrive_with_one_that_was_cancelled_before() -> None:
    story = FullStory().steady().inject(100, 300).sale("D2", 500).booked("D2", 501)
    assert isinstance(story, FullStory)
    order = story.erp[4]
    unwritten(story, "invoice_write")
    story.erp[4] = replace(order, state="cancelled", changed_s=502.0, invoices=())
    write(story, 502, order.id, "cancelled")
    for name, at_s in (("SO-2", 2000.0), ("SO-3", 2100.0)):
        story.erp.append(replace(order, id=name, time_s=at_s, changed_s=at_s, invoices=()))
        write(story, at_s, name)
    assert (of(story)[1].state, of(story)[1].arrived_s) == ("duplicated", 2000)


@pytest.mark.parametrize(("billed_s", "result"), [(30.0, Result.PASSED), (1250.0, Result.FAILED)])
def test_an_invoice_that_a_billing_run_makes_too_late_is_not_forgiven_for_a_late_write(
    day: FullStory, billed_s: float, result: Result
) -> None:
    order = day.erp[4]
    [bill] = order.invoices
    unwritten(day, "invoice_write")
    day.erp[4] = replace(order, invoices=(replace(bill, time_s=billed_s),))
    write(day, 895, order.id, total="1.00", held_s=700.0)
    write(day, 1300, order.id)
    assert of(day)[0] is result


def test_a_billing_run_made_an_invoice_although_another_one_is_seen_to_be_credited(day: FullStory) -> None:
    """A late write made a second order, which is billed and taken back."""
    first = day.erp[4]
    [bill] = first.invoices
    unwritten(day, "invoice_write")
    other = replace(bill, id="INV-2", time_s=900.0, credited=bill.total)
    day.erp.append(replace(first, id="SO-2", state="cancelled", time_s=895.0, changed_s=930.0, invoices=(other,)))
    write(day, 895, "SO-2", held_s=700.0)
    write(day, 928, "SO-2", "credited", f="invoice_write", invoice="INV-2")
    write(day, 930, "SO-2", "cancelled")
    assert (of(day)[0], of(day)[1].ordered_s, of(day)[1].affected_s) == (Result.PASSED, 930, 895)


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize(("credited_s", "result"), [(117, Result.PASSED), (1250, Result.FAILED)])
def test_the_invoice_of_a_void_deal_is_open_until_it_is_credited_whatever_a_late_write_does(
    day: FullStory, credited_s: float, result: Result, reopened: bool
) -> None:
    day.crm["D2"] = replace(day.crm["D2"], state="void", changed_s=110.0)
    order = day.erp[4]
    [bill] = order.invoices
    unwritten(day, "invoice_write")
    billed = (replace(bill, credited=bill.total),)
    day.erp[4] = replace(order, state="cancelled", changed_s=705.0 if reopened else 116.0, invoices=billed)
    write(day, 116, order.id, "cancelled")
    if reopened:
        write(day, 700, order.id, held_s=500.0)
        write(day, 705, order.id, "cancelled")
    write(day, credited_s, order.id, "credited", f="invoice_write", invoice=bill.id)
    assert of(day)[0] is result


def test_a_void_deal_that_was_never_invoiced_may_be_open_for_a_moment(day: FullStory) -> None:
    day.crm["D2"] = replace(day.crm["D2"], state="void", changed_s=110.0)
    order = day.erp[4]
    unwritten(day, "invoice_write")
    day.erp[4] = replace(order, state="cancelled", changed_s=1002.0, invoices=())
    for at_s, state in ((116, "cancelled"), (1000, "open"), (1002, "cancelled")):
        write(day, at_s, order.id, state)
    assert (of(day)[0], of(day)[1].state, of(day)[1].ordered_s) == (Result.PASSED, "ok", 116)


def test_a_late_write_that_replaces_an_order_within_one_moment_gives_no_time(day: FullStory) -> None:
    """What is wrong after it is the stack's own mistake."""
    order = day.erp[4]
    [bill] = order.invoices
    unwritten(day, "order_write", "invoice_write")
    day.erp[4] = replace(order, id="SO-1", state="cancelled", changed_s=895.0, invoices=())
    day.erp.append(replace(order, time_s=895.0, changed_s=895.0, invoices=(replace(bill, id="INV-2", time_s=895.0),)))
    write(day, 22, "SO-1")
    write(day, 23, "SO-1", f="invoice_write", invoice=bill.id)
    write(day, 895, order.id, held_s=700.0)
    write(day, 895, "SO-1", "deleted", f="invoice_write", invoice=bill.id)
    write(day, 895, order.id, f="invoice_write", invoice="INV-2")
    write(day, 900, order.id, total="1.00")
    write(day, 1480, order.id)
    assert (of(day)[0], of(day)[1].broken) == (Result.FAILED, ())


@pytest.mark.parametrize(
    ("total", "content", "result"),
    [
        # The invoice of more, less a credit memo, is as right as one of the rest.
        ("20", "3f2a less {more}", Result.PASSED),
        ("20", "3f2a less 1", Result.FAILED),
        # What is no number was said by a fake of somebody else.
        ("20", "3f2a less some", Result.FAILED),
        ("0", "3f2a", Result.FAILED),
    ],
)
def test_a_deal_was_right_by_an_invoice_less_what_was_credited_of_it(
    day: FullStory, total: str, content: str, result: Result
) -> None:
    order = day.erp[4]
    [bill] = order.invoices
    unwritten(day, "invoice_write")
    day.erp[4] = replace(order, invoices=(replace(bill, id="INV-2", time_s=928.0),))
    gross = order.total + Decimal(total)
    write(day, 23, order.id, f="invoice_write", invoice=bill.id, total=str(gross), content=content.format(more=total))
    write(day, 895, order.id, total="1.00", held_s=700.0)
    write(day, 927, order.id, "deleted", f="invoice_write", invoice=bill.id)
    write(day, 928, order.id, f="invoice_write", invoice="INV-2", content="77aa")
    write(day, 930, order.id)
    assert of(day)[0] is result
