"""The readiness checklist of a stack: what the runs can show is computed, the rest is for people to confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gameday.base.chance import size_for
from gameday.base.counts import out_of, plural
from gameday_reports.dashboard.comparison import Change, ScenarioRuns, last_day
from gameday_reports.dashboard.failure_modes import FAILURE_MODES
from gameday_reports.dashboard.summaries import RunSummary

FRESH = timedelta(days=30)
SEEDS = 3
#: With so many orders, a loss rate of 1% is detected with a probability of 95%.
ORDERS = size_for(0.01)
TOP_RANK = 9
AFFECTED = ("run with affected orders", "runs with affected orders")

PEOPLE = (
    "Owner, coordinator, reporter and observers of the next game day are assigned.",
    "Abort conditions are agreed, and stopping the game day was tested.",
    "On call, sales and finance know when the next game day takes place.",
    "The runbook was tested by somebody who did not write it.",
    "The pager was tested outside office hours, and somebody responded.",
    "Somebody can repair the ledgers by hand if the stack cannot.",
    "The actions from the last game day have owners and dates.",
)


class Evidence(NamedTuple):
    """Where a line of the checklist can be looked up; ``link`` is empty if there is no page."""

    text: str
    link: str


class Item(NamedTuple):
    """One line of the checklist. ``word``: met, not met, or unknown; ``figure`` is what was counted.

    ``evidence`` shows it: of what is not met, what lacks first.
    """

    text: str
    word: str
    figure: str
    evidence: tuple[Evidence, ...] = ()


def checklist(stack: str, scenarios: Sequence[ScenarioRuns], worse: Sequence[Change], now: datetime) -> list[Item]:
    """What the comparable runs of a stack show; the latest runs of a scenario are those of its last day."""
    by_scenario = [scenario.of(stack) for scenario in scenarios]
    latest = [run for runs in by_scenario if runs for run in last_day(runs)]
    modes = {
        number
        for scenario in scenarios
        for run in scenario.all
        if run.stack == stack and run.exercises
        for number in run.modes
    }
    return [*_practice(by_scenario, modes, latest, now), *_outcome(stack, worse, latest)]


def _practice(
    by_scenario: Sequence[Sequence[RunSummary]], modes: Set[int], latest: Sequence[RunSummary], now: datetime
) -> Iterator[Item]:
    recent = sum(any(now - run.started <= FRESH for run in runs) for runs in by_scenario)
    yield counted(f"Each scenario ran in the last {FRESH.days} days", recent, len(by_scenario), "scenario")
    seeds = sum(len({run.seed for run in runs}) >= SEEDS for runs in by_scenario)
    yield counted(f"Each scenario ran with at least {SEEDS} seeds", seeds, len(by_scenario), "scenario")
    top = {mode.number for mode in FAILURE_MODES if mode.rank >= TOP_RANK}
    yield counted(
        "The most important failure modes were exercised",
        len(top & modes),
        len(top),
        f"mode of rank {TOP_RANK}",
        f"modes of rank {TOP_RANK}",
    )
    controlled = sum(run.controlled for run in latest)
    yield counted("Each latest run had a fault-free control", controlled, len(latest), "run")
    most = max((run.orders for run in latest), default=0)
    yield Item(
        f"A latest run had at least {ORDERS} orders, enough to detect a loss rate of 1%",
        _word(most >= ORDERS, bool(latest)),
        f"at most {plural(most, 'order')}",
    )


def _outcome(stack: str, worse: Sequence[Change], latest: Sequence[RunSummary]) -> Iterator[Item]:
    of = len(latest)
    # An inconclusive run shows neither that something is wrong nor that nothing is.
    decided = [run for run in latest if run.decided]
    regressed = sum(change.after.stack == stack for change in worse)
    yield Item("Nothing became worse", _word(not regressed, bool(of)), plural(regressed, "regression"))
    yield counted("Each latest run passed", sum(run.word == "passed" for run in latest), of, "run")
    known = sum(not run.unreported for run in decided)
    yield counted("No lost or wrong order was unreported", known, of, "run")
    alerts = sum(run.false_alarms for run in latest)
    yield Item("There was no false alarm", _word(not alerts, bool(of)), plural(alerts, "false alarm"))
    affected = [run for run in decided if run.affected and run.times is not None]
    in_time = sum(_within(run.times.detect_s, run.sla.detect_target_s) for run in affected if run.times)
    yield counted("Alerts came within the contract's target", in_time, len(affected), *AFFECTED)
    repaired = sum(_within(run.times.catch_up_s, run.sla.repair_target_s) for run in affected if run.times)
    yield counted("The ledgers were reconciled within the contract's target", repaired, len(affected), *AFFECTED)
    without = sum(run.interventions_per_1000 == 0 for run in decided)
    yield counted("No manual intervention was needed", without, of, "run")


def _within(value_s: float | None, target_s: float) -> bool:
    return value_s is not None and value_s <= target_s


def counted(text: str, met: int, of: int, noun: str, several: str = "", evidence: tuple[Evidence, ...] = ()) -> Item:
    """A line that is met if all of them are; unknown without any."""
    return Item(text, _word(met == of, bool(of)), out_of(met, of, noun, several), evidence)


def _word(met: bool, known: bool) -> str:
    return ("met" if met else "not met") if known else "unknown"


def counts(items: Sequence[Item]) -> dict[str, Any]:
    """How many lines are met and not met, of how many."""
    words = [item.word for item in items]
    return {"met": words.count("met"), "not_met": words.count("not met"), "of": len(words)}
