"""Mutations of alerts and tickets as a bad stack would raise them; those of single fields are in ``events``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gameday.analysis.observations import observe
from gameday.model.checker import Case
from gameday.model.event import Event
from gameday.model.events import FaultHealed, SignalEvent
from gameday.model.history import Operation
from gameday.model.signal import Signal
from judge.events import in_order, with_event
from judge.mutation import Mutation
from judge.values import HOUR_S

replace = msgspec.structs.replace
Ops = list[Operation[Event]]
STORM = 50


def of_signals(case: Case) -> Iterator[Mutation]:
    """Each alert and ticket late, early, resolved too soon, never resolved, imprecise, misrouted, bare, in a storm."""
    ops = list(case.history)
    for at, op in enumerate(ops):
        if not isinstance(op.event, SignalEvent) or op.event.signal is None or op.event.signal.action != "trigger":
            continue
        before, after = ops[:at], ops[at + 1 :]
        area, where = f"{op.event.signal.kind} as raised", f"{op.f} {op.index}"
        for name, changed in _lives(case, op, [*before, *after]):
            yield Mutation(area, "life", name, where, _with(case, changed))
        for name, signal in _contents(case, op.event.signal):
            if signal == op.event.signal:
                continue
            event = replace(op.event, signal=signal)
            yield Mutation(area, "content", name, where, _with(case, [*before, with_event(op, event), *after]))
        if case.control is not None:
            control = in_order([*case.control, op])
            yield Mutation(area, "life", "in the control too", where, lambda c=control: replace(case, control=c))


def _lives(case: Case, op: Operation[SignalEvent], others: Ops) -> Iterator[tuple[str, Ops]]:
    signal = op.event.signal
    assert signal is not None
    injected_s = observe(case.history).injected_s
    yield "never raised", [o for o in others if not _same(o, signal)]
    yield "an hour late", [*others, replace(op, time_s=op.time_s + HOUR_S)]
    if injected_s is not None:
        yield "before the first fault", [*others, replace(op, time_s=injected_s - 1)]
    answers = [o for o in others if _same(o, signal)]
    resolves = [o for o in answers if o.event.signal.action == "resolve"]  # type: ignore[attr-defined]
    if resolves:
        yield "never resolved", [op, *(o for o in others if o not in resolves)]
    healed_s = max((o.time_s for o in case.history.of(FaultHealed, outcome="ok")), default=None)
    if healed_s is not None:
        early = _resolve(op, min(op.time_s + 1, healed_s - 1))
        yield "resolved before the repair", [op, early, *(o for o in others if o not in resolves)]
    if any(o.event.signal.action == "acknowledge" for o in answers):  # type: ignore[attr-defined]
        acknowledged = [o for o in answers if o.event.signal.action == "acknowledge"]  # type: ignore[attr-defined]
        yield "never acknowledged", [op, *(o for o in others if o not in acknowledged)]
        late = [replace(o, time_s=o.time_s + HOUR_S) for o in acknowledged]
        yield "acknowledged an hour late", [op, *(o for o in others if o not in acknowledged), *late]
    copies = [with_event(op, replace(op.event, signal=replace(signal, key=f"{signal.key}-{n}"))) for n in range(STORM)]
    yield "a storm of 50 under new keys", [op, *others, *copies]
    yield "a storm of 50 under one key", [op, *others, *[op] * STORM]


def _contents(case: Case, signal: Signal) -> Iterator[tuple[str, Signal]]:
    deals = tuple(entry.id for entry in case.crm.entries)
    spared = tuple(deal for deal in deals if deal not in signal.orders)
    yield "names every deal", replace(signal, orders=deals)
    if spared:
        yield "names other deals", replace(signal, orders=spared[:1], context={spared[0]: {"Id": spared[0]}}, text="")
    yield "names no deal", replace(signal, orders=(), context={}, text="")
    if len(signal.orders) > 1:
        yield (
            "names one of its deals",
            replace(signal, orders=signal.orders[:1], context=_of(signal, signal.orders[:1])),
        )
    yield "of another flow", replace(signal, flow="another flow")
    yield "wrong owner", replace(signal, owner="somebody else")
    yield "no owner", replace(signal, owner="")
    yield "no reason", replace(signal, reason="", text="")
    yield "wrong reason", replace(signal, reason="the coffee is cold", text="the coffee is cold")
    yield "reason that only contains the word", replace(signal, reason="a blocked record, a slow clock", text="")
    yield "no payload", replace(signal, context={})
    yield "empty payloads", replace(signal, context={deal: {} for deal in signal.context})
    yield "payload of another deal", replace(signal, context=_swapped(signal, deals))
    yield "only the ids as payloads", replace(signal, context={deal: {"Id": deal} for deal in signal.context})
    yield "no first seen", replace(signal, first_seen="")
    yield "a text as first seen", replace(signal, first_seen="a while ago")
    yield "says that all is well", replace(signal, summary="all is well", reason="", text="all is well")


def _of(signal: Signal, deals: tuple[str, ...]) -> dict[str, Any]:
    return {deal: payload for deal, payload in signal.context.items() if deal in deals}


def _swapped(signal: Signal, deals: tuple[str, ...]) -> dict[str, Any]:
    """Each deal with the payload of another one."""
    if len(signal.context) > 1:
        names = list(signal.context)
        return dict(zip(names, [signal.context[name] for name in (*names[1:], names[0])], strict=True))
    other = next((deal for deal in deals if deal not in signal.context), "another")
    return {deal: {"Id": other} for deal in signal.context}


def _same(op: Operation[Any], signal: Signal) -> bool:
    other = op.event.signal if isinstance(op.event, SignalEvent) else None
    return other is not None and (other.source, other.key) == (signal.source, signal.key)


def _resolve(op: Operation[SignalEvent], time_s: float) -> Operation[Event]:
    assert op.event.signal is not None
    signal = replace(op.event.signal, action="resolve")
    return replace(with_event(op, replace(op.event, signal=signal)), time_s=time_s)


def _with(case: Case, ops: Ops) -> Callable[[], Case]:
    return lambda: replace(case, history=in_order(ops))
