"""Sealed folders in a store: runs, gates, deployments and results of other checks, each with its seal.

runs/STACK/VERSION/RUN/               the records of a run, as sealed
runs/STACK/VERSION/gates/GATE/        the result of a gate
deployments/ENVIRONMENT/NAME/         what was deployed
checks/STACK/VERSION/NAME/            a canary's or a reconciliation's result
incidents/NAME/                       a real incident, as people report it
drifts/NAME/                          a change of a system that breaks a flow, as it was first seen
"""

from __future__ import annotations

import datetime
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.scoring.deployment import GATE_FILE, GATES
from gameday.scoring.new_folder import slug
from gameday.scoring.results.store import Store, check_path, folders_below
from gameday.scoring.run_folder import list_runs
from gameday.scoring.seal import RECORDS, SEAL_FILE, Kind, Seal, seal, verify

RUNS = "runs"
T = TypeVar("T", bound=msgspec.Struct)


def runs_path(stack: str, version: str) -> str:
    """Where the runs of a version are."""
    return f"{RUNS}/{slug(stack)}/{version_slug(version)}"


def version_slug(version: str) -> str:
    """A version as a part of a path; two versions never have the same."""
    return f"{slug(version)}-{hashlib.sha256(version.encode()).hexdigest()[:8]}"


def keep_runs(store: Store, runs_dir: Path, stack: str, version: str) -> int:
    """Add the records of each sealed run and gate of this version, and say how many were new to the store."""
    root = runs_path(stack, version)
    known = {folder for folder, _ in folders_below(store, root)}
    files: dict[str, bytes] = {}
    added = 0
    for folder, names in _of_version(runs_dir, stack, version):
        inside = folder.relative_to(runs_dir).as_posix()
        if f"{root}/{inside}" in known:
            continue
        added += 1
        for name in names:
            if (folder / name).is_file():
                files[f"{root}/{inside}/{name}"] = (folder / name).read_bytes()
    if files:
        store.add(files, f"{added} results of {stack} {version}")
    return added


def fetch_runs(store: Store, stack: str, version: str, into: Path) -> None:
    """Write the kept runs and gates of this version into an empty folder of runs."""
    root = runs_path(stack, version)
    for path in store.paths(root):
        file = into / check_path(path).removeprefix(f"{root}/")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(store.read(path))


def add_sealed(store: Store, below: str, subject: str, kind: Kind, record: msgspec.Struct, why: str) -> str:
    """Seal a record in a folder of its own, add it below a path of the store, and return the folder's path."""
    now = datetime.datetime.now(datetime.UTC)
    content = msgspec.json.encode(record, enc_hook=str)
    name = f"{now:%Y%m%dT%H%M%S%fZ}-{slug(subject)}-{hashlib.sha256(content).hexdigest()[:8]}"
    with tempfile.TemporaryDirectory(prefix="gameday-record-") as parent:
        folder = Path(parent) / name
        folder.mkdir(mode=0o700)
        file = _record_file(kind)
        (folder / file).write_bytes(content)
        seal(folder, kind, [file])
        store.add({f"{below}/{name}/{each}": (folder / each).read_bytes() for each in (file, SEAL_FILE)}, why)
    return f"{below}/{name}"


def read_sealed(store: Store, below: str, kind: Kind, read: type[T]) -> Iterator[tuple[str, T | None, Seal]]:
    """Each sealed record directly below a path, the oldest first: its folder's name, what it says, its seal.

    A record that cannot be read is None, and its seal then says that it decides nothing.
    """
    file = _record_file(kind)
    for path, files in folders_below(store, below):
        name = path.rpartition("/")[2]
        with tempfile.TemporaryDirectory(prefix="gameday-record-") as parent:
            folder = Path(parent) / name
            folder.mkdir(mode=0o700)
            for each in files:
                (folder / each.rpartition("/")[2]).write_bytes(store.read(each))
            sealed = verify(folder, kinds=[kind])
            try:
                record = json_text.decode((folder / file).read_bytes(), read)
            except (OSError, json_text.Unreadable):
                yield name, None, sealed if not sealed.counts else Seal("altered", f"{file} cannot be read")
                continue
        yield name, record, sealed


def _record_file(kind: Kind) -> str:
    return f"{kind}.json"


def _of_version(runs_dir: Path, stack: str, version: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The run and gate folders of a version, each with the names of what is kept of it."""
    for folder in (runs_dir, *sorted(runs_dir.glob(f"{GATES}/*/{RUNS}"))):
        for run in list_runs(folder):
            try:
                info = run.info()
            except GamedayError:
                continue
            if (info.stack, info.stack_version) == (stack, version) and (run.dir / SEAL_FILE).is_file():
                yield run.dir, (*RECORDS, SEAL_FILE)
    for path in sorted((runs_dir / GATES).glob(f"*/{GATE_FILE}")):
        if (path.parent / SEAL_FILE).is_file() and _candidate(path) == (stack, version):
            yield path.parent, (GATE_FILE, SEAL_FILE)


def _candidate(path: Path) -> tuple[str, str]:
    try:
        stated: Any = json_text.decode(path.read_bytes(), dict[str, Any])
        candidate = stated["inputs"]["stacks"]["candidate"]
        return candidate["name"], candidate["version"]
    except (OSError, json_text.Unreadable, KeyError, TypeError):
        return "", ""
