"""A scenario while the steps of a feature fill it in."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gameday.base.counts import plural
from gameday.base.durations import LONGEST_S, words
from gameday.base.errors import GamedayError, unknown
from gameday.config.features import beside_feature
from gameday.contracts.pair import AS_NAMED, Asked
from gameday.model.abort import AbortCondition, read_spec
from gameday.model.checker import check_params, checkers
from gameday.model.fault import faults, make_fault
from gameday.model.scenario import AbortSpec, Expectation, Flow, Injection, PlannedOperation, Scenario, WorkloadSpec
from gameday.model.workload import operation_key, operations, workloads
from gameday.records.deals_file import find_deals_file
from gameday.steps.feasible import PlannedEnvironment
from gameday.steps.people import read_operation
from gameday.steps.tags import tag_mistakes
from gameday.steps.vendor_limits import (
    in_words_of_the_vendor,
    is_possible,
    possible_changes,
    possible_settings,
    why_not_done,
)

ROLES = ("crm", "erp", "stack", "pager", "tickets")
#: How long after the last fault is healed the ledgers are judged when no expectation says.
DEFAULT_RECOVERY_S = 900.0
MOST_DEALS = 1_000_000
#: How often a fault comes and goes at most.
MOST_TIMES = 100

Mistake = tuple[int, GamedayError]
"""The line of a mistake, and the mistake."""


class Draft:
    """What the steps have declared so far. Every mistake is found here, before anything starts.

    ``line`` and ``text`` are those of the step that is being carried out. Once it is ``complete`` the methods that
    declare do nothing, for pytest-bdd carries every step out a second time.
    """

    def __init__(
        self, name: str, *, feature: str, description: str, tags: Sequence[str], seed: int, asked: Asked = AS_NAMED
    ) -> None:
        self.line = 0
        self.text = ""
        self.complete = False
        #: The feature's lines of the ``flow``, the ``workload`` and, once it is finished, of each ``fault N``.
        self.lines: dict[str, int] = {}
        self._name = name
        self.feature = feature
        self._description = description
        self._tags = tuple(sorted(tags))
        self._seed = seed
        self._asked = asked
        self._flow: Flow | None = None
        self._workload = WorkloadSpec()
        #: The lines of the steps that gave parameters of the workload, each with their names.
        self._params: list[tuple[int, tuple[str, ...]]] = []
        self._settings: dict[str, dict[str, Any]] = {}
        self._injections: list[tuple[Injection, int]] = []
        self._by_people: list[tuple[PlannedOperation, int]] = []
        self._expectations: list[Expectation] = []
        self._recovery_s = 0.0
        self._abort_specs: list[AbortSpec] = []
        #: The abort conditions with their lines.
        self._aborts: list[tuple[AbortCondition, int]] = []

    def flow(self, crm: str, erp: str, contract: str) -> None:
        """Where deals come from and go to; without a name the CRM or ERP is the one that the contract names.

        Raises GamedayError for another one than the session asks for.
        """
        if self.complete:
            return
        self._once("flow")
        contract = self._asked.contract or contract
        self._flow = self._asked.flow(contract, crm, erp)

    def workload(
        self, *, name: str = "closed won", count: int | None = None, per_minute: float | None = None, **params: Any
    ) -> None:
        """Which deals, how many and how fast."""
        if self.complete:
            return
        self._once("workload")
        workloads[name]
        known = WorkloadSpec()
        count = known.count if count is None else count
        per_minute = known.per_minute if per_minute is None else per_minute
        if count < 1 or not 0 < per_minute < float("inf"):
            raise GamedayError(
                f"{count} deals at {per_minute:g} per minute is no workload", hint="both must be greater than 0"
            )
        if count > MOST_DEALS or count / per_minute * 60 > LONGEST_S:
            raise GamedayError(
                f"{plural(count, 'deal')} at {per_minute:g} per minute is not possible",
                hint=f"at most {MOST_DEALS:,} deals, within {words(LONGEST_S)}",
            )
        self._workload = WorkloadSpec(name, count, per_minute, {**self._workload.params, **params})
        self._params.append((self.line, tuple(params)))

    def workload_params(self, **params: Any) -> None:
        """More about the deals that flow. Raises GamedayError for what has been said already."""
        if self.complete:
            return
        for key in params:
            if key in self._workload.params:
                raise GamedayError(f"{key.replace('_', ' ')!r} of the deals is given a second time")
        self._workload = msgspec.structs.replace(self._workload, params={**self._workload.params, **params})
        self._params.append((self.line, tuple(params)))

    def _once(self, what: str) -> None:
        """Remember the line of a step that a scenario has once. Raises GamedayError for a second one."""
        first = self.lines.setdefault(what, self.line)
        if first != self.line:
            raise GamedayError(f"a second {what}: the scenario has one in line {first}")

    def operation(self, percent: float, name: str, within_s: float) -> None:
        """What happens to some of the won deals: a registered operation."""
        if self.complete:
            return
        operations[name]
        if not 0 <= percent <= 100:
            raise GamedayError(f"{percent:g}% of the deals is not possible", hint="it must be between 0% and 100%")
        key = operation_key(name)
        self.workload_params(**{key: percent / 100, f"{key}_after_s": within_s})

    def vendor_settings(self, role: str, settings: dict[str, Any]) -> None:
        """The settings of the CRM or the ERP."""
        if self.complete:
            return
        self._once(f"table of the {role.upper()}'s settings")
        self._settings[role] = settings

    def inject(self, at_s: float, fault: str, target: str, duration_s: float | None, params: dict[str, Any]) -> None:
        """A fault, when, where and for how long."""
        if self.complete:
            return
        role = target.lower()
        if role not in ROLES:
            raise unknown("target", target, ROLES)
        if role not in faults[fault].targets:
            known = ", ".join(faults[fault].targets)
            raise GamedayError(f"{fault!r} cannot affect the {role}", hint=f"its targets: {known}")
        params = in_words_of_the_vendor(self._flow, role, make_fault(fault, params), params)
        made = make_fault(fault, params)
        made.actions(role)
        if duration_s is not None and duration_s <= made.onset_s:
            first = f": it first acts after {words(made.onset_s)}" if made.onset_s else ""
            raise GamedayError(f"{fault!r} for {words(duration_s)} changes nothing{first}", hint="let it last longer")
        self._injections.append((Injection(at_s, fault, role, duration_s, params), self.line))

    def flap(
        self,
        at_s: float,
        fault: str,
        target: str,
        duration_s: float,
        params: dict[str, Any],
        *,
        period_s: float,
        times: int,
    ) -> None:
        """A fault several times: it begins every ``period_s``, and lasts ``duration_s`` each time."""
        if self.complete:
            return
        if not 2 <= times <= MOST_TIMES:
            raise GamedayError(f"{plural(times, 'time')} is not possible", hint=f"from 2 to {MOST_TIMES} times")
        if period_s <= duration_s:
            every, lasts = words(period_s), words(duration_s)
            raise GamedayError(
                f"every {every} for {lasts} leaves no pause", hint="let it last shorter than from one to the next"
            )
        for number in range(times):
            self.inject(at_s + number * period_s, fault, target, duration_s, params)

    def by_people(self, at_s: float, operation: str, target: str, params: dict[str, str]) -> None:
        """What people do in a system beside the workload."""
        if not self.complete:
            self._by_people.append((read_operation(at_s, operation, target, params), self.line))

    def abort(self, condition: str, params: dict[str, Any]) -> None:
        """A condition that aborts the run."""
        if self.complete:
            return
        spec = AbortSpec(condition, params)
        self._aborts.append((read_spec(spec), self.line))
        self._abort_specs.append(spec)

    def expect(self, checker: str, params: dict[str, Any]) -> None:
        """What must hold; a limit counted from the fix also says how long to wait after it."""
        if self.complete:
            return
        wanted = inspect.signature(checkers[checker]).parameters
        for name in params:
            if name not in wanted:
                known = [parameter.replace("_", " ") for parameter in list(wanted)[1:]]
                raise unknown(f"parameter of expectation {checker!r}", name.replace("_", " "), known)
        check_params(checker, params)
        self._expectations.append(Expectation(checker, params, self.text))
        if "within_s" in params and params.get("after") in ("fix", "closing"):
            self._recovery_s = max(self._recovery_s, float(params["within_s"]))

    def close(self, environment: PlannedEnvironment, line: int, *, sound: bool) -> list[Mistake]:
        """Declare the scenario complete, and find what could not be done in these environment.

        ``line`` is the scenario's. Unless all steps were ``sound``, nothing is said about what is missing.
        """
        self.complete = True
        found: list[Mistake] = [(line, each) for each in tag_mistakes(self._tags)]
        if sound and self._flow is None:
            found.append(
                (
                    line,
                    GamedayError(
                        f"scenario {self._name!r} says no flow",
                        hint='begin with: Given deals flow from the CRM to the ERP under the contract "..."',
                    ),
                )
            )
        if sound and not self._expectations:
            found.append((line, GamedayError(f"scenario {self._name!r} expects nothing", hint="add a Then")))
        if self._flow is not None:
            found += ((self.lines["flow"], each) for each in environment.flow_mistakes(self._flow))
            found += self._not_possible(environment, self._flow)
        for condition, at in self._aborts:
            found += ((at, each) for each in environment.abort_mistakes(condition))
        if self._workload.name == "deals file" and "file" in self._workload.params:
            try:
                find_deals_file(beside_feature(self.feature, str(self._workload.params["file"])))
            except GamedayError as problem:
                found.append((self.lines.get("workload", line), problem))
        crm = self._flow.crm if self._flow is not None else ""
        contract = self._flow.contract if self._flow is not None else ""
        workload = possible_changes(self._workload, self._flow) if self._flow is not None else self._workload
        if mistakes := list(environment.workload_mistakes(workload, crm, contract=contract)):
            at = self._line_of_workload_mistake(environment, crm, line)
            found += ((at, each) for each in mistakes)
        return found

    def _not_possible(self, environment: PlannedEnvironment, flow: Flow) -> Iterator[Mistake]:
        """What the vendors' systems cannot have or do, and is no reason not to run the scenario at all."""
        for role, given in self._settings.items():
            at = self.lines[f"table of the {role.upper()}'s settings"]
            settings = possible_settings(role, given, flow)
            if settings or not given:
                yield from ((at, each) for each in environment.settings_mistakes(role, settings, flow))
        for injection, at in self._injections:
            if is_possible(injection, flow):
                yield from ((at, each) for each in environment.injection_mistakes(injection, flow))
        for planned, at in self._by_people:
            if not why_not_done(flow, planned):
                yield from ((at, each) for each in environment.operation_mistakes(planned, flow))

    def _line_of_workload_mistake(self, environment: PlannedEnvironment, crm: str, line: int) -> int:
        """The line of the step without whose parameters the workload would be possible, else the workload's."""
        for at, names in self._params:
            params = {name: value for name, value in self._workload.params.items() if name not in names}
            reduced = msgspec.structs.replace(self._workload, params=params)
            if not any(environment.workload_mistakes(reduced, crm)):
                return at
        return self.lines.get("workload", line)

    def finish(self) -> Scenario:
        """The whole scenario, once it is complete."""
        if self._flow is None:
            raise GamedayError(f"scenario {self._name!r} says no flow")
        injections = sorted(self._injections, key=lambda each: each[0].at_s)
        by_people = sorted(self._by_people, key=lambda each: each[0].at_s)
        self.lines |= {f"people {number}": line for number, (_, line) in enumerate(by_people)}
        self.lines |= {f"fault {number}": line for number, (_, line) in enumerate(injections)}
        return Scenario(
            name=self._name,
            flow=self._flow,
            workload=self._workload,
            injections=tuple(injection for injection, _ in injections),
            expectations=tuple(self._expectations),
            seed=self._seed,
            recovery_s=self._recovery_s or DEFAULT_RECOVERY_S,
            feature=self.feature,
            description=self._description.strip(),
            tags=self._tags,
            settings=self._settings,
            aborts=tuple(self._abort_specs) or msgspec.UNSET,
            operations=tuple(planned for planned, _ in by_people) or msgspec.UNSET,
        )
