"""Checks the numbers of a record: exact, within limits, and small enough for every JSON reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from operator import ge, gt, le, lt
from typing import Any

from gameday.records.constraints import allowed_values, one_of, read_decimal
from gameday.records.leaf import Bounds, Finding, Leaf
from gameday.records.tree import Node

#: Larger JSON numbers overflow a binary64, so most readers cannot read them.
LARGEST = Decimal("1.7976931348623157e308")

#: Enough digits for every quotient of two binary64 numbers.
WIDE = Context(prec=1000)

Limit = tuple[Callable[[Any, Any], bool], Decimal, str]

ONE = Decimal(1)
_EXACT = (Decimal, int)
_WIDTHS = {"i8": 7, "i16": 15, "i32": 31, "i64": 63, "i128": 127, "u8": 8, "u16": 16, "u32": 32, "u64": 64, "u128": 128}


def compile_number(node: Node) -> Leaf:
    """The check of a number or an integer."""
    whole = node.kind == "integer"
    word = "a whole number" if whole else "a number"
    allowed = allowed_values(node)
    step = read_decimal(node, "multipleOf")
    tests = list(_limits(node))

    low, high, edges = number_bounds(node)
    is_plain = not whole and allowed is None and step is None

    def find(value: Any) -> Iterator[Finding]:
        if is_plain and value.__class__ in _EXACT and low <= value <= high and value not in edges:
            return
        if not is_number(value) or not -LARGEST <= value <= LARGEST or (whole and not is_multiple(value, ONE)):
            yield "record.wrong-type", word
            return
        if allowed is not None and value not in allowed:
            yield "record.unknown-value", one_of(allowed)
        for passes, limit, words in tests:
            if not passes(value, limit):
                yield "record.out-of-range", f"{word} {words} {limit}"
        if step is not None and not is_multiple(value, step):
            yield "record.not-a-multiple", f"a multiple of {step}"

    if whole and allowed is None and step is None:
        return Leaf(
            find, Any, lambda n: (n.__class__ is int and low <= n <= high and n not in edges) or not any(find(n))
        )
    if allowed is not None or step is not None:
        return Leaf(find, Any, lambda value: not any(find(value)))
    return Leaf(find, Any, bounds=(low, high, edges))


def number_bounds(node: Node) -> Bounds:
    """The limits of a number as one range."""
    low, high, edges = -LARGEST, LARGEST, []
    for passes, limit, _ in _limits(node):
        if passes in (ge, gt):
            low = max(low, limit)
        else:
            high = min(high, limit)
        if passes in (gt, lt):
            edges.append(limit)
    return low, high, tuple(edges)


def _limits(node: Node) -> Iterator[Limit]:
    for name, passes, words in (
        ("minimum", ge, "of at least"),
        ("exclusiveMinimum", gt, "above"),
        ("maximum", le, "of at most"),
        ("exclusiveMaximum", lt, "below"),
    ):
        limit = read_decimal(node, name)
        if limit is not None:
            yield passes, limit, words
    width = _WIDTHS.get(str(node.constraints.get("format", "")))
    if width is not None and node.kind == "integer":
        signed = str(node.constraints["format"]).startswith("i")
        yield ge, Decimal(-(2**width) if signed else 0), "of at least"
        yield le, Decimal(2**width - 1), "of at most"


def is_number(value: object) -> bool:
    """Whether it is a JSON number; true is not."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def is_multiple(value: int | Decimal, step: Decimal) -> bool:
    """Whether a number is a whole multiple of another, exactly."""
    return not WIDE.remainder(Decimal(value), step)


def is_finer(value: Decimal, step: Decimal) -> bool:
    """Whether a number has more decimals than a power of ten, not counting trailing zeros."""
    return value.quantize(step, None, WIDE) != value
