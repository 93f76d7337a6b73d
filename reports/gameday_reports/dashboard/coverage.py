"""Which failure modes were exercised, on which stacks and when; and what has not been run for longest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gameday.config.stack_table import PLANTED
from gameday_reports.dashboard.comparison import ScenarioRuns
from gameday_reports.dashboard.failure_modes import FAILURE_MODES, FailureMode
from gameday_reports.dashboard.summaries import RunSummary


def coverage(runs: Sequence[RunSummary], stacks: Sequence[str]) -> dict[str, Any]:
    """``rows``, one for each mode by rank and number; the same by ``layers``; how many were exercised.

    An inconclusive run exercises nothing: it does not show what the stack would have done. Nor does a run in which a
    fault shows no evidence that it took effect, whatever its result.
    """
    by_mode: dict[int, list[RunSummary]] = {mode.number: [] for mode in FAILURE_MODES}
    for run in runs:
        if run.exercises:
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
        "stacks": {stack: number for stack in stacks if (number := sum(run.stack == stack for run in runs))},
        "scenarios": sorted({run.scenario for run in runs}),
        "last": last,
    }


def longest_ago(scenarios: Sequence[ScenarioRuns], now: datetime) -> list[dict[str, Any]]:
    """Each scenario and stack with its last run, comparable or not, and how many days ago that was; oldest first."""
    rows = []
    for scenario in scenarios:
        for stack in scenario.stacks:
            last = max(run.started for run in scenario.all if run.stack == stack)
            rows.append(
                {"scenario": scenario.name, "stack": stack, "last": last, "days": max(0, (now - last).days)},
            )
    return sorted(rows, key=lambda row: (row["last"], row["scenario"], row["stack"]))


def never_ran(
    recorded: Sequence[ScenarioRuns],
    stacks: Sequence[str],
    names: Iterable[str],
    not_applicable: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Each scenario that some of the stacks have never run, with those ``stacks``; by name, those that none ran first.

    A stack to which a scenario is ``not_applicable`` is not missing. ``names`` are scenarios to look for in addition to
    those that ran. Stacks with a planted bug count only if there are no others. A scenario that never ran is listed
    even if there is no stack.
    """
    own = [stack for stack in stacks if not stack.startswith(f"{PLANTED}+")] or list(stacks)
    ran = {scenario.name: scenario.stacks for scenario in recorded}
    rows = []
    for name in sorted({*names, *ran}):
        applicable = [stack for stack in own if name not in not_applicable.get(stack, {})]
        missing = [stack for stack in applicable if stack not in ran.get(name, ())]
        if missing or (name not in ran and (applicable or not own)):
            rows.append({"scenario": name, "stacks": missing})
    return sorted(rows, key=lambda row: row["scenario"] in ran)
