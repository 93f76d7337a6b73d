"""The proof: every mutation of every case, judged, and why each one that was not noticed may go unnoticed."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gameday.model.checker import Case
from gameday.scoring.judge import without_garbage_collection
from judge.events import of_history
from judge.judgement import Judgement, gained, judgement, lowered
from judge.ledgers import (
    of_contract,
    of_control_ledgers,
    of_customers,
    of_dead_letters,
    of_items,
    of_ledgers,
    of_other_fields,
)
from judge.mutation import Key, Mutation, few_of_each
from judge.rules import RULES, Rule, rule_for
from judge.signals import of_signals

SURVIVORS = Path(__file__).with_name("survivors.csv")
#: How many mutations of one row are tried in each story.
IN_STORY = 1
#: What will end the survival of a known survivor: the part of the judge that is still to be built.
PARTS: Mapping[str, str] = {
    "signals": "acknowledgements and the life of tickets are judged",
}


class Survivor(NamedTuple):
    """One mutation that did not lower the judgement: in which case, of what, and what it even raised."""

    case: str
    mutation: Mutation
    gains: tuple[str, ...]


@dataclasses.dataclass
class Row:
    """All mutations of one area, field and change."""

    lowered: set[str] = dataclasses.field(default_factory=set)
    excused: dict[str, Rule] = dataclasses.field(default_factory=dict)
    survivors: list[Survivor] = dataclasses.field(default_factory=list)
    tried: int = 0


Rows = dict[Key, Row]


def mutations_of(case: Case) -> Iterator[Mutation]:
    """Every mutation of a case."""
    yield from of_ledgers(case)
    yield from of_signals(case)
    yield from of_history(case)
    yield from of_history(case, "control")
    yield from of_control_ledgers(case)
    yield from of_dead_letters(case)
    yield from of_customers(case)
    yield from of_items(case)
    yield from of_contract(case)
    yield from of_other_fields(case)


def prove(cases: Mapping[str, Case], most: int, *, once: bool = False) -> Rows:
    """Judge the mutations of these cases, at most so many of each row in each case; ``once``: in the first that has it.

    Each counts as tried, whether it was judged or not.
    """
    rows: Rows = {}
    with without_garbage_collection():
        for name, case in cases.items():
            before, earlier = judgement(case), {*rows} if once else set()
            for mutation in few_of_each(mutations_of(case), most):
                row = rows.setdefault(mutation.key, Row())
                row.tried += 1
                if mutation.key not in earlier:
                    _try(name, case, before, mutation, row)
    return rows


def _try(name: str, case: Case, before: Judgement, mutation: Mutation, row: Row) -> None:
    after = judgement(mutation.apply())
    worse = lowered(before, after)
    if worse:
        row.lowered.update(worse)
    elif rule := rule_for(case, mutation):
        row.excused[rule.why] = rule
    else:
        row.survivors.append(Survivor(name, mutation, tuple(gained(before, after))))


def known_survivors(path: Path = SURVIVORS) -> dict[Key, str]:
    """The part that will end each known survivor, by its row. The stories show all of them."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["area"], row["field"], row["change"]): row["part"] for row in csv.DictReader(file)}


def write_survivors(known: Mapping[Key, str], path: Path = SURVIVORS) -> None:
    """Write the list of known survivors."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("area", "field", "change", "part"))
        writer.writerows((*key, part) for key, part in sorted(known.items()))


def problems(rows: Rows, known: Mapping[Key, str], *, whole: bool) -> Iterator[str]:
    """What is wrong with the proof, one line each; ``whole``: everything was tried, so nothing may be left over."""
    unexplained: dict[tuple[str, str], list[str]] = {}
    for key, row in rows.items():
        if row.survivors and key not in known:
            unexplained.setdefault(key[:2], []).append(f"{key[2]} ({_examples(row)})")
    yield from (f"unexplained survivors: {_line(of)}: {'; '.join(changes)}" for of, changes in unexplained.items())
    for key, part in known.items():
        if part not in PARTS:
            yield f"{_line(key)}: no part is called {part!r}"
        if key in rows and not rows[key].survivors:
            yield f"no longer survives, take it from {SURVIVORS.name}: {_line(key)}"
        elif whole and key not in rows:
            yield f"was not tried, take it from {SURVIVORS.name}: {_line(key)}"
    if whole:
        used = {rule for row in rows.values() for rule in row.excused.values()}
        yield from (
            f"this rule explains nothing: {rule.area} | {rule.field} | {rule.change}"
            for rule in RULES
            if rule not in used
        )


def _line(key: tuple[str, ...]) -> str:
    return " | ".join(key)


def _examples(row: Row) -> str:
    first = row.survivors[0]
    gains = f", and it brings {' and '.join(first.gains)}" if first.gains else ""
    return f"{len(row.survivors)} of {row.tried}: {first.mutation.where or 'it'} in {first.case!r}{gains}"
