"""Changes that must change nothing: another order of independent events, other names."""

from __future__ import annotations

import random
import re
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import msgspec

from gameday.analysis.observations import observe
from gameday.model.checker import Case, DeadLetter, Result
from gameday.model.event import Event
from gameday.model.events import DealEvent, Delivery, ErpWrite, FaultEvent, FaultHit, SignalEvent
from gameday.model.history import History, LineDecoder, Operation, encode_line
from gameday.scoring.judge import judge
from gameday.scoring.score import Scorecard, score

replace = msgspec.structs.replace
T = TypeVar("T")


def whole_judgement(case: Case) -> tuple[Result, list[tuple[str, Result, str, int]], Scorecard]:
    """Everything that a judgement says, but for the names in it."""
    result, verdicts = judge(case)
    return result, [(v.name, v.result, v.summary, len(v.orders)) for v in verdicts], score(case)


def shuffled(case: Case, chance: random.Random) -> Case:
    """The case with its events and entries in another order; events about one subject keep theirs."""
    queues: dict[Hashable, list[Operation[Event]]] = {}
    for op in case.history:
        queues.setdefault(_subject(op), []).append(op)
    turns = [subject for subject, ops in queues.items() for _ in ops]
    chance.shuffle(turns)
    ops = [queues[subject].pop(0) for subject in turns]
    return replace(
        case,
        history=History(replace(op, index=at) for at, op in enumerate(ops)),
        crm=replace(case.crm, entries=_mixed(case.crm.entries, chance)),
        erp=replace(case.erp, entries=_mixed(case.erp.entries, chance)),
        dead_letters=_mixed(case.dead_letters, chance),
    )


def _mixed(items: tuple[T, ...], chance: random.Random) -> tuple[T, ...]:
    return tuple(chance.sample(items, len(items)))


def _subject(op: Operation[Any]) -> Hashable:
    """What an event is about: only the order of events about the same thing means something."""
    event = op.event
    if isinstance(event, DealEvent):
        return event.deal or event.key
    if isinstance(event, Delivery):
        return event.deals
    if isinstance(event, ErpWrite):
        return event.deal or event.order
    if isinstance(event, FaultEvent):
        return event.injection
    if isinstance(event, FaultHit):
        return event.fault
    if isinstance(event, SignalEvent) and event.signal:
        return event.signal.source, event.signal.key
    return op.f


def other_names(case: Case, chance: random.Random) -> Case:
    """The case with a new name for every id, in a new alphabetical order."""
    names = names_in(case)
    new = [f"name{number:04d}" for number in range(len(names))]
    chance.shuffle(new)
    return renamed(case, dict(zip(names, new, strict=True)))


def names_in(case: Case) -> list[str]:
    """Every id in a case: of deals, orders, invoices, customers, products, and the workload's keys."""
    names: dict[str, None] = dict.fromkeys(observe(case.history).key_of.values())
    for entry in (*case.crm.entries, *case.erp.entries):
        names |= dict.fromkeys((entry.id, entry.customer, *(line.sku for line in entry.lines)))
        names |= dict.fromkeys(invoice.id for invoice in entry.invoices)
    return [name for name in names if name]


def decimal_fields() -> set[str]:
    """The names of all fields of records that hold a Decimal."""
    found: set[str] = set()
    left: list[type[msgspec.Struct]] = [msgspec.Struct]
    while left:
        struct = left.pop()
        left += struct.__subclasses__()
        if struct.__module__.startswith("gameday.model."):
            found |= {field.encode_name for field in msgspec.structs.fields(struct) if "Decimal" in str(field.type)}
    return found


def renamed(case: Case, new: Mapping[str, str]) -> Case:
    """The case with other names everywhere: in ledgers, events, alerts, payloads and texts."""
    # A number may be an id and, elsewhere, (part of) an amount: it is an id only where it is a whole text and no money.
    numbers = "|".join(name for name in new if name.isdecimal()) or "(?!)"
    others = "|".join(re.escape(name) for name in sorted(new, key=len, reverse=True) if not name.isdecimal()) or "(?!)"
    money = rf'"(?:{"|".join(decimal_fields())})":"[^"]*"'
    pattern = re.compile(rf"{money}|(?<![A-Za-z0-9])(?:{others})(?![A-Za-z0-9])|(?<=\")(?:{numbers})(?=\")")

    def again(text: bytes) -> bytes:
        return pattern.sub(lambda match: new.get(match[0], match[0]), text.decode()).encode()

    def part(value: T) -> T:
        return msgspec.json.decode(again(msgspec.json.encode(value)), type=type(value))

    lines = again(b"".join(encode_line(op) for op in case.history))
    letters = again(msgspec.json.encode(case.dead_letters))
    return replace(
        case,
        history=History(LineDecoder().decode_lines(lines)),
        crm=part(case.crm),
        erp=part(case.erp),
        dead_letters=msgspec.json.decode(letters, type=tuple[DeadLetter, ...]),
    )
