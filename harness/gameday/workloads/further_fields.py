"""Further fields of the CRM's organisation that a workload gives its deals and their lines, chosen by the seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from gameday.base.errors import GamedayError
from gameday.base.tables import shown

_OF_LINES = "line."
_HINT = "such as Region__c: EMEA, APAC; line.Note__c: gift"


def read_choices(given: Mapping[str, list[str]] | str) -> dict[str, tuple[str, ...]]:
    """The values that each field may have: a mapping, or as a table of a feature writes it.

    Raises GamedayError for a text that names no field, or a field without values.

    >>> read_choices("Region__c: EMEA, APAC; line.Note__c: gift")
    {'Region__c': ('EMEA', 'APAC'), 'line.Note__c': ('gift',)}
    """
    if not isinstance(given, str):
        return {name: _values(name, values) for name, values in given.items()}
    choices: dict[str, tuple[str, ...]] = {}
    for part in filter(str.strip, given.split(";")):
        name, colon, values = (each.strip() for each in part.partition(":"))
        if not colon or not name or name in choices:
            raise GamedayError(f"deal fields: {shown(part.strip())} is no field with values", hint=_HINT)
        choices[name] = _values(name, [value.strip() for value in values.split(",")])
    return choices


def _values(name: str, values: list[str]) -> tuple[str, ...]:
    if not any(values):
        raise GamedayError(f"deal fields: {shown(name)} has no values", hint=_HINT)
    return tuple(values)


def with_fields(
    value: Mapping[str, Any], choices: Mapping[str, tuple[str, ...]], chance: random.Random
) -> dict[str, Any]:
    """The value of an operation whose deal, and each of its lines, has one of the values of each field.

    What it has already stays.
    """
    of_deal = {name: chance.choice(each) for name, each in choices.items() if not name.startswith(_OF_LINES)}
    of_lines = {name.removeprefix(_OF_LINES): e for name, e in choices.items() if name.startswith(_OF_LINES)}
    lines = [
        {**line, "fields": {**{name: chance.choice(each) for name, each in of_lines.items()}, **line.get("fields", {})}}
        for line in value.get("lines", ())
    ]
    return {
        **value,
        **({"lines": lines} if of_lines and lines else {}),
        "fields": {**of_deal, **value.get("fields", {})},
    }
