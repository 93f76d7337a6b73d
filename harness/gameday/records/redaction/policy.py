"""Decides what is redacted besides the fields that the contract hides: values from which a hidden one follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def redacted_together(reasons: Mapping[str, str], linked: Sequence[str]) -> dict[str, str]:
    """Why each field is redacted (empty: it is not). If one of several linked fields is, all of them are."""
    cause = next((path for path in linked if reasons.get(path)), "")
    added = {path: f"follows from {cause}" for path in linked if cause and not reasons.get(path)}
    return {**reasons, **added}
