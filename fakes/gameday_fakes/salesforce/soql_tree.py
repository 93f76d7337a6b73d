"""The syntax tree of SOQL. Positions are offsets in the statement, for messages that point at them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE", "IN", "NOT IN", "INCLUDES", "EXCLUDES"]


class Value(msgspec.Struct, frozen=True):
    """A value as written: ``kind`` is string, number, date, datetime, boolean or null, or dates: a literal like TODAY.

    Or money: a number in the currency that ``pattern`` names, ``USD5000``.

    Of a string ``value`` is what it means, ``pattern`` what it means to LIKE, where a backslash is kept before a
    character that stands for itself.
    """

    kind: str
    value: str | Decimal | bool | None
    position: int
    pattern: str = ""


class Name(msgspec.Struct, frozen=True):
    """A field, by its dotted path."""

    path: tuple[str, ...]
    position: int


class Call(msgspec.Struct, frozen=True):
    """A function, in capitals, of a field or of another call; ``COUNT()`` has no argument."""

    function: str
    argument: Name | Call | None
    position: int

    @property
    def field(self) -> Name | None:
        """The field in it."""
        return self.argument.field if isinstance(self.argument, Call) else self.argument

    @property
    def aggregates(self) -> bool:
        """Whether it puts rows together."""
        return self.function in AGGREGATES or (isinstance(self.argument, Call) and self.argument.aggregates)


#: Functions over several rows.
AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "MIN", "MAX", "AVG"})
#: Functions that change how a field's value is shown.
SHOWN = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY"})
#: What adds rows of subtotals to groups, and the function that tells these rows from others.
SUBTOTALS = frozenset({"ROLLUP", "CUBE"})
GROUPING = "GROUPING"


class Fields(msgspec.Struct, frozen=True):
    """``FIELDS(ALL)``, ``FIELDS(STANDARD)`` or ``FIELDS(CUSTOM)``."""

    which: str
    position: int


class Selected(msgspec.Struct, frozen=True):
    """What a statement selects, and the alias that it gives it."""

    what: Name | Call | Fields | Query
    alias: str
    position: int


class Comparison(msgspec.Struct, frozen=True):
    """``left operator value``; of IN several values, or those that a statement in parentheses finds."""

    left: Name | Call
    operator: Operator
    values: tuple[Value, ...]
    query: Query | None = None

    @property
    def name(self) -> Name:
        """The field that is compared."""
        name = self.left if isinstance(self.left, Name) else self.left.field
        return name or Name(("",), self.left.position)


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

    key: Name | Call
    descending: bool = False
    nulls_last: bool = False


class Query(msgspec.Struct, frozen=True):
    """A whole statement, or one in parentheses. ``counts`` is ``SELECT COUNT()``.

    ``aliases`` are names for the object, with an empty path, and for its parents. ``subtotals`` is ROLLUP, CUBE or
    empty.
    """

    text: str
    selected: tuple[Selected, ...]
    object: str
    object_position: int
    aliases: dict[str, tuple[str, ...]] = {}
    where: Condition | None = None
    group_by: tuple[Name | Call, ...] = ()
    subtotals: str = ""
    having: Condition | None = None
    order_by: tuple[OrderBy, ...] = ()
    limit: int | None = None
    offset: int = 0
    counts: bool = False
    all_rows: bool = False

    @property
    def fields(self) -> tuple[Name | Call | Fields | Query, ...]:
        """What is selected, without aliases."""
        return tuple(one.what for one in self.selected)

    @property
    def is_grouped(self) -> bool:
        """Whether it finds groups of rows."""
        return bool(self.group_by) or any(isinstance(one.what, Call) and one.what.aggregates for one in self.selected)


def located(text: str, position: int, message: str) -> str:
    """A message as SOQL's errors are written: a part of the statement, a caret under the position, row and column."""
    row = text.count("\n", 0, position) + 1
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].partition("\n")[0]
    column = position - start
    first = max(0, column - 40)
    excerpt = line[first : column + 40]
    return f"\n{excerpt}\n{' ' * (column - first)}^\nERROR at Row:{row}:Column:{column + 1}\n{message}"
