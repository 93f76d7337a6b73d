"""The one clock of a run: scenario seconds since the run's start, and the stack's date and time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WallClock:
    """A date and time that runs ``rate`` times as fast as real time: what an accelerated stack takes for the present.

    At ``origin_s``, a reading of ``time.monotonic``, it showed ``epoch_s`` (Unix time).
    """

    epoch_s: float
    origin_s: float
    rate: float

    def now_s(self) -> float:
        """The Unix time that it shows now."""
        return self.epoch_s + (time.monotonic() - self.origin_s) * self.rate


@dataclass(slots=True)
class Clock:
    """Scenario time: 0 at the start of the run, running ``pace`` times as fast as real time.

    ``pace`` is how many scenario seconds pass in one real second (1 in staging, 60 in a rehearsal).
    ``origin_s`` is the reading of ``time.monotonic`` that is scenario second 0. On one machine that
    clock is common to all processes, so two clocks with the same origin and pace agree. ``wall`` is the
    clock on which the stack lives, None for the machine's own.
    """

    pace: float = 1.0
    origin_s: float = field(default_factory=time.monotonic)
    wall: WallClock | None = None

    def now_s(self) -> float:
        """Scenario seconds since the start of the run."""
        return (time.monotonic() - self.origin_s) * self.pace

    def wall_s(self) -> float:
        """The Unix time on the stack's clock: of every moment that a stack can see, and of what it signs."""
        return time.time() if self.wall is None else self.wall.now_s()

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
