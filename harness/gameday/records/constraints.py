"""Reads a contract's constraints on one field, with errors that name the field and the constraint."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.records.tree import Node

_SHOWN_ALTERNATIVES = 8

# The parts of a pattern: an escaped letter, a class, or any other letter.
_PATTERN_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def allowed_values(node: Node) -> tuple[Any, ...] | None:
    """The values that the contract lists, or None if it lists none."""
    if "enum" not in node.constraints:
        return None
    return tuple(Decimal(str(one)) if isinstance(one, float) else one for one in node.constraints["enum"])


def one_of(allowed: tuple[Any, ...]) -> str:
    """The listed values, as a message shows them."""
    texts = [repr(one) if isinstance(one, str) else str(one) for one in allowed[:_SHOWN_ALTERNATIVES]]
    more = len(allowed) - len(texts)
    return f"one of {', '.join(texts)}{f' and {more} more' if more else ''}"


def read_count(node: Node, name: str) -> int | None:
    """A length. Raises GamedayError if it is not a count."""
    value = node.constraints.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise GamedayError(f"{node.path}: {name} {shown(value)} is not a count")


def read_decimal(node: Node, name: str) -> Decimal | None:
    """A limit or step, exactly. Raises GamedayError if it is not a finite number or not a step."""
    value = node.constraints.get(name)
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if isinstance(value, bool) or not number.is_finite() or (name == "multipleOf" and number <= 0):
        raise GamedayError(f"{node.path}: {name} {shown(value)} is not a number that values can be compared with")
    return number


def read_pattern(node: Node) -> re.Pattern[str] | None:
    """The pattern of a text; to be searched for. Raises GamedayError if it is not a pattern."""
    written = node.constraints.get("pattern")
    if written is None:
        return None
    # Contracts use ECMAScript: there $ is the very end, and \\d only the ten digits.
    text = "".join(
        r"\Z" if part == "$" else part
        for part in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", str(written), re.DOTALL)
    )
    try:
        return re.compile(f"(?a){text}")
    except (re.error, OverflowError, RecursionError) as problem:
        raise GamedayError(
            f"{node.path}: the pattern {shown(written)} is not a regular expression: {problem}"
        ) from None
