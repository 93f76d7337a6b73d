"""Expressions of ``$filter`` and ``$orderby`` as plain data.

``and`` and ``or`` have any number of operands, so that a long chain is not a deep tree.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Comparison = Literal["eq", "ne", "gt", "ge", "lt", "le", "has"]
Arithmetic = Literal["add", "sub", "mul", "div", "divby", "mod"]


class Value(msgspec.Struct, frozen=True):
    """A literal. ``type`` is its primitive type, ``null``, or an enumeration's qualified name."""

    type: str
    value: Any = None


class Path(msgspec.Struct, frozen=True):
    """A property, at the end of any number of navigations; or ``$it``, or what a lambda's variable leads to."""

    segments: tuple[str, ...]


class Not(msgspec.Struct, frozen=True):
    """A negation."""

    operand: Expression


class Negative(msgspec.Struct, frozen=True):
    """A number with the other sign."""

    operand: Expression


class AllOf(msgspec.Struct, frozen=True):
    """``and``."""

    operands: tuple[Expression, ...]


class AnyOf(msgspec.Struct, frozen=True):
    """``or``."""

    operands: tuple[Expression, ...]


class Compare(msgspec.Struct, frozen=True):
    """A comparison."""

    operator: Comparison
    left: Expression
    right: Expression


class Calculate(msgspec.Struct, frozen=True):
    """A calculation."""

    operator: Arithmetic
    left: Expression
    right: Expression


class In(msgspec.Struct, frozen=True):
    """Whether a value is one of a list."""

    left: Expression
    items: tuple[Value, ...]


class Call(msgspec.Struct, frozen=True):
    """A call of a function."""

    name: str
    arguments: tuple[Expression, ...]


class Lambda(msgspec.Struct, frozen=True):
    """``any`` or ``all`` over the records that a path leads to; without a body, whether there are any."""

    path: Path
    kind: Literal["any", "all"]
    variable: str = ""
    body: Expression | None = None


Expression = Value | Path | Not | Negative | AllOf | AnyOf | Compare | Calculate | In | Call | Lambda
