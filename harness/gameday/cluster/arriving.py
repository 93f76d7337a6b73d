"""The runs of workers as they arrive in the caller's folder: growing while they last, then whole.

What comes from a worker is data: names are checked, and a part that does not follow what is here is left out.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from gameday.base.errors import GamedayError
from gameday.cluster.wire import Part, Place
from gameday.live.channel import announce
from gameday.run.rollback import ROLLBACK_FILE
from gameday.scoring.new_folder import new_folder
from gameday.scoring.run_folder import HISTORY_FILE, RUN_FILE

_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,200}")
#: The most parts that the path of a file has, and the longest name of one.
_DEEPEST, _LONGEST = 20, 255
_Run = tuple[str, str, str]


class ArrivingRuns:
    """The copies of runs, by worker, task and name. Several threads bring parts, each those of one worker."""

    def __init__(self, runs_dir: Path, live: Path | None = None) -> None:
        self._runs_dir = runs_dir
        self._live = live
        self._folders: dict[_Run, Path] = {}
        self._lengths: dict[_Run, dict[str, int]] = {}
        self._announced: set[_Run] = set()
        self._complete: set[_Run] = set()
        self._gone: set[str] = set()
        self._lock = threading.RLock()

    def known(self, worker: str) -> tuple[tuple[Place, int], ...]:
        """How much of each file of a worker is here."""
        with self._lock:
            return tuple(
                (Place(folder, run, file), length)
                for (where, folder, run), files in self._lengths.items()
                if where == worker
                for file, length in files.items()
            )

    def take(self, worker: str, parts: Iterable[Part]) -> None:
        """Write parts of a worker's files. Raises GamedayError for a bad name, or where they cannot be written."""
        for part in parts:
            place = part.place
            run = (worker, place.folder, place.run)
            with self._lock:
                if run in self._complete or worker in self._gone:
                    continue
                path = self._folder(run) / _checked(place.file)
                lengths = self._lengths[run]
                if part.offset != lengths.get(place.file, 0):
                    continue
                try:
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    with path.open("ab") as file:
                        file.write(part.content)
                except OSError as problem:
                    raise GamedayError(f"cannot write {path}: {problem.strerror}") from None
                lengths[place.file] = part.offset + len(part.content)
                if self._live is not None and run not in self._announced and {RUN_FILE, HISTORY_FILE} <= lengths.keys():
                    self._announced.add(run)
                    announce(self._live, self._folders[run])

    def folder(self, worker: str, folder: str, run: str) -> Path | None:
        """Where the copy of a run is; None if nothing of it has come."""
        return self._folders.get((worker, folder, run))

    def complete(self, worker: str, folder: str, run: str, *, healed: bool) -> None:
        """Nothing more comes of a run. What its machine could not heal cannot be healed here, so no log asks it."""
        path = self._folders.get((worker, folder, run))
        if path is not None and not healed:
            (path / ROLLBACK_FILE).unlink(missing_ok=True)
        with self._lock:
            self._complete.add((worker, folder, run))
            self._lengths.pop((worker, folder, run), None)

    def drop(self, worker: str) -> None:
        """Remove what has come of runs of a worker that is gone: they run elsewhere, from their beginning."""
        with self._lock:
            self._gone.add(worker)
            for run in [run for run in self._lengths if run[0] == worker]:
                del self._lengths[run]
                shutil.rmtree(self._folders.pop(run), ignore_errors=True)

    def expect(self, worker: str) -> None:
        """A worker is there, perhaps again."""
        with self._lock:
            self._gone.discard(worker)

    def _folder(self, run: _Run) -> Path:
        if run not in self._folders:
            if not _RUN.fullmatch(run[2]):
                raise GamedayError(f"{run[2][:80]!r} is no name of a run")
            self._folders[run] = new_folder(self._runs_dir, run[2])
            self._lengths[run] = {}
        return self._folders[run]


def _checked(file: str) -> PurePosixPath:
    path = PurePosixPath(file)
    parts = path.parts
    if path.is_absolute() or not 0 < len(parts) <= _DEEPEST or ".." in parts or "\0" in file:
        raise GamedayError(f"{file[:80]!r} is no name of a file of a run")
    if any(len(part.encode()) > _LONGEST for part in parts):
        raise GamedayError(f"{file[:80]!r} is too long for a file of a run")
    return path
