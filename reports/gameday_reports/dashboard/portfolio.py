"""The portfolio: which flows would lose money, whether anybody would know, and what became of it over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from gameday.base.counts import plural
from gameday.contracts.flows import owner_of
from gameday_reports.dashboard.comparison import Compared, ScenarioRuns, compared, earlier, last_day
from gameday_reports.dashboard.due import DueActions
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.losses import Losses, losses

#: "Last month" is the newest run that is at least so old when a run starts.
MONTH = timedelta(days=28)
#: How far the trend and the recurring causes go back.
QUARTER = timedelta(days=91)
#: A cause recurs if it made so many runs fail.
RECURS = 2


class FlowRisk(NamedTuple):
    """One flow through one stack, by its latest runs: the losses, and how it stands against earlier runs."""

    flow: str
    stack: str
    release: str
    owner: str
    losses: Losses
    month: Compared
    release_before: str
    releases: Compared


class Release(NamedTuple):
    """One version of a stack over the last three months, by the latest run of each scenario and seed."""

    stack: str
    release: str
    first: datetime
    last: datetime
    failed: int
    losses: Losses


class Cause(NamedTuple):
    """A fault that made runs of a stack fail again: how many of how many, in which releases, and when last."""

    fault: str
    stack: str
    failed: int
    of: int
    releases: tuple[str, ...]
    last: RunSummary
    open: bool


class Decision(NamedTuple):
    """Something to be decided: by whom, until when, and on what run it rests."""

    what: str
    owner: str
    due: str
    when: str
    link: str
    source: str


def portfolio(scenarios: Sequence[ScenarioRuns], stacks: Iterable[str]) -> list[FlowRisk]:
    """Every flow through every stack, the largest risk first."""
    rows: list[FlowRisk] = []
    for stack in stacks:
        by_flow: dict[str, list[list[RunSummary]]] = {}
        for scenario in scenarios:
            if runs := scenario.of(stack):
                by_flow.setdefault(runs[-1].flow, []).append(runs)
        rows += [_risk(flow, stack, its_runs) for flow, its_runs in by_flow.items()]
    # The money only ranks: it is that of the worst run, never a sum.
    return sorted(rows, key=_by_risk)


def _by_risk(row: FlowRisk) -> tuple[Decimal, Decimal, int, str, str]:
    eight_hours, here = row.losses.largest
    return -eight_hours, -here, -len(row.losses.rows), row.flow, row.stack


def _risk(flow: str, stack: str, by_scenario: list[list[RunSummary]]) -> FlowRisk:
    latest = [run for runs in by_scenario for run in last_day(runs)]
    newest = max(latest, key=lambda run: run.order)
    found = losses(latest, newest.release)
    old = _release_before(by_scenario, newest)
    return FlowRisk(
        flow=flow,
        stack=stack,
        release=newest.release,
        owner=owner_of(newest.owners, "sync"),
        losses=found,
        month=compared(
            (before, after)
            for runs in by_scenario
            for after in last_day(runs)
            if (before := earlier([run for run in runs if after.started - run.started >= MONTH], after))
        ),
        release_before=old,
        releases=compared(
            (before, after)
            for runs in by_scenario
            for after in last_day(runs)
            if (before := earlier([run for run in runs if run.release == old and run.order < after.order], after))
        ),
    )


def _release_before(by_scenario: list[list[RunSummary]], newest: RunSummary) -> str:
    """The release that ran last before this one; empty without any."""
    others = [run for runs in by_scenario for run in runs if run.release != newest.release and run.order < newest.order]
    return max(others, key=lambda run: run.order).release if others else ""


def trend(scenarios: Sequence[ScenarioRuns], stacks: Iterable[str], now: datetime) -> list[Release]:
    """The releases of each stack over the last three months, the newest first; stacks with one release are left out."""
    found = []
    for stack in stacks:
        recent = [run for scenario in scenarios for run in scenario.of(stack) if now - run.started <= QUARTER]
        by_release: dict[str, list[RunSummary]] = {}
        for run in sorted(recent, key=lambda run: run.order):
            by_release.setdefault(run.release, []).append(run)
        if len(by_release) > 1:
            found += [_release(stack, name, runs) for name, runs in reversed(by_release.items())]
    return found


def _release(stack: str, name: str, runs: list[RunSummary]) -> Release:
    latest = list({(run.scenario, run.seed): run for run in runs}.values())
    failed = len({run.scenario for run in latest if run.word == "failed"})
    return Release(stack, name, runs[0].started, runs[-1].started, failed, losses(latest, name))


def recurring(scenarios: Sequence[ScenarioRuns], now: datetime) -> list[Cause]:
    """Faults that made several runs of a stack fail in three months: of most releases first, then of most runs."""
    # Stacks are different syncs: a release of each that fails once is nothing that came back.
    by_fault: dict[tuple[str, str], list[RunSummary]] = {}
    for run in (run for scenario in scenarios for run in scenario.all if now - run.started <= QUARTER):
        for fault in run.faults:
            by_fault.setdefault((fault, run.stack), []).append(run)
    causes = []
    for (fault, stack), runs in by_fault.items():
        runs.sort(key=lambda run: run.order)
        failed = [run for run in runs if run.word == "failed"]
        latest = {run.scenario: run for run in runs}
        releases = tuple(dict.fromkeys(run.release for run in failed))
        if len(failed) >= RECURS:
            still = any(run.word == "failed" for run in latest.values())
            causes.append(Cause(fault, stack, len(failed), len(runs), releases, failed[-1], still))
    return sorted(causes, key=lambda cause: (-len(cause.releases), -cause.failed, cause.fault, cause.stack))


def decisions(risks: Sequence[FlowRisk], due: DueActions) -> list[Decision]:
    """The actions of postmortems by date; then, for each flow that would lose money, what its owner has to decide."""
    found = [
        Decision(row.what, row.owner, row.due, row.when, row.run.link, f"{row.run.scenario}, {row.run.release}")
        for row in due.rows
    ]
    for risk in risks:
        if rows := risk.losses.rows:
            more = f" and {plural(len(rows) - 1, 'more scenario')}" if len(rows) > 1 else ""
            what = f"Fix or accept what {risk.release} loses: {rows[0].scenario}{more}"
            found.append(Decision(what, risk.owner, "", "open", rows[0].link, risk.flow))
    return found
