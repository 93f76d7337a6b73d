"""The search: draws schedules, runs them, lets what they reached steer the next ones, and shrinks what fails."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

import msgspec

from gameday.base.errors import RunError
from gameday.explore.drawing import places
from gameday.explore.finding import Finding, Signature, signature_of
from gameday.explore.schedule import Schedule
from gameday.explore.shrinking import shrunk
from gameday.explore.varying import varied
from gameday.simulation.observation import Observation
from gameday.steps.candidates import Place

Used = dict[str, frozenset[str]]
"""The operations that a stack has called, by fake."""

#: How many schedules are drawn at a time.
DRAWN = 64
#: Before so many of those that are drawn comes a changed one of those that reached something new; of a search that
#: begins with a story, so many are changed ones of it.
VARIED = 0.5
#: The schedules that reached something are remembered up to this number, the newest ones.
MOST_REMEMBERED = 200
#: A place is idle if a fault had no effect there this often, and never any.
IDLE = 3
#: How many runs a failure may take to be shrunk, at most.
MOST_SHRINKING = 60
#: How often what differs only in its fault kinds is shrunk, at most.
MOST_ALIKE = 8


Draw = Callable[[int, int, Used, Collection[Place]], list[Schedule]]
"""``draw(seed, count, used, idle)``: so many schedules; the others are as in gameday.steps.candidates.narrowed."""


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
    """What a search has done so far. ``reached`` counts in how many runs each thing happened."""

    runs: int = 0
    shrinking: int = 0
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
        self._used: Used = {}
        self._without_effect: Counter[Place] = Counter()
        self._with_effect: set[Place] = set()

    def run(self, *, for_s: float, most: int | None = None, most_findings: int | None = None) -> None:
        """Search for so long (real seconds), or until so many schedules have been run, or so many failures found.

        Raises RunError if the first ones cannot be run.
        """
        began_s = time.monotonic()
        schedules = self._schedules()
        while not self._over(began_s, for_s, most, most_findings):
            batch = [self._waiting.popleft() if self._waiting else next(schedules) for _ in range(self._batch)]
            if self._runs.one_seed:
                batch = [msgspec.structs.replace(schedule, seed=batch[0].seed) for schedule in batch]
            for schedule, observation in zip(batch, self._runs.observe(batch), strict=True):
                self._note(schedule, observation)
                if observation.result == "failed" and (most_findings is None or len(self.found) < most_findings):
                    self._failed(schedule, observation)
            if self.tried.results["not run"] == self.tried.runs:
                raise RunError(f"no schedule could be run: {next(iter(self.tried.problems), 'no reason is known')}")
            self.tried.seconds = time.monotonic() - began_s
            self._on_batch(self.tried)

    @property
    def _batch(self) -> int:
        """How many schedules are run together: at first few, for they show what to draw."""
        return self._runs.workers * (1 if self._runs.one_seed or not self.tried.runs else 4)

    def _over(self, began_s: float, for_s: float, most: int | None, most_findings: int | None) -> bool:
        if most is not None and self.tried.runs >= most:
            return True
        if most_findings is not None and len(self.found) >= most_findings:
            return True
        return time.monotonic() - began_s >= for_s

    def _schedules(self) -> Iterator[Schedule]:
        """The first ones have no faults, and the next are the starts; later ones are drawn, or changed from others."""
        for schedule in self._draw(self._seed, self._batch, {}, ()):
            yield msgspec.structs.replace(schedule, faults=())
        yield from self._starts
        for number in range(1_000_000):
            idle = {place for place, times in self._without_effect.items() if times >= IDLE} - self._with_effect
            for schedule in self._draw(self._seed * 1_000_000 + number, DRAWN, self._used, idle):
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
        if any(thing not in self.tried.reached for thing in observation.reached):
            self._remembered = [*self._remembered, schedule][-MOST_REMEMBERED:]
        self.tried.reached.update(observation.reached)
        for fake, operations in observation.used.items():
            self._used[fake] = self._used.get(fake, frozenset()) | set(operations)
        if observation.result == "not run":
            return
        if observation.result == "inconclusive" and observation.broken and observation.idle:
            # A fault that met nothing decides nothing, but something was broken: what is left may show it.
            self._waiting.append(schedule.without(observation.idle))
        without = {
            (each.fault, each.target, each.at_s) for each in map(schedule.injections.__getitem__, observation.idle)
        }
        for plan in schedule.faults:
            if (plan.fault, plan.target, float(plan.at_s)) in without:
                self._without_effect.update(places(plan))
            else:
                self._with_effect.update(places(plan))

    def _failed(self, schedule: Schedule, observation: Observation) -> None:
        signature = signature_of(schedule, observation)
        if known := self._alike(signature):
            self.tried.again[known] += 1
            return
        small, last = self._shrink(schedule, observation)
        signature = signature_of(small, last)
        if known := self._alike(signature):
            self.tried.again[known] += 1
            return
        repeats = self._runs.again(small, self._runs.repeats)
        self.tried.shrinking += len(repeats)
        failed = sum(_fails_so(small, each, signature) for each in repeats)
        finding = Finding(
            signature, small, last.broken, self._runs.mode, failed, len(repeats), self.tried.runs, schedule.size
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

    def _shrink(self, schedule: Schedule, observation: Observation) -> tuple[Schedule, Observation]:
        until_s = time.monotonic() + self._runs.shrink_s
        wanted = signature_of(schedule, observation)
        last = observation
        # What does not repeat itself cannot be asked to repeat when it is smaller.
        surely = self._repeats(schedule, wanted)

        def fails(candidates: Sequence[Schedule]) -> int | None:
            nonlocal last
            seen = self._runs.observe(candidates)
            self.tried.shrinking += len(seen)
            for number, (candidate, each) in enumerate(zip(candidates, seen, strict=True)):
                if _fails_so(candidate, each, wanted) and (not surely or self._repeats(candidate, wanted)):
                    last = each
                    return number
            return None

        small = shrunk(schedule, fails, at_a_time=self._runs.workers, most=MOST_SHRINKING, until_s=until_s)
        return small, last

    def _repeats(self, schedule: Schedule, wanted: Signature) -> bool:
        """Whether a schedule fails in the same way each time that it is run again."""
        repeats = self._runs.again(schedule, self._runs.step_repeats)
        self.tried.shrinking += len(repeats)
        return all(_fails_so(schedule, each, wanted) for each in repeats)


def _fails_so(schedule: Schedule, observation: Observation, wanted: Signature) -> bool:
    return observation.result == "failed" and signature_of(schedule, observation).same_harm(wanted)
