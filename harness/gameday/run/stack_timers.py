"""Long days with an accelerated stack: the run skips ahead while all its threads wait, and each says until when.

The clock in the stack's processes states it (``gameday.run.clock_page``), so the stack needs no hook. A skip ends a
margin before the first wait does, which is what the stack does next; so no wait of it ends late. In doubt nothing is
skipped: while a thread is at work, or waits in a way that does not follow; while it is connected with what is no part
of the run; while a fault delays what passes between it and the fakes.

The fakes skip first, then the processes and the run's own clock. If two looks before and after that differ, something
was under way after all, and the run has no result. The same holds for a request that comes before anything was due.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import NamedTuple

from gameday.model.events import Skipped
from gameday.run.clock_page import ClockPage, Look
from gameday.run.clock_watch import mark_of, processes_on
from gameday.run.connections import outside_connection
from gameday.run.fakes_client import CallRefused
from gameday.run.recorder import Recorder
from gameday_fakes.quiet import Quiet

#: How often the threads are looked at; in the time between two looks none must have done anything (real seconds).
LOOK_S = 0.02
#: How long before the first moment that is due a skip ends: six slices of a wait (real seconds), and so many of the
#: longest answers of the fakes lately, for a skip is asked of them too.
MARGIN_REAL_S = 0.06
ANSWERS = 3
#: The shortest skip (real seconds): for as long nothing of the stack may be due while it is asked of the fakes.
LEAST_REAL_S = 0.2
#: By how much two clocks may differ on when something is due (real seconds).
TOLERANCE_REAL_S = 0.03


class _Seen(NamedTuple):
    """What was seen at one moment: nothing has happened since then if all of it is the same."""

    look: Look
    requests: int


class Landed(NamedTuple):
    """What was known when a skip ended: nothing before ``due_s``. ``requests`` had arrived until then."""

    due_s: float
    requests: int


class StackTimers:
    """Skips ahead in one pass through an environment, by what the threads of its stack state."""

    def __init__(self, recorder: Recorder, page: ClockPage) -> None:
        self._recorder = recorder
        self._environment = recorder.environment
        self._clock = recorder.clock
        self._page = page
        assert recorder.clock.wall is not None  # noqa: S101 - there is a page only beside an accelerated clock
        # As they are now: the date on the clock moves with each skip, and what its processes were given does not.
        self._wall = recorder.clock.wall
        self._mark = mark_of(recorder.clock)
        self._before: _Seen | None = None
        self._landed: Landed | None = None
        self._looked = Look({})
        #: How long the fakes took to answer lately (real seconds).
        self._answers_s: deque[float] = deque(maxlen=20)

    async def watch(self) -> None:
        """Skip whenever that is possible, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._landed is None and self._due_s() is None:
                # The fakes need not be asked.
                self._before = None
                continue
            asked_s = time.monotonic()
            quiet = await self._environment.fakes.quiet()
            self._answers_s.append(time.monotonic() - asked_s)
            if self._landed is not None and not self.over(self._landed, quiet):
                continue
            before, self._before = self._before, self._seen(quiet)
            if before is not None and before == self._before:
                await self._skip(quiet, before.look)

    def over(self, landed: Landed, quiet: Quiet) -> bool:
        """Whether what a skip went up to is due by now; a request before that shows that something else was."""
        self._before = None
        now_s = self._clock.now_s()
        over = max(now_s, quiet.now_s) >= landed.due_s - TOLERANCE_REAL_S * self._clock.pace
        if not over and (quiet.requests > landed.requests or quiet.busy):
            self._fail(landed.due_s, f"the stack sent a request at {now_s:,.0f} s, and had no timer before then")
            over = True
        if over:
            self._landed = None
        return over

    def _seen(self, quiet: Quiet) -> _Seen | None:
        """What is seen now; None if anything is under way, or is due so soon that there is nothing to skip."""
        due_s = None if quiet.busy else self._due_s(quiet)
        return None if due_s is None else _Seen(self._looked, quiet.requests)

    def _due_s(self, quiet: Quiet | None = None) -> float | None:
        """The scenario second of what is due first, as far as it is known, if it can be skipped to; else None."""
        clock, environment = self._clock, self._environment
        # Between two phases a scenario waits for nothing, and goes on at once.
        if clock.busy or clock.due_s is None or environment.stack.batch_running or environment.network.delays:
            return None
        self._looked = self._page.look(self._page.processes())
        due_s = min(self._known(quiet, self._looked))
        far_enough = due_s - clock.now_s() >= self._margin_s + LEAST_REAL_S * clock.pace
        return due_s if far_enough and not self._looked.why_not else None

    def _known(self, quiet: Quiet | None, look: Look) -> list[float]:
        """The scenario seconds at which anything is due."""
        fakes_s = None if quiet is None else quiet.due_s
        known = [each for each in (self._clock.due_s, fakes_s) if each is not None]
        if look.due_ns is not None:
            passed_s = (time.monotonic() - self._wall.origin_s) * self._wall.rate + self._page.skipped_ns / 1e9
            left_s = (look.due_ns / 1e9 - passed_s) / self._wall.rate
            known.append(self._clock.now_s() + left_s * self._clock.pace)
        return known

    async def _skip(self, quiet: Quiet, before: Look) -> None:
        """Skip to shortly before the first moment that is due, if still nothing has happened."""
        leaders = [child.identity.pid for child in self._environment.stack.children]
        processes = self._page.processes()
        everyone = processes_on(self._mark, leaders)
        servers = [child.identity.pid for child in self._environment.servers.children]
        if not processes.issuperset(everyone) or outside_connection(processes, servers):
            return
        known = min(self._known(quiet, before))
        from_s = self._clock.now_s()
        gain_s = known - self._margin_s - from_s
        if gain_s < LEAST_REAL_S * self._clock.pace or self._page.look(processes) != before:
            return
        try:
            # The stack waits on: what it does next is due only when as much time as is skipped has passed.
            requests = (await self._environment.fakes.skip(gain_s, quiet.requests)).requests
        except CallRefused:
            return
        acted = self._page.look(processes) != before
        self._page.skip(self._clock.real_s(gain_s) * self._wall.rate)
        self._clock.skip(gain_s)
        late_s = self._clock.now_s() - known
        self._landed, self._before = Landed(known, requests), None
        if acted or self._page.look(processes) != before:
            self._fail(known, "the stack did something while the run skipped")
        elif late_s > self._recorder.margin_s:
            self._fail(known, f"the machine was too busy to skip to before {known:,.0f} s")
        self._recorder.record(Skipped(self._clock.now_s(), known, from_s=from_s), "ok")

    @property
    def _margin_s(self) -> float:
        """How long before the first moment that is due a skip ends: longer where the fakes take long to answer."""
        return (MARGIN_REAL_S + ANSWERS * max(self._answers_s, default=0.0)) * self._clock.pace

    def _fail(self, due_s: float, why: str) -> None:
        self._landed = None
        self._recorder.record(Skipped(self._clock.now_s(), due_s, why), "fail")
