"""The four metrics of the weekly review: each with its definition, and every run's own value. Nothing is averaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gameday_reports.dashboard.lanes import fix_time_s
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.formats import share, span

NO_RUNS = "no runs"
_INCONCLUSIVE = "inconclusive"
_NO_IMPACT = "no impact"


class Metric(NamedTuple):
    """A metric: what it is, and the value of one run in words; empty where the run does not measure it."""

    name: str
    definition: str
    value: Callable[[RunSummary], str]


class MetricRow(NamedTuple):
    """The values of one scenario and stack, for each metric: those of this week's runs, and of the week's before."""

    scenario: str
    stack: str
    this: tuple[str, ...]
    last: tuple[str, ...]


def _repair(run: RunSummary) -> str:
    if not run.affected:
        return _NO_IMPACT
    if run.times is None or run.times.reconciled_s is None:
        return "not repaired"
    return span(run.times.repair_s) if run.times.repair_s is not None else ""


def _failure_rate(run: RunSummary) -> str:
    return f"{run.unreconciled:,} of {run.orders:,} ({share(run.unreconciled, run.orders)})" if run.orders else ""


def _interventions(run: RunSummary) -> str:
    return "" if run.interventions_per_1000 is None else f"{run.interventions_per_1000:g}"


def _schema_fix(run: RunSummary) -> str:
    if not run.schema_change:
        return ""
    if not run.affected:
        return _NO_IMPACT
    took_s = fix_time_s(run)
    return "not fixed" if took_s is None else span(took_s)


METRICS = (
    Metric(
        "Time to repair",
        "From the first affected deal until both ledgers agreed on all of them, where the sync or people repaired them "
        "before the scenario healed the fault. Drills only: real incidents are listed apart, below.",
        _repair,
    ),
    Metric(
        "Failure rate",
        "The share of the records won in the CRM that fail: lost, duplicated, mismatched or parked when the ledgers "
        "were read.",
        _failure_rate,
    ),
    Metric(
        "Manual interventions per 1,000 orders",
        "What people did in the run, open dead letters, and deals that are left to repair; each deal once.",
        _interventions,
    ),
    Metric(
        "From a schema change to its fix",
        "From renaming, hiding or requiring a field until both ledgers agreed again. Drills only: for real changes it "
        "ends with the deploy of the fix, and is listed apart, below.",
        _schema_fix,
    ),
)


def metric_rows(this: Sequence[RunSummary], last: Sequence[RunSummary]) -> list[MetricRow]:
    """A row for each scenario and stack that ran in one of the two weeks."""
    pairs = sorted({(run.scenario, run.stack) for run in (*this, *last)})
    return [
        MetricRow(
            *pair, *(_values([run for run in runs if (run.scenario, run.stack) == pair]) for runs in (this, last))
        )
        for pair in pairs
    ]


def _values(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    """For each metric the values of all runs, oldest first. One that is inconclusive measures nothing, and says so."""
    if not runs:
        return (NO_RUNS,) * len(METRICS)
    texts = (
        [value if run.decided else _INCONCLUSIVE for run in runs if (value := metric.value(run))] for metric in METRICS
    )
    return tuple("; ".join(each) or "not measured" for each in texts)
