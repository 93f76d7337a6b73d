"""Whether the machine kept up: where our own processes get no processor, whatever is late may be late through that.
Nor has anybody been in time on a machine that stood still.

No pace shortens the work itself. With more scenarios at once than a machine can carry, or with something else
running on it, deals arrive late and alerts are slow in a stack that is sound.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.durations import words
from gameday.model.events import Load
from gameday.model.history import History

#: The share of the whole run that a process was ready and had no processor from which on even a loss is no finding;
#: the share of a spell of so many readings from which on what is merely late is none. Measured: two scenarios a core,
#: the default, wait for at most 0.75 of a run and find nothing false; six a core wait for 0.95, and find deals lost;
#: something else on the machine that takes spells of 0.9 makes deals late, and alerts miss them.
WHOLE = 0.9
SPELL = 0.8
READINGS = 5
#: The share of the latency that the contract allows, from which on a standstill within a spell may have made something
#: late: a sound stack takes a fifth of it by itself, and lets a limit go by that is nearer than the latency.
STALL = 0.25

#: What such a verdict carries in its evidence: the clause.
HOST_LOAD = "host load"

#: What no slowness does, and what it does only where it goes on to the end of the run.
NEVER_SLOWNESS = frozenset({"duplicated", "mismatched"})
LASTING = NEVER_SLOWNESS | {"lost"}


def overloaded(history: History, outcomes: Iterable[OrderOutcome], latency_s: float) -> str:
    """What says that the findings may be the machine's, in one clause; empty if it kept up, or if nobody knows.

    The harness writes down about every second how the machine kept up (``load``); the first time says how it was
    while everything started, and does not count. ``latency_s`` is what the contract allows (scenario seconds).
    """
    readings = _readings(history)
    states = {outcome.state for outcome in outcomes}
    name, share = _longest([load for load, _ in readings])
    if share >= WHOLE and not states & NEVER_SLOWNESS:
        return _clause(name, share, "the time")
    if states & LASTING:
        return ""
    spells = [readings[start : start + READINGS] for start in range(max(1, len(readings) - READINGS + 1))]
    found = max((_longest([load for load, _ in spell]) for spell in spells), key=lambda longest: longest[1])
    if found[1] >= SPELL:
        return _clause(*found, f"{sum(load.real_s for load, _ in readings[:READINGS]):.0f} s")
    stalled_s, real_s = max((sum(s for _, s in spell), sum(load.stalled_s for load, _ in spell)) for spell in spells)
    if stalled_s >= STALL * latency_s:
        return f"the machine did not keep up: it stood still for {real_s:.1f} s, which is {words(stalled_s)} of the run"
    return ""


def _readings(history: History) -> list[tuple[Load, float]]:
    """Each reading but the first, with how long the machine stood still on the run's clock (scenario seconds)."""
    found: list[tuple[Load, float]] = []
    for before, reading in itertools.pairwise(history.of(Load)):
        load = reading.event
        pace = (reading.time_s - before.time_s) / load.real_s if load.real_s else 0.0
        found.append((load, load.stalled_s * pace))
    return found


def _longest(loads: Sequence[Load]) -> tuple[str, float]:
    """The process that waited longest, and for what share of the time; of no readings, none."""
    waited_s: dict[str, float] = {}
    for load in loads:
        for name, wait_s in load.waited_s.items():
            waited_s[name] = waited_s.get(name, 0.0) + wait_s
    real_s = sum(load.real_s for load in loads)
    if not waited_s or not real_s:
        return "", 0.0
    name = max(waited_s, key=lambda known: waited_s[known])
    return name, waited_s[name] / real_s


def _clause(name: str, share: float, span: str) -> str:
    return f"the machine did not keep up: {name} waited for a processor for {min(share, 1):.0%} of {span}"
