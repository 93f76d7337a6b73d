"""Checks the value of one field: a type that accepts in one step, and a search that explains.

Each kind of field is one entry of ``KINDS``. Both ways must agree: the type and ``also`` accept exactly the values in
which ``find`` finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gameday.records.constraints import allowed_values, one_of, read_count, read_pattern
from gameday.records.leaf import Finding, Leaf
from gameday.records.moments import MomentFormat, read_format
from gameday.records.numbers import WIDE, compile_number, is_number
from gameday.records.tree import Node

# Digits are written out one by one: this matches in half the time of a counted repetition.
_TWO = "[0-9][0-9]"
_ISO_DATE = f"{_TWO}{_TWO}-{_TWO}-{_TWO}"
_ISO_TIMESTAMP = rf"{_ISO_DATE}[T ]{_TWO}:{_TWO}:{_TWO}(?:\.[0-9]{{1,6}})?"
_ISO_ZONE = f"(?:Z|[+-]{_TWO}:?{_TWO})"
_ISO_ZONES = {None: rf"{_ISO_ZONE}?\Z", True: rf"{_ISO_ZONE}\Z", False: r"\Z"}


def compile_leaf(node: Node) -> Leaf:
    """The check of a field. Raises GamedayError naming a constraint that makes no sense."""
    return KINDS.get(node.kind, _anything)(node)


def _text(node: Node) -> Leaf:
    low, high = read_count(node, "minLength"), read_count(node, "maxLength")
    pattern = read_pattern(node)
    allowed = allowed_values(node)

    def find(value: Any) -> Iterator[Finding]:
        if not isinstance(value, str):
            yield "record.wrong-type", "a text"
            return
        if allowed is not None and value not in allowed:
            yield "record.unknown-value", one_of(allowed)
        if low is not None and len(value) < low:
            yield "record.wrong-length", f"at least {low} characters"
        if high is not None and len(value) > high:
            yield "record.wrong-length", f"at most {high} characters"
        if pattern is not None and not pattern.search(value):
            yield "record.wrong-pattern", f"the pattern {node.constraints['pattern']}"

    if allowed is not None:
        fitting = tuple(value for value in allowed if isinstance(value, str) and not any(find(value)))
        return Leaf(find, Literal[fitting]) if fitting else Leaf(find, str, lambda _: False)
    # As part of the type, a pattern would take three times as long.
    meta = Meta(min_length=low, max_length=high)
    return Leaf(find, str if meta == Meta() else Annotated[str, meta], pattern.search if pattern else None)


def _boolean(node: Node) -> Leaf:
    allowed = allowed_values(node)

    def find(value: Any) -> Iterator[Finding]:
        if not isinstance(value, bool):
            yield "record.wrong-type", "true or false"
        elif allowed is not None and value not in allowed:
            yield "record.unknown-value", one_of(allowed)

    return Leaf(find, bool, None if allowed is None else lambda value: not any(find(value)))


def _moment(node: Node) -> Leaf:
    form = read_format(node.kind, node.constraints, node.path)
    allowed = allowed_values(node)

    is_plain = form.is_default and not form.limits and allowed is None and node.kind in _ISO_TESTS
    is_iso = _ISO_TESTS[node.kind](form.zoned) if is_plain else _never

    def find(value: Any) -> Iterator[Finding]:
        if isinstance(value, str) and is_iso(value):
            return
        moment = form.read(value) if isinstance(value, str) else None
        if not isinstance(value, str):
            yield "record.wrong-type", form.expected
        elif moment is None:
            yield "record.wrong-format", form.expected
        else:
            yield from _find_zone(form, value)
            if allowed is not None and value not in allowed:
                yield "record.unknown-value", one_of(allowed)
            if expected := form.outside(moment):
                yield "record.out-of-range", f"{form.expected} {expected}"

    if is_plain:
        return Leaf(find, date) if node.kind == "date" else Leaf(find, str, is_iso)
    return Leaf(find, str, lambda value: not any(find(value)))


def _find_zone(form: MomentFormat, value: str) -> Iterator[Finding]:
    if form.zoned is True and not form.has_zone(value):
        yield "record.wrong-zone", f"{form.expected} with its zone, such as Z or +01:00"
    if form.zoned is False and form.has_zone(value):
        yield "record.wrong-zone", f"{form.expected} without a zone"


def _iso_test(pattern: str) -> Callable[[str], bool]:
    """Whether a text has this form and is an existing moment: not 30 February, and not 25 o'clock."""
    match = re.compile(pattern).match

    def is_iso(text: str) -> bool:
        try:
            return bool(match(text) and datetime.fromisoformat(text))
        except ValueError:
            return False

    return is_iso


_ISO_TESTS: dict[str, Callable[[bool | None], Callable[[str], bool]]] = {
    "date": lambda _: _iso_test(rf"{_ISO_DATE}\Z"),
    "timestamp": lambda zoned: _iso_test(_ISO_TIMESTAMP + _ISO_ZONES[zoned]),
}


def _never(_: str) -> bool:
    return False


def _object(node: Node) -> Leaf:
    low, high = read_count(node, "minProperties"), read_count(node, "maxProperties")
    needed = tuple(map(str, node.constraints.get("required", ())))

    def find(value: Any) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield "record.wrong-type", "an object"
            return
        yield from _find_size(len(value), low, high, "fields")
        for name in needed:
            if name not in value:
                yield "record.missing-field", f"an object with the field {name}"

    return Leaf(find, dict[str, Any], (lambda value: not any(find(value))) if node.constraints else None)


def _list(node: Node) -> Leaf:
    """A list; its items may be checked elsewhere. A vector is a list of numbers."""
    low, high = read_count(node, "minItems"), read_count(node, "maxItems")
    if node.kind == "vector":
        low = high = read_count(node, "dimensions")

    def find(value: Any) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield "record.wrong-type", "a list"
            return
        yield from _find_size(len(value), low, high, "items")
        if node.constraints.get("uniqueItems") and len({_comparable(item) for item in value}) < len(value):
            yield "record.repeated-item", "items that differ"
        if node.kind == "vector" and not all(map(is_number, value)):
            yield "record.wrong-type", "a list of numbers"

    checked = bool(node.constraints) or node.kind == "vector"
    return Leaf(find, list[Any], (lambda value: not any(find(value))) if checked else None)


def _anything(node: Node) -> Leaf:
    allowed = allowed_values(node)

    def find(value: Any) -> Iterator[Finding]:
        if allowed is not None and not any(value == one and type(value) is type(one) for one in allowed):
            yield "record.unknown-value", one_of(allowed)

    return Leaf(find, Any, None if allowed is None else lambda value: not any(find(value)))


KINDS: dict[str, Callable[[Node], Leaf]] = {
    "string": _text,
    "number": compile_number,
    "integer": compile_number,
    "boolean": _boolean,
    "date": _moment,
    "time": _moment,
    "timestamp": _moment,
    "object": _object,
    "map": _object,
    "array": _list,
    "vector": _list,
}


def _find_size(size: int, low: int | None, high: int | None, what: str) -> Iterator[Finding]:
    if low is not None and size < low:
        yield "record.wrong-length", f"at least {low} {what}"
    if high is not None and size > high:
        yield "record.wrong-length", f"at most {high} {what}"


def _comparable(item: Any) -> bytes:
    """Equal for equal JSON values; 1 and 1.0 are equal, 1 and true are not."""
    return msgspec.json.encode(Decimal(item).normalize(WIDE) if is_number(item) else item, order="sorted")
