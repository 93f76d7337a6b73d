"""What a history says about the flow, read once: writes and signals by deal, hits, fault windows, interventions."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Collection, Iterable
from typing import ClassVar, TypeVar

import msgspec

from gameday.analysis.deliveries import Deliveries
from gameday.analysis.once import once_for_each
from gameday.analysis.raised import Raised, in_order
from gameday.analysis.unread import unread_metrics
from gameday.analysis.writes import DealNames, Write, Writes
from gameday.model.events import (
    DeadLettersCounted,
    DealClosed,
    Event,
    FaultEvent,
    FaultHit,
    FaultInjected,
    Intervention,
    MetricsRead,
    PhaseBegan,
    SignalEvent,
)
from gameday.model.history import Collector, History, Operation, Seen, select
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal

E = TypeVar("E", bound=Event)


def names(text: str, name: str) -> bool:
    """Whether a text has a name as a whole: ``orders`` is not named by ``orders-2``, nor by ``reorders``."""
    return bool(name) and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def names_flow(signal: Signal, flow: str) -> bool:
    """Whether a signal is about this flow: by the flow's name, or by one of its deals."""
    return signal.flow == flow if signal.flow else bool(signal.orders) or names(signal.text, flow)


class Window(msgspec.Struct, frozen=True):
    """From when until when a fault was active; ``end_s`` is infinite if the history has no healing."""

    injection: int
    fault: str
    start_s: float
    end_s: float


class Closings:
    """Collects the deals that were closed: by their keys, and the numbers of the operations that closed them."""

    kinds: ClassVar[tuple[type[Event], ...]] = (DealClosed,)

    def __init__(self) -> None:
        self.by_key: dict[str, str] = {}
        self.operations: dict[str, int] = {}

    def add(self, seen: Seen[DealClosed]) -> None:
        """Take one closing, in the order of the history."""
        event = seen.event
        if seen.outcome == "ok":
            self.operations.setdefault(event.deal, seen.index)
            if event.deal:
                self.by_key[event.key] = event.deal


#: What is collected of a history that is judged, in the one reading of it.
COLLECTORS: tuple[type[Collector], ...] = (Closings, Deliveries, Writes)


