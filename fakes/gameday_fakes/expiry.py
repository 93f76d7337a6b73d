"""Faults that expire: a server heals those of a caller that has stopped calling, for it may have been killed.

A caller that names itself in a header holds the faults that it injects, and renews its hold with every call. Faults of
a caller without a name stay until somebody heals them.

A caller on a busy machine may be late. Where it names its process in another header, and this process runs here and is
not stopped, its faults last longer.
"""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

#: The header that identifies a harness from call to call.
HOLDER_HEADER = "x-gameday-holder"
#: The header with its process on the same machine: ``PID START``, as the 22nd field of /proc/PID/stat says: proc(5).
PROCESS_HEADER = "x-gameday-process"
#: How long faults outlive the last call of their holder, also while its process is seen to run, and how often that is
#: looked at (real seconds).
HOLD_S = 3.5
HOLD_RUNNING_S = 60.0
LOOK_S = 0.25
#: Of how many callers the expired faults are remembered.
MOST_HOLDERS = 100

Fault = TypeVar("Fault")


class Holds(Generic[Fault]):
    """Which caller holds which fault; times are real seconds on a monotonic clock."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._held: dict[Fault, str] = {}
        self._called_s: dict[str, float] = {}
        self._processes: dict[str, str] = {}
        self._looked_s = now_s()
        self._expired: defaultdict[str, list[Fault]] = defaultdict(list)

    def hold(self, holder: str, fault: Fault) -> None:
        """A caller has injected a fault; a fault that somebody holds already stays with that caller."""
        if holder:
            self._held.setdefault(fault, holder)

    def drop(self, fault: Fault) -> None:
        """A fault is healed."""
        self._held.pop(fault, None)

    def renew(self, holder: str, process: str = "") -> None:
        """A caller has called; ``process`` is what it says about its process."""
        if holder:
            self._called_s[holder] = self._now_s()
            self._processes[holder] = process

    def clear(self) -> None:
        """There are no faults any more."""
        self._held.clear()
        self._expired.clear()
        self._called_s.clear()
        self._processes.clear()

    def expired(self, holder: str) -> list[Fault]:
        """The faults of this caller that have expired."""
        return list(self._expired.get(holder, ()))

    def look(self) -> list[Fault]:
        """The faults that expire now; call it every LOOK_S.

        Time in which this process itself did not run does not count: the calls wait in its sockets.
        """
        now_s = self._now_s()
        paused_s = now_s - self._looked_s - LOOK_S
        self._looked_s = now_s
        if paused_s > LOOK_S:
            self._called_s = {holder: called_s + paused_s for holder, called_s in self._called_s.items()}
        gone = {holder for holder, called_s in self._called_s.items() if self._is_gone(holder, now_s - called_s)}
        faults = [fault for fault, holder in self._held.items() if holder in gone]
        for fault in faults:
            self._expired[self._held.pop(fault)].append(fault)
        for holder in gone:
            del self._called_s[holder], self._processes[holder]
        for holder in list(self._expired)[:-MOST_HOLDERS]:
            del self._expired[holder]
        return faults

    def _is_gone(self, holder: str, quiet_s: float) -> bool:
        if quiet_s <= HOLD_S:
            return False
        return quiet_s > HOLD_RUNNING_S or not is_running(self._processes[holder])


def is_running(process: str) -> bool:
    """Whether a process, given as ``PID START``, is seen here and is neither stopped nor ended."""
    found = re.fullmatch(r"(\d{1,10}) (\d{1,20})", process)
    if found is None:
        return False
    try:
        # The command name may hold blanks and parentheses, so fields are counted from its end.
        fields = Path(f"/proc/{found[1]}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return fields[19] == found[2] and fields[0] not in "TtZX"


async def expire_forever(holds: Holds[Fault], heal: Callable[[Fault], Awaitable[None]]) -> None:
    """Heal what expires until cancelled."""
    while True:
        await asyncio.sleep(LOOK_S)
        for fault in holds.look():
            try:
                await heal(fault)
            except Exception:  # noqa: BLE001 - a mistake of ours: the others have to expire too
                traceback.print_exc()
