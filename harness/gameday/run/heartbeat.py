"""Measures how long the whole machine stalled: then everything is late, though no process waited for a processor.

A virtual machine may be paused, lose its processors to its neighbours or wait for its disk; the figures of its
processes do not show that. A thread that wakes up often and does almost nothing shows it by being late.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path

#: How often it beats, and how often a beat writes to the disk (real seconds): often enough to notice any stall that
#: matters, and too seldom to be a load.
BEAT_S = 0.05
DISK_S = 1.0
#: How late a beat may be on a machine that is merely busy (real seconds).
PATIENCE_S = 0.1


class Heartbeat:
    """A context manager that beats in a thread; ``folder`` is on the disk whose stalls are noticed too."""

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
        """How long the machine stalled since the last call (real seconds)."""
        with self._lock:
            stalled_s, self._stalled_s = self._stalled_s, 0.0
        return stalled_s

    def _beat(self) -> None:
        last_s = disk_s = time.monotonic()
        self._beating.set()
        # Without a file there is nothing to measure; what needs the disk reports the error.
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
