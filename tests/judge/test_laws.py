"""Laws of the judge: what can only make a judgement worse, what must change nothing, and who must gain nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday.analysis.reconcile import reconcile
from gameday.analysis.unsupported import unsupported_calls
from gameday.model.checker import Case, Result
from gameday.model.contract import Sla
from gameday.scoring.recovery import recovery_points
from judge.full_story import FullStory
from judge.judgement import gained, judgement
from judge.same import other_names, renamed, shuffled, whole_judgement
from judge.stories import cases
from judge.worse import TWICE, WORSENINGS, alerted, deals_in, unreported, worsened
from support.rows import rows

replace = msgspec.structs.replace

CASES = cases()
#: The same with limits so tight that every second counts.
STRICT = {
    name: replace(case, contract=replace(case.contract, sla=Sla(latency_s=60, detect_target_s=1, repair_target_s=1)))
    for name, case in CASES.items()
}
stories = st.sampled_from(sorted(CASES))
#: Each example judges a whole run.
FEW = settings(max_examples=min(60, settings().max_examples))


# A worse ledger never gains a point.


def wrong(case: Case) -> Result:
    """The result of a wrong ledger: a call that the fakes do not have leaves open whose fault it is."""
    calls = unsupported_calls(case.history).sentence
    return Result.INCONCLUSIVE if calls else Result.FAILED


@pytest.mark.slow
@FEW
@given(name=stories, hows=st.lists(st.sampled_from(sorted(WORSENINGS)), min_size=1, max_size=4), chance=st.randoms())
def test_a_worse_ledger_never_gains_and_never_passes(name: str, hows: list[str], chance: random.Random) -> None:
    case = STRICT[name]
    for how in hows:
        deals = deals_in(case, "ok") + ([] if how in TWICE else deals_in(case, "late"))
        if not deals:
            return
        before, case = judgement(case), worsened(case, chance.choice(deals), how)
        assert gained(before, judgement(case)) == []
        assert judgement(case).result is wrong(case)


@rows("name", CASES)
def test_an_order_without_a_deal_gains_nothing_and_fails(name: str) -> None:
    case = STRICT[name]
    order = replace(case.erp.entries[0], id="SO-other", keys={case.match: "nowhere"})
    more = replace(case, erp=replace(case.erp, entries=(*case.erp.entries, order)))
    assert gained(judgement(case), judgement(more)) == []
    assert (judgement(more).result, judgement(more).orphans) == (wrong(more), 1)


@rows("how", TWICE)
def test_a_late_deal_that_is_booked_twice_gains_nothing(how: str) -> None:
    case = STRICT["late and repaired"]
    assert gained(judgement(case), judgement(worsened(case, "D2", how))) == []


# An added alert never clears what it does not rightly name.


@FEW
@given(
    lost=st.sets(st.sampled_from(["D0", "D1", "D2", "D3", "D8", "D9"]), min_size=1, max_size=3),
    named=st.sets(st.sampled_from(["D0", "D1", "D2", "D3", "D8", "D9"]), max_size=3),
    at_s=st.floats(0, 990),
    kind=st.sampled_from(["alert", "ticket"]),
    name=st.sampled_from(["no impact", "late and repaired"]),
)
def test_an_added_alert_clears_only_what_it_names(
    lost: set[str], named: set[str], at_s: float, kind: str, name: str
) -> None:
    case = CASES[name]
    for deal in lost:
        case = worsened(case, deal, "lost")
    more = alerted(case, *sorted(named), at_s=at_s, kind=kind)
    assert unreported(case) - named == unreported(more) - named
    if not named & lost:
        recovery, after = judgement(case).recovery, judgement(more).recovery
        assert recovery is None or after is None or after <= recovery
        assert judgement(more).result >= judgement(case).result


def test_an_alert_about_right_deals_gains_nothing() -> None:
    case = worsened(STRICT["late and repaired"], "D9", "lost")
    assert gained(judgement(case), judgement(alerted(case, "D0", "D1", at_s=210.0))) == []


def test_an_early_alert_about_right_deals_gains_nothing() -> None:
    story = mute()
    for number in range(10):
        story.alert(*(f"E{lost}" for lost in range(8)), at_s=900, key=f"page {number}")
    case = replace(story.case(), contract=STRICT["no impact"].contract)
    assert gained(judgement(case), judgement(alerted(case, "D0", "D1", at_s=140.0))) == []


#: D9 is lost; what an alert that names it must be like to report it, one mistake each.
MISTAKES: Mapping[str, Callable[[Case], Case]] = {
    "resolved before the repair": lambda case: alerted(
        alerted(case, "D9", at_s=500.0, key="k"), "D9", at_s=501.0, key="k", action="resolve"
    ),
    "raised before the deal existed": lambda case: alerted(case, "D9", at_s=61.0),
    "in the control too": lambda case: alerted(
        alerted(case, "D9", at_s=500.0, key="k"), "C1", at_s=50.0, key="k", role="control"
    ),
    "among all deals": lambda case: alerted(case, *(entry.id for entry in case.crm.entries), at_s=500.0),
    "with a reason that does not fit": lambda case: alerted(case, "D9", at_s=500.0, reason="the coffee is cold"),
    "without a reason": lambda case: alerted(case, "D9", at_s=500.0, reason=""),
}


@rows("mistake", MISTAKES)
def test_an_alert_that_is_wrong_about_a_deal_does_not_report_it(mistake: str) -> None:
    case = worsened(CASES["no impact"], "D9", "lost")
    assert unreported(MISTAKES[mistake](case)) == {"D9"}


def test_a_lock_does_not_explain_a_duplicate() -> None:
    case = worsened(CASES["late and repaired"], "D2", "posted twice")
    assert unreported(case) == {"D2"}


def test_a_deal_is_not_parked_by_the_payload_of_another() -> None:
    case = worsened(CASES["no impact"], "D9", "lost")
    other = alerted(case, "D9", at_s=500.0, kind="ticket", source="jira", context={"D9": {"Id": "D0"}})
    assert deals_in(other, "lost") == ["D9"]


def test_a_good_alert_reports_a_deal() -> None:
    case = worsened(CASES["no impact"], "D9", "lost")
    assert unreported(alerted(case, "D9", at_s=500.0)) == set()


# The order of independent events, and names, change nothing.


@pytest.mark.slow
@FEW
@given(name=stories, how=st.sampled_from([None, *sorted(WORSENINGS)]), chance=st.randoms(use_true_random=False))
def test_the_order_of_independent_events_changes_nothing(name: str, how: str | None, chance: random.Random) -> None:
    case = CASES[name] if how is None else worsened(CASES[name], "D9", how)
    assert whole_judgement(shuffled(case, chance)) == whole_judgement(case)


@pytest.mark.slow
@FEW
@given(name=stories, how=st.sampled_from([None, *sorted(WORSENINGS)]), chance=st.randoms(use_true_random=False))
def test_other_names_change_nothing(name: str, how: str | None, chance: random.Random) -> None:
    case = CASES[name] if how is None else worsened(CASES[name], "D9", how)
    assert whole_judgement(other_names(case, chance)) == whole_judgement(case)


@rows("name", CASES)
def test_an_amount_that_looks_like_an_id_is_not_renamed(name: str) -> None:
    case = CASES[name]
    quantities = {line.quantity for entry in case.erp.entries for line in entry.lines}
    same = renamed(case, {str(quantity): f"name{number}" for number, quantity in enumerate(quantities)})
    assert whole_judgement(same) == whole_judgement(case)


# Stacks that do not look after anything gain nothing.


def mute(lost: int = 8, deals: int = 40) -> FullStory:
    """A stack that loses some of its deals and says nothing."""
    story = FullStory().steady()
    story.inject(60, 300, effect=False)
    for number in range(deals):
        story.sale(f"E{number}", 70.0 + number).hit(f"E{number}", 71.0 + number)
        if number >= lost:
            story.booked(f"E{number}")
    return story


def everybody(story: FullStory) -> list[str]:
    """The ids of all deals of a story."""
    return list(story.crm)


def test_a_mute_stack_gets_no_point_for_detection() -> None:
    mine = judgement(mute().case())
    assert (mine.result, mine.detection, mine.unreported) == (Result.FAILED, 0.0, 8)
    assert mine.recovery is not None
    assert mine.recovery <= 40 * (1 - 8 / 44)


def test_a_digest_of_all_deals_gains_nothing() -> None:
    digest = mute()
    digest.alert(*everybody(digest), at_s=200, reason="record lock, daily digest")
    assert gained(judgement(mute().case()), judgement(digest.case())) == []


def test_a_page_for_every_deal_gains_nothing() -> None:
    pages = mute()
    for deal in everybody(pages):
        pages.alert(deal, at_s=200)
    assert gained(judgement(mute().case()), judgement(pages.case())) == []


def test_a_page_for_every_deal_gains_nothing_if_it_pages_in_the_control_too() -> None:
    pages, control = mute(), FullStory()
    for deal in everybody(pages):
        pages.alert(deal, at_s=200)
        control.alert(f"C{deal}", at_s=100)
    pages.control = control.history()
    assert gained(judgement(mute().case()), judgement(pages.case())) == []


def test_neglect_gets_no_points_for_having_done_nothing() -> None:
    points = recovery_points(mute().case(), reconcile(mute().case()))
    assert next(row.value for row in points.rows if row.term == "interventions") < 0.1
