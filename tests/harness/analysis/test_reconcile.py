"""One end state for each deal, from the two ledgers alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.analysis.reconcile import END_STATES, OrderOutcome, reconcile
from gameday.analysis.revenue import revenue
from gameday.analysis.writes import DealNames
from gameday_fakes.ledger import Entry, Invoice, Line
from support.story import Story


def only(story: Any) -> OrderOutcome:
    """The outcome of the one deal there is."""
    (outcome,) = reconcile(story.case()).outcomes
    return outcome


def shown(outcome: OrderOutcome) -> list[tuple[str, str, str]]:
    """The differences as plain tuples."""
    return [(d.field, d.crm, d.erp) for d in outcome.differences]


def sold(sku: str, quantity: int, price: int) -> Line:
    """A line without a discount."""
    return Line(sku, Decimal(quantity), Decimal(price), Decimal(quantity * price))


def test_a_deal_with_one_equal_order_and_its_invoice_is_ok(story: Any) -> None:
    outcome = only(story.deal("D1").order("D1"))
    assert (outcome.state, outcome.ordered_s, outcome.late_s, outcome.differences) == ("ok", 12, 0, ())


@pytest.mark.parametrize(
    ("deal", "named"),
    [
        ("0065g00000ABcdEAAT", "0065g00000ABcdE"),
        ("0065g00000ABcdEAAT", "0065G00000ABCDEAAT"),
        ("0a1b2c3d4e5f4a6b8c7d9e8f7a6b5c4d", "0A1B2C3D-4E5F-4A6B-8C7D-9E8F7A6B5C4D"),
    ],
)
def test_an_order_names_its_deal_in_any_way_in_which_the_crm_writes_the_id(story: Any, deal: str, named: str) -> None:
    outcome = only(story.deal(deal).order(deal, 12, keys={"externalId": named}))
    assert (outcome.state, outcome.ordered_s) == ("ok", 12)
    assert only(story.order(deal, 30)).state == "duplicated"
    assert DealNames({"key": deal})[named] == DealNames({"key": deal})[f"OPP_{named}"] == deal


def test_an_id_in_another_case_is_another_deal(story: Any) -> None:
    found = reconcile(story.deal("0065g00000ABcdEAAT").order("0065g00000abcde").case())
    assert ([each.state for each in found.outcomes], len(found.orphans)) == (["lost"], 1)


def test_an_outcome_has_the_workloads_key_beside_the_id(story: Any) -> None:
    assert only(story.deal("D1").order("D1")).key == "key D1"


def test_a_deal_without_an_order_is_lost_from_when_it_was_due(story: Any) -> None:
    outcome = only(story.deal("D1", 10))
    assert (outcome.state, outcome.affected_s, outcome.late_s) == ("lost", 70, 930)


def test_a_cancelled_order_does_not_count(story: Any) -> None:
    assert only(story.deal("D1").order("D1", state="cancelled")).state == "lost"


def test_two_open_orders_are_duplicated_from_the_second_on(story: Any) -> None:
    outcome = only(story.deal("D1").order("D1", 12).order("D1", 30))
    assert (outcome.state, outcome.affected_s, outcome.orders) == ("duplicated", 30, ("SO1", "SO2"))


def test_a_second_order_that_was_cancelled_is_fine(story: Any) -> None:
    assert only(story.deal("D1").order("D1").order("D1", 30, state="cancelled", invoice=None)).state == "ok"


def test_two_invoices_of_one_order_are_duplicated(story: Any) -> None:
    story.deal("D1").order("D1")
    bills = (*story.erp[0].invoices, Invoice("INV9", Decimal(100), "USD", 40))
    story.erp[0] = msgspec.structs.replace(story.erp[0], invoices=bills)
    outcome = only(story)
    assert (outcome.state, outcome.affected_s, outcome.invoices) == ("duplicated", 40, ("INV1", "INV9"))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("customer", {"customer": "ACC-2"}),
        ("currency", {"currency": "EUR"}),
        ("total", {"total": Decimal("100.01")}),
        ("line SKU-1 quantity", {"lines": (Line("SKU-1", Decimal(2), Decimal(50), Decimal(100)),)}),
        ("line SKU-1 amount", {"lines": (Line("SKU-1", Decimal(1), Decimal(99), Decimal(99)),)}),
        ("line SKU-2", {"lines": (Line("SKU-2", Decimal(1), Decimal(100), Decimal(100)),)}),
        ("line SKU-1", {"lines": ()}),
    ],
)
def test_an_order_that_differs_is_mismatched_and_the_field_is_named(
    story: Any, field: str, change: dict[str, Any]
) -> None:
    outcome = only(story.deal("D1").order("D1", **change))
    assert outcome.state == "mismatched"
    assert field in [d.field for d in outcome.differences]


def test_lines_may_be_in_another_order(story: Any) -> None:
    lines = (sold("SKU-1", 1, 60), sold("SKU-2", 2, 20))
    assert only(story.deal("D1", lines=lines).order("D1", lines=lines[::-1])).state == "ok"


def test_a_line_that_was_split_is_mismatched_although_the_sums_agree(story: Any) -> None:
    half = Line("SKU-1", Decimal("0.5"), Decimal(100), Decimal(50))
    outcome = only(story.deal("D1").order("D1", lines=(half, half)))
    assert ("line SKU-1", "1", "2") in shown(outcome)


def test_a_product_that_is_sold_twice_is_compared_line_by_line(story: Any) -> None:
    """The sums agree: 4 units for 100."""
    lines = (sold("SKU-1", 1, 40), sold("SKU-1", 3, 20))
    booked = (sold("SKU-1", 3, 20), Line("SKU-1", Decimal(1), Decimal(20), Decimal(40)))
    outcome = only(story.deal("D1", lines=lines).order("D1", lines=booked))
    assert shown(outcome) == [
        ("line SKU-1 (1 at 40) unit price", "40", "20"),
        ("invoice line SKU-1 (1 at 40) unit price", "40", "20"),
    ]


def test_a_difference_within_the_contracts_tolerance_is_right(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, tolerance=Decimal("0.01"))
    assert only(story.deal("D1").order("D1", total=Decimal("100.01"))).state == "ok"


def test_a_missing_invoice_is_a_mismatch_of_the_invoice(story: Any) -> None:
    outcome = only(story.deal("D1").order("D1", invoice=None))
    assert outcome.state == "mismatched"
    assert [d.field for d in outcome.differences] == ["invoice"]
    assert outcome.affected_s == 70


def test_no_invoice_is_needed_where_the_contract_asks_for_none(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, invoiced=False)
    assert only(story.deal("D1").order("D1", invoice=None)).state == "ok"


def test_an_invoice_of_another_total_is_a_mismatch(story: Any) -> None:
    assert only(story.deal("D1").order("D1", invoice="99.99")).state == "mismatched"


def test_an_order_becomes_right_with_its_invoice(story: Any) -> None:
    outcome = only(story.deal("D1").order("D1", 12, invoice_s=200))
    assert (outcome.state, outcome.ordered_s, outcome.late_s) == ("late", 200, 130)


def test_an_order_after_the_contracts_latency_is_late_by_what_it_took_longer(story: Any) -> None:
    outcome = only(story.deal("D1", 10).order("D1", 80))
    assert (outcome.state, outcome.affected_s, outcome.late_s) == ("late", 70, 10)


def test_latency_counts_from_the_deals_last_change(story: Any) -> None:
    assert only(story.deal("D1", 10, changed_s=200).order("D1", 230)).state == "ok"


def test_an_order_written_again_unchanged_is_not_late_for_it(story: Any) -> None:
    story.deal("D1", 10).order("D1", 12, changed_s=500).write("D1", 500, "ok", order="SO1", total="100.00")
    assert only(story).ordered_s == 12


def test_an_order_that_was_wrong_in_between_is_right_only_since_it_was_corrected(story: Any) -> None:
    story.deal("D1", 10).order("D1", 12, changed_s=500)
    story.write("D1", 100, "ok", order="SO1", total="7").write("D1", 500, "ok", order="SO1", total="100.00")
    assert (only(story).ordered_s, only(story).state) == (500, "late")


def test_a_right_order_that_turned_wrong_is_affected_since_then(story: Any) -> None:
    story.deal("D1", 10, changed_s=10).order("D1", 12, total=Decimal(7), changed_s=40)
    story.ops = [op for op in story.ops if op[2] != "order_write"]
    story.write("D1", 12, "ok", order="SO1", total="100.00").write("D1", 40, "ok", order="SO1", total="7")
    assert (only(story).state, only(story).affected_s) == ("mismatched", 40)


def test_a_write_whose_reply_was_lost_is_judged_by_the_ledger(story: Any) -> None:
    outcome = only(story.deal("D1").order("D1", outcome="info"))
    assert (outcome.state, outcome.ordered_s) == ("ok", 12)


def test_without_any_write_in_the_history_the_ledgers_own_time_counts(story: Any) -> None:
    story.deal("D1", 10).order("D1", 95)
    story.ops.clear()
    assert (only(story).state, only(story).ordered_s) == ("late", 95)


def test_a_void_deal_without_an_order_is_ok(story: Any) -> None:
    assert only(story.deal("D1", state="void", changed_s=20)).state == "ok"


def test_a_void_deal_whose_order_was_cancelled_is_ok(story: Any) -> None:
    story.deal("D1", state="void", changed_s=20).order("D1", 12, state="cancelled", changed_s=30, invoice=None)
    outcome = only(story)
    assert (outcome.state, outcome.ordered_s) == ("ok", 30)


def test_an_open_order_of_a_void_deal_is_mismatched(story: Any) -> None:
    outcome = only(story.deal("D1", state="void", changed_s=20).order("D1", 12))
    assert (outcome.state, [d.field for d in outcome.differences]) == ("mismatched", ["state", "invoice"])


def test_a_missing_deal_in_a_ticket_with_payload_and_reason_is_parked(story: Any) -> None:
    assert only(story.deal("D1").alert("D1", at_s=50, kind="ticket")).state == "parked"


def test_an_alert_is_no_parking_place_for_it_cannot_be_replayed(story: Any) -> None:
    outcome = only(story.deal("D1").alert("D1", at_s=50))
    assert (outcome.state, outcome.reported) == ("lost", True)


def test_a_missing_deal_in_a_dead_letter_with_payload_and_reason_is_parked(story: Any) -> None:
    assert only(story.deal("D1").letter("D1")).state == "parked"


def test_a_mismatched_order_with_payload_and_reason_is_parked(story: Any) -> None:
    assert only(story.deal("D1").order("D1", invoice=None).letter("D1")).state == "parked"


def test_without_payload_it_is_reported_and_not_parked(story: Any) -> None:
    outcome = only(story.deal("D1").alert("D1", at_s=50, kind="ticket", payload=False))
    assert (outcome.state, outcome.reported, outcome.reported_by, outcome.reported_s) == (
        "lost",
        True,
        "jira ticket",
        50,
    )


def test_without_a_reason_it_is_neither_reported_nor_parked(story: Any) -> None:
    outcome = only(story.deal("D1").alert("D1", at_s=50, kind="ticket", reason=""))
    assert (outcome.state, outcome.reported, outcome.reported_by, outcome.reported_s) == ("lost", False, "", None)


@pytest.mark.parametrize("letter", [{"payload": None}, {"reason": " "}])
def test_a_dead_letter_without_payload_or_reason_parks_nothing(story: Any, letter: dict[str, Any]) -> None:
    outcome = only(story.deal("D1").letter("D1", **letter))
    assert (outcome.state, outcome.unreported) == ("lost", True)


def test_a_signal_that_was_resolved_parks_and_reports_nothing(story: Any) -> None:
    story.deal("D1").alert("D1", at_s=50, key="k").alert("D1", at_s=60, key="k", action="resolve")
    assert (only(story).state, only(story).reported) == ("lost", False)


def test_a_duplicate_is_never_parked(story: Any) -> None:
    story.deal("D1").order("D1").order("D1", 20).letter("D1").alert("D1", at_s=40, reason="duplicate order")
    outcome = only(story)
    assert (outcome.state, outcome.unreported) == ("duplicated", False)


def test_what_the_stack_reports_about_itself_does_not_count(story: Any) -> None:
    story.deal("D1").op("note", 50, {"text": "D1 synced"}).write("D1", 12, "ok", order="SO77", total="100.00")
    assert only(story).state == "lost"


def test_open_orders_that_match_no_deal_are_orphans(story: Any) -> None:
    story.deal("D1").order("D1").order("D9").order("D8", state="cancelled", invoice=None)
    assert [entry.id for entry in reconcile(story.case()).orphans] == ["SO2"]


def test_a_cancelled_order_without_a_deal_is_an_orphan_while_its_invoice_is_open(story: Any) -> None:
    story.deal("D1").order("D1")
    for deal, credited in (("D8", "0"), ("D9", "5")):
        story.order(deal, state="cancelled", billed={"credited": Decimal(credited)})
    found = reconcile(story.case())
    assert [entry.id for entry in found.orphans] == ["SO2"]
    assert revenue(story.case()).over_invoiced.by_currency == {"USD": Decimal(5)}


def test_orders_match_by_the_field_of_the_contract_only(story: Any) -> None:
    case = story.deal("D1").order("D1", keys={"externalId": "", "otherRefNum": "D1"}).case()
    assert reconcile(case).outcomes[0].state == "lost"
    assert reconcile(msgspec.structs.replace(case, match="otherRefNum")).outcomes[0].state == "ok"


def test_without_a_field_to_match_by_any_key_matches(story: Any) -> None:
    case = story.deal("D1").order("D1", keys={"externalId": "", "memo": "D1"}).case()
    assert reconcile(msgspec.structs.replace(case, match="")).outcomes[0].state == "ok"


def test_orders_match_by_the_pattern_of_the_contract(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, match_pattern="SFDC_OPP_{deal}")
    story.deal("D1").order("D1", keys={"externalId": "SFDC_OPP_D1"}).deal("D2").order("D2")
    found = reconcile(story.case())
    assert [outcome.state for outcome in found.outcomes] == ["ok", "lost"]
    assert [entry.id for entry in found.orphans] == ["SO2"]


def test_the_writes_of_an_order_whose_reference_holds_the_deals_id_are_the_deals(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, match_pattern="SFDC_OPP_{deal}")
    story.deal("D1", 10).order("D1", 12, keys={"externalId": "SFDC_OPP_D1"}, changed_s=500)
    story.ops = [op for op in story.ops if op[2] != "order_write"]
    story.write("SFDC_OPP_D1", 12, "ok", order="SO1", total="100.00")
    story.write("SFDC_OPP_D1", 500, "ok", order="SO1", total="100.00")
    assert (only(story).state, only(story).ordered_s) == ("ok", 12)


CUSTOMERS = {"C-1": {"id": "C-1", "custentity": "SF-77"}, "C-2": {"id": "C-2"}}


@pytest.mark.parametrize(
    ("customer", "differences"),
    [
        ("C-1", []),
        ("C-2", [("customer", "SF-77", ""), ("invoice customer", "SF-77", "")]),
        ("ACC-1", [("customer", "SF-77", ""), ("invoice customer", "SF-77", "")]),
    ],
)
def test_accounts_map_to_customers_by_the_rule_of_the_contract(
    story: Any, customer: str, differences: list[tuple[str, str, str]]
) -> None:
    rule = {"customer_match": "custentity", "customer_pattern": "SF-{AccountNumber}"}
    story.contract = msgspec.structs.replace(story.contract, **rule)
    case = story.deal("D1").order("D1", customer=customer).case()
    crm = msgspec.structs.replace(case.crm, customers={"ACC-1": {"AccountNumber": "77"}})
    case = msgspec.structs.replace(case, crm=crm, erp=msgspec.structs.replace(case.erp, customers=CUSTOMERS))
    assert shown(reconcile(case).outcomes[0]) == differences


def test_a_customer_under_an_id_that_leads_to_the_account_is_that_of_the_account(story: Any) -> None:
    rule = {"customer_match": "custentity", "customer_pattern": "SF-{AccountNumber}"}
    for terms, customer in (({}, "ACC-2"), (rule, "C-9")):
        story.contract = msgspec.structs.replace(story.contract, **terms)
        case = story.deal("D1").order("D1", customer=customer).case()
        numbers = {"ACC-1": {"AccountNumber": "77"}, "ACC-2": {"AccountNumber": "78"}}
        erp = msgspec.structs.replace(case.erp, customers={"C-9": {"custentity": "SF-78"}})
        for leads_to, agree in (({}, False), ({"ACC-2": "ACC-1"}, True), ({"ACC-2": "ACC-3"}, False)):
            crm = msgspec.structs.replace(case.crm, customers=numbers, leads_to=leads_to)
            found = reconcile(msgspec.structs.replace(case, crm=crm, erp=erp)).outcomes[0]
            assert (found.differences == ()) is agree, (terms, leads_to, found.differences)
        story.erp.clear()


def test_totals_are_kept_by_currency_and_only_for_what_is_won_and_open(story: Any) -> None:
    story.deal("D1", amount="10.10").order("D1").deal("D2", amount="5", currency="EUR").deal("D3", state="void")
    totals = {t.currency: (t.crm, t.erp, t.difference) for t in reconcile(story.case()).totals}
    assert totals == {
        "EUR": (Decimal(5), Decimal(0), Decimal(-5)),
        "USD": (Decimal("10.10"), Decimal("10.10"), Decimal(0)),
    }


def test_a_hit_touches_the_deal_it_names_by_id_or_by_key(locked: Any) -> None:
    locked.deal("D1", 400).order("D1").deal("D2", 400).order("D2").deal("D3", 400).order("D3")
    locked.hit("D1", 410).hit("key D2", 410)
    touched = {o.deal: (o.hit, o.touched) for o in reconcile(locked.case()).outcomes}
    assert touched == {"D0": (False, False), "D1": (True, True), "D2": (True, True), "D3": (False, False)}


def test_a_deal_on_its_way_while_a_fault_was_active_is_touched(locked: Any) -> None:
    outcomes = reconcile(locked.deal("D1", 58).order("D1", 61).deal("D2", 301).order("D2", 303).case()).outcomes
    assert [o.touched for o in outcomes] == [False, True, False]


def test_a_deal_that_arrived_before_and_changed_after_a_fault_is_untouched(locked: Any) -> None:
    locked.deal("D1", 20, changed_s=400).order("D1", 22, changed_s=402).write(
        "D1", 402, "ok", order="SO2", total="100.00"
    )
    assert not reconcile(locked.case()).outcomes[1].touched


def test_the_ledgers_are_compared_once_for_a_case(story: Any) -> None:
    case = story.deal("D1").case()
    assert reconcile(case) is reconcile(case)


# -- properties --------------------------------------------------------------------------------------

AMOUNTS = st.decimals(Decimal("0.01"), Decimal(10_000), places=2)
CURRENCIES = st.sampled_from(["USD", "EUR", "JPY"])
FATES = st.sampled_from(["right", "lost", "twice", "wrong", "cancelled"])


def _tell(story: Any, fates: list[tuple[str, Decimal, str]]) -> None:
    for number, (fate, amount, currency) in enumerate(fates):
        deal = f"D{number}"
        story.deal(deal, amount=str(amount), currency=currency)
        if fate == "cancelled":
            story.order(deal, state="cancelled")
        elif fate == "wrong":
            story.order(deal, total=amount + 1)
        elif fate != "lost":
            for _ in range(2 if fate == "twice" else 1):
                story.order(deal)


@given(fates=st.lists(st.tuples(FATES, AMOUNTS, CURRENCIES), max_size=12))
def test_every_deal_ends_in_exactly_the_state_of_its_fate(new_story: Any, fates: list[Any]) -> None:
    story = new_story()
    _tell(story, fates)
    found = reconcile(story.case())
    expected = {"right": "ok", "lost": "lost", "twice": "duplicated", "wrong": "mismatched", "cancelled": "lost"}
    assert [o.state for o in found.outcomes] == [expected[fate] for fate, _, _ in fates]
    assert all(o.state in END_STATES for o in found.outcomes)


@given(fates=st.lists(st.tuples(FATES, AMOUNTS, CURRENCIES), max_size=12))
def test_the_affected_deals_explain_the_difference_of_the_totals(new_story: Any, fates: list[Any]) -> None:
    story = new_story()
    _tell(story, fates)
    expected: dict[str, Decimal] = {}
    for fate, amount, currency in fates:
        off = {"right": Decimal(0), "lost": -amount, "cancelled": -amount, "twice": amount, "wrong": Decimal(1)}[fate]
        expected[currency] = expected.get(currency, Decimal(0)) + off
    assert {t.currency: t.difference for t in reconcile(story.case()).totals} == expected


@given(
    fates=st.lists(st.tuples(FATES, AMOUNTS, CURRENCIES), max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_the_erps_entries_does_not_matter(new_story: Any, fates: list[Any], order: Any) -> None:
    story = new_story()
    _tell(story, fates)
    before = [(o.deal, o.state, o.late_s) for o in reconcile(story.case()).outcomes]
    order.shuffle(story.erp)
    assert [(o.deal, o.state, o.late_s) for o in reconcile(story.case()).outcomes] == before


def test_amounts_are_compared_by_value_and_not_by_their_spelling(story: Any) -> None:
    story.deal("D1", amount="100.00")
    line = Line("SKU-1", Decimal("1.000"), Decimal(100), Decimal("100.0"))
    story.erp.append(
        Entry("SO1", {"externalId": "D1"}, "open", "ACC-1", "USD", Decimal("1E+2"), (line,), 12, 12,
              invoices=(Invoice("I1", Decimal(100), "USD", 12),))
    )  # fmt: skip
    assert only(story).state == "ok"


# -- the margin of a time limit ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late_s", "state", "at_limit"),
    [(-0.1, "ok", False), (0.03, "ok", True), (5.9, "ok", True), (6.1, "late", False), (60, "late", False)],
)
def test_a_deal_within_the_margin_is_ok_and_at_the_limit(story: Any, late_s: float, state: str, at_limit: bool) -> None:
    story.deal("D", at_s=10).order("D", at_s=10 + 60 + late_s)
    [outcome] = reconcile(story.case()).outcomes
    assert (outcome.state, outcome.at_limit) == (state, at_limit)


@given(st.integers(0, 10**6), st.sampled_from([1.0, 60.0, 240.0]))
def test_a_deal_that_comes_at_the_very_end_of_the_margin_is_in_time(at_ms: int, pace: float) -> None:
    story = Story()
    case = story.deal("D", at_s=at_ms / 1000).case()
    end_s = round(at_ms / 1000 + 60 + max(6.0, 0.05 * pace), 3)
    case = msgspec.structs.replace(story.order("D", at_s=end_s).case(), pace=case.pace * pace)
    assert reconcile(case).outcomes[0].state == "ok"


def test_the_contract_sets_the_margin(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, margin=Decimal("0.5"))
    story.deal("D", at_s=10).order("D", at_s=10 + 60 + 29)
    assert reconcile(story.case()).outcomes[0].state == "ok"


def test_the_margin_is_at_least_what_the_clock_resolves_at_the_pace(story: Any) -> None:
    story.deal("D", at_s=10).order("D", at_s=10 + 60 + 11)
    case = story.case()
    assert reconcile(case).outcomes[0].state == "late"
    assert reconcile(msgspec.structs.replace(case, pace=240.0)).outcomes[0].state == "ok"
