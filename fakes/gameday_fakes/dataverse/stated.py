"""Further columns that the ledger is asked for: of opportunities, of their lines and of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.dataverse.sales import ACCOUNT, OPPORTUNITY, OPPORTUNITY_PRODUCT
from gameday_fakes.guesses import did_you_mean
from gameday_fakes.ledger import StatedField

Part = Literal["deal", "line", "customer"]
_TABLES = {"deal": OPPORTUNITY, "line": OPPORTUNITY_PRODUCT, "customer": ACCOUNT}


class StatedFields(msgspec.Struct, frozen=True):
    """The names of the columns by what they are columns of."""

    deal: tuple[StatedField, ...] = ()
    line: tuple[StatedField, ...] = ()
    customer: tuple[StatedField, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """As a ledger names what it states."""
        parts = (("", self.deal), ("line.", self.line), ("customer.", self.customer))
        return tuple(f"fields.{part}{each.name}" for part, fields in parts for each in fields)

    def values(self, values: Mapping[str, Any], part: Part) -> dict[str, str]:
        """The values of these columns of a record as text, without those that are empty."""
        fields: tuple[StatedField, ...] = getattr(self, part)
        found = {field.name: shown(values.get(field.path)) for field in fields}
        return {name: value for name, value in found.items() if value}


def shown(value: Any) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def stated_fields(names: Iterable[str]) -> StatedFields:
    """The columns that a setting names: ``stepname``, ``line.description``, ``customer.websiteurl``.

    Raises ValueError with the known ones for a column that a table lacks.
    """
    found: dict[Part, list[StatedField]] = {"deal": [], "line": [], "customer": []}
    for name in names:
        first, _, rest = name.partition(".")
        part: Part = "line" if first == "line" and rest else "customer" if first == "customer" and rest else "deal"
        field = StatedField.read(name if part == "deal" else rest)
        known = [each.property_name for each in _TABLES[part].columns]
        if field.path not in known:
            hint = did_you_mean(field.path, known)
            named = f"unknown column {field.path[:80]!r} of {_TABLES[part].set_name}"
            raise ValueError(f"ledger_fields: {named}; known: {', '.join(known)}{hint}")
        found[part].append(field)
    return StatedFields(*map(tuple, found.values()))