class Observations:
    """What a history says, by what it concerns; each part is read when it is first asked for. Deals are named by their
    ids, never by the workload's keys.
    """

    def __init__(self, history: History) -> None:
        self._history = history

    @functools.cached_property
    def closings(self) -> dict[str, int]:
        """For each deal the number in the history of the operation that closed it, in their order."""
        return self._history.collected(Closings).operations

    @functools.cached_property
    def key_of(self) -> dict[str, str]:
        """The workload's key of each deal."""
        return {deal: key for key, deal in self._history.collected(Closings).by_key.items()}

    @functools.cached_property
    def writes(self) -> dict[str, list[Write]]:
        """The order and invoice writes of each deal in order of time, under ``""`` those that name none."""
        return self._history.collected(Writes).by_deal(self._deal_of)

    @functools.cached_property
    def triggers(self) -> tuple[Raised, ...]:
        """The alerts and tickets as first raised or raised again."""
        return tuple(raised for raised in self._signals[0] if raised.signal.action == "trigger")

    @functools.cached_property
    def answers(self) -> tuple[Raised, ...]:
        """The acknowledgements and resolutions."""
        return tuple(raised for raised in self._signals[0] if raised.signal.action != "trigger")

    @functools.cached_property
    def named(self) -> dict[str, list[Raised]]:
        """The triggers by the deals that they name."""
        return _by_deal(self.triggers)

    @functools.cached_property
    def hits(self) -> frozenset[str]:
        """The deals of which a fault met a request or a message."""
        deal_of = self._deal_of
        return frozenset(deal_of[order] for order in {op.event.order for op in self._history.of(FaultHit)} if order)

    @functools.cached_property
    def windows(self) -> tuple[Window, ...]:
        """When each fault was active."""
        return _windows(self._history.of(FaultEvent))

    @functools.cached_property
    def interventions(self) -> tuple[Operation[Intervention], ...]:
        """What people did."""
        return tuple(op for op in self._history.of(Intervention) if op.outcome != "invoke")

    @functools.cached_property
    def open_dead_letters(self) -> int | None:
        """How many dead letters were open when they were last counted; None if they were not."""
        return next(reversed([op.event.open for op in self._history.of(DeadLettersCounted)]), None)

    @functools.cached_property
    def recovery_s(self) -> float | None:
        """When the recovery began."""
        phases = self._history.of(PhaseBegan)
        return next((op.time_s for op in phases if op.event.phase == "recovery"), None)

    @functools.cached_property
    def unread(self) -> tuple[str, ...]:
        """The problems of alerts and tickets that could not be read."""
        return self._signals[1]

    @functools.cached_property
    def unread_metrics(self) -> tuple[str, ...]:
        """The problems of metrics that rules are about."""
        return unread_metrics([op.event for op in self._history.of(MetricsRead)])

    @functools.cached_property
    def _deal_of(self) -> DealNames:
        return DealNames(self._history.collected(Closings).by_key)

    @functools.cached_property
    def _signals(self) -> tuple[list[Raised], tuple[str, ...]]:
        """The signals, and the problems of those that could not be read."""
        operations = list(self._history.of(SignalEvent))
        return in_order(operations), tuple(op.event.problem for op in operations if op.event.problem)

    @property
    def may_lack_alerts(self) -> bool:
        """Whether alerts may be missing because something could not be read."""
        return bool(self.unread or self.unread_metrics)

    @property
    def injected_s(self) -> float | None:
        """When the first fault was injected."""
        return min((window.start_s for window in self.windows), default=None)

    def fixed_s(self, scenario: Scenario) -> float:
        """When the last fault was healed; 0 without a fault, for then there was nothing to wait for."""
        if not self.windows:
            return 0.0
        last = max(window.end_s for window in self.windows)
        if math.isfinite(last):
            return last
        return scenario.healed_s if self.recovery_s is None else self.recovery_s

    def names_flow(self, raised: Raised, flow: str) -> bool:
        """Whether a signal is about this flow."""
        return names_flow(raised.signal, flow)

    def flow_signals(self, flow: str) -> list[Raised]:
        """The alerts and tickets that name the flow and some trouble, from the first injection on, if there is one."""
        since_s = self.injected_s or 0.0
        about = (raised for raised in self.triggers if raised.time_s >= since_s and not raised.all_clear)
        return [raised for raised in about if self.names_flow(raised, flow)]

    def incident_signals(self, flow: str) -> list[Raised]:
        """What people get during the incident: `flow_signals`, and those that name no flow, or a deal under another."""
        since_s = self.injected_s or 0.0
        others = (raised for raised in self.triggers if raised.time_s >= since_s)
        return [r for r in others if r.signal.flow in ("", flow) or r.signal.orders or r.signal.context]

    def flow_alerts(self, flow: str) -> list[Raised]:
        """The alerts among `flow_signals`."""
        return [raised for raised in self.flow_signals(flow) if raised.signal.kind == "alert"]


@once_for_each
def observe(history: History) -> Observations:
    """Read a history."""
    return Observations(history)


def open_alerts(operations: Iterable[Operation[Event]]) -> frozenset[tuple[str, str]]:
    """The names of the alerts that have not been resolved since they were last raised."""
    found: set[tuple[str, str]] = set()
    for op in select(operations, SignalEvent):
        signal = op.event.signal
        if signal is None or signal.kind != "alert":
            continue
        if signal.action == "resolve":
            found.discard(signal.name)
        elif signal.action == "trigger":
            found.add(signal.name)
    return frozenset(found)


def _by_deal(triggers: Collection[Raised]) -> dict[str, list[Raised]]:
    named: dict[str, list[Raised]] = {}
    for raised in triggers:
        for deal in dict.fromkeys((*raised.signal.orders, *raised.signal.context)):
            named.setdefault(deal, []).append(raised)
    return named


def _windows(operations: Iterable[Operation[FaultEvent]]) -> tuple[Window, ...]:
    """The windows of the faults that were injected, or may have been: only an injection that failed has none."""
    injected: dict[int, Operation[FaultEvent]] = {}
    healed: dict[int, float] = {}
    for op in sorted(operations, key=lambda op: op.index):
        number = op.event.injection
        if not isinstance(op.event, FaultInjected):
            if op.outcome == "ok":
                healed[number] = op.time_s
        elif op.outcome == "fail":
            injected.pop(number, None)
        else:
            injected.setdefault(number, op)
    return tuple(
        Window(number, op.event.fault, op.time_s, healed.get(number, math.inf))
        for number, op in sorted(injected.items())
    )
