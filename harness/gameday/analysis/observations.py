"""What a history says about the flow, read once: writes and signals by deal, hits, injection windows, hands."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.history import History, Operation
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal

A = TypeVar("A")
R = TypeVar("R")

WRITES = frozenset({"order_write", "invoice_write"})


class _Same(Generic[A]):
    """Equal to itself only: what it holds is too large to be hashed or compared."""

    def __init__(self, thing: A) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


def once_for_each(function: Callable[[A], R]) -> Callable[[A], R]:
    """Remember a pure function's results for the last two arguments, told apart by identity."""

    @functools.lru_cache(maxsize=2)
    def remembered(same: _Same[A]) -> R:
        return function(same.thing)

    @functools.wraps(function)
    def once(thing: A) -> R:
        return remembered(_Same(thing))

    return once


class Raised(msgspec.Struct, frozen=True):
    """A signal with its time and its place in the history."""

    signal: Signal
    time_s: float
    index: int

    @property
    def name(self) -> tuple[str, str]:
        """What a later acknowledgement or resolution bears too."""
        return self.signal.source, self.signal.key


class Write(msgspec.Struct, frozen=True, gc=False):
    """One order or invoice write at the ERP. ``total`` is None where the ERP stated none (it refused)."""

    f: str
    order: str
    outcome: str
    time_s: float
    index: int
    total: Decimal | None

    @property
    def committed(self) -> bool:
        """Whether it is in the ERP's books; one whose reply was lost is."""
        return self.outcome != "fail"


class Window(msgspec.Struct, frozen=True):
    """From when until when a fault stood; ``end_s`` is infinite if the history knows of no healing."""

    injection: int
    fault: str
    start_s: float
    end_s: float


class Observations(msgspec.Struct, frozen=True):
    """What happened, by what it concerns. Deals are named by their ids, never by the workload's keys.

    ``writes`` holds the order and invoice writes of each deal in order of time, under ``""`` those that name none.
    ``triggers`` are the alerts and tickets as first raised or raised again, ``named`` the same by deal, ``answers`` the
    acknowledgements and resolutions, ``taken_back`` the names of the signals whose last word is a resolution.
    ``open_dead_letters`` is None where nobody counted. ``unread`` are the problems of the alerts and tickets that could
    not be read.
    """

    key_of: dict[str, str]
    writes: dict[str, list[Write]]
    triggers: tuple[Raised, ...]
    answers: tuple[Raised, ...]
    named: dict[str, list[Raised]]
    taken_back: frozenset[tuple[str, str]]
    hits: frozenset[str]
    windows: tuple[Window, ...]
    human: tuple[Operation, ...]
    open_dead_letters: int | None
    recovery_s: float | None
    unread: tuple[str, ...] = ()

    @property
    def injected_s(self) -> float | None:
        """When the first fault struck."""
        return min((window.start_s for window in self.windows), default=None)

    def fixed_s(self, scenario: Scenario) -> float:
        """When the last fault was healed; 0 where none struck, for then nothing had to be waited for."""
        if not self.windows:
            return 0.0
        last = max(window.end_s for window in self.windows)
        if math.isfinite(last):
            return last
        return scenario.healed_s if self.recovery_s is None else self.recovery_s

    def names_flow(self, raised: Raised, flow: str) -> bool:
        """Whether a signal is about this flow: by the flow's name, or by one of its deals."""
        signal = raised.signal
        return signal.flow == flow if signal.flow else bool(signal.orders) or flow in signal.text

    def flow_alerts(self, flow: str, *, after_s: float = -math.inf) -> list[Raised]:
        """The alerts that name the flow, from that second on."""
        return [
            raised
            for raised in self.triggers
            if raised.signal.kind == "alert" and raised.time_s >= after_s and self.names_flow(raised, flow)
        ]


