"""Plain deals at an even rate: whatever goes wrong comes from the fault."""

from __future__ import annotations

import msgspec

from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Workload, workload
from gameday.workloads.arrivals import Later, Part, read_params
from gameday.workloads.closed_won import ClosedWonParams, Share, generated


class SteadyParams(ClosedWonParams, frozen=True, kw_only=True):
    """The parameters of "closed won"; without a trait that is asked for, there is none."""

    spread: Share = 0.0
    same_names: Share = 0.0
    new_customers: Share = 0.0
    case_twins: Share = 0.0
    repeated_products: Share = 0.0
    free_lines: Share = 0.0
    other_days: Share = 0.0
    parts: Share = 0.0
    discounts: Share = 0.0
    taxed_products: Share = 0.0
    not_won: Share = 0.0
    amended: Part = 0
    voided: Part = 0
    later: dict[str, Later] = msgspec.field(default_factory=dict)


@workload("steady", params=SteadyParams)
def steady(spec: WorkloadSpec, seed: int) -> Workload:
    """Plain deals at an even rate, to which nothing happens later."""
    return generated(read_params(SteadyParams, spec), spec, seed)
