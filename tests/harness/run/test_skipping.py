"""A run skips to shortly before the first thing that is due, whoever it is due for, and finds out a wrong word."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.config.stack_table import read_stack
from gameday.model.events import Skipped
from gameday.run.recorder import Recorder
from gameday.run.skipping import MARGIN_REAL_S, Skipping
from gameday.run.stack import NoAnswerError
from gameday_fakes.clock import Clock
from support.skipped_fakes import Fakes
from support.virtual import virtually

DAY_S = 86_400.0
HOOKS = {"command": ["true"], "next_due": "GET /next-due", "skip": "POST /skip"}


def new_clock() -> Clock:
    """A clock at 0 on virtual time: its own default is the function of the real one."""
    return Clock(origin_s=time.monotonic())


class Stack:
    """A stack on a clock of its own: when it says that it is due, and a request that it sends when it is."""

    def __init__(self, fakes: Fakes, says_s: float | None, *, acts_s: float | None = None) -> None:
        self.clock = new_clock()
        self.table = read_stack("patient", HOOKS, file="gameday.toml")
        self.batch_running = False
        self.answers = True
        self._says_s = says_s
        if acts_s is not None:
            self.clock.call_later(acts_s, lambda: fakes.stats.update({200: 1}))

    async def ask(self, hook: str, body: Any = None) -> bytes:
        if not self.answers:
            raise NoAnswerError("no answer")
        if hook == self.table.skip:
            self.clock.skip(body["seconds"])
            return b"{}"
        left_s = None if self._says_s is None else self._says_s - self.clock.now_s()
        return json.dumps({"due_in_s": left_s if left_s is None or self._says_s == -1.0 else max(0.0, left_s)}).encode()


class Day:
    """A pass through an environment: the scenario's own clock, what it waits for, and what was recorded."""

    def __init__(self, says_s: float | None, *, acts_s: float | None = None, scenario_s: float = 9 * DAY_S) -> None:
        self.fakes = Fakes(new_clock())
        self.stack = Stack(self.fakes, says_s, acts_s=acts_s)
        self.clock = new_clock()
        self.skips: list[tuple[str, Skipped]] = []
        self.clock.call_later(scenario_s, lambda: None)
        environment = SimpleNamespace(stack=self.stack, fakes=self.fakes)
        self.skipping = Skipping(
            cast(Recorder, SimpleNamespace(environment=environment, clock=self.clock, record=self._record))
        )

    def _record(self, event: Skipped, outcome: str) -> None:
        self.skips.append((outcome, event))

    async def looked(self, times: int = 4) -> float:
        """Let it look so often; the scenario second then."""
        watching = asyncio.create_task(self.skipping.watch())
        await asyncio.sleep(0.05 * times + 0.03)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return self.clock.now_s()


@pytest.mark.parametrize(
    ("stack_s", "scenario_s", "fakes_s"),
    [(DAY_S, 2 * DAY_S, None), (2 * DAY_S, DAY_S, None), (2 * DAY_S, 3 * DAY_S, DAY_S), (None, DAY_S, None)],
)
def test_a_run_skips_to_shortly_before_the_first_that_is_due(
    stack_s: float | None, scenario_s: float, fakes_s: float | None
) -> None:
    async def check() -> None:
        day = Day(stack_s, scenario_s=scenario_s)
        if fakes_s is not None:
            day.fakes.clock.call_later(fakes_s, lambda: None)
        await day.looked()
        [(outcome, skipped)] = day.skips
        assert outcome == "ok" and DAY_S - 2 * MARGIN_REAL_S < skipped.until_s < DAY_S
        assert max(clock.now_s() for clock in (day.clock, day.stack.clock, day.fakes.clock)) < DAY_S

    virtually(check)


def test_nothing_is_skipped_while_the_stack_works_or_does_not_answer_or_somebody_asks() -> None:
    async def check() -> None:
        at_work, batch, mute, asked, operating, between = days = [Day(DAY_S) for _ in range(6)]
        at_work.stack._says_s = 0.1
        batch.stack.batch_running = True
        mute.stack.answers = False
        asked.fakes.clock.busy = 1
        operating.clock.busy = 1
        for timer in list(between.clock.timers):
            timer.cancel()
        assert max(await asyncio.gather(*(day.looked() for day in days))) < 60
        assert [day.skips for day in days] == [[]] * 6

    virtually(check)


@pytest.mark.parametrize("acts_s", [DAY_S / 2, 60.0])
def test_a_stack_that_acts_before_it_said_so_is_found_out(acts_s: float) -> None:
    async def check() -> None:
        day = Day(DAY_S, acts_s=acts_s)
        await day.looked()
        (ok, _), (outcome, wrong) = day.skips
        assert (ok, outcome) == ("ok", "fail")
        assert wrong.why.startswith("the stack said that it was due at 86,400 s, and sent a request at 86,")

    virtually(check)


def test_a_stack_that_acts_when_it_said_so_is_not() -> None:
    async def check() -> None:
        day = Day(DAY_S, acts_s=DAY_S)
        await day.looked(times=12)
        assert [outcome for outcome, _ in day.skips] == ["ok"]
        assert day.fakes.stats[200] == 6

    virtually(check)


def test_a_word_that_is_no_moment_is_one_line_and_one_hook_needs_the_other(tmp_path: Path) -> None:
    async def check() -> None:
        day = Day(DAY_S)
        day.stack._says_s = -1.0
        with pytest.raises(RunError, match=r"GET /next-due does not say when it is due: .*>= 0"):
            await day.skipping.watch()

    virtually(check)
    with pytest.raises(GamedayError, match="has a skip hook but no next_due hook"):
        read_stack("patient", {"command": ["true"], "skip": "POST /skip"}, file="gameday.toml")
