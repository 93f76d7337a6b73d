"""Processes that the harness starts: each has its own group, is known by pid and start time, and is ended by group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from gameday.base.errors import RunError
from gameday.base.secrets import without_secrets

#: Every process of a run has the run's folder in this variable, so that it can be found without its pid.
RUN_VARIABLE = "GAMEDAY_RUN_DIR"
_END_TIMEOUT_S = 2.0
_END_POLL_S = 0.01
_TAIL_BYTES = 65_536


class Identity(msgspec.Struct, frozen=True):
    """Identifies a process even if its pid is reused: ``started`` is the kernel's start time."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return self.started != "" and start_time(self.pid) == self.started


def start_time(pid: int) -> str:
    """When a process started, according to the system; empty if it does not exist or is a zombie."""
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


def waited_s(pid: int) -> float | None:
    """How long a process was ready to run but had no processor (real seconds); None if the system does not say.

    This is its main thread, which runs the event loop. Linux only: Documentation/scheduler/sched-stats.rst.
    """
    return _schedule(pid, 1)


def worked_s(pid: int) -> float | None:
    """How long its main thread had a processor (real seconds); None if the system does not say. Linux only."""
    return _schedule(pid, 0)


def _schedule(pid: int, number: int) -> float | None:
    """One of a process's figures about the scheduler, which are in nanoseconds there (seconds)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[number]) / 1e9
    return None


def end_group(identity: Identity, sign: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to the process and all that it started; an ended process is not an error."""
    if identity.alive():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(identity.pid, sign)


def processes_with(variable: str) -> Iterator[tuple[Identity, str]]:
    """This user's living processes that have a variable in their environment, each with its value."""
    mark = f"{variable}=".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        identity = identify(int(path.parent.name))
        with contextlib.suppress(OSError):
            found = next((each for each in path.read_bytes().split(b"\0") if each.startswith(mark)), None)
            if found is not None and identity.alive():
                yield identity, os.fsdecode(found.removeprefix(mark))


def processes_of(run_dir: str) -> list[Identity]:
    """This user's processes that were started for a run, or by such a process."""
    return [identity for identity, value in processes_with(RUN_VARIABLE) if value == run_dir]


def end_processes_of(run_dir: str) -> None:
    """End all processes of a run, including those that they start meanwhile."""
    end_all(lambda: processes_of(run_dir))


def end_all(find: Callable[[], Collection[Identity]]) -> None:
    """End processes until none is found any more."""
    deadline_s = time.monotonic() + _END_TIMEOUT_S
    while (left := find()) and time.monotonic() < deadline_s:
        for identity in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(identity.pid, signal.SIGKILL)
        time.sleep(_END_POLL_S)


class Child:
    """A running child process with its output in a log file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self.process = process
        self.identity = identify(process.pid)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.process.returncode is None

    async def ready_line(self, timeout_s: float) -> bytes:
        """The first line that it prints on standard output (real seconds). Raises RunError with the log's last line."""
        assert self.process.stdout is not None  # noqa: S101 - it was started with pipes
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
        """The last line of its log, for an error message, without secrets."""
        line = without_secrets(self.last_lines(1))[:300]
        return f": {line}" if line else ""

    def last_lines(self, most: int) -> str:
        """The last lines of its log that are not empty, at most so many."""
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
            return "\n".join([line.rstrip() for line in lines if line.strip()][-most:])
        return ""

    async def end(self, grace_s: float = 2.0) -> None:
        """Ask it to end, and kill it after the grace period (real seconds)."""
        if self.running and self.process.stdin is not None:
            self.process.stdin.close()
        elif self.running:
            end_group(self.identity, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self.process.wait()
        # Its group has all processes that it left behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.identity.pid, signal.SIGKILL)
        await self.process.wait()
        # The transport keeps its pipes until it is closed, and warns if it is garbage collected while open.
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
    """Start a command in a new process group, with output to ``log`` in the run's folder.

    With ``pipes`` its standard input closes when the harness ends for any reason, and its standard output can be read
    (the ready line); otherwise that goes to the log too. Raises RunError.
    """
    output: IO[bytes]
    with log.open("ab") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if pipes else output,
                stderr=output,
                env={**env, RUN_VARIABLE: str(log.parent.resolve())},
                cwd=directory,
                start_new_session=True,
            )
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else str(problem)
            raise RunError(
                f"cannot start {name}: {command[0]!r}: {reason}", hint="is the command in the stack's table right?"
            ) from None
    return Child(name, process, log)
