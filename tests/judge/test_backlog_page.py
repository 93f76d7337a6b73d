"""A page of records that cannot pass holds up all that come after; that a deal waits there does not park it.

Retold from mc-magento2 issue 195 and dolibarr-community-modules issue 718: a sync reads the oldest so many records that
are not done yet. Records that the ERP refuses stay in that page, and once they fill it nothing behind them moves.
"""

from __future__ import annotations

from typing import Any

import pytest

from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case, Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import judge
from judge.full_story import FullStory
from support.rows import rows

#: One deal every 3 s; from 60 to 420 every fifth of them names an inactive item.
DEALS, EVERY_S, BEGIN_S, HEAL_S = 60, 3.0, 60.0, 420.0
REFUSED = [f"E{number}" for number in range(DEALS) if number * EVERY_S > BEGIN_S and number % 5 == 0]
#: How many records the page has room for.
ROOM = 4
BEHIND = [f"E{number}" for number in range(int(REFUSED[ROOM - 1][1:]) + 1, DEALS) if f"E{number}" not in REFUSED]
EXPECTED = (
    Expectation("kept flowing"),
    Expectation("parked with context"),
    Expectation("exactly once", {"within_s": 300.0, "after": "fix"}),
)
BACKLOG = "backlog: deals lag behind (slow system, paused or restarted worker down)"


def page(*, paged: bool = True, frees_s: float | None = HEAL_S, reason: str = BACKLOG, **alert: Any) -> Case:
    """The day of a sync whose page fills up, and frees at some time or never; one alert lists what waits in it."""
    story = FullStory()
    story.inject(BEGIN_S, HEAL_S, "inactive reference", effect=False)
    behind = BEHIND if paged else []
    for number in range(DEALS):
        deal, at_s = f"E{number}", 1 + number * EVERY_S
        story.sale(deal, at_s)
        if deal in REFUSED:
            story.hit(deal, at_s + 1).write(deal, at_s + 1, "fail", status=400, error="INVALID_KEY_OR_REF")
        if deal not in REFUSED and deal not in behind:
            story.booked(deal, at_s + 2)
        elif frees_s is not None:
            story.booked(deal, frees_s + 5 + number / 10)
    story.alert(*REFUSED, *behind, at_s=300, reason=reason, **alert)
    story.expectations = EXPECTED
    return story.case()


def verdicts(case: Case) -> dict[str, Any]:
    return {verdict.name: verdict for verdict in judge(case)[1]}


@rows(("frees_s", "state"), [(HEAL_S, "late"), (None, "lost")])
def test_deals_that_no_fault_touched_are_late_or_missing(frees_s: float | None, state: str) -> None:
    case = page(frees_s=frees_s)
    assert judge(case)[0] is Result.FAILED
    kept = verdicts(case)["kept flowing"]
    assert (kept.result, kept.orders) == (Result.FAILED, tuple(BEHIND))
    assert {outcome.state for outcome in reconcile(case).outcomes if outcome.deal in BEHIND} == {state}


def test_a_sync_that_sets_refused_records_aside_keeps_the_others_flowing() -> None:
    good = page(paged=False, kind="alert", reason="invalid reference: an item is inactive")
    assert [verdict.result for verdict in judge(good)[1]] == [Result.PASSED] * (2 + len(EXPECTED))


@pytest.mark.parametrize(
    "reason",
    [BACKLOG, "backlog", "55 deals wait, the queue grows", "deals are overdue", "the sync lags behind: it is slow"],
)
@pytest.mark.parametrize("kind", ["alert", "ticket"])
@pytest.mark.parametrize("frees_s", [HEAL_S, None])
def test_a_page_about_a_backlog_parks_nothing(frees_s: float | None, kind: str, reason: str) -> None:
    case = page(frees_s=frees_s, kind=kind, reason=reason)
    parked = verdicts(case)["parked with context"]
    assert (parked.result, parked.orders) == (Result.FAILED, tuple(REFUSED))
    assert "parked" not in {outcome.state for outcome in reconcile(case).outcomes}


def test_a_ticket_with_the_reason_of_the_refusal_parks_what_was_refused() -> None:
    case = page(kind="ticket", frees_s=None, reason="invalid reference: an item is inactive")
    assert verdicts(case)["parked with context"].result is Result.PASSED
