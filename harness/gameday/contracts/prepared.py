"""The files that the registry of flows names, such as runbooks: whether they are there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

#: What a registry may name in place of a file, which is not looked at.
_ADDRESSES = ("https://", "http://")

State = Literal["there", "missing", "an address"]


def named_file(registry: str, value: str) -> tuple[State, Path | None]:
    """Whether the file that a registry (its path) names is there, and where; a path begins at the registry's folder.

    An address in the web is not looked at.
    """
    if value.startswith(_ADDRESSES):
        return "an address", None
    path = Path(registry).parent / value
    try:
        there = path.is_file() and path.stat().st_size > 0
    except (OSError, ValueError):  # too long a name, or one that no file can have
        there = False
    return ("there", path) if there else ("missing", None)
