"""Decides which fields' values are hidden, for pseudonyms, for messages about records and for the gate.

A field without a classification is hidden: its contract does not say that everyone may read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gameday.model.contract import Field

#: The classes whose values may be kept and shown. Any other class counts as restricted, and so does a missing one.
OPEN_CLASSES = frozenset({"public", "internal"})


def hidden_fields(fields: Sequence[Field]) -> dict[str, str]:
    """Each field by its full physical name, and why its values are hidden; empty if they may be shown.

    A field below a confidential one is at least as confidential.

    >>> hidden_fields([Field("name", "string", physical_name="Deal.Name"), Field("stage", "string", False, "Deal.Stage",
    ... "internal")])
    {'Deal.Name': 'not classified', 'Deal.Stage': ''}
    """
    own = {field.physical_name or field.name: field.classification.strip().lower() for field in fields}
    return {path: _reason(path, own) for path in own}


def _reason(path: str, own: Mapping[str, str]) -> str:
    parts = path.split(".")
    above = [".".join(parts[:count]) for count in range(1, len(parts))]
    for parent in above:
        if own.get(parent) and own[parent] not in OPEN_CLASSES:
            return f"below {parent}, which is {own[parent]}"
    if own[path] in OPEN_CLASSES:
        return ""
    return own[path] or "not classified"
