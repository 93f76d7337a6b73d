"""Which failure modes were exercised, by which stack and when last; and what has gone longest without a game day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gameday.config.stack_table import PLANTED
from gameday_reports.dashboard.comparison import Story
from gameday_reports.dashboard.failure_modes import FAILURE_MODES, FailureMode
from gameday_reports.dashboard.runs import RunSummary


def coverage(runs: Sequence[RunSummary], stacks: Sequence[str]) -> dict[str, Any]:
    """``rows``, one for each mode by rank and number; ``layers`` of them; how many were exercised.

    A trial whose verdict is unknown exercised nothing: nobody knows what the stack would have done.
    """
    by_mode: dict[int, list[RunSummary]] = {mode.number: [] for mode in FAILURE_MODES}
    for run in runs:
        if run.word != "inconclusive":
            for number in run.modes:
                by_mode[number].append(run)
    rows = [_row(mode, by_mode[mode.number], stacks) for mode in FAILURE_MODES]
    rows.sort(key=lambda row: (-row["rank"], row["number"]))
    layers = sorted({mode.layer for mode in FAILURE_MODES}, key=str.lower)
    ranks = sorted({mode.rank for mode in FAILURE_MODES}, reverse=True)
    return {
        "rows": rows,
        "layers": [{"layer": layer, "rows": [row for row in rows if row["layer"] == layer]} for layer in layers],
        "ranks": [{"rank": rank, **_exercised([row for row in rows if row["rank"] == rank])} for rank in ranks],
        **_exercised(rows),
    }


def _exercised(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {"exercised": sum(bool(row["runs"]) for row in rows), "of": len(rows)}


def _row(mode: FailureMode, runs: Sequence[RunSummary], stacks: Sequence[str]) -> dict[str, Any]:
    last = max((run.started for run in runs), default=None)
    return {
        **mode._asdict(),
        "runs": len(runs),
        "stacks": {stack: number for stack in stacks if (number := sum(t.stack == stack for t in runs))},
        "scenarios": sorted({run.scenario for run in runs}),
        "last": last,
    }


def longest_ago(found: Sequence[Story], now: datetime) -> list[dict[str, Any]]:
    """Each scenario and stack with its last trial, comparable or not, and how many days ago it was; oldest first."""
    rows = []
    for story in found:
        for stack in story.stacks:
            last = max(run.started for run in story.all if run.stack == stack)
            rows.append(
                {"scenario": story.scenario, "stack": stack, "last": last, "days": max(0, (now - last).days)},
            )
    return sorted(rows, key=lambda row: (row["last"], row["scenario"], row["stack"]))


def never_ran(found: Sequence[Story], stacks: Sequence[str], scenarios: Iterable[str]) -> list[dict[str, Any]]:
    """Each scenario that some of the stacks have never run, with those ``stacks``; by name, those that none ran first.

    ``scenarios`` are further names to look for beside those that ran. A planted bug is no stack that anybody
    runs: it counts only where there is no other. Without a stack a scenario that never ran is told alone.
    """
    own = [stack for stack in stacks if not stack.startswith(f"{PLANTED}+")] or list(stacks)
    ran = {story.scenario: story.stacks for story in found}
    rows = []
    for scenario in sorted({*scenarios, *ran}):
        missing = [stack for stack in own if stack not in ran.get(scenario, ())]
        if missing or scenario not in ran:
            rows.append({"scenario": scenario, "stacks": missing})
    return sorted(rows, key=lambda row: row["scenario"] in ran)
