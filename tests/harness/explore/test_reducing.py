"""How long a failure is shrunk with its races, whatever a run takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gameday.explore.finding import signature_of
from gameday.explore.reducing import Reducer
from gameday.explore.schedule import FaultPlan, Schedule
from gameday.explore.simulated import Simulated
from gameday.explore.tried import Tried
from gameday.model.scenario import Flow
from gameday.simulation.observation import Observation

FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
ONCE = "every deal is in the ERP exactly once within 10 minutes of the fix"
FAILED = Observation("failed", broken=((ONCE, "a deal is lost"),), harms=("lost",))
PASSED = Observation("passed")
Fails = Callable[[Schedule, int], bool]
"""``fails(schedule, race)``; race 0 is how it was found."""


#: How much longer some races take than others.
LASTS = (0.5, 1.5, 1.0)


class Timed:
    """Simulated runs on a clock that goes on only while they run: so long each, and so long for each deal."""

    # What is promised is promised of those.
    mode, one_seed = Simulated.mode, Simulated.one_seed
    repeats, step_repeats = Simulated.repeats, Simulated.step_repeats
    shrink_s, shrink_late_s = Simulated.shrink_s, Simulated.shrink_late_s
    shortest_s = Simulated.shortest_s

    def __init__(self, fails: Fails, run_s: float, deal_s: float = 0.0, workers: int = 1) -> None:
        self.workers = workers
        self.now_s = 0.0
        self.races = 0
        self._fails = fails
        self._run_s, self._deal_s = run_s, deal_s

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        return [self._run(each, 0, len(schedules)) for each in schedules]

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        self.races += len(races)
        return [self._run(schedule, race, len(races)) for race in races]

    def _run(self, schedule: Schedule, race: int, beside: int) -> Observation:
        took_s = (self._run_s + schedule.deals * self._deal_s) * LASTS[race % len(LASTS)]
        self.now_s += took_s * math.ceil(beside / self.workers) / beside
        return FAILED if self._fails(schedule, race) else PASSED


def day(deals: int, *, lock_s: int = 90) -> Schedule:
    return Schedule(FLOW, deals, 12, 1, (FaultPlan("record lock", "erp", 5, lock_s, {"operation": "order.write"}),))


def reduced(runs: Timed, deals: int) -> tuple[Schedule, Tried]:
    """What a failure of so many deals is reduced to on the clock of these runs."""
    tried = Tried()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.monotonic", lambda: runs.now_s)
        small, _ = Reducer(runs, tried).reduced(day(deals), FAILED, end_s=60.0)
    return small, tried


FAILURES: dict[str, Fails] = {
    "each time": lambda schedule, _: bool(schedule.faults),
    "every other time": lambda schedule, race: bool(schedule.faults) and race % 2 == 0,
    "but once": lambda schedule, race: bool(schedule.faults) and race != 19,
    "each time with many deals": lambda schedule, race: bool(schedule.faults) and (schedule.deals > 8 or race < 2),
    "each time with some deals": lambda schedule, race: bool(schedule.faults) and (schedule.deals > 4 or race < 17),
    "more often with some deals": lambda each, race: race < 3 or (each.deals > 4 and race != 19),
}


@given(
    fails=st.sampled_from(sorted(FAILURES)),
    deals=st.integers(1, 32),
    run_s=st.floats(0.001, 0.33),
    of_deals=st.floats(0, 1),
    workers=st.integers(1, 8),
)
@example("but once", 1, 0.125, 1.0, 2)
@example("but once", 1, 0.25, 0.0, 1)
@example("but once", 1, 0.3125, 0.5, 1)
@example("each time with many deals", 3, 0.25, 1.0, 2)
@example("more often with some deals", 4, 0.2, 1.0, 2)
def test_a_failure_is_shrunk_with_its_races_in_less_than_ten_seconds(
    fails: str, deals: int, run_s: float, of_deals: float, workers: int
) -> None:
    runs = Timed(FAILURES[fails], run_s * (1 - of_deals), run_s * of_deals / deals, workers)
    _, tried = reduced(runs, deals)
    # What began last may take a little longer than was expected of it.
    assert tried.shrinking_s == runs.now_s < runs.shrink_s + run_s < 10


def of_three_deals(schedule: Schedule, race: int) -> bool:
    return schedule.deals > 2 and schedule.faults == day(8).faults


def test_what_takes_long_is_shrunk_less_and_has_each_race() -> None:
    quick, slow = (Timed(of_three_deals, run_s) for run_s in (0.05, 0.3))
    assert reduced(quick, 8)[0].deals == 3
    assert 3 < reduced(slow, 8)[0].deals < 8
    assert min(quick.races, slow.races) >= quick.repeats


def test_what_takes_too_long_for_its_races_is_shrunk_all_the_same() -> None:
    runs = Timed(lambda each, _: each.faults == day(8).faults, 0.0, 0.05)
    small, tried = reduced(runs, 8)
    assert small.deals == 1
    assert tried.shrinking_s < 10


def test_no_race_is_run_twice() -> None:
    asked: list[tuple[bytes, int]] = []

    class Noted(Timed):
        def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
            asked.extend((schedule.key, race) for race in races)
            return super().again(schedule, races)

    reduced(Noted(FAILURES["each time with some deals"], 0.001), 8)
    assert len(asked) == len(set(asked)) > 20


def test_the_first_race_that_passes_ends_the_others() -> None:
    runs = Timed(lambda _, race: race == 0, 0.001)
    reducer = Reducer(runs, Tried())
    assert not reducer.fails_again(day(4), signature_of(day(4), FAILED), 20)
    assert runs.races == 1
