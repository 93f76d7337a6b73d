"""Processes that the harness starts: each in a group of its own, known by pid and start time, ended by group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from gameday.errors import RunError


class Identity(msgspec.Struct, frozen=True):
    """A process that cannot be taken for a later one with the same pid: ``started`` is the kernel's start time."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return self.started != "" and start_time(self.pid) == self.started


def start_time(pid: int) -> str:
    """When a process started, as the system tells it; empty if there is none, or only its remains."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The command name may hold blanks and parentheses, so fields are counted from its end.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def identify(pid: int) -> Identity:
    """The identity of a running process."""
    return Identity(pid, start_time(pid))


def end_group(identity: Identity, sign: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to the process and all that it started; one that has ended is no error."""
    if identity.alive():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(identity.pid, sign)


class Child:
    """A running child process with its output in a log file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self.process = process
        self.identity = identify(process.pid)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None

    async def ready_line(self, timeout_s: float) -> bytes:
        """The first line that it prints on standard output (real seconds). Raises RunError with its last words."""
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            async with asyncio.timeout(timeout_s):
                line = await self.process.stdout.readline()
        except TimeoutError:
            raise RunError(f"{self.name} was not ready after {timeout_s:g} s{self.last_words()}") from None
        if not line:
            await self.process.wait()
            raise RunError(f"{self.name} ended with exit code {self.process.returncode}{self.last_words()}")
        return line

    def last_words(self) -> str:
        """The last line of its log, for an error message."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()
            if lines:
                return f": {lines[-1][:300]}"
        return ""

    async def end(self, grace_s: float = 2.0) -> None:
        """Ask it to end, and make it end after the grace (real seconds)."""
        if self.running and self.process.stdin is not None:
            self.process.stdin.close()
        elif self.running:
            end_group(self.identity, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self.process.wait()
        # Whatever it started and left behind is in its group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.identity.pid, signal.SIGKILL)
        await self.process.wait()
        # The transport keeps its pipes until it is closed, and warns when it is collected open.
        self.process._transport.close()  # type: ignore[attr-defined]


async def start(
    name: str,
    command: Sequence[str],
    log: Path,
    *,
    env: Mapping[str, str],
    directory: Path | None = None,
    pipes: bool = False,
) -> Child:
    """Start a command in a process group of its own, output to ``log``.

    With ``pipes`` it gets a standard input that closes when the harness ends, however that happens, and its
    standard output can be read (the ready line); else output goes to the log too. Raises RunError.
    """
    output: IO[bytes]
    with log.open("ab") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if pipes else output,
                stderr=output,
                env=dict(env),
                cwd=directory,
                start_new_session=True,
            )
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else str(problem)
            raise RunError(
                f"cannot start {name}: {command[0]!r}: {reason}", hint="is the command in the stack's table right?"
            ) from None
    return Child(name, process, log)
