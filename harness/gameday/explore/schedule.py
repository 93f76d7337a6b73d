"""A schedule: which faults happen when and for how long, on which deals, and what happens to the deals; plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import msgspec

from gameday.explore.crowds import has_largest
from gameday.explore.people import of_day, owed
from gameday.model.fault import faults
from gameday.model.scenario import Expectation, Flow, Injection, PlannedOperation, Scenario, WorkloadSpec
from gameday.model.workload import operation_key

#: How soon after the fix every deal has to be right.
WITHIN_S = 600.0
#: What a sync owes whatever happens: each expectation with its parameters and its sentence in a feature.
LINEAGE = Expectation("lineage", {}, "every order and invoice can be traced to its deal")
ALWAYS: tuple[Expectation, ...] = (
    Expectation(
        "exactly once",
        {"within_s": WITHIN_S, "after": "fix"},
        "every deal is in the ERP exactly once within 10 minutes of the fix",
    ),
    Expectation("invoiced once", {}, "every deal is invoiced exactly once"),
    Expectation("conserved totals", {}, "the totals agree in every currency"),
    Expectation("nothing unreported", {}, "no lost or wrong deal goes unreported"),
    Expectation("no intervention", {}, "nobody had to step in"),
    LINEAGE,
)
#: What it owes under any fault: it does not ask again and again.
BOUNDED = Expectation("bounded requests", {"per_order": 60}, "the stack sent at most 60 requests per deal")
#: What it owes where nothing happens, or deals are held up. Else it may alert at once about a deal that is in time yet.
QUIET = Expectation("no false alarm", {}, "nobody was alerted without cause")
#: What is wrong, in the words of one of the faults.
REASON = Expectation("alert gives reason", {}, "the alert gives the reason")
#: What it owes beside that where deals are held up for so long that people have to know.
HELD_UP: tuple[Expectation, ...] = (
    Expectation("owner alerted", {"within_s": 300.0}, "the flow's owner is alerted within 5 minutes"),
    Expectation("bounded pages", {}, "the pages stay within their bound"),
    Expectation("right owner", {}, "the alert goes to its right owner"),
    REASON,
    Expectation("alert names orders", {}, "the alert names the affected deals"),
    QUIET,
    Expectation("incident closed", {}, "the incident is closed after the repair"),
    Expectation("parked with context", {}, "every refused deal is parked with its payload and reason"),
)
#: What it owes beside that where a fault refuses some of the deals for themselves: the others are not held up.
FLOWING = Expectation("kept flowing", {}, "the other deals kept flowing")
PATHS = Expectation("exception paths", {}, "every refused deal takes its exception path")
#: What it owes where many deals, some of them very large, waited for a system that refused everything.
CROWD = (Expectation("largest first", {"percent": 20.0}, "the largest 20% of the backlog arrive first"),)
#: What it owes where an incident stays open for longer than people may leave it without an answer.
UNANSWERED = (Expectation("escalated", {}, "an incident that nobody acknowledges is escalated"),)
#: All of it, the worst first: a failure is named after the first one that it breaks. What may break daily comes last.
EXPECTED = (*ALWAYS[:-1], BOUNDED, *HELD_UP, FLOWING, PATHS, *CROWD, *UNANSWERED, LINEAGE)
#: A fault that lasts so long, in which systems refuse deals, holds them up for longer than any limit of a contract.
HELD_UP_S = 150
#: What nobody refuses, and a sync sees only when it compares, takes longer to tell from what repairs itself.
UNNOTICED_S = 300
REFUSING = ("state", "http")
#: The capability without which a fault of events affects nothing.
_EVENTS = "webhook"
#: After so long somebody else is called (seconds); a flow whose registry names nobody decides nothing.
UNANSWERED_S = 2_100
#: The workload of most days.
USUAL = "closed won"
#: With more deals, one that is amended does not matter to what an alert says.
FEW = 20
#: Traits of a day on which no won deal changes; without them a few do, by the workload's own defaults. Nor are there
#: deals that are not won: where events do not say so, and nobody can read them, an alert names them too.
UNCHANGED = {"amended": "0", "amended several times": "0", "voided": "0", "not won": "0"}
#: Traits of a day on which each line has an amount.
WITH_AMOUNTS = {"free lines": "0", "bundles": "0"}
#: Every operation of a system, in a fault's parameters.
EVERY = "*"
#: A fault of these operations may refuse the login, and then that is the reason that a stack sees.
LOGINS = (EVERY, "login")


class FaultPlan(msgspec.Struct, frozen=True):
    """One fault, ``times`` times, each ``duration_s`` long and ``pause_s`` after the end of the one before.

    Times are whole scenario seconds. ``params`` are as in a feature's table: texts, by the names with blanks.
    """

    fault: str
    target: str
    at_s: int
    duration_s: int
    params: dict[str, str] = {}
    times: int = 1
    pause_s: int = 0

    def injections(self) -> tuple[Injection, ...]:
        """Each time that it is injected."""
        period_s = self.duration_s + self.pause_s
        return tuple(
            Injection(float(self.at_s + n * period_s), self.fault, self.target, float(self.duration_s), self.params)
            for n in range(self.times)
        )


class Change(msgspec.Struct, frozen=True):
    """A registered operation that happens to ``percent`` of the deals within ``within_s`` of their closing."""

    operation: str
    percent: int
    within_s: int


class Schedule(msgspec.Struct, frozen=True):
    """One game day as a search draws it.

    ``traits`` are parameters of the ``workload`` as in a feature's table, such as ``new customers``; ``settings`` are
    those of the vendors, by role, as in its tables too. ``people`` do what is said, unset without any.
    """

    flow: Flow
    deals: int
    per_minute: int
    seed: int
    faults: tuple[FaultPlan, ...] = ()
    changes: tuple[Change, ...] = ()
    traits: dict[str, str] = {}
    workload: str = USUAL
    settings: dict[str, dict[str, str]] = {}
    people: tuple[PlannedOperation, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def day(self) -> Schedule:
        """The same day without its faults."""
        return msgspec.structs.replace(self, faults=())

    @property
    def key(self) -> bytes:
        """What two schedules share if they are the same."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its faults."""
        return frozenset(plan.fault for plan in self.faults)

    @property
    def injections(self) -> tuple[Injection, ...]:
        """Every injection, in the order of its time."""
        return tuple(injection for injection, _ in self._injected)

    @property
    def _injected(self) -> list[tuple[Injection, int]]:
        """Every injection with the number of its fault in ``in_order``, in the order of its time."""
        all_ = ((each, number) for number, plan in enumerate(self.in_order) for each in plan.injections())
        return sorted(all_, key=lambda each: each[0].at_s)

    def without(self, idle: Collection[int]) -> Schedule:
        """Without the injections of these numbers; of a fault that loses some, the first one that is left stays."""
        left: dict[int, list[Injection]] = {}
        for number, (injection, fault) in enumerate(self._injected):
            if number not in idle:
                left.setdefault(fault, []).append(injection)
        plans = []
        for number, plan in enumerate(self.in_order):
            kept = left.get(number, [])
            if len(kept) == plan.times:
                plans.append(plan)
            elif kept:
                plans.append(msgspec.structs.replace(plan, at_s=round(kept[0].at_s), times=1, pause_s=0))
        return msgspec.structs.replace(self, faults=tuple(plans))

    @property
    def in_order(self) -> list[FaultPlan]:
        """Its faults, in the order in which they begin."""
        return sorted(self.faults, key=lambda plan: plan.at_s)

    @property
    def length_s(self) -> float:
        """How long it takes until the last fault is healed (scenario seconds)."""
        return self.scenario().healed_s

    @property
    def size(self) -> tuple[int, int, float]:
        """How much there is in it: injections, deals, seconds."""
        return (len(self.injections), self.deals, self.length_s)

    @property
    def expected(self) -> tuple[Expectation, ...]:
        """What a sync owes on such a day."""
        # Of an outage of about half an hour, a few deals have many requests though they are few a minute.
        bounded = () if any(plan.duration_s >= UNANSWERED_S / 2 for plan in self.faults) else (BOUNDED,)
        if self.people:
            return owed(self.people, (*ALWAYS, *bounded))
        if not self.faults:
            return (*ALWAYS, QUIET)
        if own := next((faults[plan.fault].judged_by for plan in self.faults if faults[plan.fault].judged_by), None):
            # It does harm in any stack; beside another fault nothing tells whose harm it is.
            return (Expectation(own[0], dict(own[2]), own[1]),) if len(self.faults) == 1 else ()
        # An alert names every deal that waits. One that is amended waits too, and may be in time all the same: of a
        # few deals that is half of the alert, which is taken for imprecise then.
        unchanged = not self.changes and (self.deals > FEW or self.traits.items() >= UNCHANGED.items())
        # Of a deal whose event is missing, or that changes without one, a sync that cannot read knows nothing.
        unheard = len(self.faults) > 1 and any(_is_unheard(plan) for plan in self.faults)
        if not unchanged or unheard or not all(_holds_up(plan) for plan in self.faults):
            return (*ALWAYS, *bounded)
        expected = [*ALWAYS, *bounded, *HELD_UP]
        if any(_looks_otherwise(plan) for plan in self.faults):
            expected.remove(REASON)
        if len(self.faults) == 1:
            expected += self._owed(self.faults[0])
        return tuple(expected)

    def _owed(self, plan: FaultPlan) -> tuple[Expectation, ...]:
        """What is owed beside the rest where this is all that happens."""
        if plan.target != "erp":
            return ()
        if not is_of_system(plan):
            # What a stack holds back by itself, as for its price, was refused nothing, and would count as another deal.
            flowing = (FLOWING,) if faults[plan.fault].layer == "http" else ()
            return (*flowing, PATHS) if is_of_some(plan) else ()
        percent = float(str(CROWD[0].params["percent"]))
        crowd = CROWD if has_largest(self.workload_spec(), self.seed, percent) else ()
        return (*crowd, *UNANSWERED) if plan.duration_s >= UNANSWERED_S else crowd

    def workload_spec(self) -> WorkloadSpec:
        """Its deals and what happens to them."""
        params: dict[str, object] = {name.replace(" ", "_"): value for name, value in self.traits.items()}
        for change in self.changes:
            key = operation_key(change.operation)
            params |= {key: change.percent / 100, f"{key}_after_s": float(change.within_s)}
        return WorkloadSpec(self.workload, self.deals, float(self.per_minute), params)

    def scenario(self, expected: tuple[Expectation, ...] | None = None) -> Scenario:
        """The scenario that it means; with other expectations than its own, if they are given."""
        return Scenario(
            name="explored",
            flow=self.flow,
            workload=self.workload_spec(),
            injections=self.injections,
            expectations=self.expected if expected is None else expected,
            seed=self.seed,
            recovery_s=WITHIN_S,
            operations=of_day(self.people, self.deals) or msgspec.UNSET,
            settings={
                role: {name.replace(" ", "_"): value for name, value in given.items()}
                for role, given in self.settings.items()
            },
        )


