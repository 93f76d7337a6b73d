"""Whether a thread of another process waits for something without a limit, by what the kernel says of it.

``/proc/<process>/task/<thread>/syscall`` names the call in which a thread is blocked and its arguments (proc(5)).
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import NamedTuple

#: The numbers of calls by machine, of those in which a thread may wait without a limit (Linux, asm/unistd.h).
_NAMES = {
    "x86_64": {
        0: "read", 7: "poll", 19: "read", 23: "select", 34: "pause", 43: "accept", 45: "receive", 47: "receive",
        61: "wait", 128: "sigwait", 130: "pause", 202: "futex", 232: "epoll", 247: "wait", 270: "select", 271: "ppoll",
        281: "epoll", 288: "accept", 441: "epoll2",
    },
    "aarch64": {
        22: "epoll", 63: "read", 65: "read", 72: "select", 73: "ppoll", 95: "wait", 98: "futex", 133: "pause",
        137: "sigwait", 202: "accept", 207: "receive", 212: "receive", 242: "accept", 260: "wait", 441: "epoll2",
    },
}  # fmt: skip
#: Where a call has its limit, as a pointer that is 0 without one.
_POINTER = {"futex": 3, "ppoll": 2, "select": 4, "sigwait": 2, "epoll2": 3}
#: Where a call has its limit, as a number of milliseconds that is negative without one.
_MILLISECONDS = {"poll": 2, "epoll": 3}
#: What waits for a change of a value (linux/futex.h, FUTEX_CMD_MASK): FUTEX_WAIT and FUTEX_WAIT_BITSET.
_FUTEX_COMMAND, _FUTEX_WAITS = 0x7F, (0, 9)


class Idle(NamedTuple):
    """A thread that waits without a limit. ``ran`` says how often and how long it has had a processor until now."""

    ran: str


def idle(process: int, thread: int) -> Idle | str:
    """Whether a thread waits without a limit; if not, or if that cannot be known, why not, in a clause."""
    folder = Path(f"/proc/{process}/task/{thread}")
    try:
        # Before the call is read: what it does after that shows in the next look.
        ran = (folder / "schedstat").read_text()
        call = (folder / "syscall").read_text()
    except OSError as problem:
        return f"what thread {thread} of process {process} does cannot be seen: {problem.strerror}"
    if not ran.strip():
        return "the kernel counts no time of threads (CONFIG_SCHED_INFO)"
    return Idle(ran) if unlimited(call, platform.machine()) else f"a thread of process {process} is at work"


def unlimited(call: str, machine: str) -> bool:
    """Whether a line of ``syscall`` is of a thread that waits in a call without a limit."""
    try:
        number, *arguments = (int(word, 0) for word in call.split())
    except ValueError:
        # It runs.
        return False
    name = _NAMES.get(machine, {}).get(number)
    if name is None or len(arguments) < 6:
        return False
    if name == "futex" and arguments[1] & _FUTEX_COMMAND not in _FUTEX_WAITS:
        return False
    if name in _MILLISECONDS:
        # Of a number of four bytes the upper half of the register says nothing.
        return bool(arguments[_MILLISECONDS[name]] & 0x8000_0000)
    return name not in _POINTER or arguments[_POINTER[name]] == 0
