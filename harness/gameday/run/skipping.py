"""Long days in short time: a run skips ahead while nothing is under way and every pending timer is known.

What is pending are the operations, faults and checks of the scenario and the timers of the fakes, which wait on their
clocks, and what the stack declares by its hook ``next_due``. A stack that is asked to by its hook ``skip`` moves its
clock and its timers itself. In doubt nothing is skipped. docs/time.md is for those who write the hooks. An accelerated
stack has another way, without hooks (``gameday.run.stack_timers``).

A stack that declares too late a moment would be late by what was skipped. So a skip ends a margin before the first
moment that is due; what the stack does until then by itself, or declares anew, shows that it was wrong.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta

from gameday.base import json_text
from gameday.base.errors import RunError
from gameday.model.events import Skipped
from gameday.run.engine import Watcher
from gameday.run.fakes_client import CallRefused
from gameday.run.plan import RunPlan
from gameday.run.recorder import Recorder
from gameday.run.stack_timers import StackTimers
from gameday_fakes.quiet import Quiet

#: How often it is looked whether anything is under way, and for how long nothing must be (real seconds).
LOOK_S = 0.05
#: How long before the first moment that is due a skip ends (real seconds).
MARGIN_REAL_S = 0.25
#: By how much two clocks may differ on when something is due (real seconds).
TOLERANCE_REAL_S = 0.1
#: The shortest skip (real seconds); anything shorter is over before it is decided.
LEAST_REAL_S = 0.1
#: How long the stack may take to answer (real seconds): one that is paused does not.
ANSWER_S = 1.0


class Due(msgspec.Struct, frozen=True):
    """What the hook ``next_due`` answers: in how many scenario seconds the stack does something by itself.

    0 while it is at work, None if it never does.
    """

    due_in_s: Annotated[float, Meta(ge=0)] | None


class Landed(msgspec.Struct, frozen=True):
    """What was promised when a skip ended: nothing before ``due_s``, of the stack nothing before ``stack_due_s``."""

    due_s: float
    stack_due_s: float | None
    requests: int


def skipping(plan: RunPlan, recorder: Recorder) -> list[Watcher]:
    """What lets a run skip ahead, if its stack has the hooks or a page, and nobody else may act at any time."""
    page = recorder.environment.clock_page
    if page is not None:
        return [StackTimers(recorder, page).watch]
    if not plan.table.next_due or not plan.undisturbed or recorder.clock.wall is not None:
        return []
    return [Skipping(recorder).watch]


class Skipping:
    """Skips ahead in one pass through an environment."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._stack = recorder.environment.stack
        self._fakes = recorder.environment.fakes
        self._clock = recorder.clock
        self._before: Quiet | None = None
        self._landed: Landed | None = None

    async def watch(self) -> None:
        """Skip whenever that is possible, until cancelled; a run that is inconclusive for it is soon over, too."""
        while True:
            await asyncio.sleep(LOOK_S)
            quiet = await self._fakes.quiet()
            if self._landed is not None and (why := await self._broken(self._landed, quiet)):
                self._recorder.record(Skipped(self._clock.now_s(), self._landed.due_s, why), "fail")
                self._landed = None
            before, self._before = self._before, quiet
            if self._landed is None and before is not None and _nothing_between(before, quiet):
                await self._skip(quiet)

    async def _skip(self, quiet: Quiet) -> None:
        """Skip to shortly before the first moment that is due, if that is far enough and nothing comes in between."""
        # Before it is asked: what it answers counts from a moment that is not earlier.
        now_s = self._clock.now_s()
        due = await self._stack_due()
        if due is None or self._stack.batch_running or self._clock.busy or self._clock.due_s is None:
            # Between two phases a scenario waits for nothing, and goes on at once.
            return
        stack_due_s = None if due.due_in_s is None else now_s + due.due_in_s
        known = [self._clock.due_s, *(each for each in (stack_due_s, quiet.due_s) if each is not None)]
        if min(known) - now_s < (MARGIN_REAL_S + LEAST_REAL_S) * self._clock.pace:
            return
        from_s = self._clock.now_s()
        gain_s = min(known) - MARGIN_REAL_S * self._clock.pace - from_s
        if gain_s <= 0:
            return
        try:
            after = await self._fakes.skip(gain_s, quiet.requests)
        except CallRefused:
            return
        self._landed = Landed(min(known), stack_due_s, after.requests)
        why = ""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._stack.ask(self._stack.table.skip, {"seconds": gain_s})
        except (RunError, TimeoutError) as problem:
            why = f"the stack did not skip {gain_s:,.0f} s with the run: {problem or 'no answer'}"
        self._clock.skip(gain_s)
        if not why and self._clock.now_s() >= min(known):
            why = f"the machine was too busy to skip to before {min(known):,.0f} s"
        if why:
            self._recorder.record(Skipped(self._clock.now_s(), min(known), why), "fail")
        self._recorder.record(Skipped(self._clock.now_s(), min(known), from_s=from_s), "ok")

    async def _broken(self, landed: Landed, quiet: Quiet) -> str:
        """What shows that the stack was due before it said so, as a sentence; empty if nothing does."""
        over_s = landed.due_s - TOLERANCE_REAL_S * self._clock.pace
        now_s = self._clock.now_s()
        if now_s >= over_s or quiet.now_s >= over_s:
            self._landed = None
            return ""
        said = "" if landed.stack_due_s is None else f" at {landed.stack_due_s:,.0f} s"
        said = f"the stack said that it was due{said or ' at no time'}"
        if quiet.requests > landed.requests or quiet.busy:
            return f"{said}, and sent a request at {now_s:,.0f} s"
        due = await self._stack_due()
        answered_s = self._clock.now_s()
        if due is None or due.due_in_s is None or answered_s >= over_s:
            return ""
        due_s = answered_s + due.due_in_s
        if landed.stack_due_s is None or due_s < landed.stack_due_s - TOLERANCE_REAL_S * self._clock.pace:
            return f"{said}, and at {now_s:,.0f} s that it was due at {due_s:,.0f} s"
        return ""

    async def _stack_due(self) -> Due | None:
        """What the stack declares; None without an answer, as of one that is paused or dead."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return json_text.decode(await self._stack.ask(self._stack.table.next_due), Due)
        except json_text.Unreadable as problem:
            hook = self._stack.table.next_due
            raise RunError(
                f"stack {self._stack.table.name!r}: {hook} does not say when it is due: {problem}",
                hint='answer with {"due_in_s": 12.5}, or with null for never',
            ) from None
        except (RunError, TimeoutError):
            return None


def _nothing_between(before: Quiet, now: Quiet) -> bool:
    return not before.busy and not now.busy and before.requests == now.requests
