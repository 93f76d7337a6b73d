"""Whether the machine kept up: where our own processes get no processor, whatever is late may be late through that.

No pace shortens the work itself. With more scenarios at once than a machine can carry, or with something else
running on it, deals arrive late and alerts are slow in a stack that is sound.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

import msgspec

from gameday.history import History
from gameday.reconcile import OrderOutcome

#: The share of the whole run that a process was ready and had no processor from which on even a loss is no finding;
#: the share of a spell of so many readings from which on what is merely late is none. Measured: two scenarios a core,
#: the default, wait for at most 0.75 of a run and find nothing false; six a core wait for 0.95, and find deals lost;
#: something else on the machine that takes spells of 0.9 makes deals late, and alerts miss them.
WHOLE = 0.9
SPELL = 0.8
READINGS = 5

#: What no slowness does, and what it does only where it goes on to the end of the run.
NEVER_SLOWNESS = frozenset({"duplicated", "mismatched"})
LASTING = NEVER_SLOWNESS | {"lost"}


class Load(msgspec.Struct, frozen=True):
    """How long each process, by name, had work and no processor within ``real_s`` (both real seconds)."""

    real_s: float
    waited_s: dict[str, float]


def starved(history: History, outcomes: Iterable[OrderOutcome]) -> str:
    """What says that the findings may be the machine's, in one clause; empty if it kept up, or if nobody knows.

    The harness writes down about every second how long each process waited (``load``); the first time says how
    it was while everything started, and does not count.
    """
    loads: list[Load] = []
    for operation in [*history.of("load")][1:]:
        with contextlib.suppress(msgspec.ValidationError):
            loads.append(msgspec.convert(operation.value, Load))
    states = {outcome.state for outcome in outcomes}
    name, share = _longest(loads)
    if share >= WHOLE and not states & NEVER_SLOWNESS:
        return _clause(name, share, "the time")
    spells = [loads[start : start + READINGS] for start in range(max(1, len(loads) - READINGS + 1))]
    name, share = max((_longest(spell) for spell in spells), key=lambda found: found[1])
    if share >= SPELL and not states & LASTING:
        return _clause(name, share, f"{sum(load.real_s for load in loads[:READINGS]):.0f} s")
    return ""


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
