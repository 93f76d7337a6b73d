"""The weekly review: the last seven days against the seven before them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gameday_reports.dashboard.comparison import Change, Story, changes, improved, worsened
from gameday_reports.dashboard.runs import RunSummary

WEEK = timedelta(days=7)


def week(found: Sequence[Story], now: datetime) -> dict[str, Any]:
    """``this`` and ``last`` with their counts, ``broke`` and ``mended`` of this week, ``failing``: not expected to."""
    runs = sorted((run for story in found for run in story.all), key=lambda run: run.order)
    # A trial that another clock says began later than now is of this week: nothing is left out.
    this = [run for run in runs if now - run.started < WEEK]
    last = [run for run in runs if WEEK <= now - run.started < 2 * WEEK]
    broke, repaired = _changes(found, now)
    return {
        "start": now - WEEK,
        "end": now,
        "this": _counts(this),
        "last": _counts(last),
        "ran": _ran(this, last),
        "broke": broke,
        "repaired": repaired,
        "failing": [run for run in this if run.word not in ("passed", run.expected)],
    }


def _changes(found: Sequence[Story], now: datetime) -> tuple[list[Change], list[Change]]:
    broke: list[Change] = []
    repaired: list[Change] = []
    for story in found:
        for stack in story.stacks:
            for before, after in changes(story.of(stack)):
                if now - after.started >= WEEK:
                    continue
                broke += [change] if (change := worsened(before, after)) else []
                repaired += [change] if (change := improved(before, after)) else []
    return (
        sorted(broke, key=lambda change: change.after.order, reverse=True),
        sorted(repaired, key=lambda change: change.after.order, reverse=True),
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
        "modes": len({number for run in runs if run.word != "inconclusive" for number in run.modes}),
        "unreported": sum(run.unreported for run in runs),
    }


def _ran(this: Sequence[RunSummary], last: Sequence[RunSummary]) -> list[dict[str, Any]]:
    """By scenario and stack, what ran in either week."""
    pairs = sorted({(run.scenario, run.stack) for run in (*this, *last)})
    rows = []
    for scenario, stack in pairs:
        mine = [[t for t in runs if (t.scenario, t.stack) == (scenario, stack)] for runs in (this, last)]
        rows.append({"scenario": scenario, "stack": stack, "this": _words(mine[0]), "last": _words(mine[1])})
    return rows


def _words(runs: Sequence[RunSummary]) -> dict[str, int]:
    words = [run.word for run in runs]
    return {word: words.count(word) for word in ("passed", "failed", "inconclusive") if word in words}
