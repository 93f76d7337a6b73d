"""A pulse of the machine itself: when it stands still, everything is late, and nobody was waiting for a processor.

A virtual machine that is paused, or robbed of its processors by its neighbours, or waits for its disk, shows in no
process's own figures: a thread that wants to do next to nothing, often, shows it by being late.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path

#: How often it beats, and how often a beat goes to the disk (real seconds): often enough to be in any standstill that
#: matters, seldom enough to be no load.
BEAT_S = 0.05
DISK_S = 1.0
#: How late a beat may be on a machine that is merely busy (real seconds).
PATIENCE_S = 0.1


class Heartbeat:
    """Beats in a thread of its own while it is entered; ``folder`` is on the disk that has to keep up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._beating = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._stalled_s = 0.0
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        self._beating.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def stalled_s(self) -> float:
        """How long the machine stood still since this was last asked (real seconds)."""
        with self._lock:
            stalled_s, self._stalled_s = self._stalled_s, 0.0
        return stalled_s

    def _beat(self) -> None:
        last_s = disk_s = time.monotonic()
        self._beating.set()
        # Where no file can be made, whoever needs one tells, and the machine has no pulse.
        with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=self._folder) as file:
            while not self._stop.wait(BEAT_S):
                if last_s - disk_s >= DISK_S:
                    disk_s = last_s
                    os.pwrite(file.fileno(), b".", 0)
                    os.fsync(file.fileno())
                now_s = time.monotonic()
                late_s = now_s - last_s - BEAT_S
                if late_s > PATIENCE_S:
                    with self._lock:
                        self._stalled_s += late_s
                last_s = now_s
