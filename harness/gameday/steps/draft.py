"""A scenario in the making, filled in by the steps of a feature."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.model.checker import checkers
from gameday.model.fault import faults, make_fault
from gameday.model.scenario import Expectation, Flow, Injection, Scenario, WorkloadSpec
from gameday.model.workload import workloads

ROLES = ("crm", "erp", "stack", "pager", "tickets")
#: How long after the fix the books are judged when no expectation says.
DEFAULT_RECOVERY_S = 900.0


class Draft:
    """What the steps have declared so far. Every mistake is found here, before anything starts."""

    def __init__(self, name: str, *, feature: str, description: str, tags: Sequence[str], seed: int) -> None:
        self._name = name
        self.feature = feature
        self._description = description
        self._tags = tuple(sorted(tags))
        self._seed = seed
        self._flow: Flow | None = None
        self._workload = WorkloadSpec()
        self._injections: list[Injection] = []
        self._expectations: list[Expectation] = []
        self._recovery_s = 0.0

    def flow(self, crm: str, erp: str, contract: str) -> None:
        """Where deals come from and go to."""
        self._flow = Flow(crm, erp, contract)

    def workload(self, *, name: str = "closed won", count: int, per_minute: float, **params: Any) -> None:
        """Which deals, how many and how fast."""
        workloads[name]
        if count < 1 or per_minute <= 0:
            raise GamedayError(
                f"{count} deals at {per_minute:g} per minute is no workload", hint="both must be above nought"
            )
        self._workload = WorkloadSpec(name, count, per_minute, {**self._workload.params, **params})

    def workload_params(self, **params: Any) -> None:
        """More about the deals that flow."""
        self._workload = msgspec.structs.replace(self._workload, params={**self._workload.params, **params})

    def inject(self, at_s: float, fault: str, target: str, duration_s: float | None, params: dict[str, Any]) -> None:
        """A fault, when, where and for how long."""
        made = make_fault(fault, params)
        if target not in faults[fault].targets:
            raise GamedayError(
                f"{fault!r} cannot strike the {target}", hint=f"it strikes: {', '.join(faults[fault].targets)}"
            )
        made.actions(target)
        self._injections.append(Injection(at_s, fault, target, duration_s, params))

    def expect(self, checker: str, params: dict[str, Any], text: str) -> None:
        """What must hold; a limit counted from the fix also says how long to wait after it."""
        wanted = inspect.signature(checkers[checker]).parameters
        for name in params:
            if name not in wanted:
                known = [parameter.replace("_", " ") for parameter in list(wanted)[1:]]
                raise unknown(f"parameter of expectation {checker!r}", name.replace("_", " "), known)
        self._expectations.append(Expectation(checker, params, text))
        if "within_s" in params and params.get("after") in ("fix", "closing"):
            self._recovery_s = max(self._recovery_s, float(params["within_s"]))

    def finish(self) -> Scenario:
        """The whole scenario. Raises GamedayError if something is missing."""
        if self._flow is None:
            raise GamedayError(
                f"scenario {self._name!r} says no flow",
                hint='begin with: Given deals flow from "salesforce" to "netsuite" under the contract "..."',
            )
        if not self._expectations:
            raise GamedayError(f"scenario {self._name!r} expects nothing", hint="add a Then")
        return Scenario(
            name=self._name,
            flow=self._flow,
            workload=self._workload,
            injections=tuple(sorted(self._injections, key=lambda i: i.at_s)),
            expectations=tuple(self._expectations),
            seed=self._seed,
            recovery_s=self._recovery_s or DEFAULT_RECOVERY_S,
            feature=self.feature,
            description=self._description.strip(),
            tags=self._tags,
        )
