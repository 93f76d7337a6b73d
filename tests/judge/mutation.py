"""What a mutation is: one change in one place of a case."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from gameday.model.checker import Case

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
    return [m for row in rows.values() for m in (row if len(row) <= most else sorted(row, key=_place)[:most])]


def _place(mutation: Mutation) -> bytes:
    return hashlib.sha256(mutation.where.encode()).digest()
