"""The search: draws schedules, runs them, lets what they reached steer the next ones, and shrinks what fails."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from gameday.base.errors import RunError
from gameday.explore.finding import Finding, Signature, signature_of
from gameday.explore.learned import Learned
from gameday.explore.reducing import Reducer
from gameday.explore.schedule import Schedule
from gameday.explore.tried import Runs, Tried
from gameday.explore.varying import lasting, varied
from gameday.model.fault import faults
from gameday.simulation.observation import Observation

#: How many schedules are drawn at a time.
DRAWN = 64
#: How many are run together for each worker: it saves waiting for the last one, and of live ones the start of sessions.
TOGETHER = 4
#: Before so many of those that are drawn comes a changed one of those that reached something new; of a search that
#: begins with a story, so many are changed ones of it.
VARIED = 0.5
#: The schedules that reached something are remembered up to this number, the newest ones.
MOST_REMEMBERED = 200
#: How often what differs only in its fault kinds is shrunk, at most.
MOST_ALIKE = 8
#: Where a failure did not repeat each time, another like it has to fail in so many races before it is shrunk too.
SURER = 6


class Draw(Protocol):
    """Draws schedules, in rounds; the same ones for the same seeds."""

    def days(self, seed: int) -> list[Schedule]:
        """The days of the next round, without a fault."""

    def faults(self, seed: int, count: int, on: Sequence[Schedule], learned: Learned) -> list[Schedule]:
        """About so many schedules with faults on these days."""


class Search:
    """One search. ``known`` are the findings of earlier searches; it begins around the ``starts``."""

    def __init__(
        self,
        runs: Runs,
        draw: Draw,
        *,
        seed: int,
        known: Sequence[Finding] = (),
        starts: Sequence[Schedule] = (),
        on_finding: Callable[[Finding], None] = lambda _: None,
        on_batch: Callable[[Tried], None] = lambda _: None,
    ) -> None:
        self.tried = Tried()
        self.found: list[Finding] = []
        self._runs = runs
        self._draw = draw
        self._seed = seed
        self._known = list(known)
        self._starts = list(starts)
        self._on_finding = on_finding
        self._on_batch = on_batch
        self._chance = random.Random(f"search {seed}")
        self._remembered: list[Schedule] = []
        #: What is to be run next.
        self._waiting: deque[Schedule] = deque()
        self._learned = Learned()
        self._reducer = Reducer(runs, self.tried)
        #: Findings that did not repeat each time, for which a better one is still looked for.
        self._unsure: list[Finding] = []
        #: The keys of what was run: a simulation shows the same each time.
        self._tried: set[bytes] = set()
        #: When the search is to end, on the monotonic clock.
        self._end_s = math.inf

    def run(self, *, for_s: float, most: int | None = None, most_findings: int | None = None) -> None:
        """Search for so long (real seconds), or until so many schedules have been run, or so many failures found.

        A failure that does not repeat each time is a finding at the end, if none like it was found that does.
        What runs at the end is awaited, and shrunk if it fails. Raises RunError if the first ones cannot be run.
        """
        try:
            self._run(for_s, most, most_findings)
        finally:
            for finding in self._unsure:
                self._found(finding)

    def _run(self, for_s: float, most: int | None, most_findings: int | None) -> None:
        began_s = time.monotonic()
        self._end_s = began_s + for_s
        schedules = self._schedules()
        while not self._over(began_s, for_s, most, most_findings):
            left = math.inf if most is None else most - self.tried.runs
            batch = self._next(schedules, min(left, self._runs.workers * TOGETHER))
            for schedule, observation in zip(batch, self._runs.observe(batch), strict=True):
                self._note(schedule, observation)
                if observation.result == "failed" and (most_findings is None or len(self.found) < most_findings):
                    self._failed(schedule, observation)
            if self.tried.results["not run"] == self.tried.runs:
                raise RunError(f"no schedule could be run: {next(iter(self.tried.problems), 'no reason is known')}")
            self.tried.seconds = time.monotonic() - began_s
            self._on_batch(self.tried)

    def _next(self, schedules: Iterator[Schedule | None], most: float) -> list[Schedule]:
        """What is run together next, so many at most, but none that depends on what another shows."""
        batch: list[Schedule] = []
        while len(batch) < most:
            schedule = self._waiting.popleft() if self._waiting else next(schedules)
            if schedule is None:
                if batch:
                    break
                continue
            if self._runs.one_seed and batch:
                schedule = msgspec.structs.replace(schedule, seed=batch[0].seed)
            if schedule.key not in self._tried:
                self._tried.add(schedule.key)
                batch.append(schedule)
        return batch

    def _over(self, began_s: float, for_s: float, most: int | None, most_findings: int | None) -> bool:
        if most is not None and self.tried.runs >= most:
            return True
        if most_findings is not None and len(self.found) >= most_findings:
            return True
        return time.monotonic() - began_s >= for_s

    def _schedules(self) -> Iterator[Schedule | None]:
        """Days without a fault, and then such days with faults; None where what was run before decides what follows."""
        for number in range(1_000_000):
            seed = self._seed * 1_000_000 + number
            days = self._draw.days(seed)
            if not number:
                yield from self._starts
            yield from days
            yield None
            for drawn in self._draw.faults(seed, DRAWN, days, self._learned):
                schedule = lasting(drawn, self._runs.shortest_s)
                if self._starts and self._chance.random() < VARIED:
                    yield varied(self._chance.choice(self._starts), schedule, self._chance)
                    continue
                # The first ones as they are drawn: each fault by itself.
                if number and self._remembered and self._chance.random() < VARIED:
                    changed = varied(self._chance.choice(self._remembered), schedule, self._chance)
                    yield lasting(changed, self._runs.shortest_s)
                yield schedule

    def _note(self, schedule: Schedule, observation: Observation) -> None:
        self.tried.runs += 1
        self.tried.results[observation.result] += 1
        if observation.problem:
            self.tried.problems[observation.problem] += 1
        with_effect = schedule.without(observation.idle) if observation.idle else schedule
        by_itself = any(faults[plan.fault].judged_by for plan in schedule.faults)
        if not by_itself and any(thing not in self.tried.reached for thing in observation.reached):
            self._remembered = [*self._remembered, with_effect][-MOST_REMEMBERED:]
        self.tried.reached.update(observation.reached)
        self._learned.note(schedule, observation)
        if observation.result == "inconclusive" and observation.broken and observation.idle:
            # A fault that met nothing decides nothing, but something was broken: what is left may show it.
            self._waiting.append(with_effect)

    def _failed(self, schedule: Schedule, observation: Observation) -> None:
        signature = signature_of(schedule, observation)
        if known := self._alike(signature):
            self.tried.again[known] += 1
            return
        unsure = any(each.signature.same_harm(signature) for each in self._unsure)
        if unsure and not self._reducer.fails_again(schedule, signature, SURER):
            return
        small, last = self._reducer.reduced(schedule, observation, self._end_s)
        signature = signature_of(small, last)
        if known := self._alike(signature):
            self.tried.again[known] += 1
            return
        failed, repeats = self._reducer.rate(small, signature, self._runs.repeats)
        finding = Finding(
            signature, small, last.broken, self._runs.mode, failed, repeats, self.tried.runs, schedule.size
        )
        if failed < repeats:
            # Another schedule may show the same each time, and is worth more.
            if not any(is_alike(each.signature, signature) for each in self._unsure):
                self._unsure.append(finding)
            return
        self._unsure = [each for each in self._unsure if not is_alike(signature, each.signature)]
        self._found(finding)

    def _found(self, finding: Finding) -> None:
        self.found.append(finding)
        self._on_finding(finding)

    def _alike(self, signature: Signature) -> Signature | None:
        """A known failure that may be this one: the same expectation and harm, by some of the same faults."""
        alike = [each.signature for each in (*self._known, *self.found) if each.signature.same_harm(signature)]
        for each in alike:
            if is_alike(each, signature):
                return each
        return alike[0] if len(alike) >= MOST_ALIKE else None


def is_alike(known: Signature, signature: Signature) -> bool:
    """Whether a failure may be the known one: the same expectation and harm, by some of the same faults."""
    return known.same_harm(signature) and set(known.faults) <= set(signature.faults)
