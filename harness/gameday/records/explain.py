"""Explains everything that is wrong with a record: the slow way, for records that were not accepted at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from gameday.records.leaves import compile_leaf
from gameday.records.problems import Problem, value_problem
from gameday.records.tree import Node

Explanation = Callable[[Any, str], Iterator[Problem]]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def decode(record: bytes) -> Any:
    """Any JSON, its numbers as int or Decimal. Raises ValueError with a reason that does not quote it."""
    try:
        return _decode(record)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ArithmeticError:
        raise ValueError("a number is out of range") from None
    except (msgspec.MsgspecError, ValueError) as problem:
        raise ValueError(str(problem).partition(" - at ")[0]) from None


def compile_explanation(node: Node) -> Explanation:
    """A function from a value that is not null, and its place, to its problems."""
    find = compile_leaf(node).find
    explain_below = _compile_below(node)

    def explain(value: Any, place: str) -> Iterator[Problem]:
        for rule, expected in find(value):
            yield value_problem(rule, node, value, expected, place)
        yield from explain_below(value, place)

    return explain


def _compile_below(node: Node) -> Explanation:
    """The same for the fields within the value."""
    # A call costs more than the check of a leaf, so leaves are not searched for inner fields.
    children = [
        (child, compile_leaf(child).find, _compile_below(child) if child.children else None)
        for child in node.children.values()
    ]

    def explain_fields(value: dict[str, Any], place: str) -> Iterator[Problem]:
        for child, find, explain_below in children:
            found = value.get(child.name)
            if found is not None:
                for rule, expected in find(found):
                    yield value_problem(rule, child, found, expected, place)
                if explain_below is not None:
                    yield from explain_below(found, place)
            elif child.required:
                for absent in _required_below(child):
                    how = "null" if child.name in value else "missing"
                    message = f"{absent.path}{place} is {how}; expected {_EXPECTED.get(absent.kind, 'a value')}"
                    yield Problem("record.missing-field", absent.path, message)

    def explain_items(value: list[Any], place: str) -> Iterator[Problem]:
        for number, item in enumerate(value, start=1):
            where = f" in item {number} of {node.name}{place}"
            if isinstance(item, dict):
                yield from explain_fields(item, where)
            else:
                yield value_problem("record.wrong-type", node, item, "an object", where)

    def explain(value: Any, place: str) -> Iterator[Problem]:
        if isinstance(value, dict) and not node.is_list:
            yield from explain_fields(value, place)
        if isinstance(value, list) and node.is_list and children:
            yield from explain_items(value, place)

    return explain


_EXPECTED = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a date",
    "time": "a time",
    "timestamp": "a timestamp",
    "array": "a list",
    "object": "an object",
}


def _required_below(node: Node) -> Iterator[Node]:
    """The fields to report when a node is missing: declared ones, not parents implied by their names."""
    below = [child for child in node.children.values() if child.required]
    if node.implied and not node.is_list and below:
        for child in below:
            yield from _required_below(child)
    else:
        yield node
