"""Every field of order and invoice that both systems hold is compared, with the rule of the contract."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.analysis.line_pairs import pair_lines
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge
from gameday.scoring.repair_list import repair_list
from gameday.scoring.score import score
from gameday_fakes.ledger import Invoice, Line

CENT = Decimal("0.01")


def only(story: Any) -> OrderOutcome:
    """The outcome of the one deal there is."""
    (outcome,) = reconcile(story.case()).outcomes
    return outcome


def shown(story: Any) -> list[tuple[str, str, str]]:
    """The differences of the one deal as plain tuples."""
    return [(d.field, d.crm, d.erp) for d in only(story).differences]


def line(**more: Any) -> Line:
    """A line of 4 units at 25, like that of ``deal``."""
    known: dict[str, Any] = {"sku": "SKU-1", "quantity": Decimal(4), "unit_price": Decimal(25), "amount": Decimal(100)}
    return Line(**known | more)


def deal(story: Any, **more: Any) -> Any:
    """A deal of 100.00 with one line."""
    return story.deal("D1", lines=(line(),), **{"subsidiary": "Parent", "terms": "Net 30"} | more)


ORDER_CHANGES = {
    "date": ({"date": "2026-06-29"}, "2026-06-30", "2026-06-29"),
    "customer": ({"customer": "ACC-2"}, "ACC-1", "ACC-2"),
    "currency": ({"currency": "EUR"}, "USD", "EUR"),
    "subsidiary": ({"subsidiary": "Branch"}, "Parent", "Branch"),
    "terms": ({"terms": "Net 60"}, "Net 30", "Net 60"),
    "total": ({"total": Decimal("100.01")}, "100.00", "100.01"),
    "line SKU-1 quantity": ({"lines": (line(quantity=Decimal(5)),)}, "4", "5"),
    "line SKU-1 unit price": ({"lines": (line(unit_price=Decimal("12.5")),)}, "25", "12.5"),
    "line SKU-1 amount": ({"lines": (line(amount=Decimal("99.99")),)}, "100", "99.99"),
    "line SKU-1": ({"lines": (line(sku="SKU-2"),)}, "1", ""),
    "line SKU-2": ({"lines": (line(), line(sku="SKU-2"))}, "", "1"),
}
INVOICE_CHANGES = {
    "invoice date": ({"date": "2026-06-29"}, "2026-06-30", "2026-06-29"),
    "invoice period": ({"period": "2026-07"}, "2026-06", "2026-07"),
    "invoice customer": ({"customer": "ACC-2"}, "ACC-1", "ACC-2"),
    "invoice currency": ({"currency": "EUR"}, "USD", "EUR"),
    "invoice subsidiary": ({"subsidiary": "Branch"}, "Parent", "Branch"),
    "invoice terms": ({"terms": "Net 60"}, "Net 30", "Net 60"),
    "invoice total": ({"total": Decimal("100.01")}, "100.00", "100.01"),
    "invoice line SKU-1 quantity": ({"lines": (line(quantity=Decimal(5)),)}, "4", "5"),
    "invoice line SKU-1 unit price": ({"lines": (line(unit_price=Decimal("12.5")),)}, "25", "12.5"),
    "invoice line SKU-1 amount": ({"lines": (line(amount=Decimal("99.99")),)}, "100", "99.99"),
    "invoice line SKU-1": ({"lines": (line(sku="SKU-2"),)}, "1", ""),
}


@pytest.mark.parametrize("field", ORDER_CHANGES)
def test_an_order_that_differs_in_one_field_is_mismatched_with_both_values(story: Any, field: str) -> None:
    change, crm, erp = ORDER_CHANGES[field]
    deal(story).order("D1", billed={"lines": (line(),), "total": Decimal("100.00"), **_as_sold(change)}, **change)
    assert only(story).state == "mismatched"
    assert (field, crm, erp) in shown(story)
    assert not [name for name, _, _ in shown(story) if name.startswith("invoice")]


def _as_sold(change: dict[str, Any]) -> dict[str, Any]:
    """The invoice's values as the deal has them, where the order's differ."""
    sold = {"date": "2026-06-30", "customer": "ACC-1", "currency": "USD", "subsidiary": "Parent", "terms": "Net 30"}
    return {name: value for name, value in sold.items() if name in change}


@pytest.mark.parametrize("field", INVOICE_CHANGES)
def test_an_invoice_that_differs_in_one_field_is_mismatched_with_both_values(story: Any, field: str) -> None:
    change, crm, erp = INVOICE_CHANGES[field]
    deal(story).order("D1", billed=change)
    assert only(story).state == "mismatched"
    assert (field, crm, erp) in shown(story)


def test_the_period_of_an_invoice_is_that_of_its_own_date(story: Any) -> None:
    deal(story).order("D1", billed={"date": "2026-07-01", "period": "2026-07"})
    assert shown(story) == [("invoice date", "2026-06-30", "2026-07-01")]


@pytest.mark.parametrize(("discount", "state"), [(Decimal(10), "ok"), (Decimal(11), "mismatched")])
def test_a_discount_is_compared_where_both_systems_hold_one(story: Any, discount: Decimal, state: str) -> None:
    story.deal("D1", lines=(line(discount=Decimal(10)),)).order("D1", lines=(line(discount=discount),))
    assert only(story).state == state


def test_a_discount_that_one_system_does_not_hold_is_listed_as_not_compared(story: Any) -> None:
    story.deal("D1", lines=(line(discount=Decimal(10)),)).order("D1", lines=(line(),))
    assert only(story).state == "ok"
    assert [(n.field, n.reason) for n in reconcile(story.case()).not_compared] == [
        ("line.discount", "the ERP does not state it"),
        ("invoice.line.discount", "the ERP does not state it"),
    ]


@pytest.mark.parametrize(("tax", "state"), [(Decimal(19), "ok"), (Decimal(18), "mismatched"), (None, "mismatched")])
def test_tax_is_compared_where_both_systems_hold_it(story: Any, tax: Decimal | None, state: str) -> None:
    story.deal("D0", lines=(line(tax=Decimal(19)),)).order("D0")
    story.deal("D1", lines=(line(tax=Decimal(19)),)).order("D1", lines=(line(tax=tax),))
    assert reconcile(story.case()).outcomes[1].state == state


def test_a_field_that_the_erp_states_for_no_order_is_not_compared_and_listed(story: Any) -> None:
    deal(story).order("D1", date="", billed={"date": "2026-06-30", "period": "2026-06", "lines": ()})
    found = reconcile(story.case())
    assert found.outcomes[0].state == "ok"
    assert {n.field: n.reason for n in found.not_compared} == {
        "date": "the ERP does not state it",
        "invoice.lines": "the ERP does not state it",
    }


def test_a_date_that_only_one_order_lacks_is_a_difference(story: Any) -> None:
    deal(story).order("D1", date="", billed={"date": "2026-06-30", "period": "2026-06"}).deal("D2").order("D2")
    found = reconcile(story.case())
    assert [(d.field, d.crm, d.erp) for d in found.outcomes[0].differences] == [("date", "2026-06-30", "")]
    assert found.not_compared == ()


def test_without_invoices_in_the_contract_and_in_the_erp_no_field_of_them_is_listed(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, invoiced=False)
    deal(story).order("D1", invoice=None)
    assert reconcile(story.case()).not_compared == ()


@pytest.mark.parametrize("field", ["subsidiary", "terms"])
def test_subsidiary_and_terms_are_compared_where_both_systems_hold_them(story: Any, field: str) -> None:
    deal(story).order("D1", **{field: ""})
    assert only(story).state == "ok"
    assert {n.field: n.reason for n in reconcile(story.case()).not_compared} == {
        field: "the ERP does not state it",
        f"invoice.{field}": "the ERP does not state it",
    }
    case = story.case()
    case = msgspec.structs.replace(case, erp=msgspec.structs.replace(case.erp, states=(field,)))
    assert [d.field for d in reconcile(case).outcomes[0].differences] == [field]


# -- tolerances --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off", "state"), [("0.01", "ok"), ("-0.01", "ok"), ("0.02", "mismatched")])
@pytest.mark.parametrize("field", ["total", "amount", "invoice total", "invoice amount"])
def test_amounts_may_differ_by_the_tolerance_and_not_by_more(story: Any, field: str, off: str, state: str) -> None:
    story.contract = msgspec.structs.replace(story.contract, tolerance=CENT)
    amount = Decimal("100.00") + Decimal(off)
    changes: dict[str, dict[str, Any]] = {
        "total": {"total": amount, "billed": {"total": Decimal(100), "lines": (line(),)}},
        "amount": {"lines": (line(amount=amount),), "billed": {"lines": (line(),)}},
        "invoice total": {"billed": {"total": amount}},
        "invoice amount": {"billed": {"lines": (line(amount=amount),)}},
    }
    assert only(deal(story).order("D1", **changes[field])).state == state


@pytest.mark.parametrize(
    ("price", "state"), [("26.25", "ok"), ("23.75", "ok"), ("26.26", "mismatched"), ("12.5", "mismatched")]
)
@pytest.mark.parametrize("document", ["order", "invoice"])
def test_a_unit_price_may_differ_by_the_price_tolerance(story: Any, document: str, price: str, state: str) -> None:
    story.contract = msgspec.structs.replace(story.contract, price_tolerance=Decimal("0.05"))
    other = (line(unit_price=Decimal(price)),)
    change = {"lines": other, "billed": {"lines": (line(),)}} if document == "order" else {"billed": {"lines": other}}
    assert only(deal(story).order("D1", **change)).state == state


# -- lines of one product ----------------------------------------------------------------------------


def differing(a: Line, b: Line) -> int:
    """How many fields differ."""
    return (a.quantity != b.quantity) + (a.unit_price != b.unit_price) + (a.amount != b.amount)


NUMBERS = st.sampled_from([Decimal(1), Decimal(2), Decimal(3)])
LINES = st.lists(st.builds(Line, st.just("SKU-1"), NUMBERS, NUMBERS, NUMBERS), max_size=5)


@given(sold=LINES, booked=LINES)
def test_lines_are_paired_so_that_as_few_fields_as_possible_differ(sold: list[Line], booked: list[Line]) -> None:
    pairs = pair_lines(sold, booked, differing)
    assert len(pairs) == min(len(sold), len(booked))
    few, many = sorted((sold, booked), key=len)
    least = min(
        sum(differing(a, b) for a, b in zip(few, chosen, strict=True)) for chosen in permutations(many, len(few))
    )
    assert sum(differing(a, b) for a, b in pairs) == least


@given(sold=LINES, booked=LINES, order=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_pair(sold: list[Line], booked: list[Line], order: Any) -> None:
    before = pair_lines(sold, booked, differing)
    others = [*sold], [*booked]
    for side in others:
        order.shuffle(side)
    assert pair_lines(*others, differing) == before


def test_very_many_lines_of_one_product_are_paired_too() -> None:
    many = [Line("SKU-1", Decimal(number), Decimal(2), Decimal(2 * number)) for number in range(1, 501)]
    wrong = msgspec.structs.replace(many[7], unit_price=Decimal(9))
    booked = [*many[:7], *many[8:], wrong]
    assert sum(differing(a, b) for a, b in pair_lines(many, booked, differing)) == 1


# -- void deals and credit memos ---------------------------------------------------------------------


def test_an_open_invoice_of_a_void_deal_is_mismatched(story: Any) -> None:
    story.deal("D1", state="void", changed_s=20).order("D1", 12, state="cancelled", changed_s=30)
    assert only(story).state == "mismatched"
    assert shown(story) == [("invoice", "void", "INV1, 100.00 USD, open")]


def test_an_invoice_of_a_void_deal_that_a_credit_memo_took_back_is_ok(story: Any) -> None:
    story.deal("D1", state="void", changed_s=20)
    story.order("D1", 12, state="cancelled", changed_s=30, billed={"credited": Decimal(100)})
    assert only(story).state == "ok"


def test_a_void_deal_whose_order_was_deleted_is_ok_since_then(story: Any) -> None:
    story.deal("D1", state="void", changed_s=20).write("D1", 12, "ok", order="SO1", total="100.00")
    story.write("D1", 200, "ok", order="SO1", total="100.00", state="deleted")
    assert (only(story).state, only(story).ordered_s) == ("late", 200)


def test_an_invoice_that_was_credited_in_full_and_made_again_is_no_duplicate(story: Any) -> None:
    deal(story).order("D1")
    old = Invoice("INV0", Decimal(80), "USD", 11, "2026-06", "2026-06-30", "ACC-1", (), Decimal(80))
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(old, *story.erp[0].invoices))
    assert (only(story).state, only(story).invoices) == ("ok", ("INV1",))


@pytest.mark.parametrize(("credited", "state"), [("100", "ok"), ("99", "mismatched"), ("200", "mismatched")])
@pytest.mark.parametrize("old", [False, True])
def test_of_a_deal_that_comes_to_nothing_since_the_newest_invoice_is_taken_back(
    story: Any, credited: str, state: str, old: bool
) -> None:
    lines = tuple(Line(sku, Decimal(1), Decimal(n), Decimal(n)) for sku, n in (("SKU-1", 50), ("GIVEN", -50)))
    story.deal("D1", amount="0", lines=lines, changed_s=20).order("D1", 12, lines=lines, changed_s=30)
    bill = msgspec.structs.replace(story.erp[0].invoices[0], total=Decimal(100), credited=Decimal(credited), lines=())
    before = msgspec.structs.replace(bill, id="INV0", time_s=bill.time_s - 1, credited=Decimal(100))
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(bill, before) if old else (bill,))
    outcome = only(story)
    assert (outcome.state, outcome.invoices) == (state, ("INV1",))
    assert bool(repair_list(story.case())) is (state != "ok")


def test_a_deal_that_comes_to_something_is_not_billed_by_what_was_taken_back(story: Any) -> None:
    deal(story).order("D1", billed={"credited": Decimal(100)})
    assert (only(story).state, only(story).invoices) == ("mismatched", ())


@pytest.mark.parametrize(("credited", "state"), [("20", "ok"), ("19.99", "mismatched")])
def test_an_invoice_less_its_credit_memos_has_the_deals_total(story: Any, credited: str, state: str) -> None:
    deal(story).order("D1", billed={"total": Decimal(120), "lines": (), "credited": Decimal(credited)})
    assert only(story).state == state


@pytest.mark.parametrize(
    ("billed", "state"),
    [
        ([("SKU-1", 60), ("SKU-2", 60)], "ok"),
        ([("SKU-1", 40), ("SKU-2", 80)], "ok"),
        ([("SKU-1", 40), ("SKU-2", 60), ("SKU-3", 20)], "ok"),
        ([("SKU-1", 20), ("SKU-1", 20), ("SKU-2", 80)], "ok"),
        ([("SKU-2", 120)], "mismatched"),
        ([("SKU-1", 39), ("SKU-2", 81)], "mismatched"),
        ([("SKU-3", 120)], "mismatched"),
    ],
)
def test_a_credit_memo_takes_back_what_was_billed_and_bills_nothing_that_was_not(
    story: Any, billed: list[tuple[str, int]], state: str
) -> None:
    sold, lines = (
        tuple(Line(sku, Decimal(1), Decimal(amount), Decimal(amount)) for sku, amount in those)
        for those in ([("SKU-1", 40), ("SKU-2", 60)], billed)
    )
    credited = {"total": Decimal(120), "lines": lines, "credited": Decimal(20)}
    story.deal("D1", lines=sold).order("D1", lines=sold, billed=credited)
    assert only(story).state == state


@pytest.mark.parametrize(
    ("sold", "billed", "credited", "state"),
    [
        # Six of ten, each 10.00 with a tax of 20%, are left.
        ("12", "20", "8", "ok"),
        ("12", "20", "7.98", "ok"),
        ("12", "20", "7.96", "mismatched"),
        ("12", "20", "0", "mismatched"),
        ("0", "20", "20", "ok"),
        # The deal has been exempted, and its invoice was credited without the tax.
        ("0", "20", "0", "mismatched"),
        ("12", "0", "0", "mismatched"),
        # Not every system says what tax a credit memo takes back.
        ("12", "20", None, "ok"),
    ],
)
def test_what_credit_memos_leave_of_the_tax_is_that_of_the_deal(
    story: Any, sold: str, billed: str, credited: str | None, state: str
) -> None:
    lines, whole = (
        (Line("SKU-1", Decimal(number), Decimal(10), Decimal(number * 10), tax=Decimal(tax)),)
        for number, tax in ((6, sold), (10, billed))
    )
    taken_back = {"credited": Decimal(40), "credited_tax": None if credited is None else Decimal(credited)}
    story.deal("D1", amount="60", lines=lines)
    story.order("D1", lines=lines, total=Decimal(60), billed={"total": Decimal(100), "lines": whole, **taken_back})
    assert only(story).state == state
    assert shown(story) == ([] if state == "ok" else [("invoice tax", *shown(story)[0][1:])])


@pytest.mark.parametrize(("credited", "state"), [("100", "ok"), ("200", "mismatched"), ("100.01", "mismatched")])
@pytest.mark.parametrize("void", [True, False])
def test_an_invoice_that_was_credited_twice_is_mismatched(story: Any, credited: str, state: str, void: bool) -> None:
    deal(story, **({"state": "void", "changed_s": 20} if void else {}))
    story.order("D1", 12, changed_s=30, **({"state": "cancelled"} if void else {}))
    old = msgspec.structs.replace(story.erp[0].invoices[0], id="INV0", credited=Decimal(credited))
    kept = () if void else story.erp[0].invoices
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(old, *kept))
    outcome = only(story)
    assert (outcome.state, outcome.pending) == (state, False)
    repairs = [(step.act, step.target) for row in repair_list(story.case()) for step in row.steps]
    assert repairs == ([] if state == "ok" else [("check_credits", "INV0")])
    assert shown(story) == ([] if state == "ok" else [("invoice credit memos", "100.00 USD", f"INV0, {credited}")])


@pytest.mark.parametrize(
    ("head", "pending"), [({}, True), ({"currency": "EUR"}, False), ({"customer": "ACC-2"}, False)]
)
def test_an_order_without_lines_was_half_written_unless_its_head_is_wrong(
    story: Any, head: dict[str, str], pending: bool
) -> None:
    deal(story).order("D1", lines=(), total=Decimal(0), invoice=None, **head)
    assert (only(story).state, only(story).pending) == ("mismatched", pending)


def test_the_scorecard_lists_what_was_not_compared(story: Any) -> None:
    story.deal("D1", lines=(line(discount=Decimal(10)),)).order("D1", lines=(line(),))
    listed = score(story.case()).not_compared
    assert [each.words for each in listed] == ["line discount", "invoice line discount"]
    assert listed == reconcile(story.case()).not_compared


# -- each usual way in which an ERP holds an amended and invoiced deal ---------------------------------


def amended(story: Any) -> Any:
    """A deal of 100.00 that was amended to this at 50; its order follows at 52."""
    deal(story, changed_s=50).order("D1", 12, changed_s=52, invoice_s=12).write("D1", 52, "ok", total="100.00")
    story.ops[-2][4].update(total="80.00")
    story.ops[-1][4].update(order="SO1")
    return story


def bill(story: Any, at_s: float, invoice: str, total: str, **more: Any) -> Any:
    """A recorded write of an invoice."""
    return story.write("D1", at_s, "ok", f="invoice_write", order="SO1", invoice=invoice, total=total, **more)


def test_an_invoice_that_was_changed_with_its_order_is_right_since_then(story: Any) -> None:
    bill(bill(amended(story), 12, "INV1", "80.00"), 60, "INV1", "100.00")
    assert (only(story).state, only(story).ordered_s) == ("ok", 60)


def test_an_invoice_that_was_changed_too_late_is_late(story: Any) -> None:
    bill(bill(amended(story), 12, "INV1", "80.00"), 300, "INV1", "100.00")
    assert (only(story).state, only(story).ordered_s) == ("late", 300)


def test_an_invoice_that_was_deleted_and_made_again_is_right_since_then(story: Any) -> None:
    bill(bill(amended(story), 12, "INV0", "80.00"), 58, "INV0", "80.00", state="deleted")
    bill(story, 60, "INV1", "100.00")
    [made] = story.erp[0].invoices
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(msgspec.structs.replace(made, time_s=60.0),))
    assert (only(story).state, only(story).ordered_s) == ("ok", 60)


def test_an_invoice_of_before_the_amendment_is_mismatched(story: Any) -> None:
    amended(story)
    old = msgspec.structs.replace(story.erp[0].invoices[0], total=Decimal("80.00"))
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(old,))
    assert shown(story) == [("invoice total", "100.00", "80.00")]


# -- since when --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("contents", "state", "since_s"), [("ab", "late", 300), ("aa", "ok", 12)])
def test_an_order_whose_date_was_corrected_is_right_only_since_then(
    story: Any, contents: str, state: str, since_s: float
) -> None:
    deal(story).order("D1", 12, changed_s=300).write("D1", 300, "ok", order="SO1", total="100.00", content=contents[1])
    story.ops[1][4]["content"] = contents[0]
    assert (only(story).state, only(story).ordered_s) == (state, since_s)


# -- reported failures -------------------------------------------------------------------------------


def test_a_sync_that_books_every_order_a_day_early_has_failed(story: Any) -> None:
    """Local midnight taken for UTC: at a month's end the day before is in another period (OCA l10n-italy, 3277)."""
    for number in range(5):
        billed = {"date": "2026-06-30", "period": "2026-06"}
        story.deal(f"D{number}", date="2026-07-01").order(f"D{number}", date="2026-06-30", billed=billed)
    story.expectations = (Expectation("exactly once", {"within_s": 300.0}), Expectation("invoiced once"))
    case = story.case()
    assert {outcome.state for outcome in reconcile(case).outcomes} == {"mismatched"}
    assert [(d.field, d.crm, d.erp) for d in reconcile(case).outcomes[0].differences] == [
        ("date", "2026-07-01", "2026-06-30"),
        ("invoice date", "2026-07-01", "2026-06-30"),
    ]
    result, verdicts = judge(case)
    assert result is Result.FAILED
    assert [verdict.result for verdict in verdicts[-2:]] == [Result.FAILED, Result.FAILED]


