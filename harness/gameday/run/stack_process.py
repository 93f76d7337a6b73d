"""The processes of a stack while it runs: resident ones, and batches that a schedule starts."""

from __future__ import annotations

import asyncio
import contextlib
import math
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.process import Child, end_group, start
from gameday.model.events import BatchEnded, HarnessEvent, StackEvent, StackExited
from gameday.run.tasks import first_error
from gameday_fakes.clock import Clock

#: How many lines of its log are kept of a process that has ended by itself.
LAST_LINES = 5
#: How long a process may take to end when it is asked to (real seconds).
_GRACE_S = 1.0
#: How many runs of a batch may be at work at a time; further ones are not started.
MOST_AT_A_TIME = 20


class Launch(msgspec.Struct, frozen=True):
    """How to start a process: templates are filled. ``what`` is what messages call it, ``name`` its own in the table.

    ``hide`` removes secrets from lines of its log.
    """

    name: str
    what: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    directory: Path | None
    hide: Callable[[str], str]


class StackProcess:
    """A resident process: it is started once, and again after a fault has killed it."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.child: Child | None = None
        #: Whether a process has started, and its end by itself is still to be recorded.
        self._watched = False

    @property
    def children(self) -> list[Child]:
        """What runs of it now."""
        return [self.child] if self.child is not None and self.child.running else []

    @property
    def running(self) -> bool:
        """Whether a process runs now."""
        return bool(self.children)

    async def start(self) -> None:
        """Start it. Raises RunError."""
        launch = self.launch
        self.child = await start(launch.what, launch.command, launch.log, env=launch.env, directory=launch.directory)
        self._watched = True

    def begin(self, clock: Clock, first_s: float) -> None:
        """The scenario begins at this scenario second."""

    def events(self) -> list[HarnessEvent]:
        """What is to be recorded since the last time: that it has ended by itself. Raises RunError."""
        if not self._watched or self.child is None or self.child.running:
            return []
        self._watched = False
        code, pid = self.child.process.returncode, self.child.identity.pid
        return [StackExited(pid, code or 0, self.last_lines(), self.launch.name)]

    def check(self) -> None:
        """Raise GamedayError if it has ended while it should run."""
        if self.child is not None and not self.child.running:
            code = self.child.process.returncode
            raise GamedayError(f"{self.launch.what} ended with exit code {code}{self.child.last_words()}")

    async def kill(self) -> None:
        """Kill it and all that it started."""
        if self.child is None:
            return
        # One that had ended by itself before is still recorded.
        self._watched = self._watched and not self.child.running
        end_group(self.child.identity, signal.SIGKILL)
        await self.child.end()

    def pause(self) -> None:
        """Stop it, with all that it started."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it continue."""
        self._signal(signal.SIGCONT)

    async def close(self) -> None:
        """End it; it is asked to end before it is killed."""
        self._watched = False
        if self.child is not None:
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)
            await self.child.end(grace_s=_GRACE_S)
            self.child = None

    def _signal(self, number: signal.Signals) -> None:
        if self.child is not None:
            end_group(self.child.identity, number)

    def last_lines(self, most: int = LAST_LINES) -> str:
        """The last lines of its log, without secrets."""
        return self.launch.hide(self.child.last_lines(most)) if self.child is not None else ""