@once_for_each
def observe(history: History) -> Observations:
    """Read a history. Raises GamedayError naming an operation whose value is not as the vocabulary says."""
    kinds: dict[str, list[Operation]] = {}
    for op in history:
        kinds.setdefault(op.f, []).append(op)
    deal_of = {
        str(op.value.get("key", "")): str(op.value["deal"])
        for op in kinds.get("close_deal", ())
        if op.outcome == "ok" and op.value.get("deal")
    }
    raised = [_raised(op) for f in ("alert", "ticket") for op in kinds.get(f, ()) if op.value.get("signal")]
    raised.sort(key=lambda r: r.index)
    triggers = tuple(r for r in raised if r.signal.action == "trigger")
    last = {r.name: r.signal.action for r in raised}
    counts = [_whole(op, "open") for op in kinds.get("dead_letters", ())]
    phases = [op.time_s for op in kinds.get("phase", ()) if op.value.get("phase") == "recovery"]
    return Observations(
        key_of={deal: key for key, deal in deal_of.items()},
        writes=_writes((op for f in WRITES for op in kinds.get(f, ())), deal_of),
        triggers=triggers,
        answers=tuple(r for r in raised if r.signal.action != "trigger"),
        named=_by_deal(triggers),
        taken_back=frozenset(name for name, action in last.items() if action == "resolve"),
        hits=frozenset(deal_of.get(order, order) for order in _hit_orders(kinds.get("hit", ()))),
        windows=_windows([op for f in ("inject", "heal") for op in kinds.get(f, ())]),
        human=tuple(op for op in kinds.get("human", ()) if op.outcome != "invoke"),
        open_dead_letters=counts[-1] if counts else None,
        recovery_s=phases[0] if phases else None,
        unread=tuple(
            str(op.value["problem"]) for f in ("alert", "ticket") for op in kinds.get(f, ()) if op.value.get("problem")
        ),
    )


def _raised(op: Operation) -> Raised:
    try:
        return Raised(msgspec.convert(op.value["signal"], Signal), op.time_s, op.index)
    except msgspec.ValidationError as problem:
        raise GamedayError(f"operation {op.index} of the history holds no signal: {problem}") from None


def _writes(operations: Iterable[Operation], deal_of: dict[str, str]) -> dict[str, list[Write]]:
    writes: dict[str, list[Write]] = {}
    deal_of_order: dict[str, str] = {}
    strays: list[Write] = []
    for op in operations:
        if op.outcome == "invoke":
            continue
        write = _write(op)
        deal = op.value.get("deal")
        if not deal:
            strays.append(write)
            continue
        deal = deal_of.get(str(deal), str(deal))
        deal_of_order[write.order] = deal
        writes.setdefault(deal, []).append(write)
    for write in strays:
        deal = deal_of_order.get(write.order, "") if write.order else ""
        writes.setdefault(deal, []).append(write)
    for series in writes.values():
        if len(series) > 1:
            series.sort(key=lambda write: write.index)
    return writes


def _write(op: Operation) -> Write:
    value = op.value
    total = value.get("total")
    try:
        amount = None if total in (None, "") else Decimal(str(total))
    except ArithmeticError:
        raise GamedayError(f"operation {op.index} of the history has no total: {total!r}") from None
    return Write(op.f, str(value.get("order") or ""), op.outcome, op.time_s, op.index, amount)


def _whole(op: Operation, name: str) -> int:
    """A whole number of an operation's value; 0 where it is missing."""
    number = op.value.get(name, 0)
    if not isinstance(number, int):
        raise GamedayError(f"operation {op.index} of the history: {name} is {number!r}, not a whole number")
    return number


def _by_deal(triggers: Collection[Raised]) -> dict[str, list[Raised]]:
    named: dict[str, list[Raised]] = {}
    for raised in triggers:
        for deal in dict.fromkeys((*raised.signal.orders, *raised.signal.context)):
            named.setdefault(deal, []).append(raised)
    return named


def _hit_orders(hits: Iterable[Operation]) -> Iterable[str]:
    return (str(op.value["order"]) for op in hits if op.value.get("order"))


def _windows(operations: list[Operation]) -> tuple[Window, ...]:
    """The windows of the faults that struck, or may have: only a strike that failed is none."""
    hit: dict[int, Operation] = {}
    healed: dict[int, float] = {}
    for op in sorted(operations, key=lambda op: op.index):
        number = _whole(op, "injection")
        if op.f == "inject" and op.outcome == "fail":
            hit.pop(number, None)
        elif op.f == "inject":
            hit.setdefault(number, op)
        elif op.outcome == "ok":
            healed[number] = op.time_s
    return tuple(
        Window(number, str(op.value.get("fault", "")), op.time_s, healed.get(number, math.inf))
        for number, op in sorted(hit.items())
    )