def test_a_sync_that_posts_every_invoice_into_the_next_month_has_failed(story: Any) -> None:
    for number in range(5):
        story.deal(f"D{number}").order(f"D{number}", billed={"period": "2026-07"})
    story.expectations = (Expectation("invoiced once"),)
    assert judge(story.case())[0] is Result.FAILED


def test_a_sync_that_halves_unit_prices_and_keeps_the_amounts_has_failed(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, price_tolerance=Decimal("0.05"))
    for number in range(5):
        story.deal(f"D{number}", lines=(line(),)).order(f"D{number}", lines=(line(unit_price=Decimal("12.5")),))
    story.expectations = (Expectation("exactly once", {"within_s": 300.0}),)
    assert judge(story.case())[0] is Result.FAILED


@pytest.mark.parametrize(
    ("states", "changes", "field"),
    [
        ("date", {"date": "", "billed": {"date": "2026-06-30", "period": "2026-06"}}, "date"),
        ("invoice.date", {"billed": {"date": ""}}, "invoice date"),
        ("invoice.period", {"billed": {"period": ""}}, "invoice period"),
        ("invoice.customer", {"billed": {"customer": ""}}, "invoice customer"),
        ("invoice.lines", {"billed": {"lines": ()}}, "invoice line SKU-1"),
    ],
)
def test_a_field_that_the_erp_says_it_holds_is_compared_even_if_no_document_has_it(
    story: Any, states: str, changes: dict[str, Any], field: str
) -> None:
    case = deal(story).order("D1", **changes).case()
    assert reconcile(case).outcomes[0].state == "ok"
    case = msgspec.structs.replace(case, erp=msgspec.structs.replace(case.erp, states=(states,)))
    assert [d.field for d in reconcile(case).outcomes[0].differences] == [field]
    assert reconcile(case).not_compared == ()


def old_invoice(story: Any) -> Any:
    """An amended deal whose order followed and whose invoice is still the old one, held for finance."""
    amended(story)
    old = msgspec.structs.replace(story.erp[0].invoices[0], total=Decimal("80.00"))
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(old,))
    return story.letter("D1", "accounting period closed: the invoice cannot be posted")


def test_a_closed_period_explains_an_invoice_from_before_the_amendment(story: Any) -> None:
    assert only(old_invoice(story)).state == "parked"


def test_a_closed_period_explains_no_invoice_that_was_made_wrong_after_the_amendment(story: Any) -> None:
    old_invoice(story)
    made = msgspec.structs.replace(story.erp[0].invoices[0], time_s=55.0)
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=(made,))
    assert only(story).state == "mismatched"


def test_a_closed_period_explains_the_open_invoice_of_a_deal_that_was_voided(story: Any) -> None:
    story.deal("D1", state="void", changed_s=20).order("D1", 12, state="cancelled", changed_s=30, invoice_s=12)
    assert only(story.letter("D1", "accounting period closed")).state == "parked"
