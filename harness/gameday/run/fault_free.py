"""Which control a scenario has: what is known of it before anything is started."""

from __future__ import annotations

import msgspec

from gameday.model.scenario import Scenario
from gameday.run.plan import located


def control_of(scenario: Scenario) -> Scenario:
    """The fault-free control of a scenario: the same workload and nothing else, judged when the last deal is closed."""
    return msgspec.structs.replace(
        scenario,
        name="control",
        injections=(),
        expectations=(),
        workload=located(scenario),
        feature="",
        description="",
        tags=(),
        aborts=msgspec.UNSET,
        operations=msgspec.UNSET,
        recovery_s=0.0,
    )


def control_length_s(scenario: Scenario) -> float:
    """How long a control lasts after its workload (scenario seconds): until its scenario is judged."""
    return scenario.horizon_s - scenario.workload_s
