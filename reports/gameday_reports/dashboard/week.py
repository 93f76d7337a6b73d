"""The weekly review: the last seven days against the seven before them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gameday.base.counts import plural
from gameday_reports.dashboard.comparison import Change, ScenarioRuns, changes, improved, worsened
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.dashboard.week_metrics import metric_rows
from gameday_reports.formats import capital

WEEK = timedelta(days=7)


def week(scenarios: Sequence[ScenarioRuns], now: datetime) -> dict[str, Any]:
    """The counts of ``this`` and ``last`` week; what ``broke``, what was ``fixed``, and unexpected ``failing`` runs.

    ``sentence`` says in words what the counts say, ``nothing_broke`` what it means if nothing did, ``rows`` are those
    of the four metrics.
    """
    runs = sorted((run for scenario in scenarios for run in scenario.all), key=lambda run: run.order)
    # A run from the future (another machine's clock) counts as this week's, so that none is left out.
    this = [run for run in runs if now - run.started < WEEK]
    last = [run for run in runs if WEEK <= now - run.started < 2 * WEEK]
    broke, fixed = _changes(scenarios, now)
    return {
        "start": now - WEEK,
        "end": now,
        "this": _counts(this),
        "last": _counts(last),
        "ran": _ran(this, last),
        "broke": broke,
        "fixed": fixed,
        "failing": [run for run in this if run.word not in ("passed", run.expected)],
        "rows": metric_rows(this, last),
        "sentence": _sentence(this, broke, fixed),
        "nothing_broke": _nothing_broke(scenarios, this, now),
    }


def _sentence(this: Sequence[RunSummary], broke: Sequence[Change], fixed: Sequence[Change]) -> str:
    """What happened, in the same figures as below."""
    if not this:
        return "No runs this week."
    counts = _counts(this)
    bad = [f"{counts[word]:,} {word}" for word in ("failed", "inconclusive") if counts[word]]
    results = f"{plural(len(this), 'run')}: {', '.join(bad) if bad else 'all passed'}."
    blind = counts["with_unreported"]
    wrong = f"In {blind:,} of them orders ended wrong and no alert or ticket named them." if blind else ""
    changed = [f"{plural(len(broke), 'run')} worse than before"] if broke else []
    changed += [f"{plural(len(fixed), 'run')} passed that had not before"] if fixed else []
    return " ".join([*filter(None, (results, wrong)), *([f"{capital(', '.join(changed))}."] if changed else [])])


def _nothing_broke(scenarios: Sequence[ScenarioRuns], this: Sequence[RunSummary], now: datetime) -> str:
    """What it means that nothing is worse: nothing ran, nothing could be compared, or it had failed before."""
    if not this:
        return "No runs this week."
    pairs = [pair for scenario in scenarios for stack in scenario.stacks for pair in changes(scenario.of(stack))]
    compared = [after for _, after in pairs if now - after.started < WEEK]
    if not compared:
        return "No run of this week has an earlier one to be compared with."
    same = "Nothing is worse than in the previous comparable run"
    if any(run.word == "failed" for run in compared):
        same += ": what failed had failed before"
    if without := len(this) - len(compared):
        same += f"; {plural(without, 'run')} {'has' if without == 1 else 'have'} no earlier one"
    return f"{same}."


def _changes(scenarios: Sequence[ScenarioRuns], now: datetime) -> tuple[list[Change], list[Change]]:
    broke: list[Change] = []
    fixed: list[Change] = []
    for scenario in scenarios:
        for stack in scenario.stacks:
            for before, after in changes(scenario.of(stack)):
                if now - after.started >= WEEK:
                    continue
                broke += [change] if (change := worsened(before, after)) else []
                fixed += [change] if (change := improved(before, after)) else []
    return (
        sorted(broke, key=lambda change: change.after.order, reverse=True),
        sorted(fixed, key=lambda change: change.after.order, reverse=True),
    )


def _counts(runs: Sequence[RunSummary]) -> dict[str, int]:
    words = [run.word for run in runs]
    return {
        "runs": len(words),
        "passed": words.count("passed"),
        "failed": words.count("failed"),
        "inconclusive": words.count("inconclusive"),
        "scenarios": len({run.scenario for run in runs}),
        "stacks": len({run.stack for run in runs}),
        "modes": len({number for run in runs if run.exercises for number in run.modes}),
        "with_unreported": sum(run.decided and run.unreported > 0 for run in runs),
    }


def _ran(this: Sequence[RunSummary], last: Sequence[RunSummary]) -> list[dict[str, Any]]:
    """The number of runs in both weeks by scenario, stack and result."""
    pairs = sorted({(run.scenario, run.stack) for run in (*this, *last)})
    rows = []
    for scenario, stack in pairs:
        weeks = [[run for run in runs if (run.scenario, run.stack) == (scenario, stack)] for runs in (this, last)]
        rows.append({"scenario": scenario, "stack": stack, "this": _words(weeks[0]), "last": _words(weeks[1])})
    return rows


def _words(runs: Sequence[RunSummary]) -> dict[str, int]:
    words = [run.word for run in runs]
    return {word: words.count(word) for word in ("passed", "failed", "inconclusive") if word in words}
