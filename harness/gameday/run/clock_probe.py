"""Finds out whether a stack's runtime follows a faster clock: a timer, a socket time-out, a lock, the date, a child.

A small program in the runtime's own language waits in each of these ways on an accelerated clock, and the real time
that this takes is measured. Without its answer nothing is assumed. What was found is kept for each runtime's file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.config.stack_environment import stack_environment
from gameday.config.stack_processes import Process
from gameday.config.stack_table import StackTable
from gameday.run.clock_library import cache_folder, clock_environment, compiled_library
from gameday_fakes.clock import WallClock

FOLDER = Path(__file__).with_name("probes")
#: How fast the probe's clock is, and how long it waits each time (its own seconds).
RATE = 60.0
WAIT_S = 12.0
#: How long a wait may take that follows, and how long the whole probe may take (real seconds). One that does not
#: follow takes WAIT_S; a busy machine takes a while to start a child.
FOLLOWS_S = 4.0
PROBE_TIMEOUT_S = 20.0
#: How far the probe's date may be off (its own seconds): a line takes a while to be read.
DATE_OFF_S = FOLLOWS_S * RATE

#: What is probed, in the words of a report.
PARTS = {
    "wall": "the date", "timer": "timers", "socket": "socket time-outs", "lock": "locks", "child": "child processes",
}  # fmt: skip


class Runtime(NamedTuple):
    """A language's runtime. ``names`` match the name of its program; ``probe`` is run with ``options`` before it."""

    language: str
    names: str
    probe: str
    options: tuple[str, ...] = ()


RUNTIMES = (
    Runtime("Python", r"python[0-9.]*|pypy[0-9.]*", "clock.py", ("-I",)),
    Runtime("Node", r"node(js)?", "clock.js"),
    Runtime("Java", r"java", "Clock.java"),
    Runtime("Ruby", r"ruby[0-9.]*", "clock.rb"),
    Runtime("PHP", r"php[0-9.]*", "clock.php", ("-n",)),
)


class ProbeResult(msgspec.Struct, frozen=True):
    """What a runtime follows: each of PARTS that was seen to. ``runtime`` names it for people."""

    runtime: str
    followed: tuple[str, ...] = ()

    @property
    def follows(self) -> bool:
        """Whether everything that was probed follows."""
        return set(self.followed) == set(PARTS)

    @property
    def sentence(self) -> str:
        """What was found, in one clause."""
        if self.follows:
            return f"{self.runtime} follows a faster clock"
        missing = [words for part, words in PARTS.items() if part not in self.followed]
        return f"{self.runtime} does not follow a faster clock: {', '.join(missing)}"


def probe(table: StackTable) -> ProbeResult:
    """What the runtime of a stack follows, from an earlier probe or a new one; of several, the first that does not.

    Raises GamedayError if there is no probe for it, or no clock to probe it with.
    """
    environment = stack_environment(os.environ, table.inherit)
    found = [_probe(part, environment) for part in table.parts]
    return next((each for each in found if not each.follows), found[-1])


def _probe(part: Process, environment: Mapping[str, str]) -> ProbeResult:
    program, runtime = runtime_of(part, environment)
    kept = cache_folder() / f"probe-{_mark(program, runtime)}.json"
    try:
        return json_text.decode(kept.read_bytes(), ProbeResult)
    except (OSError, json_text.Unreadable):
        found = run_probe(program, runtime, environment)
    _keep(kept, found)
    return found


def runtime_of(part: Process, environment: Mapping[str, str]) -> tuple[Path, Runtime]:
    """The program that a process's command runs, and its runtime. Raises GamedayError if none is known."""
    program = command_of(part, environment)
    for _ in range(3):
        runtime = next((each for each in RUNTIMES if re.fullmatch(each.names, program.name)), None)
        runtime = runtime or next((each for each in RUNTIMES if re.fullmatch(each.names, program.resolve().name)), None)
        if runtime is not None:
            return program, runtime
        named = _interpreter(program)
        if not named:
            break
        program = _program(named, Path(), environment)
    raise GamedayError(
        f"whether {part.command[0][:100]!r} follows a faster clock is not known: there is no probe for it",
        hint="clock = 'accelerated' in its table tries it",
    )


