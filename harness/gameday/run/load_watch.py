"""Records the host load of a run: on a machine that is too busy, everything is late."""

from __future__ import annotations

import asyncio
import time

from gameday.base.process import waited_s
from gameday.model.events import Load
from gameday.run.heartbeat import Heartbeat
from gameday.run.recorder import Recorder

#: How often the host load is recorded (real seconds).
LOAD_S = 1.0


class LoadWatch:
    """Watches how long the processes of a run waited for a processor, and how long the whole machine stalled."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._waited_s: dict[tuple[str, int], float] = {}

    async def watch(self) -> None:
        """Record the host load until cancelled."""
        began_s = time.monotonic()
        # A reading without a length: what the processes waited for while they started is no part of the next one.
        self._recorder.record(Load(0.0, self._waits()))
        with Heartbeat(self._recorder.environment.setup.run_dir) as heartbeat:
            while True:
                await asyncio.sleep(LOAD_S)
                waits = self._waits()
                now_s = time.monotonic()
                load = Load(round(now_s - began_s, 3), waits, round(heartbeat.stalled_s(), 3))
                self._recorder.record(load)
                began_s = now_s

    def _waits(self) -> dict[str, float]:
        """By process: how long it has waited since the last time (real seconds)."""
        pids = self._recorder.environment.pids().items()
        before = self._waited_s
        self._waited_s = {(name, pid): wait_s for name, pid in pids if (wait_s := waited_s(pid)) is not None}
        return {name: round(wait_s - before.get((name, pid), 0.0), 3) for (name, pid), wait_s in self._waited_s.items()}
