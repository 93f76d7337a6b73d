"""Parts of somebody's document, whatever stands in their place: only what has the right shape is looked at."""

from __future__ import annotations

from typing import Any


def mapping(value: object) -> dict[str, Any]:
    """An object of JSON or YAML; empty for anything else."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """A list; empty for anything else."""
    return value if isinstance(value, list) else []