class Batch(StackProcess):
    """A process that a schedule starts at every multiple of a pause in scenario time; it does its work and ends.

    Like a cron job under flock: a start that is due while the last one still runs is not made, and what a fault
    prevented is not made up for. The first start is at second 0, before which nothing has happened. With ``overlap``,
    like one without flock: up to MOST_AT_A_TIME runs are at work at a time.
    """

    def __init__(
        self, launch: Launch, every_s: float, servers_worked_s: Callable[[], float], *, overlap: bool = False
    ) -> None:
        super().__init__(launch)
        self.every_s = every_s
        self._most = MOST_AT_A_TIME if overlap else 1
        #: Runs before the last one that may still be at work.
        self._earlier: list[Child] = []
        self._servers_worked_s = servers_worked_s
        self._schedule: asyncio.Task[None] | None = None
        self._allowed = True
        self._paused = False
        #: Held while a run starts: a fault that kills then would miss it.
        self._starting = asyncio.Lock()
        #: The runs that a fault has killed, by their process ids.
        self._killed: set[int] = set()
        self._events: list[HarnessEvent] = []

    @property
    def children(self) -> list[Child]:
        """The runs that are at work."""
        return [*(each for each in self._earlier if each.running), *super().children]

    async def start(self) -> None:
        """Allow starts, which the schedule makes."""
        self._allowed = True

    def begin(self, clock: Clock, first_s: float) -> None:
        """Start it whenever it is due, from this scenario second on."""
        self._schedule = asyncio.create_task(self._start_forever(clock, math.ceil(first_s / self.every_s)))

    def events(self) -> list[HarnessEvent]:
        """The ends of its runs, and what a fault prevented or cut off. Raises RunError where it cannot be started."""
        if self._schedule is not None and self._schedule.done() and not self._schedule.cancelled():
            try:
                self._schedule.result()
            except BaseExceptionGroup as group:
                raise first_error(group) from group
        events, self._events = self._events, []
        return events

    def check(self) -> None:
        """It need not run now."""

    async def kill(self) -> None:
        """Kill it if it runs, and start it no more until the fault ends."""
        self._allowed = False
        async with self._starting:
            for pid in (each.identity.pid for each in self.children):
                self._killed.add(pid)
                self._events.append(StackEvent("cut off", pid, self.launch.name))
            for each in self._earlier:
                end_group(each.identity, signal.SIGKILL)
                await each.end()
            await super().kill()

    def pause(self) -> None:
        """Stop it if it runs, and start it no more until the fault ends."""
        self._allowed, self._paused = False, True
        super().pause()

    def resume(self) -> None:
        """Let it continue, and start it again when it is due."""
        self._allowed, self._paused = True, False
        super().resume()

    async def close(self) -> None:
        """End the schedule, and the process if it runs."""
        if self._schedule is not None:
            self._schedule.cancel()
            with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
                await self._schedule
        for each in self._earlier:
            end_group(each.identity, signal.SIGKILL)
            await each.end()
        await super().close()

    def _signal(self, number: signal.Signals) -> None:
        for each in self._earlier:
            end_group(each.identity, number)
        super()._signal(number)

    async def _start_forever(self, clock: Clock, number: int) -> None:
        async with asyncio.TaskGroup() as runs:
            while True:
                await clock.sleep(number * self.every_s - clock.now_s())
                async with self._starting:
                    if not self._allowed:
                        self._events.append(StackEvent("missed", 0, self.launch.name))
                    elif len(self.children) < self._most:
                        await self._start(clock, runs)
                # Of the starts that were due while nothing could be started, none is made.
                number = max(number + 1, math.ceil(clock.now_s() / self.every_s))

    async def _start(self, clock: Clock, runs: asyncio.TaskGroup) -> None:
        at_work = self.children
        before_s, began_s = self._worked_s(), clock.now_s()
        await super().start()
        # Only now: until then the last one is no earlier one.
        self._earlier = at_work
        assert self.child is not None  # noqa: S101 - it was just started
        if self._paused:
            end_group(self.child.identity, signal.SIGSTOP)
        runs.create_task(self._watch(self.child, before_s, clock, began_s))

    def _worked_s(self) -> float:
        """For how long the servers, and all processes that have ended, have had a processor (real seconds)."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime + self._servers_worked_s()

    async def _watch(self, child: Child, before_s: float, clock: Clock, began_s: float) -> None:
        """Record how a run ends, unless a fault ends it. ``before_s`` is what had been worked when it began."""
        code = await child.process.wait()
        if child.identity.pid not in self._killed:
            words = self.launch.hide(child.last_lines(LAST_LINES))
            worked_s = round(self._worked_s() - before_s, 3)
            times = (round(began_s, 3), round(clock.now_s(), 3), self.every_s)
            self._events.append(BatchEnded(child.identity.pid, code, words, self.launch.name, worked_s, *times))
