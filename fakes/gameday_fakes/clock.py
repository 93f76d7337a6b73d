"""The one clock of a run: scenario seconds since the run's start, at the run's pace."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """Scenario time: 0 at the start of the run, running ``pace`` times as fast as real time.

    ``pace`` is how many scenario seconds pass in one real second (1 in staging, 60 in a rehearsal).
    ``origin_s`` is the reading of ``time.monotonic`` that is scenario second 0. On one machine that
    clock is common to all processes, so two clocks with the same origin and pace agree.
    """

    pace: float = 1.0
    origin_s: float = field(default_factory=time.monotonic)

    def now_s(self) -> float:
        """Scenario seconds since the start of the run."""
        return (time.monotonic() - self.origin_s) * self.pace

    def real_s(self, scenario_s: float) -> float:
        """How many real seconds a scenario duration takes."""
        return scenario_s / self.pace

    async def sleep(self, scenario_s: float) -> None:
        """Sleep for a scenario duration."""
        await asyncio.sleep(max(0.0, scenario_s / self.pace))

    def restart(self, pace: float, origin_s: float | None = None) -> None:
        """Start again at scenario second 0 with another pace, for everything that uses this clock."""
        self.pace = pace
        self.origin_s = time.monotonic() if origin_s is None else origin_s
