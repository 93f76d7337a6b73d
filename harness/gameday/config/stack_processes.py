"""The processes of a stack: one or several, each resident or a batch that a schedule starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError
from gameday.base.tables import read_table, shown

#: The shortest and the longest pause between two starts of a batch (scenario seconds).
_SHORTEST_S, _LONGEST_S = 1.0, 7 * 86_400.0
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z"

_Text = Annotated[str, Meta(pattern=r"^[^\x00]*\Z")]


class ProcessTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[stack.<name>.processes.<process>]``: one of several processes of a stack.

    ``env`` is added to the stack's, ``directory`` is relative to the stack's. With ``every``, a duration in scenario
    time, it is a batch: started by a schedule, like a cron job under flock, it does its work and ends. With
    ``overlap`` it is started without flock: also while an earlier run is still at work.
    """

    command: Annotated[tuple[_Text, ...], Meta(min_length=1, max_length=256)]
    env: dict[str, _Text] = {}
    directory: _Text = ""
    every: _Text = ""
    overlap: bool = False


class Process(msgspec.Struct, frozen=True):
    """One process of a stack, whatever form its table has. ``name`` is empty for the only one of a stack.

    ``every_s`` is in scenario seconds, 0 for a resident process. ``overlap``: runs of it may be at work at a time.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    directory: str = ""
    every_s: float = 0.0
    overlap: bool = False


def check_processes(tables: object, where: str, file: str) -> None:
    """Raise GamedayError for a process whose name or table cannot be read. What is no table is refused elsewhere."""
    if not isinstance(tables, dict):
        return
    for name, table in tables.items():
        if not isinstance(name, str) or not re.fullmatch(_NAME, name):
            raise GamedayError(
                f"bad name {shown(name)} in {where}] of {file}", hint="letters, digits, _ and -, at most 32 of them"
            )
        read_table(ProcessTable, table, where=f"{where}.{name}] of {file}")


def read_every(every: str, where: str, *, overlap: bool = False) -> float:
    """The seconds of ``every``; 0 if it is empty. Raises GamedayError, also for an ``overlap`` without it."""
    if not every:
        if overlap:
            raise GamedayError(f"'overlap' in {where} needs 'every'", hint="only runs of a batch overlap")
        return 0.0
    try:
        seconds = parse_duration(every)
    except GamedayError as problem:
        raise GamedayError(f"{problem.problem}, 'every' in {where}", hint=problem.hint) from None
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise GamedayError(f"{every!r}, 'every' in {where}, is not from a second to a week")
    return seconds
