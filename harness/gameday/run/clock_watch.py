"""Watches that every process of an accelerated stack lives on its clock, and records each that does not."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
from pathlib import Path

from gameday.base.process import Identity
from gameday.model.events import ClockIgnored
from gameday.run.clock_library import PREFIX
from gameday.run.recorder import Recorder

#: How often the stack's processes are looked at (real seconds).
LOOK_S = 0.5
#: How old a process is when it is looked at: until then it may still be loading its libraries (looks).
LOOKS = 2
#: What the Go toolchain writes into every program (src/debug/buildinfo).
_GO = b"\xff Go buildinf:"

WITHOUT_LIBRARY = "it has not loaded the clock: it is linked statically, or was started with an environment of its own"
GO = "it is a Go program, which reads the clock from the system and not from the C library"


class ClockWatch:
    """Looks at the processes of one environment's stack; does nothing where the stack is not accelerated."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._seen: dict[int, int] = {}
        self._programs: dict[str, str] = {}

    async def watch(self) -> None:
        """Look until cancelled."""
        if self._recorder.clock.wall is None:
            return
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Record each program that was not recorded yet and does not live on the clock."""
        child = self._recorder.environment.stack.child
        processes = session_of(child.identity) if child is not None and child.running else []
        self._seen = {pid: self._seen.get(pid, 0) + 1 for pid in processes}
        for pid, looks in self._seen.items():
            if looks != LOOKS:
                continue
            program, why = ignores(pid)
            if why and program not in self._programs:
                self._programs[program] = why
                self._recorder.record(ClockIgnored(program, pid, why))


def session_of(leader: Identity) -> list[int]:
    """The processes of the session that a process leads: itself and what it started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            # The command's name may hold blanks and parentheses, so fields are counted from its end.
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader.pid and state not in "ZX":
                found.append(int(path.parent.name))
    return found


def ignores(pid: int) -> tuple[str, str]:
    """The program of a process, and why it does not live on the stack's clock; "" if it does, or has ended."""
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
