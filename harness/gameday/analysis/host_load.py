"""Host load: whether the machine was too busy, or stopped, for the timing of the run to mean anything.

A faster pace does not shorten the work itself. With more scenarios at once than a machine can carry, or with something
else running on it, deals arrive late and alerts are slow even with a sound stack.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from gameday.analysis.batch_work import delayed_by_work, overlapped_by_work
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.durations import words
from gameday.model.checker import Case
from gameday.model.events import Load
from gameday.model.history import History

#: The shares of the time for which a process was ready to run and had no processor. From WHOLE on, over the whole run,
#: or from SPELL on, over READINGS readings, lateness proves nothing, and what is missing at the end neither. Measured:
#: with six scenarios a core they wait for 0.95 of a run and deals appear lost; with five on two cores a spell of 0.58
#: made deals of a sound stack 65 s late, which no alert named. Of the 54 runs of the library, six at a time, 27 fail,
#: and none of them for lateness in a spell of 0.5.
WHOLE = 0.9
SPELL = 0.5
READINGS = 5
#: The same for an accelerated stack. Its time-outs are as short as the pace makes them, a client's usual ten seconds
#: 0.17 s at pace 60, without a floor: what keeps it waiting for half of a spell may have ended calls that were answered
#: in time. Measured: on a machine with spells of 0.72 a sound stack was late in its control.
ACCELERATED_WHOLE = 0.6
ACCELERATED_SPELL = 0.5
#: How long a stall may be for an accelerated stack (scenario seconds): clients seldom wait for a shorter time.
ACCELERATED_STALL_S = 10.0
#: The share of the contract's latency from which on a stall of the machine may have made a deal late: a sound
#: stack needs a fifth of the latency by itself, and some limits are shorter than the latency.
STALL = 0.25
#: The share from which on a single reading that covers as much of the latency counts as a stall of that process.
WHOLE_READING = 0.95

#: The key under which such a verdict has the clause in its evidence.
HOST_LOAD = "host load"


class Reading(NamedTuple):
    """One reading of the load: until when (scenario seconds), how long, and how long the machine stalled meanwhile."""

    load: Load
    time_s: float
    span_s: float
    stalled_s: float


def overloaded(case: Case) -> str:
    """Why the findings may be due to the machine, in one clause; empty if it kept up or there are no readings.

    The harness records about every second how the machine kept up (``Load``); the first reading says what the processes
    waited for until the run began, and does not count.

    No load makes two orders of one, an order without a deal, a stray, or a wrong value in a finished document. What is
    missing at the horizon, or does not have the deal's last change yet, may be due to a machine that did not keep up
    over the whole run, or within the last latency before the ledgers were read. If it kept up there, what was held up
    before has had its time. An accelerated stack may also have given up a call that was answered: so whatever it did
    twice or not at all may be due to the machine, at any time.
    """
    if beside := overlapped_by_work(case):
        return beside
    found = reconcile(case)
    stray = (found.orphans or found.strays) and not case.accelerated
    if stray or any(_finished_wrong(case, outcome) for outcome in found.outcomes):
        return ""
    readings = readings_of(case.history)
    name, share = _longest(readings)
    if share >= (ACCELERATED_WHOLE if case.accelerated else WHOLE):
        return _clause(name, share, "the time")
    latency_s = case.contract.sla.latency_s
    spells = [readings[start : start + READINGS] for start in range(max(1, len(readings) - READINGS + 1))]
    if any(outcome.state in _UNFINISHED for outcome in found.outcomes) and not case.accelerated:
        # The next reading, which would end at the horizon, was not recorded any more.
        since_s = case.erp.time_s - latency_s
        spells = [spell for spell in spells if spell and spell[-1].time_s + spell[-1].span_s >= since_s]
    return _of_spells(spells, latency_s, accelerated=case.accelerated) or delayed_by_work(case)


#: The states of deals that are not finished when the ledgers are read; a mismatched one here lacks something.
_UNFINISHED = ("lost", "mismatched")


def _finished_wrong(case: Case, outcome: OrderOutcome) -> bool:
    if outcome.state == "duplicated":
        return not case.accelerated
    return outcome.state == "mismatched" and not outcome.pending


def _of_spells(spells: Sequence[Sequence[Reading]], latency_s: float, *, accelerated: bool) -> str:
    """The clause about the worst of these spells; empty if the machine kept up in all of them."""
    if not any(spells):
        return ""
    limit_s = min(ACCELERATED_STALL_S, STALL * latency_s) if accelerated else STALL * latency_s
    worst = max(spells, key=lambda spell: _longest(spell)[1])
    name, share = _longest(worst)
    # At a slow pace even a long wait is a few seconds of the run.
    waited_s = share * sum(reading.span_s for reading in worst)
    if share >= (ACCELERATED_SPELL if accelerated else SPELL) and waited_s >= limit_s:
        return _clause(name, share, f"{sum(reading.load.real_s for reading in worst):.0f} s")
    for reading in itertools.chain.from_iterable(spells):
        name, share = _longest([reading])
        if share >= WHOLE_READING and reading.span_s >= STALL * latency_s:
            return _clause(name, share, f"{reading.load.real_s:.1f} s, which is {words(reading.span_s)} of the run")
    stalled_s, real_s = max((sum(r.stalled_s for r in spell), sum(r.load.stalled_s for r in spell)) for spell in spells)
    if stalled_s >= limit_s:
        return f"the machine did not keep up: it stalled for {real_s:.1f} s, which is {words(stalled_s)} of the run"
    return ""


def readings_of(history: History) -> list[Reading]:
    """Each reading but the first."""
    found: list[Reading] = []
    for before, reading in itertools.pairwise(history.of(Load)):
        load, span_s = reading.event, reading.time_s - before.time_s
        pace = span_s / load.real_s if load.real_s else 0.0
        found.append(Reading(load, reading.time_s, span_s, load.stalled_s * pace))
    return found


def _longest(readings: Sequence[Reading]) -> tuple[str, float]:
    """The process that waited longest, and for what share of the time; ("", 0) without readings."""
    waited_s: dict[str, float] = {}
    for load in (reading.load for reading in readings):
        for name, wait_s in load.waited_s.items():
            waited_s[name] = waited_s.get(name, 0.0) + wait_s
    real_s = sum(reading.load.real_s for reading in readings)
    if not waited_s or not real_s:
        return "", 0.0
    name = max(waited_s, key=lambda known: waited_s[known])
    return name, waited_s[name] / real_s


def _clause(name: str, share: float, span: str) -> str:
    return f"the machine did not keep up: {name} waited for a processor for {min(share, 1):.0%} of {span}"
