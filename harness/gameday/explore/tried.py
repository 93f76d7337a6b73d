"""What carries out the schedules of a search, and what it has tried so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import msgspec

from gameday.explore.finding import Signature
from gameday.explore.schedule import Schedule
from gameday.simulation.observation import Observation


class Runs(Protocol):
    """Runs schedules, simulated or live."""

    mode: str
    workers: int
    one_seed: bool
    repeats: int
    step_repeats: int
    #: How long a failure is shrunk at most (real seconds), within what is left of the search; and how long also one
    #: that is found at its end. With ``step_repeats`` the races of what is left are within it.
    shrink_s: float
    shrink_late_s: float
    #: The shortest a fault is (scenario seconds), also of a failure that is shrunk.
    shortest_s: float

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        """What each of these shows, in their order."""

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        """What a schedule shows when it is run again, once for each of these numbers, from 1."""


class Tried(msgspec.Struct):
    """What a search has done so far. ``reached`` counts in how many runs each thing happened.

    Failures were shrunk in ``shrinking`` runs; the one that took longest, for ``shrinking_s`` real seconds.
    """

    runs: int = 0
    shrinking: int = 0
    shrinking_s: float = 0.0
    results: Counter[str] = msgspec.field(default_factory=Counter)
    reached: Counter[str] = msgspec.field(default_factory=Counter)
    again: Counter[Signature] = msgspec.field(default_factory=Counter)
    problems: Counter[str] = msgspec.field(default_factory=Counter)
    seconds: float = 0.0
