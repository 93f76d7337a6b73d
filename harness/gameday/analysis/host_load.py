"""Host load: whether the machine was too busy, or stopped, for the timing of the run to mean anything.

A faster pace does not shorten the work itself. With more scenarios at once than a machine can carry, or with something
else running on it, deals arrive late and alerts are slow even with a sound stack.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.durations import words
from gameday.model.events import Load
from gameday.model.history import History

#: The shares of the time for which a process was ready to run and had no processor. From WHOLE on, over the whole run,
#: even a loss proves nothing; from SPELL on, over READINGS readings, lateness proves nothing. Measured: with two
#: scenarios a core, the default, processes wait for at most 0.75 of a run and no finding is false; with six a core they
#: wait for 0.95 and deals appear lost; another program that causes spells of 0.9 makes deals late and delays alerts.
WHOLE = 0.9
SPELL = 0.8
READINGS = 5
#: The share of the contract's latency from which on a stall of the machine may have made a deal late: a sound
#: stack needs a fifth of the latency by itself, and some limits are shorter than the latency.
STALL = 0.25

#: The key under which such a verdict has the clause in its evidence.
HOST_LOAD = "host load"

#: The states that a slow machine never causes, and those that it causes only if it is slow to the end of the run.
NEVER_SLOWNESS = frozenset({"duplicated", "mismatched"})
LASTING = NEVER_SLOWNESS | {"lost"}


def overloaded(history: History, outcomes: Iterable[OrderOutcome], latency_s: float) -> str:
    """Why the findings may be due to the machine, in one clause; empty if it kept up or there are no readings.

    The harness records about every second how the machine kept up (``Load``); the first reading covers the start of
    all processes and does not count. ``latency_s`` is the contract's (scenario seconds).
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
        return f"the machine did not keep up: it stalled for {real_s:.1f} s, which is {words(stalled_s)} of the run"
    return ""


def _readings(history: History) -> list[tuple[Load, float]]:
    """Each reading but the first, with how long the machine stalled on the run's clock (scenario seconds)."""
    found: list[tuple[Load, float]] = []
    for before, reading in itertools.pairwise(history.of(Load)):
        load = reading.event
        pace = (reading.time_s - before.time_s) / load.real_s if load.real_s else 0.0
        found.append((load, load.stalled_s * pace))
    return found


def _longest(loads: Sequence[Load]) -> tuple[str, float]:
    """The process that waited longest, and for what share of the time; ("", 0) without readings."""
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
