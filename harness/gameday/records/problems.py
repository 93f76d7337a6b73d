"""Messages about a record that never show a value, and the stable ids of all rules.

A value that breaks its contract is not what the contract's classification was given for: people write names into any
field. So what is wrong with it is said by its form.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.violation import Violation
from gameday.records.alphabet import format_of
from gameday.records.tree import Node

#: Every rule by its stable id: what must hold for a record. An id never changes its meaning. Rules about several
#: fields are in ``rules.py``.
VALUE_RULES: dict[str, str] = {
    "record.rejected": "a line, row or group of rows is a record at all",
    "record.not-json": "a record is JSON",
    "record.missing-field": "what is required is there and not null",
    "record.wrong-type": "a value has the contract's type",
    "record.unknown-value": "a value is one of those that the contract lists",
    "record.out-of-range": "a number or date is within the contract's limits",
    "record.wrong-length": "a text or list is as long as the contract says",
    "record.wrong-pattern": "a text follows the contract's pattern",
    "record.wrong-format": "a date, time or timestamp is written as the contract says, and exists",
    "record.wrong-zone": "a timestamp has a zone where the contract demands one, and none where it forbids it",
    "record.not-a-multiple": "a number is a multiple of the contract's step",
    "record.repeated-item": "the items of a list differ where the contract says so",
    "record.repeated-record": "no two records of a file have the same key",
}

#: The longest form that a message shows in full.
SHOWN_LENGTH = 60


class Problem(msgspec.Struct, frozen=True):
    """One problem: the rule, the field's physical name, and a sentence."""

    rule: str
    field: str
    message: str

    def violation(self, orders: tuple[str, ...] = (), *, path: str = "", line: int = 0) -> Violation:
        """The problem as a violation, as all checks before a deploy report it."""
        return Violation(self.rule, "error", self.message, path=path, line=line, orders=orders)


def value_problem(rule: str, node: Node, value: object, expected: str, place: str = "") -> Problem:
    """The problem of one value. ``place`` names the item of a list."""
    return Problem(rule, node.path, f"{node.path}{place} is {describe(value, hidden=node.hidden)}; expected {expected}")


def describe(value: Any, *, hidden: bool) -> str:
    """A value as a message shows it, on one line: its form, and only its length if its field is ``hidden``.

    >>> describe("Acme GmbH", hidden=True), describe("Acme GmbH", hidden=False), describe(-1.5, hidden=False)
    ('a text of 9 characters', "a text of 9 characters like 'Aaaa AaaA'", 'a float')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean" if hidden else str(value).lower()
        case str():
            length = f"a text of {len(value)} characters"
            like = _short(repr(format_of(value[: SHOWN_LENGTH + 1])))
            return length if hidden or not value else f"{length} like {like}"
        case int() | Decimal():
            return "a number" if hidden else _number(value)
        case dict():
            return f"an object of {len(value)} fields"
        case list():
            return f"a list of {len(value)}"
    return f"a {type(value).__name__}"


def _number(value: int | Decimal) -> str:
    try:
        return _short(f"a number like {format_of(str(value))}")
    except ValueError:  # it has more digits than Python prints
        return "a number of thousands of digits"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 4]}...{text[-1]}"
