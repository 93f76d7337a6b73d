"""Mutations of the history, of the run and of its control: every event removed, doubled, moved, changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_args

import msgspec

from gameday.model.checker import Case
from gameday.model.event import Event
from gameday.model.events import SignalEvent
from gameday.model.history import History, Operation, Outcome, operation
from judge.mutation import Mutation, sampled
from judge.values import HOUR_S, changes

replace = msgspec.structs.replace


def with_event(op: Operation[Event], event: Event) -> Operation[Event]:
    """The operation with another event."""
    return operation(op.process, event.f, event, op.outcome, op.time_s, op.index)


def in_order(operations: Sequence[Operation[Event]]) -> History:
    """A history of these operations in order of time, numbered anew."""
    ordered = sorted(operations, key=lambda op: op.time_s)
    return History(op if op.index == at else replace(op, index=at) for at, op in enumerate(ordered))


def of_history(case: Case, role: str = "history") -> Iterator[Mutation]:
    """Every event of the run's history, or with ``role`` ``control`` of the control's."""
    history: History | None = getattr(case, role)
    if history is None:
        return
    ops = list(history)

    def with_ops(at: int, make: Callable[[], Sequence[Operation[Event]]]) -> Callable[[], Case]:
        return lambda: replace(case, **{role: in_order([*ops[:at], *make(), *ops[at + 1 :]])})

    for at, op in sampled(ops, lambda op: _area(op, role)):
        area, where = _area(op, role), f"{op.f} {op.index}"
        yield Mutation(area, "(whole)", "removed", where, with_ops(at, tuple))
        yield Mutation(area, "(whole)", "doubled", where, with_ops(at, lambda op=op: (op, op)))
        for field, name, change in _of_operation(op):
            yield Mutation(area, field, name, where, with_ops(at, lambda change=change: (change(),)))
    if role == "control":
        yield Mutation("control", "(whole)", "removed", "", lambda: replace(case, control=None))


def _of_operation(op: Operation[Event]) -> Iterator[tuple[str, str, Callable[[], Operation[Event]]]]:
    """The changes of one operation; each is made when it is tried, for there are many."""
    for name, shift_s in (("an hour later", HOUR_S), ("an hour earlier", -HOUR_S)):
        yield "time_s", name, lambda shift_s=shift_s: replace(op, time_s=op.time_s + shift_s)
    yield "process", "changed", lambda: replace(op, process="another")
    for outcome in get_args(Outcome):
        if outcome != op.outcome:
            yield "outcome", f"changed to {outcome}", lambda outcome=outcome: replace(op, outcome=outcome)
    for field, name, event in changes(op.event):
        yield field, name, lambda event=event: with_event(op, event)


def _area(op: Operation[Any], role: str) -> str:
    event = op.event
    detail: str = op.outcome
    if isinstance(event, SignalEvent) and event.signal is not None:
        detail = event.signal.action
    if op.f == "stack":
        detail = event.act
    return f"{'event' if role == 'history' else 'control'} {op.f} ({detail})"