def _is_unheard(plan: FaultPlan) -> bool:
    """Whether a sync learns of what a fault does only by reading: no event comes, or there is none of such a change."""
    return _EVENTS in faults[plan.fault].needs or faults[plan.fault].unannounced


def _holds_up(plan: FaultPlan) -> bool:
    """Whether a fault holds deals up for longer than any limit; one that acts a few times does not.

    Nor does one that refuses a share of what is no deal's own, such as queries for many: the next try may pass.
    """
    least_s = UNNOTICED_S if faults[plan.fault].unannounced else HELD_UP_S
    lasts = plan.duration_s >= least_s and plan.params.get("times", "0") == "0"
    return lasts and refuses(plan.fault) and (plan.params.get("share", "1") == "1" or is_of_some(plan))


def _looks_otherwise(plan: FaultPlan) -> bool:
    """Whether a stack may see another reason than the fault's own: a refused login, an error that was chosen, a value.

    Where a field has another type, its system refuses values as it refuses wrong ones.
    """
    return plan.params.get("operation") in LOGINS or not {"error", "type"}.isdisjoint(plan.params)


def is_of_system(plan: FaultPlan) -> bool:
    """Whether a system refuses everything: a fault of every operation by its own default, and of every deal.

    An error that was chosen may be one about a record, which a stack treats as such.
    """
    everything = default_operation(plan.fault) == plan.params.get("operation", EVERY) == EVERY
    return everything and plan.params.get("share", "1") == "1" and "error" not in plan.params


def is_of_some(plan: FaultPlan) -> bool:
    """Whether a system refuses some deals for themselves, and not others."""
    usual = default_operation(plan.fault)
    return usual != EVERY and plan.params.get("operation", usual) == usual and plan.params.get("share", "1") != "1"


def default_operation(fault: str) -> str:
    """The operation that a fault affects unless it is told otherwise; empty if it has none."""
    return next((str(field.default) for field in dataclasses.fields(faults[fault]) if field.name == "operation"), "")


def refuses(fault: str) -> bool:
    """Whether a system refuses something under a fault; one that only delays may make a deal late by a little."""
    kind = faults[fault]
    return kind.layer in REFUSING and not any(name.endswith("_s") for name in kind.strength)
