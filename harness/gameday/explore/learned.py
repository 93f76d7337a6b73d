"""What a search has learned of a stack: which operations it calls, on which day, and which faults meet nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gameday.explore.drawing import places
from gameday.explore.schedule import Schedule
from gameday.simulation.observation import Observation
from gameday.steps.candidates import Place

Used = Mapping[str, frozenset[str]]
"""The operations that a stack has called, by fake."""

#: A place is idle if a fault had no effect there this often, and never any; a fault anywhere at a system.
IDLE = 2
IDLE_ANYWHERE = 6


class Learned:
    """``used`` are the operations that were called on any day, ``used_on`` those of days without a fault, by key."""

    def __init__(self) -> None:
        self.used: dict[str, frozenset[str]] = {}
        self.used_on: dict[bytes, Used] = {}
        self._without_effect: Counter[Place] = Counter()
        self._with_effect: set[Place] = set()

    @property
    def idle(self) -> set[Place]:
        """The places at which faults are tried no more."""
        often = {
            place for place, times in self._without_effect.items() if times >= (IDLE if place[2] else IDLE_ANYWHERE)
        }
        return often - self._with_effect

    def note(self, schedule: Schedule, observation: Observation) -> None:
        """Learn from a run."""
        used = {fake: frozenset(operations) for fake, operations in observation.used.items()}
        for fake, operations in used.items():
            self.used[fake] = self.used.get(fake, frozenset()) | operations
        if observation.result == "not run":
            return
        if not schedule.faults:
            self.used_on[schedule.key] = used
        without = {
            (each.fault, each.target, each.at_s) for each in map(schedule.injections.__getitem__, observation.idle)
        }
        for plan in schedule.faults:
            if (plan.fault, plan.target, float(plan.at_s)) in without:
                self._without_effect.update(places(plan))
            else:
                self._with_effect.update(places(plan))
