"""What is fuzzed: a reader of bytes, and what has to come of every input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gameday.base.errors import GamedayError, Mistakes
from gameday.base.json_text import Unreadable

#: Reads these bytes; the folder is empty and its own.
Reader = Callable[[bytes, Path], object]
#: No message may be longer: what is wrong is quoted in a few characters.
LONGEST_MESSAGE = 20_000


class Target(NamedTuple):
    """A reader and valid files for it."""

    read: Reader
    samples: tuple[bytes, ...]


def check(target: Target, data: bytes, folder: Path) -> None:
    """Read these bytes. Raises AssertionError unless what is wrong with them is said in one line each."""
    try:
        target.read(data, folder)
    except GamedayError as problem:
        lines = problem.lines if isinstance(problem, Mistakes) else (str(problem),)
        assert all(line and "\n" not in line for line in lines), lines
        assert max(map(len, lines)) < LONGEST_MESSAGE, f"a line of {max(map(len, lines)):,} characters"
    except Unreadable:
        pass
