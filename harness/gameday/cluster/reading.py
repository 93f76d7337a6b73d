"""Reads what runs of a session have written on a worker, in parts of a bounded size."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.cluster.task_process import CONTROLS
from gameday.cluster.wire import Part, Place
from gameday.scoring.run_folder import HISTORY_FILE, RUN_FILE

#: How much one answer brings at most (bytes): enough for a fast network, little enough for every memory on the way.
MOST_AT_ONCE = 4_000_000
#: What a run under way shows; the rest comes when it is over.
SHOWN = ("scenario.json", "contract.json", "rates.json", RUN_FILE, HISTORY_FILE)


def inside(folder: Path, name: str) -> Path:
    """What has this name in a folder. Raises GamedayError for a name that leads elsewhere."""
    if name in ("", ".", "..") or Path(name).name != name:
        raise GamedayError(f"{name[:80]!r} is no name of a folder")
    return folder / name


def growing(tasks: Path, known: Mapping[Place, int]) -> list[Part]:
    """What the runs of a worker's tasks have written since; ``known`` is how much of each file is known."""
    return _parts(_under_way(tasks), known)


def rest_of(tasks: Path, folder: str, run: str, known: Mapping[Place, int]) -> list[Part]:
    """What is missing of the files of one run, which is over. Raises GamedayError for a bad name."""
    run_dir = inside(inside(tasks, folder), run)
    return _parts(((Place(folder, run, name), run_dir / name) for name in _files(run_dir)), known, empty=True)


def _under_way(tasks: Path) -> Iterator[tuple[Place, Path]]:
    for task in sorted(tasks.iterdir()) if tasks.is_dir() else ():
        for run_dir in sorted(path.parent for path in task.glob(f"*/{RUN_FILE}")):
            if run_dir.name != CONTROLS:
                yield from ((Place(task.name, run_dir.name, name), run_dir / name) for name in SHOWN)


def _files(run_dir: Path) -> Iterator[str]:
    """The regular files of a folder, the seal last: a copy with a seal is whole."""
    found = []
    for folder, _, names in os.walk(run_dir):
        for name in names:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode):
                found.append(str(path.relative_to(run_dir)))
    yield from sorted(found, key=lambda name: ("seal.json" in name, name))


def _parts(files: Iterator[tuple[Place, Path]], known: Mapping[Place, int], *, empty: bool = False) -> list[Part]:
    left = MOST_AT_ONCE
    parts: list[Part] = []
    for place, path in files:
        offset = known.get(place, 0)
        try:
            with path.open("rb") as file:
                length = os.fstat(file.fileno()).st_size
                file.seek(offset)
                content = file.read(min(left, max(0, length - offset)))
        except OSError:
            continue
        if content or (empty and not length and place not in known):
            parts.append(Part(place, offset, content, length))
        left -= len(content)
        if left <= 0:
            break
    return parts
