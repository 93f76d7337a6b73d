"""Reads the conditions of an ERP's record: the custom property ``conditions`` of its object.

customProperties:
  - property: conditions
    value:
      - name: large orders wait for an approval
        when: {total: {minimum: 10000}}
        then: {orderStatus: {enum: [A]}}
        owner: finance
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown
from gameday.contracts.odcs_file import SchemaProperty
from gameday.model.contract import Condition, Field

PROPERTY = "conditions"
_CONSTRAINTS = (
    *("enum", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)


class _Condition(msgspec.Struct, frozen=True):
    name: str
    when: dict[str, dict[str, Any]]
    then: dict[str, dict[str, Any]]
    owner: str = ""


def read_conditions(objects: Iterable[SchemaProperty], fields: Iterable[Field], where: str) -> tuple[Condition, ...]:
    """The conditions of the objects of a schema, which has these fields. Raises GamedayError naming ``where``."""
    known = {field.physical_name for field in fields}
    found = []
    for item in objects:
        record = item.physical_name or item.name
        for custom in item.custom_properties:
            if custom.property == PROPERTY:
                place = f"{where}: {record}: {PROPERTY}"
                if not isinstance(custom.value, list):
                    hint = "each has name, when and then"
                    raise GamedayError(f"{place}: {shown(custom.value)} is not a list of conditions", hint=hint)
                found += [_checked(each, record, known, place) for each in custom.value]
    return tuple(found)


def _checked(entry: Any, record: str, known: set[str], where: str) -> Condition:
    read = read_table(_Condition, entry, where=where)
    for part in ("when", "then"):
        fields: dict[str, dict[str, Any]] = getattr(read, part)
        if not fields:
            raise GamedayError(f"{where}: {shown(read.name)}: {part} names no field")
        for path, constraints in fields.items():
            if f"{record}.{path}" not in known:
                own = sorted(name.partition(".")[2] for name in known if name.startswith(f"{record}."))
                raise unknown("field", path[:80], own, where=f"{where}: {shown(read.name)}")
            for name in constraints:
                if name not in _CONSTRAINTS:
                    raise unknown("constraint", name[:80], _CONSTRAINTS, where=f"{where}: {shown(read.name)}: {path}")
            if not isinstance(constraints.get("enum", []), list):
                raise GamedayError(f"{where}: {shown(read.name)}: {path}: enum is not a list of values")
    return Condition(read.name, record, read.when, read.then, read.owner)
