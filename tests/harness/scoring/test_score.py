"""The scorecard: each kind of stack comes out where they should, and nothing can be hidden."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.analysis.reconcile import reconcile
from gameday.model.contract import Sla
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge
from gameday.scoring.rubric import RUBRIC, bound, on_log_scale
from gameday.scoring.score import Scorecard, score
from support.rows import rows

DEALS = 300
NEXT_DAY_S = 86_400.0


def day(new_story: Any, *, fault: tuple[float, float], hit: range) -> Any:
    """300 deals, one a second from second 0, in two currencies; a record lock is active and hits some of them.

    The others are in the ERP two seconds later. A deal is due a minute after it is won;
    detection is full within 5 minutes and 0 after an hour, repair within 15 minutes and 0 after a day.
    """
    story = new_story()
    story.contract = msgspec.structs.replace(story.contract, sla=Sla(latency_s=60))
    for number in range(DEALS):
        deal = f"D{number}"
        story.deal(deal, number, amount=f"{100 + number * 37 % 90}.50", currency="EUR" if number % 3 else "USD")
        if number in hit:
            story.hit(deal, number + 1)
        else:
            story.order(deal, number + 2)
    story.inject(*fault)
    story.horizon_s = 1500.0
    return story


def names(numbers: Any) -> list[str]:
    return [f"D{number}" for number in numbers]


def page(story: Any, numbers: range, *, closed_s: float | None = None, **more: Any) -> Any:
    """One incident that names these deals: paged at 170, updated when all of them exist, resolved at ``closed_s``."""
    story.alert(*names(n for n in numbers if n < 170), at_s=170, key="sync/lock", **more)
    story.alert(*names(numbers), at_s=numbers[-1] + 10, key="sync/lock", **more)
    if closed_s is not None:
        story.alert(at_s=closed_s, key="sync/lock", action="resolve")
    return story


def good(new_story: Any) -> Any:
    """40% are locked for minutes, named in one incident with payload and reason, written when the lock goes."""
    story = day(new_story, fault=(100, 400), hit=range(100, 220))
    for deal in names(range(100, 220)):
        story.order(deal, 410)
    return page(story, range(100, 220), closed_s=430)


def alerts_on_everything(new_story: Any) -> Any:
    """10% are late and heal; every deal raises an alert, in the control too."""
    story = day(new_story, fault=(100, 130), hit=range(100, 130))
    control = new_story()
    for number in range(DEALS):
        story.alert(f"D{number}", at_s=max(100, number + 30))
        control.alert(f"C{number}", at_s=number + 30)
    for deal in names(range(100, 130)):
        story.order(deal, 240)
    story.control = control.history()
    return story


def parks_everything(new_story: Any) -> Any:
    """From the tenth second on every deal is refused, reported and parked; nobody replays them."""
    story = day(new_story, fault=(10, 400), hit=range(8, DEALS))
    for number in range(8, DEALS):
        story.letter(f"D{number}").alert(f"D{number}", at_s=max(120, number + 1), kind="ticket")
    story.alert(*names(range(8, 120)), at_s=120, key="sync/lock").alert(
        *names(range(8, DEALS)), at_s=310, key="sync/lock"
    )
    return story.op("dead_letters", 1500, {"open": DEALS - 8})


def heroics_by_hand(new_story: Any) -> Any:
    """A fifth gets stuck; 52 minutes later somebody is alerted and enters each deal by hand within the hour."""
    story = day(new_story, fault=(100, 400), hit=range(100, 160))
    story.alert(*names(range(100, 160)), at_s=160 + 3100, key="sync/lock")
    for deal in names(range(100, 160)):
        story.op("human", 3700, {"act": "replay", "orders": [deal]}).order(deal, 3760)
    story.horizon_s = 4000.0
    return story.alert(at_s=3800, key="sync/lock", action="resolve")


def duplicates_reported_next_day(new_story: Any, count: int = 15) -> Any:
    """5% are posted twice; the alert with full context comes the next day, and nobody has repaired them yet."""
    story = day(new_story, fault=(100, 400), hit=range(100, 100 + count))
    for deal in names(range(100, 100 + count)):
        story.order(deal, 120).order(deal, 140)
    story.alert(
        *names(range(100, 100 + count)), at_s=NEXT_DAY_S, reason="record lock: the second try posted a duplicate order"
    )
    story.horizon_s = NEXT_DAY_S + 3600
    return story


def one_percent_lost_unreported(new_story: Any) -> Any:
    """Like the good one, except for three deals that are lost and unreported."""
    story = day(new_story, fault=(100, 400), hit=range(100, 223))
    for deal in names(range(100, 220)):
        story.order(deal, 410)
    return page(story, range(100, 220), closed_s=430)


def forty_percent_lost_unreported(new_story: Any) -> Any:
    """40% are acknowledged and gone; no alert."""
    return day(new_story, fault=(100, 400), hit=range(100, 220))


def no_alert_heals_itself_late(new_story: Any) -> Any:
    """All but the first are stuck for twenty minutes and then go through, without any alert or record."""
    story = day(new_story, fault=(10, 400), hit=range(8, DEALS))
    for deal in names(range(8, DEALS)):
        story.order(deal, 400 + 1200)
    story.horizon_s = 2000.0
    return story


def resolved_while_deals_are_missing(new_story: Any) -> Any:
    """40% are named in an incident that is resolved; they never arrive."""
    return page(forty_percent_lost_unreported(new_story), range(100, 220), closed_s=600)


def one_digest_of_all_ids(new_story: Any) -> Any:
    """40% are lost; an alert lists the ids of all deals, right and wrong."""
    return forty_percent_lost_unreported(new_story).alert(*names(range(DEALS)), at_s=600)


def one_page_for_every_deal(new_story: Any) -> Any:
    """40% are lost; once the fault is active, every deal gets a page of its own as soon as it is closed."""
    story = forty_percent_lost_unreported(new_story)
    for number in range(100, DEALS):
        story.alert(f"D{number}", at_s=number + 1, key=f"deal D{number}", reason="order failed: record lock")
    for number in range(100):
        story.alert(f"D{number}", at_s=300 + number / 100, key=f"deal D{number}", reason="order failed: record lock")
    return story


Kind = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("tell", "detection", "recovery"),
    [
        (good, 100, 98),
        (parks_everything, 100, 50),
        (one_percent_lost_unreported, 50, 40),
        (forty_percent_lost_unreported, 0, 24),
        (no_alert_heals_itself_late, 0, 90),
    ],
)
def test_each_kind_of_stack_scores_within_3_points_of_its_worked_figure(
    new_story: Any, tell: Kind, detection: float, recovery: float
) -> None:
    card = score(tell(new_story).case())
    assert card.detection.points == pytest.approx(detection, abs=3)
    assert card.recovery.points == pytest.approx(recovery, abs=3)


@pytest.mark.parametrize(
    ("tell", "detection", "recovery"),
    [
        (alerts_on_everything, 20, 100),
        (duplicates_reported_next_day, 52, 70),
        (resolved_while_deals_are_missing, 50, 24),
        (one_digest_of_all_ids, 50, 24),
        (one_page_for_every_deal, 50, 24),
    ],
)
def test_these_kinds_of_stack_score_at_most_so_much(
    new_story: Any, tell: Kind, detection: float, recovery: float
) -> None:
    card = score(tell(new_story).case())
    assert card.detection.points is not None
    assert card.recovery.points is not None
    assert (card.detection.points <= detection, card.recovery.points <= recovery) == (True, True)


def test_duplicates_reported_after_a_day_are_detected_too_late(new_story: Any) -> None:
    assert score(duplicates_reported_next_day(new_story).case()).detection.points == pytest.approx(49, abs=3)


@pytest.mark.parametrize("tell", [resolved_while_deals_are_missing, one_digest_of_all_ids, one_page_for_every_deal])
def test_a_resolved_incident_a_digest_and_a_page_for_every_deal_report_nothing(new_story: Any, tell: Kind) -> None:
    assert score(tell(new_story).case()).unreported.orders == 120


def terms(card: Scorecard) -> dict[str, float]:
    return {row.term: row.value for row in (*card.detection.rows, *card.recovery.rows)}


# -- the arithmetic ----------------------------------------------------------------------------------


def test_the_rows_add_up_to_the_points(new_story: Any) -> None:
    for tell in (good, resolved_while_deals_are_missing, heroics_by_hand, parks_everything):
        card = score(tell(new_story).case())
        factor, end = card.detection.factor, card.detection.end
        assert factor is not None
        assert end is not None
        total = factor.value * end.value * sum(row.points for row in card.detection.rows)
        assert card.detection.before_caps == pytest.approx(total, abs=0.06)
        assert card.recovery.before_caps == pytest.approx(sum(row.points for row in card.recovery.rows), abs=0.06)
        for row in (*card.detection.rows, *card.recovery.rows):
            assert row.points == pytest.approx(row.value * row.weight, abs=0.01)
            assert row.why


def test_the_weights_are_those_of_the_rubric(new_story: Any) -> None:
    card = score(good(new_story).case())
    assert [row.weight for row in card.detection.rows] == [50, 20, 30]
    assert [row.weight for row in card.recovery.rows] == [50, 20, 15, 10, 5]


def test_harm_is_the_larger_of_orders_and_money(locked: Any) -> None:
    # One deal of two is lost, with 90% of the money.
    locked.deal("D1", 70, amount="900").alert("D1", at_s=90, payload=False)
    assert terms(score(locked.case()))["harm"] == pytest.approx(1 - 0.4 * 0.9)


def test_money_of_several_currencies_is_averaged_in_each(locked: Any) -> None:
    # All of the yen, none of the dollars: half of the deals, whatever a yen is worth.
    locked.deal("D1", 70, amount="1000000", currency="JPY").alert("D1", at_s=90, payload=False)
    assert terms(score(locked.case()))["harm"] == pytest.approx(1 - 0.4 * 0.5)


def test_late_counts_a_third_of_parked(new_story: Any, locked: Any) -> None:
    late = locked.deal("D1", 70).order("D1", 500)
    parked = new_story().deal("D0").order("D0").inject(60, 300).deal("D1", 70).letter("D1")
    assert 3 * (1 - terms(score(late.case()))["harm"]) == pytest.approx(1 - terms(score(parked.case()))["harm"])


def test_harm_to_deals_that_no_fault_touched_is_collateral(locked: Any) -> None:
    locked.deal("D1", 400).order("D1", 500).deal("D2", 70).order("D2", 200)
    assert terms(score(locked.case()))["collateral"] == pytest.approx(1 - 1 / 3, abs=1e-3)


def test_interventions_are_manual_ones_and_open_dead_letters_per_1000_deals(locked: Any) -> None:
    locked.deal("D1", 70).letter("D1").op("human", 400, {"act": "replay"})
    assert score(locked.case()).interventions_per_1000 == 1000


def test_each_deal_counts_once_as_a_manual_intervention(locked: Any) -> None:
    # D1 is parked, on the repair list and was worked on twice; D2 is neglected; one act names no deal.
    locked.deal("D1", 70).letter("D1").deal("D2", 70).deal("D3", 70).order("D3", 72)
    locked.op("human", 400, {"act": "create_order", "deal": "D1"}).op(
        "human", 410, {"act": "rewrite_order", "deal": "D1"}
    )
    locked.op("human", 420, {"act": "replay"}).op("dead_letters", 999, {"open": 1})
    assert score(locked.case()).interventions_per_1000 == 750


def test_neglect_is_no_absence_of_manual_interventions(new_story: Any) -> None:
    card = score(forty_percent_lost_unreported(new_story).case())
    assert (card.interventions_per_1000, terms(card)["interventions"]) == (400, 0)


def test_context_counts_id_payload_reason_and_first_seen(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 200)
    locked.alert("D1", at_s=140, payload=False, reason="who knows", first_seen="")
    assert terms(score(locked.case()))["context"] == 0.25


def test_alerts_to_the_wrong_owner_cost_their_share(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 200).alert("D1", at_s=140).alert("D1", at_s=141, owner="kitchen")
    assert terms(score(locked.case()))["right owner"] == 0.5


def test_naming_every_deal_does_not_raise_the_score(locked: Any) -> None:
    for number in range(1, 10):
        locked.deal(f"D{number}", 400).order(f"D{number}")
    locked.deal("L", 70).order("L", 200).alert("L", *names(range(10)), at_s=410)
    assert score(locked.case()).detection.points == 0


def test_an_affected_deal_that_is_not_named_lowers_the_recall(locked: Any) -> None:
    locked.deal("D1", 70).order("D1", 200).deal("D2", 70).order("D2", 200).alert("D1", at_s=140)
    factor = score(locked.case()).detection.factor
    assert factor is not None
    assert factor.value == pytest.approx(2 * 0.5 / 1.5, abs=0.001)


def test_a_ticket_alone_is_no_alert_and_scores_0(locked: Any) -> None:
    card = score(locked.deal("D1", 70).order("D1", 200).alert("D1", at_s=140, kind="ticket").case())
    assert card.detection.points == 0


def test_without_impact_detection_is_not_scored(locked: Any) -> None:
    card = score(locked.deal("D1", 70).order("D1").op("dead_letters", 999, {"open": 0}).case())
    assert (card.no_impact, card.detection.points, card.recovery.points, card.grade) == (True, None, 100, "A")


def test_a_run_that_left_an_order_without_a_deal_is_not_without_impact(locked: Any) -> None:
    card = score(locked.deal("D1", 70).order("D1").order("nobody", 120).case())
    assert (card.no_impact, card.orphans, card.detection.points) == (False, 1, None)


# -- caps --------------------------------------------------------------------------------------------


def test_unreported_deals_cap_both_scores_and_each_cap_is_named(new_story: Any) -> None:
    card = score(one_percent_lost_unreported(new_story).case())
    assert [(cap.score, cap.limit) for cap in card.caps] == [("detection", "50"), ("recovery", "39.6")]
    assert card.detection.before_caps > 95
    assert all(cap.why for cap in card.caps)


def test_an_orphan_order_counts_as_unreported(locked: Any) -> None:
    card = score(locked.deal("D1", 70).order("D1").order("D9").case())
    assert (card.orphans, card.recovery.points) == (1, 20)


def test_a_reported_duplicate_caps_the_recovery(new_story: Any) -> None:
    caps = score(duplicates_reported_next_day(new_story, count=1).case()).caps
    assert [(cap.score, cap.limit) for cap in caps] == [("recovery", "70")]


def test_no_grade_above_c_if_a_deal_was_lost_and_unreported() -> None:
    assert [RUBRIC.capped_grade(grade) for grade in "ABCDF"] == ["C", "C", "C", "D", "F"]


@rows(("points", "grade"), [(100, "A"), (90, "A"), (89.9, "B"), (70, "C"), (60, "D"), (59.9, "F")])
def test_grades_begin_at_their_least_points(points: float, grade: str) -> None:
    assert RUBRIC.grade(points) == grade


def test_the_grade_is_that_of_the_lower_score(new_story: Any) -> None:
    assert score(good(new_story).case()).grade == "A"
    assert score(alerts_on_everything(new_story).case()).grade == "F"


# -- what stands beside the scores -------------------------------------------------------------------


def test_every_end_state_is_counted_in_orders_and_money_also_the_empty_ones(new_story: Any) -> None:
    card = score(one_percent_lost_unreported(new_story).case())
    counts = {state: tally.orders for state, tally in card.states.items()}
    assert counts == {"ok": 177, "late": 120, "parked": 0, "duplicated": 0, "mismatched": 0, "lost": 3}
    assert set(card.states["late"].money) == {"EUR", "USD"}
    assert sum(card.unreported.money.values()) == sum(card.states["lost"].money.values()) > 0
    assert (card.unreported.orders, card.reported.orders) == (3, 0)


def test_reported_deals_are_counted_apart(new_story: Any) -> None:
    card = score(duplicates_reported_next_day(new_story).case())
    assert (card.unreported.orders, card.reported.orders) == (0, 15)


def test_false_alarms_are_counted_with_those_of_the_control(locked: Any, new_story: Any) -> None:
    locked.control = new_story().alert("C1", at_s=10).history()
    assert score(locked.alert("D0", at_s=20).case()).false_alarms == 2


def test_the_bound_says_which_loss_rate_can_be_ruled_out(new_story: Any) -> None:
    assert bound(299, 0).endswith(
        "this run had 299; none was lost, so a loss rate above 1% can be ruled out (95% confidence)"
    )
    assert score(good(new_story).case()).bound == bound(300, 0)
    assert score(one_percent_lost_unreported(new_story).case()).bound.endswith("3 lost and unreported")


def test_a_score_has_the_digests_by_which_it_may_be_compared(locked: Any) -> None:
    case = locked.case()
    card = score(case)
    assert (card.rubric, card.contract, card.scenario) == (RUBRIC.digest, "c1", case.scenario.digest())


def test_another_rubric_has_another_digest() -> None:
    assert msgspec.structs.replace(RUBRIC, detect_time=49.0).digest != RUBRIC.digest


# -- unknown -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["nothing seen", "steady state wrong"])
def test_an_inconclusive_run_has_no_score_and_no_grade(story: Any, why: str) -> None:
    if why == "steady state wrong":
        story.deal("D0").order("D0").deal("D1").order("D1", total=Decimal(1)).inject(60, 300)
    card = score(story.case())
    assert (card.detection.points, card.recovery.points, card.grade, card.no_impact and why) == (
        None,
        None,
        None,
        False,
    )
    assert card.detection.note.startswith(
        "inconclusive" if why == "nothing seen" else "failed: it fails without any fault"
    )


def test_lost_deals_are_counted_even_without_a_score(story: Any) -> None:
    card = score(story.deal("D0").order("D0").deal("D1").order("D1", total=Decimal(1)).inject(60, 300).case())
    assert card.unreported.orders == 1


# -- the scale ---------------------------------------------------------------------------------------


def test_the_scale_is_logarithmic() -> None:
    assert on_log_scale(math.sqrt(300 * 3600), 300, 3600) == pytest.approx(0.5)


@given(st.floats(0, 1e9), st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_scale_stays_between_0_and_1(value: float, target: float, limit: float) -> None:
    assert 0 <= on_log_scale(value, target, limit) <= 1


@given(st.floats(1, 1e5), st.floats(1, 1e5))
def test_the_scale_never_rises_with_the_time(one: float, other: float) -> None:
    assert on_log_scale(min(one, other), 300, 3600) >= on_log_scale(max(one, other), 300, 3600)


FATES = st.lists(st.sampled_from(["ok", "late", "parked", "lost", "named", "twice"]), min_size=1, max_size=10)


def _story_of(new_story: Any, fates: list[str]) -> Any:
    story = new_story().deal("D0").order("D0").inject(60, 300)
    for number, fate in enumerate(fates, start=1):
        deal = f"D{number}"
        story.deal(deal, 70)
        for second in {"ok": [72], "late": [200], "twice": [72, 80]}.get(fate, []):
            story.order(deal, second)
        if fate == "parked":
            story.letter(deal).alert(deal, at_s=140)
        elif fate == "named":
            story.alert(deal, at_s=140, payload=False)
    return story


@given(fates=FATES)
def test_scores_stay_between_0_and_100_and_caps_hold(new_story: Any, fates: list[str]) -> None:
    card = score(_story_of(new_story, fates).case())
    for points in (card.detection.points, card.recovery.points):
        assert points is None or 0 <= points <= 100
    if card.unreported.orders:
        assert (card.detection.points or 0) <= 50
        assert (card.recovery.points or 0) <= 40
        assert card.grade in ("C", "D", "F")
    assert sum(tally.orders for tally in card.states.values()) == len(fates) + 1


@given(fates=FATES)
def test_one_more_unreported_loss_never_raises_the_recovery(new_story: Any, fates: list[str]) -> None:
    before = score(_story_of(new_story, [*fates, "ok"]).case()).recovery.points
    after = score(_story_of(new_story, [*fates, "lost"]).case()).recovery.points
    assert before is not None
    assert after is not None
    assert after <= before


ALERTS = st.lists(
    st.tuples(
        st.sets(st.integers(0, 10)), st.sampled_from(["record lock", "duplicate order", "who knows", "mismatch"]),
        st.sampled_from([20, 90, 400, 900]), st.booleans(),
    ),
    max_size=3,
)  # fmt: skip


def _with_alerts(story: Any, alerts: list[tuple[set[int], str, int, bool]]) -> Any:
    for number, (deals, reason, at_s, resolved) in enumerate(alerts):
        story.alert(*(f"D{n}" for n in sorted(deals)), at_s=at_s, reason=reason, key=f"k{number}")
        if resolved:
            story.alert(at_s=at_s + 1, key=f"k{number}", action="resolve")
    return story


@given(fates=FATES, alerts=ALERTS, deals=st.sets(st.integers(0, 10)))
def test_a_further_alert_clears_only_what_it_names(
    new_story: Any, fates: list[str], alerts: list[Any], deals: set[int]
) -> None:
    before, after = (
        {o.deal for o in reconcile(_with_alerts(_story_of(new_story, fates), those).case()).outcomes if o.unreported}
        for those in (alerts, [*alerts, (deals, "an alert of its own: record lock", 900, False)])
    )
    assert before - after <= {f"D{n}" for n in deals}


@pytest.mark.slow
@given(fates=FATES, deals=st.sets(st.integers(0, 10), min_size=1))
def test_an_alert_mostly_about_deals_that_are_right_gains_nothing(
    new_story: Any, fates: list[str], deals: set[int]
) -> None:
    story = _story_of(new_story, [*fates, *["ok"] * 30])
    before = score(story.case())
    right = {f"D{len(fates) + 1 + n}" for n in range(30)}
    after = score(story.alert(*right, *(f"D{n}" for n in deals), at_s=900).case())
    assert after.unreported.orders >= before.unreported.orders
    assert (after.detection.points or 0) <= (before.detection.points or 0)
    assert (after.recovery.points or 0) <= (before.recovery.points or 0)


def test_an_alert_that_cannot_be_read_makes_detection_inconclusive(new_story: Any) -> None:
    story = day(new_story, fault=(100, 400), hit=range(100, 220))
    story.op("alert", 170, {"raw": {}, "problem": "unknown signal source 'opsgenie'"}, by="opsgenie")
    card = score(story.case())
    assert card.detection.points is None
    assert (
        card.detection.note == "inconclusive: an alert or ticket could not be read (unknown signal source 'opsgenie')"
    )
    assert (card.grade, card.caps) == (None, ())


def test_what_fails_for_want_of_an_alert_is_inconclusive_where_one_cannot_be_read(locked: Any) -> None:
    locked.deal("D1", 70).hit("D1", 71)
    locked.expectations = (Expectation("nothing unreported"), Expectation("exactly once", {"within_s": 60.0}))
    assert [verdict.result.word for verdict in judge(locked.case())[1][2:]] == ["failed", "failed"]
    locked.op("alert", 170, {"raw": {}, "problem": "unknown signal source 'opsgenie'"}, by="opsgenie")
    *_, unreported, once = judge(locked.case())[1]
    assert (unreported.result.word, once.result.word) == ("inconclusive", "failed")
    assert unreported.summary.startswith("an alert or ticket could not be read (unknown signal source 'opsgenie'); ")


METRICS = "stack 'mine': GET /metrics answered 404"


def test_metrics_that_cannot_be_read_make_detection_inconclusive(new_story: Any) -> None:
    story = day(new_story, fault=(100, 400), hit=range(100, 220))
    story.op("metrics", 10, {}, by="harness", outcome="ok")
    story.op("metrics", 170, {"problem": METRICS, "answered": True}, by="harness", outcome="fail")
    card = score(story.case())
    clause = f"the metrics that alert rules are about could not be read ({METRICS})"
    assert (card.detection.points, card.detection.note) == (None, f"inconclusive: {clause}")
    assert (card.grade, card.caps) == (None, ())


@pytest.mark.parametrize(
    ("readings", "unreported"),
    [
        ([("", False)], "failed"),
        ([("", False), (METRICS, True)], "inconclusive"),
        ([(METRICS, True), ("", False)], "inconclusive"),
        # It was down for a while, as Prometheus would have seen it too.
        ([("", False), ("did not answer", False)], "failed"),
        # Not one reading: the path or the port in its table may be wrong.
        ([("did not answer", False)], "inconclusive"),
    ],
)
def test_what_fails_for_want_of_an_alert_is_inconclusive_where_metrics_cannot_be_read(
    locked: Any, readings: list[tuple[str, bool]], unreported: str
) -> None:
    locked.deal("D1", 70).hit("D1", 71)
    locked.expectations = (Expectation("nothing unreported"), Expectation("exactly once", {"within_s": 60.0}))
    for number, (problem, answered) in enumerate(readings):
        value = {"problem": problem, "answered": answered}
        locked.op("metrics", 60 + number, value, by="harness", outcome="fail" if problem else "ok")
    *_, first, once = judge(locked.case())[1]
    assert (first.result.word, once.result.word) == (unreported, "failed")
