"""Reduces a failure to a small schedule that fails each time that it is run again, if there is one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from gameday.explore.finding import Signature, signature_of
from gameday.explore.schedule import Schedule
from gameday.explore.shrinking import shrunk
from gameday.explore.strengthening import stronger
from gameday.explore.tried import Runs, Tried
from gameday.simulation.observation import Observation

#: How many runs a failure may take to be shrunk, at most.
MOST_SHRINKING = 60
#: By when the first, the second and the last attempt to reduce a failure ends, as shares of the time for it.
SHARES = (0.6, 0.8, 1.0)


class Reducer:
    """Reduces failures of ``runs``, and counts in ``tried`` what that takes."""

    def __init__(self, runs: Runs, tried: Tried) -> None:
        self._runs = runs
        self._tried = tried
        #: How often a schedule has failed, of so many times, since the last failure was taken up.
        self._rates: dict[tuple[bytes, int], int] = {}

    def reduced(self, schedule: Schedule, observation: Observation, end_s: float) -> tuple[Schedule, Observation]:
        """The smallest schedule that fails each time; if none does, the smallest that fails at all.

        ``end_s`` is when the search ends, on the monotonic clock.
        """
        self._rates.clear()
        began_s, runs = time.monotonic(), self._runs
        for_s = max(runs.shrink_late_s, min(runs.shrink_s, end_s - began_s))
        if runs.step_repeats:
            small = self._reduced(schedule, observation, *(began_s + share * for_s for share in SHARES))
        else:
            until_s = began_s + for_s
            small = self._reduced(schedule, observation, until_s, until_s, until_s + runs.shrink_late_s)
        self._tried.shrinking_s = max(self._tried.shrinking_s, time.monotonic() - began_s)
        return small

    def _reduced(
        self, schedule: Schedule, observation: Observation, first_s: float, second_s: float, until_s: float
    ) -> tuple[Schedule, Observation]:
        wanted = signature_of(schedule, observation)
        sure: tuple[Schedule, Observation] | None = (schedule, observation)
        if self._runs.step_repeats and not self.fails_again(schedule, wanted, self._runs.step_repeats):
            sure = self._surer(stronger(schedule), wanted, self._runs.step_repeats * 2, first_s)
        if sure is None:
            # What does not repeat itself cannot be asked to repeat when it is smaller.
            return self._shrink(schedule, observation, wanted, 0, second_s)
        small, last = self._shrink(*sure, wanted, self._runs.step_repeats, first_s)
        if self.fails_again(small, wanted, self._runs.repeats):
            return small, last
        if self._runs.step_repeats:
            # It was luck that each step failed in those few races.
            small, last = self._shrink(*sure, wanted, self._runs.repeats // 2, second_s)
            if self.fails_again(small, wanted, self._runs.repeats):
                return small, last
        # A feature that always fails is worth more than a small one.
        larger = (sure[0], *stronger(sure[0]))
        return self._surer(larger, wanted, self._runs.repeats, until_s) or (small, last)

    def _surer(
        self, candidates: Iterable[Schedule], wanted: Signature, times: int, until_s: float
    ) -> tuple[Schedule, Observation] | None:
        """The first of these that fails in each of so many races, such as one with more deals; None if none does."""
        for candidate in candidates:
            if time.monotonic() >= until_s:
                return None
            [seen] = self._runs.observe([candidate])
            self._tried.shrinking += 1
            if _fails_so(candidate, seen, wanted) and self.fails_again(candidate, wanted, times):
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
            self._tried.shrinking += len(seen)
            for number, (candidate, each) in enumerate(zip(candidates, seen, strict=True)):
                if _fails_so(candidate, each, wanted) and self.fails_again(candidate, wanted, repeats):
                    last = each
                    return number
            return None

        runs = self._runs
        small = shrunk(
            schedule, fails, at_a_time=runs.workers, most=MOST_SHRINKING, until_s=until_s, shortest_s=runs.shortest_s
        )
        return small, last

    def fails_again(self, schedule: Schedule, wanted: Signature, times: int) -> bool:
        """Whether a schedule fails in the same way each time that it is run again."""
        failed, of_all = self.rate(schedule, wanted, times)
        return failed == of_all

    def rate(self, schedule: Schedule, wanted: Signature, times: int) -> tuple[int, int]:
        """How often a schedule fails in the same way when it is run again so many times."""
        key = (schedule.key, times)
        if key not in self._rates:
            repeats = self._runs.again(schedule, times)
            self._tried.shrinking += len(repeats)
            self._rates[key] = sum(_fails_so(schedule, each, wanted) for each in repeats)
        return self._rates[key], times


def _fails_so(schedule: Schedule, observation: Observation, wanted: Signature) -> bool:
    return observation.result == "failed" and signature_of(schedule, observation).same_harm(wanted)
