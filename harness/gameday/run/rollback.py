"""The rollback log: how to heal each fault, on disk before the fault is injected, so that a crash leaves none active.

``rollback.jsonl`` in the run folder: a first line with the identity of the harness, a line for each rollback entry,
and one more when the entry is done. Doing an entry twice has the same effect as doing it once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.process import Identity, end_group, end_processes_of, identify
from gameday_fakes.bounded_http import bounded_sync_client

ROLLBACK_FILE = "rollback.jsonl"
#: What older versions called the file, and its entries; such folders are still healed.
FORMER_FILE = "undo.jsonl"
HEAL_TIMEOUT_S = 5.0


class HealFake(msgspec.Struct, frozen=True, tag="fake"):
    """Delete a fault at a fake's control plane."""

    control: str
    fake: str
    fault: str

    def act(self) -> None:
        token = os.environ.get("GAMEDAY_FAKES_TOKEN", "")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        _call("DELETE", f"{self.control}/{self.fake}/faults/{self.fault}", headers=headers, gone=(404,))


class HealToxic(msgspec.Struct, frozen=True, tag="toxic"):
    """Delete a toxic at a Toxiproxy."""

    api: str
    proxy: str
    toxic: str

    def act(self) -> None:
        _call("DELETE", f"{self.api}/proxies/{self.proxy}/toxics/{self.toxic}", gone=(404,))


class EnableProxy(msgspec.Struct, frozen=True, tag="enable"):
    """Enable a proxy that was taken down."""

    api: str
    proxy: str

    def act(self) -> None:
        _call("POST", f"{self.api}/proxies/{self.proxy}", json={"enabled": True}, gone=(404,))


class DeleteProxy(msgspec.Struct, frozen=True, tag="proxy"):
    """Delete a proxy of this run from a Toxiproxy that is shared with others."""

    api: str
    proxy: str

    def act(self) -> None:
        _call("DELETE", f"{self.api}/proxies/{self.proxy}", gone=(404,))


class EndProcess(msgspec.Struct, frozen=True, tag="end"):
    """End a process group that the harness started."""

    process: Identity
    name: str

    def act(self) -> None:
        end_group(self.process)


class EndProcessesOf(msgspec.Struct, frozen=True, tag="end all"):
    """End all processes of a run: on disk before the first one is started, when no pid is known yet."""

    run_dir: str

    def act(self) -> None:
        end_processes_of(self.run_dir)


class ResumeProcess(msgspec.Struct, frozen=True, tag="resume"):
    """Resume a paused process group."""

    process: Identity

    def act(self) -> None:
        end_group(self.process, signal.SIGCONT)


class CallHook(msgspec.Struct, frozen=True, tag="hook"):
    """Call a hook of a stack that runs elsewhere (resume)."""

    method: str
    url: str

    def act(self) -> None:
        _call(self.method, self.url, gone=())


RollbackEntry = (
    HealFake | HealToxic | EnableProxy | DeleteProxy | EndProcess | EndProcessesOf | ResumeProcess | CallHook
)


class LogLine(msgspec.Struct, omit_defaults=True):
    """One line of the file: the harness, a rollback entry, or that an entry is done."""

    id: str = ""
    harness: Identity | None = None
    rollback: RollbackEntry | None = None
    #: What older versions called ``rollback``; only read.
    undo: RollbackEntry | None = None
    done: bool = False


def _call(
    method: str, url: str, *, gone: tuple[int, ...], json: object = None, headers: dict[str, str] | None = None
) -> None:
    """Send a request that heals. A server that has ended took its faults with it."""
    try:
        with bounded_sync_client(deadline_s=HEAL_TIMEOUT_S) as client:
            reply = client.request(method, url, json=json, headers=headers)
    except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError):
        return
    except httpx.HTTPError as problem:
        raise GamedayError(f"cannot heal at {url}: {type(problem).__name__}") from None
    if reply.status_code >= 400 and reply.status_code not in gone:
        raise GamedayError(f"cannot heal at {url}: answered {reply.status_code}")


class RollbackLog:
    """The rollback log of a run that is under way."""

    def __init__(self, run_dir: Path) -> None:
        self._file: IO[bytes] = (run_dir / ROLLBACK_FILE).open("ab", buffering=0)
        self._open: dict[str, RollbackEntry] = {}
        self._write(LogLine(harness=identify(os.getpid())))

    def before(self, key: str, entry: RollbackEntry) -> None:
        """Write an entry; it is on disk when this returns."""
        self._write(LogLine(id=key, rollback=entry))
        os.fsync(self._file.fileno())
        self._open[key] = entry

    def done(self, key: str) -> None:
        """Note that an entry has been done."""
        if self._open.pop(key, None) is not None:
            self._write(LogLine(id=key, done=True))

    def outstanding(self) -> dict[str, RollbackEntry]:
        """The entries that have not been done, newest first."""
        return dict(reversed(self._open.items()))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: LogLine) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")


def read(run_dir: Path) -> tuple[Identity | None, dict[str, RollbackEntry]]:
    """The harness that wrote the log, and the entries that it left open, oldest first.

    A last line that was cut off is ignored.
    """
    harness: Identity | None = None
    left: dict[str, RollbackEntry] = {}
    path = _log_of(run_dir)
    if not path.exists():
        return None, {}
    for raw in path.read_bytes().splitlines():
        try:
            line = json_text.decode(raw, LogLine)
        except json_text.Unreadable:
            continue
        entry = line.rollback or line.undo
        if line.harness is not None:
            harness = line.harness
        elif entry is not None:
            left[line.id] = entry
        elif line.done:
            left.pop(line.id, None)
    return harness, left


def heal_run(run_dir: Path) -> list[str]:
    """Do the entries that a run left open, newest first; returns their names. Raises GamedayError if one fails."""
    _, left = read(run_dir)
    healed: list[str] = []
    problems: list[str] = []
    with _log_of(run_dir).open("ab", buffering=0) as file:
        for key, entry in reversed(left.items()):
            try:
                entry.act()
            except GamedayError as problem:
                problems.append(problem.problem)
                continue
            file.write(b"\n" + msgspec.json.encode(LogLine(id=key, done=True)) + b"\n")
            healed.append(key)
    if problems:
        raise GamedayError("; ".join(problems), hint="start what does not answer and run `gameday heal` again")
    return healed


def abandoned(runs_dir: Path) -> Iterator[Path]:
    """The runs whose harness has ended and left entries open."""
    if not runs_dir.is_dir():
        return
    logs = [path for name in (ROLLBACK_FILE, FORMER_FILE) for path in runs_dir.glob(f"**/{name}")]
    for run_dir in sorted({path.parent for path in logs}):
        harness, left = read(run_dir)
        if left and not (harness and harness.alive()):
            yield run_dir


def heal_abandoned(runs_dir: Path) -> dict[Path, list[str]]:
    """Heal every run whose harness has ended; the names of the entries that were done, by run."""
    return {run_dir: heal_run(run_dir) for run_dir in abandoned(runs_dir)}


def _log_of(run_dir: Path) -> Path:
    """The rollback log of a run folder, under its former name where an older version wrote it."""
    path, former = run_dir / ROLLBACK_FILE, run_dir / FORMER_FILE
    return former if former.exists() and not path.exists() else path
