"""What formulas are made of, and the functions in them that look at their arguments by themselves."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from gameday_fakes.salesforce.formula_functions import shown
from gameday_fakes.salesforce.formula_tree import FormulaError


class Scene(msgspec.Struct, frozen=True):
    """A record as it is, as it was (None: it is new), and what else a formula can ask for.

    ``parent`` finds the fields of a record by its id, ``user`` are those of the user who writes.
    """

    fields: Mapping[str, Any]
    before: Mapping[str, Any] | None
    user: Mapping[str, Any]
    parent: Callable[[str], Mapping[str, Any] | None]
    now: datetime.datetime

    def of(self, fields: Mapping[str, Any]) -> Scene:
        """The same moment for another record."""
        return msgspec.structs.replace(self, fields=fields, before=fields)


Value = Callable[[Scene], Any]


class Part(NamedTuple):
    """A compiled part: the kind of its value, and how to get it."""

    kind: str
    value: Value


def kind_of(value: Any) -> str:
    """The kind of a literal."""
    if value is None:
        return "blank"
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def as_text(kind: str) -> str:
    """The kind with which a kind can be compared: a picklist's values are texts."""
    return "text" if kind == "picklist" else kind


def _booleans(function: str, parts: list[Part]) -> list[Value]:
    if not parts or any(part.kind != "boolean" for part in parts):
        raise FormulaError(f"{function} of what is neither true nor false")
    return [part.value for part in parts]


def _and(function: str, parts: list[Part]) -> Part:
    values = _booleans(function, parts)
    return Part("boolean", lambda scene: all(each(scene) for each in values))


def _or(function: str, parts: list[Part]) -> Part:
    values = _booleans(function, parts)
    return Part("boolean", lambda scene: any(each(scene) for each in values))


def _not(function: str, parts: list[Part]) -> Part:
    _need_count(function, parts, 1)
    (value,) = _booleans(function, parts)
    return Part("boolean", lambda scene: not value(scene))


def _common(function: str, parts: list[Part]) -> str:
    """The kind of values that can stand for each other. Raises FormulaError."""
    kinds = {as_text(part.kind) for part in parts} - {"blank"}
    if len(kinds) > 1:
        raise FormulaError(f"{function} of a {' and a '.join(sorted(kinds))}")
    return kinds.pop() if kinds else "blank"


def _if(function: str, parts: list[Part]) -> Part:
    _need_count(function, parts, 3)
    (test,) = _booleans(function, parts[:1])
    then, otherwise = parts[1].value, parts[2].value
    return Part(_common(function, parts[1:]), lambda scene: then(scene) if test(scene) else otherwise(scene))


def _case(function: str, parts: list[Part]) -> Part:
    if len(parts) < 4 or len(parts) % 2:
        raise FormulaError(f"{function} of {len(parts)} values")
    _common(function, [parts[0], *parts[1:-1:2]])
    kind = _common(function, [*parts[2:-1:2], parts[-1]])
    cases = [(wanted.value, result.value) for wanted, result in zip(parts[1:-1:2], parts[2:-1:2], strict=True)]
    of, otherwise = parts[0].value, parts[-1].value

    def value(scene: Scene) -> Any:
        found = of(scene)
        for wanted, result in cases:
            if wanted(scene) == found:
                return result(scene)
        return otherwise(scene)

    return Part(kind, value)


def _is_blank(function: str, parts: list[Part]) -> Part:
    _need_count(function, parts, 1)
    # A text is never null, so ISNULL of one is false.
    empty = (None,) if function == "ISNULL" else (None, "")
    return Part("boolean", lambda scene: parts[0].value(scene) in empty)


def _blank_value(function: str, parts: list[Part]) -> Part:
    _need_count(function, parts, 2)
    kind = _common(function, parts)
    empty = (None,) if function == "NULLVALUE" else (None, "")
    of, instead = parts[0].value, parts[1].value
    return Part(kind, lambda scene: instead(scene) if (found := of(scene)) in empty else found)


def _text(function: str, parts: list[Part]) -> Part:
    _need_count(function, parts, 1)
    if parts[0].kind in ("boolean", "text"):
        raise FormulaError(f"{function} of a {parts[0].kind}")
    return Part("text", lambda scene: "" if (found := parts[0].value(scene)) is None else shown(found))


def _compared(function: str, parts: list[Part]) -> Part:
    _common(function, parts)
    one, other = parts[0].value, parts[1].value
    if function in ("=", "<>"):
        wanted = function == "="

        def same(scene: Scene) -> bool:
            return ((one(scene) or None) == (other(scene) or None)) is wanted

        def equal(scene: Scene) -> bool:
            return (one(scene) == other(scene)) is wanted

        # An empty text and null are the same.
        return Part("boolean", same if _common(function, parts) in ("text", "blank") else equal)
    if _common(function, parts) not in ("number", "date", "datetime", "text"):
        raise FormulaError(f"{function} of a {parts[0].kind}")
    order = _ORDERS[function]

    def compared(scene: Scene) -> bool:
        left, right = one(scene), other(scene)
        return left is not None and right is not None and order(left, right)

    return Part("boolean", compared)


def _now(function: str, parts: list[Part]) -> Part:
    _need_count(function, parts, 0)
    if function == "NOW":
        return Part("datetime", lambda scene: scene.now)
    return Part("date", lambda scene: scene.now.date())


def _need_count(function: str, parts: list[Part], count: int) -> None:
    if len(parts) != count:
        raise FormulaError(f"{function} of {len(parts)} values")


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
SPECIAL: dict[str, Callable[[str, list[Part]], Part]] = {
    **dict.fromkeys(("AND", "&&"), _and),
    **dict.fromkeys(("OR", "||"), _or),
    **dict.fromkeys(("=", "<>", *_ORDERS), _compared),
    **dict.fromkeys(("ISBLANK", "ISNULL"), _is_blank),
    **dict.fromkeys(("BLANKVALUE", "NULLVALUE"), _blank_value),
    **dict.fromkeys(("TODAY", "NOW"), _now),
    "NOT": _not,
    "IF": _if,
    "CASE": _case,
    "TEXT": _text,
}
