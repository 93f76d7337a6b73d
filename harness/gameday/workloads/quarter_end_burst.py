"""The end of a quarter: most deals are closed in its last hours, and many of them change at once."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import BusinessOperation, Workload, workload
from gameday.workloads.arrivals import Part, read_params
from gameday.workloads.closed_won import ClosedWonParams, generated

_Inside = Annotated[float, Meta(ge=0.01, le=0.99)]


class QuarterEndParams(ClosedWonParams, frozen=True, kw_only=True):
    """``burst``: the share of the deals that are closed in the last part of the time, which is ``burst_time``.

    The others are those of "closed won".
    """

    burst: _Inside = 0.7
    burst_time: _Inside = 0.2
    amended: Part = 0.15


@workload("quarter-end burst", params=QuarterEndParams)
def quarter_end_burst(spec: WorkloadSpec, seed: int) -> Workload:
    """Generated deals of which most are closed in the last fifth of the time, on both sides of the quarter's end."""
    params = read_params(QuarterEndParams, spec)
    made = generated(params, spec, seed)
    length_s = spec.count / spec.per_minute * 60.0
    moved_s: dict[str, float] = {}
    operations = []
    for each in made.operations:
        # What happens to a deal later keeps its distance from the closing.
        by_s = moved_s.setdefault(each.key, _moved(each.at_s, length_s, params) - each.at_s)
        operations.append(msgspec.structs.replace(each, at_s=round(each.at_s + by_s, 3)))
    return Workload(made.catalog, tuple(sorted(operations, key=_time)))


def _time(operation: BusinessOperation) -> float:
    return operation.at_s


def _moved(at_s: float, length_s: float, params: QuarterEndParams) -> float:
    """A moment of an even flow, where a share of it happens in the last part of the time.

    >>> [_moved(at_s, 100.0, QuarterEndParams()) for at_s in (0.0, 15.0, 30.0, 65.0, 100.0)]
    [0.0, 40.0, 80.0, 90.0, 100.0]
    """
    before, quiet_s = 1 - params.burst, (1 - params.burst_time) * length_s
    part = at_s / length_s
    if part < before:
        return round(part / before * quiet_s, 3)
    return round(quiet_s + (part - before) / params.burst * (length_s - quiet_s), 3)
