"""What is redacted: the contract's classification of each field decides, and in doubt a field is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gameday.contract import Field

#: The classes whose values stay. Every other word counts as restricted, and so does none.
KEPT_CLASSES = frozenset({"public", "internal"})


def redacted_fields(fields: Sequence[Field]) -> dict[str, str]:
    """Each field by its full physical name, and why it is redacted; empty where it is kept.

    A field below a confidential one is not less confidential than that one.
    """
    own = {field.physical_name or field.name: field.classification.strip().lower() for field in fields}
    return {path: _reason(path, own) for path in own}


def redacted_together(reasons: Mapping[str, str], linked: Sequence[str]) -> dict[str, str]:
    """The same for fields of which one follows from the others: if any is redacted, all are."""
    cause = next((path for path in linked if reasons.get(path)), "")
    added = {path: f"follows from {cause}" for path in linked if cause and not reasons.get(path)}
    return {**reasons, **added}


def _reason(path: str, own: dict[str, str]) -> str:
    parts = path.split(".")
    above = [".".join(parts[:count]) for count in range(1, len(parts))]
    for parent in above:
        if own.get(parent) and own[parent] not in KEPT_CLASSES:
            return f"below {parent}, which is {own[parent]}"
    if own[path] in KEPT_CLASSES:
        return ""
    return own[path] or "not classified"
