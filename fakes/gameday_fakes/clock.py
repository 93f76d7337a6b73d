"""The one clock of a run: scenario seconds since the run's start, and the stack's date and time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace


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

    def ahead(self, real_s: float) -> WallClock:
        """The clock that is ahead of this one by what passes on it in a real duration."""
        return replace(self, epoch_s=self.epoch_s + real_s * self.rate)


class Abandoned(asyncio.CancelledError):
    """The moment that was waited for will not come: everything has started again."""


class Timer:
    """A callback that is due at a scenario second; it follows the clock when that skips ahead."""

    __slots__ = ("_callback", "_clock", "_handle", "abandoned", "due_s")

    def __init__(
        self, clock: Clock, due_s: float, callback: Callable[[], object], abandoned: Callable[[], object] | None = None
    ) -> None:
        self.due_s = due_s
        #: Called instead, if the moment will not come.
        self.abandoned = abandoned
        self._clock = clock
        self._callback = callback
        self._handle: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """Wait for the moment, counted from now."""
        if self._handle is not None:
            self._handle.cancel()
        wait_s = max(0.0, self._clock.real_s(self.due_s - self._clock.now_s()))
        self._handle = asyncio.get_running_loop().call_later(wait_s, self._end)

    def cancel(self) -> None:
        """Call nothing any more."""
        self._clock.timers.discard(self)
        if self._handle is not None:
            self._handle.cancel()

    def _end(self) -> None:
        self._clock.timers.discard(self)
        self._callback()


@dataclass(slots=True, eq=False)
class Clock:
    """Scenario time: 0 at the start of the run, running ``pace`` times as fast as real time.

    ``pace`` is how many scenario seconds pass in one real second (1 in staging, 60 in a rehearsal).
    ``origin_s`` is the reading of ``time.monotonic`` that is scenario second 0. On one machine that
    clock is common to all processes, so two clocks with the same origin and pace agree. ``wall`` is the
    clock on which the stack lives, None for the machine's own. ``timers`` are what waits for a scenario second; a
    run may ``skip`` to shortly before the first of them. ``skipped_real_s`` is what was skipped, in real seconds.
    ``busy`` counts what is under way and ends at no moment that is known: requests that wait for their replies.
    """

    pace: float = 1.0
    origin_s: float = field(default_factory=time.monotonic)
    wall: WallClock | None = None
    timers: set[Timer] = field(default_factory=set, repr=False)
    skipped_real_s: float = 0.0
    busy: int = 0

    def now_s(self) -> float:
        """Scenario seconds since the start of the run."""
        return (time.monotonic() - self.origin_s) * self.pace

    def wall_s(self) -> float:
        """The Unix time on the stack's clock: of every moment that a stack can see, and of what it signs."""
        return time.time() + self.skipped_real_s if self.wall is None else self.wall.now_s()

    def real_s(self, scenario_s: float) -> float:
        """How many real seconds a scenario duration takes."""
        return scenario_s / self.pace

    async def sleep(self, scenario_s: float) -> None:
        """Sleep for a scenario duration. Raises Abandoned if everything starts again meanwhile."""
        if scenario_s <= 0:
            # What goes on at once has no timer, and is under way all the same.
            with self.working():
                await asyncio.sleep(0)
            return
        over = asyncio.get_running_loop().create_future()
        timer = self.call_later(
            scenario_s,
            lambda: None if over.done() else over.set_result(None),
            lambda: None if over.done() else over.set_exception(Abandoned()),
        )
        try:
            await over
        finally:
            timer.cancel()

    def call_later(
        self, scenario_s: float, callback: Callable[[], object], abandoned: Callable[[], object] | None = None
    ) -> Timer:
        """Call something after a scenario duration; or ``abandoned``, if everything starts again meanwhile."""
        timer = Timer(self, self.now_s() + scenario_s, callback, abandoned)
        self.timers.add(timer)
        timer.arm()
        return timer

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """While this lasts, something is under way."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    @property
    def due_s(self) -> float | None:
        """The scenario second of the first timer; None without one."""
        return min((timer.due_s for timer in self.timers), default=None)

    def skip(self, scenario_s: float) -> None:
        """Go ahead by a scenario duration at once; every timer that is due by then ends now.

        Who asks for it sees to it that the stack's processes follow. Raises ValueError for a duration below 0.
        """
        if scenario_s < 0:
            raise ValueError("no time goes back")
        self.origin_s -= self.real_s(scenario_s)
        self.skipped_real_s += self.real_s(scenario_s)
        if self.wall is not None:
            self.wall = self.wall.ahead(self.real_s(scenario_s))
        for timer in self.timers:
            timer.arm()

    def abandon(self) -> None:
        """Let nothing happen any more that waits for a scenario second: it belongs to what is over."""
        for timer in list(self.timers):
            timer.cancel()
            if timer.abandoned is not None:
                timer.abandoned()

    def restart(self, pace: float, origin_s: float | None = None) -> None:
        """Start again at scenario second 0 with another pace, for everything that uses this clock."""
        self.pace = pace
        self.origin_s = time.monotonic() if origin_s is None else origin_s
        self.skipped_real_s = 0.0
