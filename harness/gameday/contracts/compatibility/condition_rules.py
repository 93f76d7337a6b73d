"""Rules for the conditions of a record: approval gates and tax rules that were added, changed or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gameday.contracts.compatibility.change import FINANCE, Change, on_field, rule, written
from gameday.contracts.compatibility.document import Element
from gameday.contracts.conditions import PROPERTY

CONDITION_ADDED = rule("condition-added", "major", breaks="old", says="{path} must keep another condition: {after}")
CONDITION_CHANGED = rule("condition-changed", "major", breaks="both", says="{path}: the condition {after} is another")
CONDITION_DROPPED = rule(
    "condition-dropped",
    "major",
    breaks="new",
    says="{path} no longer has to keep the condition {before}",
)


@on_field
def conditions(old: Element, new: Element) -> Iterator[Change]:
    """Reports each condition of an object by its name; one with another name is another condition."""
    before, after = _by_name(old), _by_name(new)
    where = new.where_custom(PROPERTY)
    for name in sorted(before.keys() | after.keys()):
        finance = any(each.get(name, {}).get("owner") == FINANCE for each in (before, after))
        if name not in after:
            yield CONDITION_DROPPED.change(where, name, None, finance=finance)
        elif name not in before:
            yield CONDITION_ADDED.change(where, None, name, finance=finance)
        elif written(before[name]) != written(after[name]):
            yield CONDITION_CHANGED.change(where, written(before[name]), name, finance=finance)


def _by_name(element: Element) -> dict[str, dict[str, Any]]:
    """The conditions of an element; what is none of them is reported by the check of contracts."""
    said = element.custom(PROPERTY)
    entries = [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
    return {str(each.get("name", "")): each for each in entries}
