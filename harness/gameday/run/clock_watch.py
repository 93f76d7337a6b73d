"""Watches that every process of an accelerated stack lives on its clock, and records each that does not."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import struct
from collections.abc import Collection
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.config.stack_processes import Process
from gameday.model.events import ClockIgnored
from gameday.run.clock_library import CLOCK_VARIABLE, PREFIX, clock_environment
from gameday.run.clock_probe import command_of
from gameday.run.recorder import Recorder
from gameday_fakes.clock import Clock

#: How often the stack's processes are looked at (real seconds).
LOOK_S = 0.5
#: How old a process is when it is looked at: until then it may still be loading its libraries (looks).
LOOKS = 2
#: What the Go toolchain writes into every program (src/debug/buildinfo).
_GO = b"\xff Go buildinf:"

_PT_INTERP = 3

WITHOUT_LIBRARY = "it has not loaded the clock: it is linked statically, or was started with an environment of its own"
WITHOUT_PAGE = "it has not loaded the page by which the run skips ahead: was it started with an environment of its own?"
STATIC = "it is linked statically, so it loads no clock"
GO = "it is a Go program, which reads the clock from the system and not from the C library"


class ClockWatch:
    """Looks at the processes of one environment's stack; does nothing where the stack is not accelerated."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._seen: dict[int, int] = {}
        self._programs: dict[str, str] = {}
        self._mark = mark_of(recorder.clock)

    async def watch(self) -> None:
        """Look at what the command names, which may end at once, then at the processes until cancelled."""
        if self._recorder.clock.wall is None:
            return
        for part in self._recorder.environment.setup.table.parts:
            self._take(*command_ignores(part), pid=0)
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Record each program that was not recorded yet and does not live on the clock."""
        leaders = [child.identity.pid for child in self._recorder.environment.stack.children]
        processes = processes_on(self._mark, leaders)
        self._seen = {pid: self._seen.get(pid, 0) + 1 for pid in processes}
        for pid, looks in self._seen.items():
            if looks == LOOKS:
                page = self._recorder.environment.clock_page
                # Without it a process has the right time until the run skips ahead, which it does not beside that one.
                behind = page.path if page is not None and page.skipped_ns else None
                self._take(*ignores(pid, behind), pid=pid)

    def _take(self, program: str, why: str, *, pid: int) -> None:
        if why and program not in self._programs:
            self._programs[program] = why
            self._recorder.record(ClockIgnored(program, pid, why))


def mark_of(clock: Clock) -> bytes:
    """By what the processes on a stack's clock are known: the variable that gives it to them; empty without one."""
    return f"{CLOCK_VARIABLE}={clock_environment(clock.wall, {})[CLOCK_VARIABLE]}".encode() if clock.wall else b""


def processes_on(mark: bytes, leaders: Collection[int]) -> list[int]:
    """The processes that were given a clock, by its variable, and those of the sessions that these processes lead."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            # The command's name may hold blanks and parentheses, so fields are counted from its end.
            state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if state in "ZX":
                continue
            in_session = int(session) in leaders
            if in_session or (mark and mark in (folder / "environ").read_bytes().split(b"\0")):
                found.append(int(folder.name))
    return found


def command_ignores(part: Process) -> tuple[str, str]:
    """The program that a process's command runs, and why it cannot live on a clock; "" if nothing shows that."""
    try:
        program = command_of(part, os.environ)
    except GamedayError:
        return "", ""
    if is_go(program):
        return str(program), GO
    return str(program), STATIC if is_static(program) else ""


def ignores(pid: int, page: Path | None = None) -> tuple[str, str]:
    """The program of a process, and why it does not live on the stack's clock; "" if it does, or has ended.

    ``page`` is the one by which the run skips ahead, if it may.
    """
    folder = Path("/proc") / str(pid)
    try:
        program = str((folder / "exe").readlink())
        maps = (folder / "maps").read_text()
    except OSError:
        return "", ""
    if not maps:
        return "", ""
    if PREFIX not in maps:
        return program, WITHOUT_LIBRARY
    if page is not None and f"/{page.name}\n" not in maps:
        return program, WITHOUT_PAGE
    return program, GO if is_go(folder / "exe") else ""


def is_go(file: Path) -> bool:
    """Whether a program was made by the Go toolchain."""
    with (
        contextlib.suppress(OSError, ValueError),
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.find(_GO) >= 0
    return False


def is_static(file: Path) -> bool:
    """Whether a program is an ELF file that names no loader (PT_INTERP), so that nothing can be preloaded into it."""
    with contextlib.suppress(OSError, struct.error), file.open("rb") as opened:
        head = opened.read(64)
        if head[:5] != b"\x7fELF\x02":  # 64 bit
            return False
        offset, size, count = struct.unpack_from("<Q", head, 32)[0], *struct.unpack_from("<HH", head, 54)
        opened.seek(offset)
        table = opened.read(size * count)
        return all(struct.unpack_from("<I", table, size * number)[0] != _PT_INTERP for number in range(count))
    return False
