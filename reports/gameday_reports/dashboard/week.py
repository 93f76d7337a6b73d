"""The weekly review: the last seven days against the seven before them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from gameday_reports.dashboard.comparison import Change, Story, changes, mended, worsened
from gameday_reports.dashboard.trials import Trial

WEEK = timedelta(days=7)


def week(found: Sequence[Story], now: datetime) -> dict[str, Any]:
    """``this`` and ``last`` with their counts, ``broke`` and ``mended`` of this week, ``failing``: not expected to."""
    trials = sorted((trial for story in found for trial in story.all), key=lambda trial: trial.order)
    # A trial that another clock says began later than now is of this week: nothing is left out.
    this = [trial for trial in trials if now - trial.started < WEEK]
    last = [trial for trial in trials if WEEK <= now - trial.started < 2 * WEEK]
    broke, repaired = _changes(found, now)
    return {
        "start": now - WEEK,
        "end": now,
        "this": _counts(this),
        "last": _counts(last),
        "ran": _ran(this, last),
        "broke": broke,
        "mended": repaired,
        "failing": [trial for trial in this if trial.word not in ("valid", trial.expected)],
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
                repaired += [change] if (change := mended(before, after)) else []
    return (
        sorted(broke, key=lambda change: change.after.order, reverse=True),
        sorted(repaired, key=lambda change: change.after.order, reverse=True),
    )


def _counts(trials: Sequence[Trial]) -> dict[str, int]:
    words = [trial.word for trial in trials]
    return {
        "trials": len(words),
        "valid": words.count("valid"),
        "invalid": words.count("invalid"),
        "unknown": words.count("unknown"),
        "scenarios": len({trial.scenario for trial in trials}),
        "stacks": len({trial.stack for trial in trials}),
        "modes": len({number for trial in trials if trial.word != "unknown" for number in trial.modes}),
        "silent": sum(trial.silent for trial in trials),
    }


def _ran(this: Sequence[Trial], last: Sequence[Trial]) -> list[dict[str, Any]]:
    """By scenario and stack, what ran in either week."""
    pairs = sorted({(trial.scenario, trial.stack) for trial in (*this, *last)})
    rows = []
    for scenario, stack in pairs:
        mine = [[t for t in trials if (t.scenario, t.stack) == (scenario, stack)] for trials in (this, last)]
        rows.append({"scenario": scenario, "stack": stack, "this": _words(mine[0]), "last": _words(mine[1])})
    return rows


def _words(trials: Sequence[Trial]) -> dict[str, int]:
    words = [trial.word for trial in trials]
    return {word: words.count(word) for word in ("valid", "invalid", "unknown") if word in words}