def command_of(part: Process, environment: Mapping[str, str]) -> Path:
    """The file that a process's command runs. Raises GamedayError if there is none."""
    first = sys.executable if part.command[0] == "{python}" else part.command[0]
    return _program(first, Path(part.directory or "."), environment)


def _program(name: str, directory: Path, environment: Mapping[str, str]) -> Path:
    found = shutil.which(str(directory / name) if "/" in name else name, path=environment.get("PATH"))
    if found is None:
        raise GamedayError(f"there is no program {name[:100]!r}")
    return Path(found).absolute()


def _interpreter(script: Path) -> str:
    """The program in a script's first line, without `env`; "" if it is no script."""
    try:
        with script.open("rb") as file:
            first = file.readline(256).decode("utf-8", "replace")
    except OSError:
        return ""
    if not first.startswith("#!"):
        return ""
    words = [word for word in first[2:].split() if not word.startswith("-") and "=" not in word]
    if words and Path(words[0]).name == "env":
        words = words[1:]
    return words[0] if words else ""


def run_probe(program: Path, runtime: Runtime, environment: Mapping[str, str]) -> ProbeResult:
    """Probe a runtime now. Raises GamedayError if there is no clock to probe it with, or the probe does not start."""
    clock = WallClock(epoch_s=time.time(), origin_s=time.monotonic(), rate=RATE)
    variables = {**environment, **clock_environment(clock, environment)}
    command = [str(program), *runtime.options, str(FOLDER / runtime.probe), f"{WAIT_S:g}"]
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command, env=variables, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
            )
        except OSError as problem:
            raise GamedayError(f"the probe of {str(program)!r} did not start: {problem.strerror}") from None
        with process:
            limit = threading.Timer(PROBE_TIMEOUT_S, process.kill)
            limit.start()
            try:
                assert process.stdout is not None  # noqa: S101 - it was started with a pipe
                followed = _followed(process.stdout, clock)
            finally:
                limit.cancel()
                process.kill()
        errors.seek(0)
        words = errors.read(4000).decode("utf-8", "replace").strip().splitlines()
    if not followed and words:
        raise GamedayError(f"the probe of {str(program)!r} said: {words[-1][:200]}")
    return ProbeResult(f"{runtime.language} ({program})", followed)


def _followed(lines: IO[str], clock: WallClock) -> tuple[str, ...]:
    """The parts that follow, up to the first that does not: it would have to be waited for."""
    followed: list[str] = []
    before_s = time.monotonic()
    for line in lines:
        part, waited_s, date_s = line.split()
        now_s = time.monotonic()
        took_s, before_s = now_s - before_s, now_s
        waited_enough = part == "wall" or float(waited_s) >= 0.95 * WAIT_S
        # The start of the runtime comes before the first line.
        in_time = part == "wall" or took_s < FOLLOWS_S
        if waited_enough and in_time and abs(float(date_s) - clock.now_s()) < DATE_OFF_S:
            followed.append(part)
        elif not in_time:
            break
        if len(followed) == len(PARTS):
            break
    return tuple(followed)


def _mark(program: Path, runtime: Runtime) -> str:
    """What the result depends on: the runtime's file, the probe and the library."""
    real = program.resolve()
    status = real.stat()
    parts: Sequence[object] = (real, status.st_size, status.st_mtime_ns, compiled_library().name)
    return hashlib.sha256(repr(parts).encode() + (FOLDER / runtime.probe).read_bytes()).hexdigest()[:16]


def _keep(file: Path, found: ProbeResult) -> None:
    """Keep a result. Only one that follows: a busy machine may have hidden it."""
    if not found.follows:
        return
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(msgspec.json.encode(found))
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
