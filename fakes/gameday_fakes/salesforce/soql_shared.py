"""What all parts of one statement of SOQL share on its way to the engine, and how values compare."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

#: Up to so many constants of a list are constants of their own.
_SHORT = 200
_ORDERINGS = frozenset({"<", "<=", ">", ">="})


class Shared:
    """What all parts of one statement share: constants, the columns that are used, and names for the engine."""

    def __init__(self, today: datetime.date) -> None:
        self.today = today
        self.values: dict[str, Any] = {}
        self.used: dict[str, set[str]] = {}
        self._aliases = 0

    def put(self, value: Any) -> str:
        """The engine's text for a constant."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def put_all(self, values: Sequence[Any]) -> list[str]:
        """The engine's texts for what stands in a list of constants. A long one is one constant, or finding each takes
        the longer the more there are.
        """
        if len(values) <= _SHORT:
            return [self.put(value) for value in values]
        return [f"SELECT value FROM json_each({self.put(msgspec.json.encode(values).decode())})"]  # noqa: S608

    def alias(self) -> str:
        """A new name for a table."""
        self._aliases += 1
        return f"t{self._aliases}"

    def use(self, sobject: str, column: str) -> None:
        """Note that a column is used."""
        self.used.setdefault(sobject, {"Id", "IsDeleted"}).add(column)


def compared(left: str, operator: str, values: list[str | None]) -> str:
    """A comparison; None is null, to which only what is null is equal. Where it would be null, it does not hold."""
    known = [value for value in values if value is not None]
    if operator in _ORDERINGS:
        return f"{left} {operator} {known[0]}" if known else "0"
    found = [f"{left} IN ({', '.join(known)})"] if known else []
    if len(known) < len(values):
        found.append(f"{left} IS NULL")
    either = f"({' OR '.join(found)})"
    return either if operator in ("=", "IN") else negated(either)


def negated(condition: str) -> str:
    """What holds wherever a condition does not: unlike in SQL, also where that is null."""
    return f"(NOT ifnull({condition}, 0))"
