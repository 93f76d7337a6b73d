"""A scenario: everything about a game day, said before anything starts."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec


class Flow(msgspec.Struct, frozen=True):
    """Where deals come from and orders go to, by the names of the fakes, and under which contract."""

    crm: str
    erp: str
    contract: str


class WorkloadSpec(msgspec.Struct, frozen=True):
    """Which business operations flow: a registered workload, how many, how fast, with what parameters."""

    name: str = "closed won"
    count: int = 300
    per_minute: float = 60.0
    params: dict[str, Any] = {}


class Injection(msgspec.Struct, frozen=True):
    """One fault: when it strikes (scenario seconds), what it strikes, and for how long.

    ``target`` is a role: ``crm``, ``erp``, ``stack``, ``pager`` or ``tickets``. ``duration_s`` None means until the
    recovery phase begins.
    """

    at_s: float
    fault: str
    target: str
    duration_s: float | None = None
    params: dict[str, Any] = {}


class Expectation(msgspec.Struct, frozen=True):
    """What must hold: a registered checker with its parameters; ``text`` is the sentence that said so."""

    checker: str
    params: dict[str, Any] = {}
    text: str = ""


class Scenario(msgspec.Struct, frozen=True):
    """A whole game day.

    ``recovery_s`` is the horizon: how long after the last fault is healed (or, without one, after the last
    business operation) the books are judged. ``tags`` come from the feature.
    """

    name: str
    flow: Flow
    workload: WorkloadSpec = WorkloadSpec()
    injections: tuple[Injection, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    seed: int = 0
    recovery_s: float = 900.0
    feature: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()

    @property
    def workload_s(self) -> float:
        """How long the business operations take to flow."""
        return self.workload.count / self.workload.per_minute * 60.0

    @property
    def healed_s(self) -> float:
        """When the last injection is healed: the latest end of any, at the least the end of the workload."""
        ends = [i.at_s + i.duration_s if i.duration_s is not None else self.workload_s for i in self.injections]
        return max([self.workload_s, *ends])

    @property
    def horizon_s(self) -> float:
        """The scenario second at which the ledgers are judged."""
        return self.healed_s + self.recovery_s

    def digest(self) -> str:
        """The hash by which two runs' scenarios are compared; the seed is not part of it."""
        shape = msgspec.structs.replace(self, seed=0, feature="")
        return hashlib.sha256(msgspec.json.encode(shape, order="deterministic")).hexdigest()[:16]
