"""What undoes each fault, on disk before the fault strikes; and the healing of what a dead harness left behind.

``undo.jsonl`` in the run folder: a first line with the harness's own identity, a line for each thing to undo,
and a line more when it is undone. Undoing twice does nothing more than undoing once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import msgspec

from gameday.base.errors import GamedayError
from gameday.base.process import Identity, end_group, end_processes_of, identify

ROLLBACK_FILE = "rollback.jsonl"
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
    """Delete a proxy of ours from a Toxiproxy that others use too."""

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
    """End whatever was started for a run: on disk before the first is started, so before any pid is known."""

    run_dir: str

    def act(self) -> None:
        end_processes_of(self.run_dir)


class ResumeProcess(msgspec.Struct, frozen=True, tag="resume"):
    """Let a paused process group go on."""

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


class Line(msgspec.Struct, omit_defaults=True):
    """One line of the file: the harness, something to undo, or that it is done."""

    id: str = ""
    harness: Identity | None = None
    rollback: RollbackEntry | None = None
    done: bool = False


def _call(
    method: str, url: str, *, gone: tuple[int, ...], json: object = None, headers: dict[str, str] | None = None
) -> None:
    """Make a healing request. A server that is not there any more took its faults with it."""
    try:
        with httpx.Client(trust_env=False, timeout=HEAL_TIMEOUT_S) as client:
            reply = client.request(method, url, json=json, headers=headers)
    except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError):
        return
    except httpx.HTTPError as problem:
        raise GamedayError(f"cannot heal at {url}: {type(problem).__name__}") from None
    if reply.status_code >= 400 and reply.status_code not in gone:
        raise GamedayError(f"cannot heal at {url}: answered {reply.status_code}")


class RollbackLog:
    """The undo file of a run that is under way."""

    def __init__(self, run_dir: Path) -> None:
        self._file: IO[bytes] = (run_dir / ROLLBACK_FILE).open("ab", buffering=0)
        self._open: dict[str, RollbackEntry] = {}
        self._write(Line(harness=identify(os.getpid())))

    def before(self, key: str, rollback: RollbackEntry) -> None:
        """Write down how to undo something, forced to the disk before this returns."""
        self._write(Line(id=key, rollback=rollback))
        os.fsync(self._file.fileno())
        self._open[key] = rollback

    def done(self, key: str) -> None:
        """Note that it has been undone."""
        if self._open.pop(key, None) is not None:
            self._write(Line(id=key, done=True))

    def outstanding(self) -> dict[str, RollbackEntry]:
        """What has not been undone, newest first."""
        return dict(reversed(self._open.items()))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: Line) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")


def read(run_dir: Path) -> tuple[Identity | None, dict[str, RollbackEntry]]:
    """The harness that wrote the file, and what it left to undo, oldest first. A torn last line is passed over."""
    path = run_dir / ROLLBACK_FILE
    harness: Identity | None = None
    left: dict[str, RollbackEntry] = {}
    if not path.exists():
        return None, {}
    for raw in path.read_bytes().splitlines():
        try:
            line = msgspec.json.decode(raw, type=Line)
        except msgspec.MsgspecError:
            continue
        if line.harness is not None:
            harness = line.harness
        elif line.rollback is not None:
            left[line.id] = line.rollback
        elif line.done:
            left.pop(line.id, None)
    return harness, left


def heal_run(run_dir: Path) -> list[str]:
    """Undo what a run left behind, newest first; returns what was undone. Raises GamedayError if something cannot."""
    _, left = read(run_dir)
    healed: list[str] = []
    problems: list[str] = []
    with (run_dir / ROLLBACK_FILE).open("ab", buffering=0) as file:
        for key, rollback in reversed(left.items()):
            try:
                rollback.act()
            except GamedayError as problem:
                problems.append(problem.problem)
                continue
            file.write(b"\n" + msgspec.json.encode(Line(id=key, done=True)) + b"\n")
            healed.append(key)
    if problems:
        raise GamedayError("; ".join(problems), hint="bring it back and run `gameday heal` again")
    return healed


def abandoned(runs_dir: Path) -> Iterator[Path]:
    """The runs whose harness is gone and which left something to undo."""
    if not runs_dir.is_dir():
        return
    for path in sorted(runs_dir.glob(f"**/{ROLLBACK_FILE}")):
        harness, left = read(path.parent)
        if left and not (harness and harness.alive()):
            yield path.parent


def heal_abandoned(runs_dir: Path) -> dict[Path, list[str]]:
    """Heal every run whose harness is gone; what was undone, by run."""
    return {run_dir: heal_run(run_dir) for run_dir in abandoned(runs_dir)}
