"""Finds and ends the processes that lead stacks to their sandbox tenants after a run: pass-throughs.

They are found by a variable of their environment, like the processes of runs, so that one is found by whoever needs
its ports, wherever the run's folder is.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import NamedTuple

from gameday.base.process import Identity, end_all, processes_with

#: In the environment of such a process: the Unix time of its end, a colon and the folder of its run.
VARIABLE = "GAMEDAY_PASS_THROUGH"


class OpenNow(NamedTuple):
    """A pass-through that is open: its process, the run for which it stands, and until when (Unix time)."""

    process: Identity
    run_dir: Path
    until_s: float

    @property
    def until(self) -> str:
        """Its end as a local time."""
        return datetime.datetime.fromtimestamp(self.until_s).astimezone().strftime("%Y-%m-%d %H:%M")


def mark(run_dir: Path, until_s: float) -> str:
    """The value of the variable."""
    return f"{until_s:.0f}:{run_dir.resolve()}"


def open_now() -> list[OpenNow]:
    """All that are open."""
    found = []
    for process, value in processes_with(VARIABLE):
        until, _, run_dir = value.partition(":")
        if until.isdecimal() and run_dir:
            found.append(OpenNow(process, Path(run_dir), float(until)))
    return found


def end_of(run_dir: Path) -> None:
    """End that of a run; without one nothing happens."""
    wanted = run_dir.resolve()
    end_all(lambda: [each.process for each in open_now() if each.run_dir == wanted])
