"""The runs of a folder that are under way, and whether they have ended."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from gameday.base.errors import GamedayError, unknown
from gameday.live.channel import Command
from gameday.live.sealed_commands import ask
from gameday.run.rollback import ROLLBACK_FILE, read
from gameday.run.rollback_entries import OF_PROCESSES

#: The pause between two looks (real seconds).
_LOOK_S = 0.05


def under_way(runs_dir: Path) -> list[Path]:
    """The runs of a folder whose harness lives, oldest first; not their controls."""
    return [path.parent for path in sorted(runs_dir.glob(f"*/{ROLLBACK_FILE}")) if not ended(path.parent)]


def ended(run_dir: Path) -> bool:
    """Whether a run is over, with every fault healed and every process ended, or its harness is gone."""
    found = read(run_dir)
    return not found.left or found.harness is None or not found.harness.alive()


def active_faults(run_dir: Path) -> list[str]:
    """The rollback entries of faults that are open, by name."""
    return [key for key, left in read(run_dir).left.items() if not isinstance(left.entry, OF_PROCESSES)]


def located(runs_dir: Path, run: str) -> tuple[Path, str]:
    """The runs folder and the name of a run, given as a folder or by its name; of all runs if ``run`` is empty.

    Raises GamedayError if this run is not under way.
    """
    if not run:
        return runs_dir, ""
    path = Path(run)
    if len(path.parts) > 1 or path.is_absolute():
        runs_dir = path.resolve().parent
    known = [each.name for each in under_way(runs_dir)]
    if path.name not in known:
        raise unknown("run", run, known, where=str(runs_dir), hint="only a run that is under way can be asked")
    return runs_dir, path.name


def ask_runs(runs_dir: Path, command: Command) -> list[Path]:
    """Ask something of one run, or of all; those that were under way then. Raises GamedayError."""
    asked = [path for path in under_way(runs_dir) if command.run in ("", path.name)]
    try:
        ask(runs_dir, command)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise GamedayError(f"cannot ask the runs of {str(runs_dir)!r}: {reason}", hint="Ctrl-C ends them too") from None
    return asked


def wait_for_end(runs: Iterable[Path], limit_s: float) -> list[Path]:
    """Wait until these runs are over, at most so long (real seconds); those that are not."""
    deadline_s = time.monotonic() + limit_s
    left = list(runs)
    while (left := [path for path in left if not ended(path)]) and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)
    return left
