"""The search: draws schedules, runs them, lets what they reached steer the next ones, and shrinks what fails."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from gameday.base.errors import RunError
from gameday.explore.finding import Finding, Signature, signature_of
from gameday.explore.learned import Learned
from gameday.explore.schedule import Schedule
from gameday.explore.shrinking import shrunk
from gameday.explore.strengthening import stronger
from gameday.explore.varying import varied
from gameday.model.fault import faults
from gameday.simulation.observation import Observation

#: How many schedules are drawn at a time.
DRAWN = 64
#: How many are run together for each worker: it saves waiting for the last one, and of live ones the start of sessions.
TOGETHER = 4
TOGETHER_LIVE = 2
#: Before so many of those that are drawn comes a changed one of those that reached something new; of a search that
#: begins with a story, so many are changed ones of it.
VARIED = 0.5
#: The schedules that reached something are remembered up to this number, the newest ones.
MOST_REMEMBERED = 200
#: How many runs a failure may take to be shrunk, at most.
MOST_SHRINKING = 60
#: How often what differs only in its fault kinds is shrunk, at most.
MOST_ALIKE = 8


class Draw(Protocol):
    """Draws schedules, in rounds; the same ones for the same seeds."""

    def days(self, seed: int) -> list[Schedule]:
        """The days of the next round, without a fault."""

    def faults(self, seed: int, count: int, on: Sequence[Schedule], learned: Learned) -> list[Schedule]:
        """About so many schedules with faults on these days."""


class Runs(Protocol):
    """Runs schedules, simulated or live."""

    mode: str
    workers: int
    one_seed: bool
    repeats: int
    step_repeats: int
    #: How long a failure may take to be shrunk (real seconds), also one that is found at the end of the search.
    shrink_s: float

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        """What each of these shows, in their order."""

    def again(self, schedule: Schedule, times: int) -> list[Observation]:
        """What a schedule shows when it is run again."""


class Tried(msgspec.Struct):
    """What a search has done so far. ``reached`` counts in how many runs each thing happened.

    Failures were shrunk in ``shrinking`` runs, for ``shrinking_s`` real seconds.
    """

    runs: int = 0
    shrinking: int = 0
    shrinking_s: float = 0.0
    results: Counter[str] = msgspec.field(default_factory=Counter)
    reached: Counter[str] = msgspec.field(default_factory=Counter)
    again: Counter[Signature] = msgspec.field(default_factory=Counter)
    problems: Counter[str] = msgspec.field(default_factory=Counter)
    seconds: float = 0.0


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
        #: How often a schedule has failed, of so many times, since the last finding.
        self._rates: dict[tuple[bytes, int], int] = {}
        #: The keys of what was run: a simulation shows the same each time.
        self._tried: set[bytes] = set()

    def run(self, *, for_s: float, most: int | None = None, most_findings: int | None = None) -> None:
        """Search for so long (real seconds), or until so many schedules have been run, or so many failures found.

        Raises RunError if the first ones cannot be run.
        """
        began_s = time.monotonic()
        schedules = self._schedules()
        while not self._over(began_s, for_s, most, most_findings):
            batch = self._next(schedules)
            for schedule, observation in zip(batch, self._runs.observe(batch), strict=True):
                self._note(schedule, observation)
                if observation.result == "failed" and (most_findings is None or len(self.found) < most_findings):
                    self._failed(schedule, observation)
            if self.tried.results["not run"] == self.tried.runs:
                raise RunError(f"no schedule could be run: {next(iter(self.tried.problems), 'no reason is known')}")
            self.tried.seconds = time.monotonic() - began_s
            self._on_batch(self.tried)

    def _next(self, schedules: Iterator[Schedule | None]) -> list[Schedule]:
        """What is run together next: several for each worker, but none that depends on what another shows."""
        batch: list[Schedule] = []
        while len(batch) < self._runs.workers * (TOGETHER_LIVE if self._runs.one_seed else TOGETHER):
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
            yield from days
            if not number:
                yield from self._starts
            yield None
            for schedule in self._draw.faults(seed, DRAWN, days, self._learned):
                if self._starts and self._chance.random() < VARIED:
                    yield varied(self._chance.choice(self._starts), schedule, self._chance)
                    continue
                # The first ones as they are drawn: each fault by itself.
                if number and self._remembered and self._chance.random() < VARIED:
                    yield varied(self._chance.choice(self._remembered), schedule, self._chance)
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
        if known := self._alike(signature_of(schedule, observation)):
            self.tried.again[known] += 1
            return
        self._rates.clear()
        began_s = time.monotonic()
        small, last = self._reduced(schedule, observation)
        self.tried.shrinking_s += time.monotonic() - began_s
        signature = signature_of(small, last)
        if known := self._alike(signature):
            self.tried.again[known] += 1
            return
        failed, repeats = self._rate(small, signature, self._runs.repeats)
        finding = Finding(
            signature, small, last.broken, self._runs.mode, failed, repeats, self.tried.runs, schedule.size
        )
        self.found.append(finding)
        self._on_finding(finding)

    def _alike(self, signature: Signature) -> Signature | None:
        """A known failure that may be this one: the same expectation and harm, by some of the same faults."""
        alike = [each.signature for each in (*self._known, *self.found) if each.signature.same_harm(signature)]
        for each in alike:
            if set(each.faults) <= set(signature.faults):
                return each
        return alike[0] if len(alike) >= MOST_ALIKE else None

    def _reduced(self, schedule: Schedule, observation: Observation) -> tuple[Schedule, Observation]:
        """The smallest schedule that fails each time; if none does, the smallest that fails at all."""
        wanted = signature_of(schedule, observation)
        until_s = time.monotonic() + self._runs.shrink_s
        sure: tuple[Schedule, Observation] | None = (schedule, observation)
        if self._runs.step_repeats and not self._repeats(schedule, wanted, self._runs.step_repeats):
            sure = self._surer(stronger(schedule), wanted, self._runs.step_repeats * 2, until_s)
        if sure is None:
            # What does not repeat itself cannot be asked to repeat when it is smaller.
            return self._shrink(schedule, observation, wanted, 0, until_s)
        small, last = self._shrink(*sure, wanted, self._runs.step_repeats, until_s)
        if not self._runs.step_repeats or self._repeats(small, wanted, self._runs.repeats):
            return small, last
        # It was luck that each step failed in those few races.
        until_s += self._runs.shrink_s
        small, last = self._shrink(*sure, wanted, self._runs.repeats // 2, until_s)
        if self._repeats(small, wanted, self._runs.repeats):
            return small, last
        # A feature that always fails is worth more than a small one.
        larger = (sure[0], *stronger(sure[0]))
        until_s = time.monotonic() + self._runs.shrink_s
        return self._surer(larger, wanted, self._runs.repeats, until_s) or (small, last)

    def _surer(
        self, candidates: Iterable[Schedule], wanted: Signature, times: int, until_s: float
    ) -> tuple[Schedule, Observation] | None:
        """The first of these that fails in each of so many races, such as one with more deals; None if none does."""
        for candidate in candidates:
            if time.monotonic() >= until_s:
                return None
            [seen] = self._runs.observe([candidate])
            self.tried.shrinking += 1
            if _fails_so(candidate, seen, wanted) and self._repeats(candidate, wanted, times):
                return candidate, seen
        return None

    def _shrink(
        self, schedule: Schedule, observation: Observation, wanted: Signature, repeats: int, until_s: float
    ) -> tuple[Schedule, Observation]:
        """The smallest schedule that fails so, also in so many other races."""
        last = observation

        def fails(candidates: Sequence[Schedule]) -> int | None:
            nonlocal last
            seen = self._runs.observe(candidates)
            self.tried.shrinking += len(seen)
            for number, (candidate, each) in enumerate(zip(candidates, seen, strict=True)):
                if _fails_so(candidate, each, wanted) and self._repeats(candidate, wanted, repeats):
                    last = each
                    return number
            return None

        small = shrunk(schedule, fails, at_a_time=self._runs.workers, most=MOST_SHRINKING, until_s=until_s)
        return small, last

    def _repeats(self, schedule: Schedule, wanted: Signature, times: int) -> bool:
        """Whether a schedule fails in the same way each time that it is run again."""
        failed, of_all = self._rate(schedule, wanted, times)
        return failed == of_all

    def _rate(self, schedule: Schedule, wanted: Signature, times: int) -> tuple[int, int]:
        """How often a schedule fails in the same way when it is run again so many times."""
        key = (schedule.key, times)
        if key not in self._rates:
            repeats = self._runs.again(schedule, times)
            self.tried.shrinking += len(repeats)
            self._rates[key] = sum(_fails_so(schedule, each, wanted) for each in repeats)
        return self._rates[key], times


def _fails_so(schedule: Schedule, observation: Observation, wanted: Signature) -> bool:
    return observation.result == "failed" and signature_of(schedule, observation).same_harm(wanted)
