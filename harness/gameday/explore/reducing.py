"""Reduces a failure to a small schedule that fails each time that it is run again, if there is one."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from gameday.explore.finding import Signature, signature_of
from gameday.explore.schedule import Schedule
from gameday.explore.shrinking import shrunk
from gameday.explore.strengthening import stronger
from gameday.explore.tried import Runs, Tried
from gameday.simulation.observation import Observation

#: How many runs a failure may take to be shrunk, at most.
MOST_SHRINKING = 60
#: By when the first, the second and the last attempt to reduce a failure ends, as shares of the time for it; and until
#: when that is attempted whatever its runs take, for a smaller one may take less.
SHARES = (0.4, 0.6, 1.0)
IN_ANY_CASE = 0.2


class Reducer:
    """Reduces failures of ``runs``, and counts in ``tried`` what that takes.

    With races, all of it is within the time for it: nothing begins that would leave no time for the last races.
    """

    def __init__(self, runs: Runs, tried: Tried) -> None:
        self._runs = runs
        self._tried = tried
        #: What a schedule has shown in its races so far, since the last failure was taken up.
        self._races: dict[bytes, list[Observation]] = {}
        #: What a run of each of them took at most: in some races each answer takes longer than in others.
        self._took_s: defaultdict[bytes, float] = defaultdict(float)
        #: By when the last races have to be over, and until when steps are tried in any case.
        self._end_s, self._least_s = math.inf, 0.0

    def reduced(self, schedule: Schedule, observation: Observation, end_s: float) -> tuple[Schedule, Observation]:
        """The smallest schedule that fails each time; if none does, the smallest that fails at all.

        ``end_s`` is when the search ends, on the monotonic clock.
        """
        self._races.clear()
        self._took_s.clear()
        began_s, runs = time.monotonic(), self._runs
        for_s = max(runs.shrink_late_s, min(runs.shrink_s, end_s - began_s))
        self._least_s = began_s + IN_ANY_CASE * for_s
        if runs.step_repeats:
            first_s, second_s, self._end_s = (began_s + share * for_s for share in SHARES)
        else:
            first_s = second_s = began_s + for_s
            self._end_s = first_s + runs.shrink_late_s
        small, last = self._reduced(schedule, observation, first_s, second_s)
        self.rate(small, signature_of(small, last), runs.repeats)
        self._tried.shrinking_s = max(self._tried.shrinking_s, time.monotonic() - began_s)
        return small, last

    def _reduced(
        self, schedule: Schedule, observation: Observation, first_s: float, second_s: float
    ) -> tuple[Schedule, Observation]:
        wanted = signature_of(schedule, observation)
        repeats, step_repeats = self._runs.repeats, self._runs.step_repeats
        sure: tuple[Schedule, Observation] | None = (schedule, observation)
        if step_repeats and not self.fails_again(schedule, wanted, step_repeats):
            sure = self._surer(stronger(schedule), wanted, step_repeats * 2, first_s, schedule)
        if sure is None:
            # What does not repeat itself cannot be asked to repeat when it is smaller.
            return self._shrink(schedule, observation, wanted, 0, second_s)
        small, last = self._shrink(*sure, wanted, step_repeats, first_s)
        if self.fails_again(small, wanted, repeats):
            return small, last
        if step_repeats and self._fits(self._step_s(sure[0], repeats // 2), self._races_s(sure[0], repeats)):
            # It was luck that each step failed in those few races.
            small, last = self._shrink(*sure, wanted, repeats // 2, second_s)
            if self.fails_again(small, wanted, repeats):
                return small, last
        # A feature that always fails is worth more than a small one.
        larger = (sure[0], *stronger(sure[0]))
        return self._surer(larger, wanted, repeats, self._end_s, small) or (small, last)

    def _surer(
        self, candidates: Iterable[Schedule], wanted: Signature, times: int, until_s: float, small: Schedule
    ) -> tuple[Schedule, Observation] | None:
        """The first of these that fails in each of so many races, such as one with more deals; None if none does.

        There has to be time for the races of the small one as well.
        """
        repeats = self._runs.repeats
        for candidate in candidates:
            if time.monotonic() >= until_s or not self._fits(self._step_s(small, times), self._races_s(small, repeats)):
                return None
            [seen] = self._observe([candidate])
            if _fails_so(candidate, seen, wanted) and self._fails_in_time(candidate, wanted, times, small):
                return candidate, seen
        return None

    def _fails_in_time(self, candidate: Schedule, wanted: Signature, times: int, small: Schedule) -> bool:
        """Whether it fails in each of so many races, if there is time for all of its races, and for the small one's."""
        # It may take longer than what was run before it, and its races longer than it did itself.
        for so_many in (min(times, self._runs.step_repeats), times):
            fits = self._fits(self._races_s(candidate, self._runs.repeats), self._races_s(small, self._runs.repeats))
            if not fits or not self.fails_again(candidate, wanted, so_many):
                return False
        return True

    def _shrink(
        self, schedule: Schedule, observation: Observation, wanted: Signature, repeats: int, until_s: float
    ) -> tuple[Schedule, Observation]:
        """The smallest schedule that fails so, also in so many other races."""
        small, last, runs = schedule, observation, self._runs

        def fails(candidates: Sequence[Schedule]) -> int | None:
            nonlocal small, last
            for number, (candidate, each) in enumerate(zip(candidates, self._observe(candidates), strict=True)):
                if _fails_so(candidate, each, wanted) and self.fails_again(candidate, wanted, repeats):
                    small, last = candidate, each
                    return number
            return None

        def goes_on() -> bool:
            races_s = self._races_s(small, runs.repeats)
            now_s = time.monotonic()
            return now_s < until_s and (now_s < self._least_s or self._fits(self._step_s(small, repeats), races_s))

        shrunk(
            schedule, fails, at_a_time=runs.workers, most=MOST_SHRINKING, goes_on=goes_on, shortest_s=runs.shortest_s
        )
        return small, last

    def fails_again(self, schedule: Schedule, wanted: Signature, times: int) -> bool:
        """Whether a schedule fails in the same way each time that it is run again."""
        # One race that passes is enough to know; but runs without races share one session.
        at_once = self._runs.workers if self._runs.step_repeats else max(1, times)
        for so_many in (*range(at_once, times, at_once), times):
            failed, of_all = self.rate(schedule, wanted, so_many)
            if failed < of_all:
                return False
        return True

    def rate(self, schedule: Schedule, wanted: Signature, times: int) -> tuple[int, int]:
        """How often a schedule fails in the same way when it is run again so many times."""
        seen = self._races.setdefault(schedule.key, [])
        if len(seen) < times:
            missing = range(len(seen) + 1, times + 1)
            seen += self._timed([schedule] * len(missing), lambda _: self._runs.again(schedule, missing))
        return sum(_fails_so(schedule, each, wanted) for each in seen[:times]), times

    def _observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        return self._timed(schedules, self._runs.observe)

    def _timed(
        self, schedules: Sequence[Schedule], run: Callable[[Sequence[Schedule]], list[Observation]]
    ) -> list[Observation]:
        began_s = time.monotonic()
        seen = run(schedules)
        took_s = (time.monotonic() - began_s) / self._turns(len(schedules))
        for each in schedules:
            self._took_s[each.key] = max(self._took_s[each.key], took_s)
        self._tried.shrinking += len(seen)
        return seen

    def _fits(self, *needed_s: float) -> bool:
        """Whether there is time for this before the last races have to be over; without races, always."""
        return not self._runs.step_repeats or time.monotonic() + sum(needed_s) < self._end_s

    def _step_s(self, schedule: Schedule, times: int) -> float:
        """How long a run takes of something like this schedule, with so many races."""
        return self._took_s[schedule.key] * (1 + self._turns(times))

    def _races_s(self, schedule: Schedule, times: int) -> float:
        """How long those of so many races take that were not run."""
        missing = max(0, times - len(self._races.get(schedule.key, ())))
        return self._took_s[schedule.key] * self._turns(missing)

    def _turns(self, runs: int) -> int:
        """How many times as long as one run so many take, several side by side."""
        return math.ceil(runs / self._runs.workers)


def _fails_so(schedule: Schedule, observation: Observation, wanted: Signature) -> bool:
    return observation.result == "failed" and signature_of(schedule, observation).same_harm(wanted)
