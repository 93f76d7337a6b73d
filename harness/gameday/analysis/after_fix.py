"""From when on the time counts that a deal has after the fix."""

from __future__ import annotations

from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome
from gameday.model.checker import Case


def counts_from_s(case: Case, outcome: OrderOutcome, within_s: float) -> float:
    """The fix, or later a deal's last change, or a write that broke what was right and that a fault had held back.

    A delayed request is carried out when its delay is over, however long the fault has been healed by then: until the
    stack has had its time to put that right, ``within_s``, the deal is not too late. But one that was too late before
    is so whatever comes after it. Scenario seconds.
    """
    from_s = max(observe(case.history).fixed_s(case.scenario), outcome.changed_s)
    for right_s, broken_s in outcome.broken:
        if right_s <= from_s + within_s + case.margin_s:
            from_s = max(from_s, broken_s)
    return from_s
