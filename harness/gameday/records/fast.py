"""Accepts a record in one decode: a type made from the contract's shape, and what no type can say in a loop after it.

Says yes or no and not why; ``explain`` tells what is wrong with a record that is not accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NotRequired, Required, TypedDict

import msgspec

from gameday.records.explain import compile_explanation
from gameday.records.leaves import compile_leaf
from gameday.records.tree import Node, Shape

Condition = Callable[[Any], bool]

#: Name, lowest, highest, and the edges that are not among them.
_Number = tuple[str, Decimal, Decimal, tuple[Decimal, ...]]
_Other = tuple[str, Condition]

#: Constraints that hold of a list whatever its items have.
_LENGTHS = frozenset({"minItems", "maxItems"})

# The type checker knows types only that stand in the source.
_typed_dict: Any = TypedDict
_list: Any = list


def compile_acceptance(shape: Shape) -> Callable[[bytes], dict[str, Any] | None]:
    """A function from a record's bytes to what the contract knows of it, or None if it is not accepted.

    Numbers are int or Decimal. Fields that the contract does not know are left out.
    """
    kind, condition = _compile(shape.top)
    decode = msgspec.json.Decoder(kind, float_hook=Decimal).decode

    def accept(record: bytes) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = decode(record)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            return None
        return found if condition is None or condition(found) else None

    return accept


def _compile(node: Node) -> tuple[Any, Condition | None]:
    """The type of a node's value, and the further condition on it."""
    leaf = compile_leaf(node)
    if not node.children:
        return leaf.type, leaf.also
    if leaf.also is not None and not _LENGTHS.issuperset(node.constraints):
        # Such as the number of fields: the decoded object has lost those that the contract does not know.
        explain = compile_explanation(node)
        return leaf.type, lambda value: not any(explain(value, ""))
    fields, condition = _compile_object(node)
    if not node.is_list:
        return fields, condition
    return _list[fields], _both(leaf.also, None if condition is None else _each(condition))


def _compile_object(node: Node) -> tuple[Any, Condition | None]:
    kinds: dict[str, Any] = {}
    numbers: list[_Number] = []
    others: list[_Other] = []
    for name, child in node.children.items():
        leaf = compile_leaf(child)
        if leaf.bounds is not None:
            kind = Any
            numbers.append((name, *leaf.bounds))
        else:
            kind, condition = _compile(child)
            if kind is Any and child.required and condition is None:
                condition = _is_there
            if condition is not None:
                others.append((name, condition))
        kinds[name] = Required[kind] if child.required else NotRequired[kind | None]
    made = _typed_dict(node.path or "Record", kinds)
    required = frozenset(name for name, child in node.children.items() if child.required)
    return made, _fields_hold(numbers, others, required) if numbers or others else None


def _fields_hold(numbers: list[_Number], others: list[_Other], required: frozenset[str]) -> Condition:
    """Numbers are compared in place: as a call each they would cost a tenth of the whole time."""

    def hold(found: dict[str, Any]) -> bool:
        get = found.get
        for name, low, high, edges in numbers:
            value: Any = get(name)
            kind = value.__class__
            if kind is Decimal or kind is int:
                if not low <= value <= high or value in edges:
                    return False
            elif value is not None or name in required:
                return False
        for name, condition in others:
            value = get(name)
            if (value is not None or name in required) and not condition(value):
                return False
        return True

    return hold


def _is_there(value: Any) -> bool:
    return value is not None


def _each(condition: Condition) -> Condition:
    return lambda items: all(map(condition, items))


def _both(first: Condition | None, second: Condition | None) -> Condition | None:
    if first is None or second is None:
        return first or second
    return lambda value: first(value) and second(value)
