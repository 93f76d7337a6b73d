"""A scenario: everything about a game day, known before anything starts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

ExpectedResult = Literal["passed", "failed", "inconclusive"]
#: What a tag such as ``@fails:brittle`` expects of the stack that it names.
EXPECTED_BY_TAG: Mapping[str, ExpectedResult] = {"fails": "failed", "inconclusive": "inconclusive"}
#: A tag such as ``@mode:7`` says which of the known failure modes a feature is about.
MODE_TAG = "mode"


class Flow(msgspec.Struct, frozen=True):
    """The CRM and the ERP of a scenario, by the names of the fakes, and the contract between them."""

    crm: str
    erp: str
    contract: str


class WorkloadSpec(msgspec.Struct, frozen=True):
    """The business operations: a registered workload, how many, how many a minute, with what parameters."""

    name: str = "closed won"
    count: int = 300
    per_minute: float = 60.0
    params: dict[str, Any] = {}


class Injection(msgspec.Struct, frozen=True):
    """One fault: when it is injected (scenario seconds), where, and for how long.

    ``target`` is a role: ``crm``, ``erp``, ``stack``, ``pager`` or ``tickets``. ``duration_s`` None means until the
    recovery phase begins.
    """

    at_s: float
    fault: str
    target: str
    duration_s: float | None = None
    params: dict[str, Any] = {}


class PlannedOperation(msgspec.Struct, frozen=True):
    """What people do in a system at a scenario second: one of its business operations, such as ``merge_accounts``.

    ``target`` is a role: ``crm``, ``erp``, ``pager`` or ``tickets``. ``deals`` are the numbers of the deals that it
    is done to, in the order in which they are won, from 1; ``key`` names another record, or none. ``params`` are the
    operation's own parameters.
    """

    at_s: float
    operation: str
    target: str
    deals: tuple[int, ...] = ()
    key: str = ""
    params: dict[str, Any] = {}


class Expectation(msgspec.Struct, frozen=True):
    """What must hold: a registered checker with its parameters; ``text`` is the feature's sentence."""

    checker: str
    params: dict[str, Any] = {}
    text: str = ""


class AbortSpec(msgspec.Struct, frozen=True):
    """An abort condition as a feature sets it: the name of a kind (``gameday.model.abort``), and its settings."""

    condition: str
    params: dict[str, Any] = {}


class Scenario(msgspec.Struct, frozen=True):
    """A whole game day.

    ``recovery_s`` is how long after the last fault is healed (or, without a fault, after the last business operation)
    the ledgers are compared. ``tags`` come from the feature, without ``@``. ``settings`` are those of the vendors, by
    role (``crm``, ``erp``) and name, where they differ from the fake's own. ``aborts`` are abort conditions,
    unset without any; they belong to the day and not to what is tested, so the digest leaves them out. ``operations``
    are what people do beside the workload, unset without any.
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
    settings: dict[str, dict[str, Any]] = {}
    aborts: tuple[AbortSpec, ...] | msgspec.UnsetType = msgspec.UNSET
    operations: tuple[PlannedOperation, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def by_people(self) -> tuple[PlannedOperation, ...]:
        """What people do beside the workload, in order of time."""
        return () if self.operations is msgspec.UNSET else self.operations

    @property
    def workload_s(self) -> float:
        """How long the business operations take."""
        return self.workload.count / self.workload.per_minute * 60.0

    @property
    def healed_s(self) -> float:
        """When the last injection is healed, and not before the workload and what people do beside it are over."""
        ends = [i.at_s + i.duration_s if i.duration_s is not None else self.workload_s for i in self.injections]
        return max([self.workload_s, *ends, *(each.at_s for each in self.by_people)])

    @property
    def horizon_s(self) -> float:
        """The scenario second at which the ledgers are compared."""
        return self.healed_s + self.recovery_s

    def digest(self) -> str:
        """The hash that two runs of the same scenario share, whatever their seeds."""
        shape = msgspec.structs.replace(self, seed=0, feature="", aborts=msgspec.UNSET)
        return hashlib.sha256(msgspec.json.encode(shape, order="deterministic")).hexdigest()[:16]

    def expected(self, stack: str) -> ExpectedResult:
        """The result that the feature expects of a stack: by ``@fails:STACK`` or ``@inconclusive:STACK``, else passed.

        A planted bug's stack is called ``durable+bug``; a tag names the whole of it.
        """
        words = (tag.partition(":") for tag in self.tags)
        return next(
            (EXPECTED_BY_TAG[word] for word, _, name in words if name == stack and word in EXPECTED_BY_TAG), "passed"
        )
