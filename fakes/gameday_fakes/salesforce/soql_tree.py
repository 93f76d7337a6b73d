"""The syntax tree of SOQL. Positions are offsets in the statement, for messages that point at them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE", "IN", "NOT IN"]


class Value(msgspec.Struct, frozen=True):
    """A value as written: ``kind`` is string, number, date, datetime, boolean or null."""

    kind: str
    value: str | Decimal | bool | None
    position: int


class Name(msgspec.Struct, frozen=True):
    """A field, by its dotted path."""

    path: tuple[str, ...]
    position: int


class Aggregate(msgspec.Struct, frozen=True):
    """A function over all rows, under its alias."""

    function: str
    argument: Name | None
    alias: str
    position: int


class Comparison(msgspec.Struct, frozen=True):
    """``field operator value``; of IN several values."""

    name: Name
    operator: Operator
    values: tuple[Value, ...]


class Group(msgspec.Struct, frozen=True):
    """Conditions joined by AND or OR."""

    joint: Literal["AND", "OR"]
    conditions: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True):
    """A negated condition."""

    condition: Condition


Condition = Comparison | Group | Not


class OrderBy(msgspec.Struct, frozen=True):
    """One sort key."""

    name: Name
    descending: bool = False
    nulls_last: bool = False


class Query(msgspec.Struct, frozen=True):
    """A whole statement, or one in parentheses. ``counts`` is ``SELECT COUNT()``."""

    text: str
    fields: tuple[Name | Aggregate | Query, ...]
    object: str
    object_position: int
    where: Condition | None = None
    group_by: tuple[Name, ...] = ()
    order_by: tuple[OrderBy, ...] = ()
    limit: int | None = None
    offset: int = 0
    counts: bool = False


def located(text: str, position: int, message: str) -> str:
    """A message as SOQL's errors are written: a part of the statement, a caret under the position, row and column."""
    row = text.count("\n", 0, position) + 1
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].partition("\n")[0]
    column = position - start
    first = max(0, column - 40)
    excerpt = line[first : column + 40]
    return f"\n{excerpt}\n{' ' * (column - first)}^\nERROR at Row:{row}:Column:{column + 1}\n{message}"
