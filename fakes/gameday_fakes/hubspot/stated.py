"""Further properties that the ledger is asked for: of deals, lines and companies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from gameday_fakes.guesses import did_you_mean
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.standard import OBJECTS
from gameday_fakes.ledger import StatedField

Part = Literal["deal", "line", "customer"]
_OBJECTS: dict[Part, str] = {"deal": "deals", "line": "line_items", "customer": "companies"}


class StatedFields(msgspec.Struct, frozen=True):
    """The names of the properties by what they are properties of."""

    deal: tuple[StatedField, ...] = ()
    line: tuple[StatedField, ...] = ()
    customer: tuple[StatedField, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """As a ledger names what it states."""
        parts = (("", self.deal), ("line.", self.line), ("customer.", self.customer))
        return tuple(f"fields.{part}{each.name}" for part, fields in parts for each in fields)

    def values(self, record: Record, part: Part) -> dict[str, str]:
        """The values of these properties of a record, without those that are empty."""
        fields: tuple[StatedField, ...] = getattr(self, part)
        found = {field.name: record.properties.get(field.path, "") for field in fields}
        return {name: value for name, value in found.items() if value}


def stated_fields(names: Iterable[str]) -> StatedFields:
    """The properties that a setting names: ``dealtype``, ``line.description``, ``customer.industry``.

    Raises ValueError with the known ones for a property that an object lacks.
    """
    found: dict[Part, list[StatedField]] = {"deal": [], "line": [], "customer": []}
    for name in names:
        first, _, rest = name.partition(".")
        part: Part = "line" if first == "line" and rest else "customer" if first == "customer" and rest else "deal"
        field = StatedField.read(name if part == "deal" else rest)
        known = OBJECTS[_OBJECTS[part]].properties
        if field.path not in known:
            hint = did_you_mean(field.path, known)
            named = f"unknown property {field.path[:80]!r} of {_OBJECTS[part]}"
            raise ValueError(f"ledger_fields: {named}; known: {', '.join(known)}{hint}")
        found[part].append(field)
    return StatedFields(*map(tuple, found.values()))
