"""``[safety]`` of gameday.toml: the abort conditions of every run."""

from __future__ import annotations

from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.model.abort import AbortCondition, read_conditions


def read_safety(table: object, path: Path) -> tuple[AbortCondition, ...]:
    """Read ``[safety]``; paths become absolute. Raises GamedayError naming the table, the key and the bad value."""
    where = f"[safety] of {path}"
    if not isinstance(table, dict):
        raise GamedayError(f"{where} is {shown(table)}, which is not a table", hint="write affected_above = 10")
    folder = path.absolute().parent
    return tuple(condition.beside(folder) for condition in read_conditions(table, where))
