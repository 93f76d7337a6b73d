"""Rates, times and manual interventions as lanes: every comparable run of a scenario and stack on one axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gameday_reports.dashboard.charts import DETECT, INTERVENTIONS, REPAIR, Axis, extent, lane, rate
from gameday_reports.dashboard.comparison import ScenarioRuns
from gameday_reports.dashboard.summaries import RunSummary

#: Draws the runs of one scenario and stack; None if there is nothing to show.
_Draw = Callable[[Sequence[RunSummary]], dict[str, Any] | None]


def lane_sections(scenarios: Sequence[ScenarioRuns], stacks: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each kind of figure with its axis and its lanes, grouped by scenario."""
    for kind, axis, draw in _SECTIONS:
        yield {"kind": kind, "axis": axis and axis.shape, "groups": list(_groups(scenarios, stacks, draw))}


def _groups(scenarios: Sequence[ScenarioRuns], stacks: Sequence[str], draw: _Draw) -> Iterator[dict[str, Any]]:
    for scenario in scenarios:
        drawings = {stack: draw(runs) for stack in stacks if (runs := scenario.of(stack))}
        lanes = [{"stack": stack, **drawing} for stack, drawing in drawings.items() if drawing]
        if lanes:
            yield {"scenario": scenario.name, "lanes": lanes}


# The figures of an inconclusive run are none of what the stack does: only a rate counts it.


def _detect_lane(runs: Sequence[RunSummary]) -> dict[str, Any] | None:
    values = [run.times.detect_s for run in runs if run.decided and run.times and run.affected]
    if not values:
        return None
    return lane(values, DETECT, target=runs[-1].sla.detect_target_s) | {"figures": extent(values)}


def _repair_lane(runs: Sequence[RunSummary]) -> dict[str, Any] | None:
    values = [run.times.catch_up_s for run in runs if run.decided and run.times and run.affected]
    if not values:
        return None
    return lane(values, REPAIR, target=runs[-1].sla.repair_target_s) | {"figures": extent(values)}


def _interventions_lane(runs: Sequence[RunSummary]) -> dict[str, Any] | None:
    values = [run.interventions_per_1000 for run in runs if run.decided and run.interventions_per_1000 is not None]
    if not values:
        return None
    low, high = min(values), max(values)
    return lane(values, INTERVENTIONS) | {"figures": f"{low:g}" if low == high else f"{low:g} to {high:g}"}


def _schema_lane(runs: Sequence[RunSummary]) -> dict[str, Any] | None:
    """The time from a schema change to reconciled ledgers, for the runs in which deals were affected."""
    values = [fix_time_s(run) for run in runs if run.decided and run.schema_change and run.times and run.affected]
    if not values:
        return None
    return lane(values, REPAIR) | {"figures": extent(values)}


def fix_time_s(run: RunSummary) -> float | None:
    """From the injection of the fault until the ledgers agreed; None if they did not."""
    times = run.times
    if times is None or times.injected_s is None or times.reconciled_s is None:
        return None
    return round(times.reconciled_s - times.injected_s, 3)


#: The kinds in the order of the page. A rate needs no axis: it always goes from 0% to 100%.
_SECTIONS: tuple[tuple[str, Axis | None, _Draw], ...] = (
    ("rate", None, rate),
    ("detect", DETECT, _detect_lane),
    ("repair", REPAIR, _repair_lane),
    ("interventions", INTERVENTIONS, _interventions_lane),
    ("schema", REPAIR, _schema_lane),
)
