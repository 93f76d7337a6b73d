"""What is redacted beyond what the contract hides: a value that follows from a hidden one gives it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def redacted_together(reasons: Mapping[str, str], linked: Sequence[str]) -> dict[str, str]:
    """Why each field is redacted (empty: it is not), where of the linked ones one follows from the others: if any is,
    all are."""
    cause = next((path for path in linked if reasons.get(path)), "")
    added = {path: f"follows from {cause}" for path in linked if cause and not reasons.get(path)}
    return {**reasons, **added}
