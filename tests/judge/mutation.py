"""What a mutation is: one change in one place of a case."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from gameday.model.checker import Case

T = TypeVar("T")

#: How many records or events of one area are looked at.
SAMPLE = 10

#: A row of the table: area, field, change.
Key = tuple[str, str, str]


class Mutation(NamedTuple):
    """One change: ``area`` and ``field`` say of what, ``change`` says which, ``where`` names the record or event."""

    area: str
    field: str
    change: str
    where: str
    apply: Callable[[], Case]

    @property
    def key(self) -> Key:
        """The row of the table that it belongs to."""
        return self.area, self.field, self.change


def few_of_each(mutations: Iterable[Mutation], most: int) -> list[Mutation]:
    """At most so many mutations of each row, chosen by a hash, so that the same ones are taken again."""
    rows: dict[Key, list[Mutation]] = {}
    for mutation in mutations:
        rows.setdefault(mutation.key, []).append(mutation)
    return [mutation for row in rows.values() for mutation in _few(row, most, lambda m: m.where)]


def sampled(items: Sequence[T], area: Callable[[T], str]) -> Iterator[tuple[int, T]]:
    """With their places, at most SAMPLE items of each area: a recorded run has hundreds of a kind."""
    areas: dict[str, list[int]] = {}
    for at, item in enumerate(items):
        areas.setdefault(area(item), []).append(at)
    for places in areas.values():
        yield from ((at, items[at]) for at in _few(places, SAMPLE, str))


def _few(items: list[T], most: int, name: Callable[[T], str]) -> list[T]:
    if len(items) <= most:
        return items
    return sorted(items, key=lambda item: hashlib.sha256(name(item).encode()).digest())[:most]
