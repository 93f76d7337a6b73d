"""Checks whether a property can have any value at all, and whether its declaration makes sense."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from typing import Any

from gameday.base.violation import Violation
from gameday.contracts.compatibility.change import as_number, written
from gameday.contracts.compatibility.document import Element
from gameday.contracts.compatibility.finding import finding
from gameday.contracts.compatibility.limit_rules import COUNTS, bound, smallest_step
from gameday.contracts.compatibility.value_rules import enum_values

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "date": (str,),
    "timestamp": (str,),
    "time": (str,),
}
_TIMES = ("date", "timestamp", "time")


def check_values(element: Element) -> Iterator[Violation]:
    """Everything that is wrong with the values of one element."""
    if not element.used:
        return
    yield from _check_pattern(element)
    yield from _check_limits(element)
    yield from _check_enumeration(element)
    yield from _check_customs(element)


def _check_pattern(element: Element) -> Iterator[Violation]:
    pattern = element.options.get("pattern")
    if isinstance(pattern, str) and not _compiles(pattern):
        where = element.where("logicalTypeOptions", "pattern")
        yield finding("bad-pattern", where, f"{element.path}: {pattern[:80]!r} is not a regular expression")


@functools.cache
def _compiles(pattern: str) -> bool:
    """Whether a pattern compiles, by ECMA 262 as the standard requires, with the engine that validates records."""
    import jsonschema_rs

    try:
        jsonschema_rs.validator_for({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


def _check_limits(element: Element) -> Iterator[Violation]:
    step = smallest_step(element)
    least, most = bound(element, step, upper=False), bound(element, step, upper=True)
    if least and most:
        where = element.where("logicalTypeOptions", most.option)
        limits = f"{least.text} and {most.text}"
        if type(least.value) is not type(most.value):
            yield finding("bad-limit", where, f"{element.path}: {limits} cannot be compared")
        elif least.value > most.value or (least.value == most.value and not (least.inclusive and most.inclusive)):
            yield finding("empty-range", where, f"{element.path}: {limits} leave no possible value")
    for lower, upper in COUNTS:
        low, high = (as_number(element.options.get(name)) for name in (lower, upper))
        if low is not None and high is not None and low > high:
            where = element.where("logicalTypeOptions", upper)
            yield finding("empty-range", where, f"{element.path}: {lower} {low} is above {upper} {high}")


def _check_enumeration(element: Element) -> Iterator[Violation]:
    if "enum" not in element.raw:
        return
    values = [item["value"] for item in element.raw["enum"]]
    index_of = enum_values(element)
    for value, times in Counter(_key(value) for value in values).items():
        if times > 1:
            where = element.where("enum", index_of.get(value[1], 0))
            yield finding("duplicate-enum-value", where, f"{element.path}: {value[1]} is in its enum {times} times")
    for index, value in enumerate(values):
        if value is not None and not _fits(value, element.type):
            where = element.where("enum", index, "value")
            yield finding("bad-enum-value", where, f"{element.path}: {value!r} is not of the type {element.type}")


def _key(value: Any) -> tuple[str, str]:
    return type(value).__name__, f'"{value}"' if isinstance(value, str) else written(value)


def _fits(value: Any, kind: str) -> bool:
    if kind not in _TYPES:
        return True
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _check_customs(element: Element) -> Iterator[Violation]:
    for name in ("used", "money"):
        said = element.custom(name)
        if said is not None and not isinstance(said, bool):
            yield finding(
                "bad-value", element.where_custom(name), f"{element.path}: {name} is {said!r}, neither true nor false"
            )
    for name in ("scale", "precision"):
        said = element.custom(name)
        number = as_number(said)
        if said is not None and (number is None or number < 0 or number != number.to_integral_value()):
            yield finding(
                "bad-value", element.where_custom(name), f"{element.path}: {name} is {said!r}, not a number of digits"
            )
