"""Heals what runs left active whose harness has ended: first everything is rolled back, then it is noted.

What does not answer stays outstanding, and so is asked again by the next command. What somebody else wrote is not
carried out. Doing all of it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.run.healing_calls import Calls
from gameday.run.rollback import BEFORE_START, FORMER_FILE, ROLLBACK_FILE, note_done, read
from gameday.run.rollback_entries import OF_PROCESSES, RollbackEntry


class Healing(msgspec.Struct, frozen=True):
    """What became of the entries that a run left open.

    ``healed`` are the names of those that were done. ``outstanding`` are those that failed, ``refused`` those that this
    user did not write here, each by name with the reason in a clause. ``unnoted`` says why it could not be noted that
    they are done.
    """

    run_dir: Path
    healed: tuple[str, ...] = ()
    outstanding: dict[str, str] = {}
    refused: dict[str, str] = {}
    unnoted: str = ""


def heal_run(
    run_dir: Path, calls: Calls | None = None, *, but: Collection[type[RollbackEntry]] = (), shared_only: bool = False
) -> Healing:
    """Do the entries that a run left open, newest first, but those of some kinds.

    ``shared_only``: only what concerns servers and stacks that the run has not started itself.
    """
    calls = calls or Calls()
    healed: list[str] = []
    outstanding: dict[str, str] = {}
    refused: dict[str, str] = {}
    for key, left in reversed(read(run_dir).left.items()):
        if isinstance(left.entry, tuple(but)) or (shared_only and not _is_shared(left.entry)):
            continue
        if left.refusal:
            # No process outlives the machine's start.
            if isinstance(left.entry, OF_PROCESSES) and left.refusal == BEFORE_START:
                healed.append(key)
            else:
                refused[key] = left.refusal
            continue
        try:
            left.entry.act(calls)
        except GamedayError as problem:
            outstanding[key] = problem.problem
        except OSError as problem:
            outstanding[key] = f"{type(problem).__name__}: {problem.strerror}"
        else:
            healed.append(key)
    unnoted = note_done(run_dir, healed) if healed else ""
    return Healing(run_dir, tuple(healed), outstanding, refused, unnoted)


def abandoned(runs_dir: Path) -> Iterator[Path]:
    """The runs whose harness has ended and left entries open."""
    if not runs_dir.is_dir():
        return
    logs = [path for name in (ROLLBACK_FILE, FORMER_FILE) for path in runs_dir.glob(f"**/{name}")]
    for run_dir in sorted({path.parent for path in logs}):
        try:
            found = read(run_dir)
        except OSError:
            continue
        if found.left and not (found.harness and found.harness.alive()):
            yield run_dir


def heal_abandoned(
    runs_dir: Path, *, but: Collection[Path] = (), leaving: Collection[type[RollbackEntry]] = ()
) -> list[Healing]:
    """Heal every run whose harness has ended, but those of some folders, and leaving entries of some kinds."""
    calls = Calls()
    return [heal_run(run_dir, calls, but=leaving) for run_dir in abandoned(runs_dir) if run_dir not in but]


def forget(runs_dir: Path, run: str) -> tuple[Path, tuple[str, ...]]:
    """Note the open entries of a run as done without doing them; the run's folder and their names.

    ``run`` is a folder, or the name of one among the runs. Raises GamedayError.
    """
    known = {path.name: path for path in abandoned(runs_dir)}
    run_dir = known.get(run.rstrip("/")) or Path(run)
    found = read(run_dir)
    if found.harness is not None and found.harness.alive():
        raise GamedayError(f"the run {run!r} is still going", hint="end it first; it heals its faults itself")
    if not found.left:
        raise unknown("run", run, known, where=str(runs_dir), hint="only a run with open rollback entries is forgotten")
    problem = note_done(run_dir, list(found.left), forgotten=True)
    if problem:
        raise GamedayError(f"cannot write the rollback log in {str(run_dir)!r}: {problem}")
    return run_dir, tuple(found.left)


def _is_shared(entry: RollbackEntry) -> bool:
    """Whether an entry is about something that others may use too, or that runs elsewhere."""
    return not isinstance(entry, OF_PROCESSES) and getattr(entry, "server", None) is None
