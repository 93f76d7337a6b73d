"""The workers that one stack starts by itself: more of them while deals wait, up to a bound."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable

from gameday_fakes.stacks.durable.definition import Workers
from gameday_fakes.stacks.durable.postgres.parts import POOLED_VARIABLE
from gameday_fakes.stacks.durable.store import StoreError

_log = logging.getLogger("durable")

COMMAND = (sys.executable, "-m", "gameday_fakes.stacks.durable.postgres.worker")
#: How long there must have been too many workers before one is ended, in real seconds.
CALM_S = 10.0


def wanted(rules: Workers, waiting: int) -> int:
    """How many workers there should be while so many deals wait."""
    return min(rules.most, rules.least + waiting // rules.deals_per_worker)


class Pool:
    """The worker processes; they end with this one, because their standard input does."""

    def __init__(self, rules: Workers, *, command: tuple[str, ...] = COMMAND) -> None:
        self._rules = rules
        self._command = command
        self._processes: list[Process] = []
        self._busy_s = 0.0

    @property
    def size(self) -> int:
        """How many workers run."""
        return len(self._processes)

    async def fit(self, waiting: int, now_s: float) -> None:
        """Replace workers that have ended, and start or end some for so many waiting deals."""
        self._processes = [process for process in self._processes if process.returncode is None]
        target = wanted(self._rules, waiting)
        while self.size < target:
            environment = {**os.environ, POOLED_VARIABLE: "1"}
            process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=DEVNULL, env=environment)
            self._processes.append(process)
            _log.info("%d workers for %d waiting deals", self.size, waiting)
        if self.size == target:
            self._busy_s = now_s
        elif now_s - self._busy_s > CALM_S:
            self._busy_s = now_s
            self._end(self._processes.pop())

    async def run(self, waiting: Callable[[], int], every_s: float) -> None:
        """Fit the workers to the backlog until cancelled; while ``waiting`` raises StoreError, leave them alone."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                with contextlib.suppress(StoreError):
                    await self.fit(waiting(), loop.time())
                await asyncio.sleep(every_s)
        finally:
            self.close()

    def close(self) -> None:
        """End them."""
        for process in self._processes:
            self._end(process)

    @staticmethod
    def _end(process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
