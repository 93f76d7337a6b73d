"""The deals that waited when the last fault was fixed."""

from __future__ import annotations

import math
from typing import NamedTuple

from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case


class Backlog(NamedTuple):
    """The deals that were won or changed before the fix (at ``fixed_s``), and not in the ERP by then."""

    fixed_s: float
    waiting: list[OrderOutcome]


def waiting_at_the_fix(case: Case) -> Backlog:
    """The backlog of a run; without a fault nothing waited."""
    fixed_s = observe(case.history).fixed_s(case.scenario)
    waiting = [
        outcome
        for outcome in reconcile(case).outcomes
        if outcome.changed_s <= fixed_s and (math.inf if outcome.arrived_s is None else outcome.arrived_s) > fixed_s
    ]
    return Backlog(fixed_s, waiting)
