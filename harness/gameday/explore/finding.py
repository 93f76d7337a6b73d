"""A failure that a search has found, and what tells it apart from others."""

from __future__ import annotations

import msgspec

from gameday.explore.schedule import ALWAYS, BOUNDED, EXPECTED, HELD_UP, Schedule, is_of_some
from gameday.model.scenario import Expectation
from gameday.simulation.observation import Observation

#: What is owed only where deals are held up, and what of it is about which deals an alert names; by their sentences.
ALERTING = frozenset(each.text for each in EXPECTED) - frozenset(each.text for each in (*ALWAYS, BOUNDED))
NAMING = frozenset(
    each.text for each in HELD_UP if each.checker in ("owner alerted", "alert names orders", "no false alarm")
)
#: What an alert shows too that names the right deals, and cannot show if it names others.
SHOWN = frozenset(each.text for each in HELD_UP if each.checker == "parked with context")


class Signature(msgspec.Struct, frozen=True):
    """What tells failures apart: the first expectation that is broken, the harm, and the kinds of the faults."""

    broken: str
    harm: str
    faults: tuple[str, ...]

    def same_harm(self, other: Signature) -> bool:
        """Whether it is the same expectation with the same harm, whatever the faults."""
        return (self.broken, self.harm) == (other.broken, other.harm)

    @property
    def title(self) -> str:
        """It in one line: what is broken, and by what."""
        by = " and ".join(self.faults) or "no fault"
        return f"{self.broken[:1].upper()}{self.broken[1:]} does not hold ({self.harm or 'no deal affected'}): {by}"


#: The worst harm first.
_WORST = ("duplicated", "lost", "mismatched", "parked", "late")


def signature_of(schedule: Schedule, observation: Observation) -> Signature:
    """The signature of a failed run."""
    broken = {name for name, _ in observation.broken}
    named = [each.checker for each in (*EXPECTED, *schedule.expected) if each.text in broken]
    harm = next((state for state in _WORST if state in observation.harms), "")
    return Signature(named[0] if named else next(iter(sorted(broken)), ""), harm, tuple(sorted(schedule.kinds)))


def founded(schedule: Schedule, observation: Observation) -> Observation:
    """The observation without failures of what is owed only where deals are held up, if too few of them were.

    What refuses reads alone may hold nothing up, as where the ERP bills by itself: a sync that cannot see it says so
    all the same, and rightly. Where the ERP refuses deals for themselves, an alert has to name these; of what stops
    all of them, or keeps the CRM from being read, it may name every deal that waits, also one that was ordered before
    and is announced again. One that does so counts nowhere: neither is it missed as what holds a deal with its payload.
    """
    if observation.result != "failed" or not schedule.faults:
        return observation
    unfounded: frozenset[str] = frozenset()
    if not observation.affected:
        unfounded = ALERTING
    elif observation.affected * 2 <= schedule.deals and not any(
        plan.target == "erp" and is_of_some(plan) for plan in schedule.faults
    ):
        unfounded = NAMING
        if any(name in NAMING for name, _ in observation.broken):
            unfounded |= SHOWN
    broken = tuple((name, summary) for name, summary in observation.broken if name not in unfounded)
    return msgspec.structs.replace(observation, broken=broken, result="failed" if broken else "passed")


class Finding(msgspec.Struct, frozen=True):
    """A failure, shrunk. ``broken`` are its failed verdicts, each with its sentence.

    ``failed`` of ``repeats`` further runs failed in the same way. It was found in run ``found_in`` of its search;
    ``first_size`` is the size of the schedule before it was shrunk.
    """

    signature: Signature
    schedule: Schedule
    broken: tuple[tuple[str, str], ...]
    mode: str
    failed: int
    repeats: int
    found_in: int
    first_size: tuple[int, int, float]

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """The expectations that are broken; all of them, if only the steady state is."""
        broken = {name for name, _ in self.broken}
        return tuple(each for each in EXPECTED if each.text in broken) or self.schedule.expected

    @property
    def rate(self) -> str:
        """How often it repeats, in words."""
        return f"{self.failed} of {self.repeats}"
