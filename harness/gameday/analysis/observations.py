"""What a history says about the flow, read once: writes and signals by deal, hits, fault windows, interventions."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import TypeVar

import msgspec

from gameday.analysis.once import once_for_each
from gameday.analysis.raised import Raised, in_order
from gameday.analysis.unread import unread_metrics
from gameday.model.events import (
    DeadLettersCounted,
    DealClosed,
    ErpWrite,
    Event,
    FaultEvent,
    FaultHit,
    FaultInjected,
    Intervention,
    InvoiceWrite,
    MetricsRead,
    PhaseBegan,
    SignalEvent,
)
from gameday.model.history import History, Operation, select
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal

A = TypeVar("A")
R = TypeVar("R")
E = TypeVar("E", bound=Event)
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")


def names(text: str, name: str) -> bool:
    """Whether a text has a name as a whole: ``orders`` is not named by ``orders-2``, nor by ``reorders``."""
    return bool(name) and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def names_flow(signal: Signal, flow: str) -> bool:
    """Whether a signal is about this flow: by the flow's name, or by one of its deals."""
    return signal.flow == flow if signal.flow else bool(signal.orders) or names(signal.text, flow)


class Write(msgspec.Struct, frozen=True, gc=False):
    """One order or invoice write at the ERP. ``total`` is None where the ERP refused and stated none.

    ``invoice`` is the invoice's id, empty for an order. ``content`` changes with what has to agree with the deal.
    ``state`` is what the document was after it: open, cancelled, credited or deleted.
    """

    f: str
    order: str
    outcome: str
    time_s: float
    index: int
    total: Decimal | None
    invoice: str = ""
    content: str = ""
    state: str = "open"

    @property
    def committed(self) -> bool:
        """Whether it is in the ERP's ledger; so is one whose reply was lost."""
        return self.outcome != "fail"


class Window(msgspec.Struct, frozen=True):
    """From when until when a fault was active; ``end_s`` is infinite if the history has no healing."""

    injection: int
    fault: str
    start_s: float
    end_s: float


class Observations(msgspec.Struct, frozen=True):
    """What happened, by what it concerns. Deals are named by their ids, never by the workload's keys.

    ``closings`` has the number in the history of the operation that closed each deal, in their order.
    ``writes`` holds the order and invoice writes of each deal in order of time, under ``""`` those that name none.
    ``triggers`` are the alerts and tickets as first raised or raised again, ``named`` the same by deal, ``answers`` the
    acknowledgements and resolutions. ``open_dead_letters`` is None if they were not counted. ``unread`` are problems of
    alerts and tickets that could not be read, ``unread_metrics`` those of metrics that rules are about.
    """

    key_of: dict[str, str]
    closings: dict[str, int]
    writes: dict[str, list[Write]]
    triggers: tuple[Raised, ...]
    answers: tuple[Raised, ...]
    named: dict[str, list[Raised]]
    hits: frozenset[str]
    windows: tuple[Window, ...]
    interventions: tuple[Operation[Intervention], ...]
    open_dead_letters: int | None
    recovery_s: float | None
    unread: tuple[str, ...] = ()
    unread_metrics: tuple[str, ...] = ()

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
    of = history.of
    by_key: dict[str, str] = {}
    closings: dict[str, int] = {}
    for op in of(DealClosed, outcome="ok"):
        closings.setdefault(op.event.deal, op.index)
        if op.event.deal:
            by_key[op.event.key] = op.event.deal
    key_of = {deal: key for key, deal in by_key.items()}
    deal_of = _Deals(by_key)
    raised = in_order(of(SignalEvent))
    triggers = tuple(r for r in raised if r.signal.action == "trigger")
    hits = {op.event.order for op in of(FaultHit) if op.event.order}
    counts = [op.event.open for op in of(DeadLettersCounted)]
    return Observations(
        key_of=key_of,
        closings=closings,
        writes=_writes(of(ErpWrite), deal_of),
        triggers=triggers,
        answers=tuple(r for r in raised if r.signal.action != "trigger"),
        named=_by_deal(triggers),
        hits=frozenset(deal_of[order] for order in hits),
        windows=_windows(of(FaultEvent)),
        interventions=tuple(op for op in of(Intervention) if op.outcome != "invoke"),
        open_dead_letters=counts[-1] if counts else None,
        recovery_s=next((op.time_s for op in of(PhaseBegan) if op.event.phase == "recovery"), None),
        unread=tuple(op.event.problem for op in of(SignalEvent) if op.event.problem),
        unread_metrics=unread_metrics([op.event for op in of(MetricsRead)]),
    )


class _Deals(dict[str, str]):
    """The deal's id by its key; any other name is taken as it is, or for the one deal's id that is a part of it.

    An order may name its deal with more around the id: ``SFDC_OPP_006...``.
    """

    def __init__(self, by_key: dict[str, str]) -> None:
        self._ids = frozenset(by_key.values())
        super().__init__({**{id_: id_ for id_ in self._ids}, **by_key})

    def __missing__(self, name: str) -> str:
        parts = _SEPARATORS.split(name)
        self[name] = next((part for part in parts if part in self._ids), name)
        return self[name]


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


def _writes(operations: Iterable[Operation[ErpWrite]], deal_of: _Deals) -> dict[str, list[Write]]:
    writes: dict[str, list[Write]] = {}
    deal_of_order: dict[str, str] = {}
    orphans: list[Write] = []
    # A million writes name the same few orders; each name is kept once.
    seen: dict[str, str] = {}

    once = seen.setdefault
    for op in operations:
        if op.outcome == "invoke":
            continue
        event = op.event
        order, content = event.order or "", event.content
        deal = deal_of[event.deal] if event.deal else ""
        series = writes.setdefault(deal, []) if deal else orphans
        total = _same(series[-1].total, event.total) if deal and series else event.total
        invoice = event.invoice if isinstance(event, InvoiceWrite) else ""
        write = Write(
            event.f,
            once(order, order),
            op.outcome,
            op.time_s,
            op.index,
            total,
            invoice and once(invoice, invoice),
            content and once(content, content),
            event.state and once(event.state, event.state),
        )
        if deal:
            deal_of_order[write.order] = deal
        series.append(write)
    for write in orphans:
        deal = deal_of_order.get(write.order, "") if write.order else ""
        writes.setdefault(deal, []).append(write)
    for series in writes.values():
        if len(series) > 1:
            series.sort(key=lambda write: write.index)
    return writes


def _same(before: Decimal | None, total: Decimal | None) -> Decimal | None:
    """The total, as the object that it was before: an order, its invoice and a second write have the same."""
    return before if before is not None and total is not None and not before.compare_total(total) else total


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
