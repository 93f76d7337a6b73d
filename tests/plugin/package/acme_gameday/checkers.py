"""Orders are booked quickly while no fault is active."""

from __future__ import annotations

from gameday.api import Case, Verdict, checker, failed, inconclusive, passed, reconcile

NAME = "booked quickly"


@checker(NAME)
def booked_quickly(case: Case, within_s: float | str) -> Verdict:
    """Every order that no fault touched is booked within a time of its deal's last change."""
    untouched = [outcome for outcome in reconcile(case).outcomes if not outcome.touched]
    if not untouched:
        return inconclusive(NAME, "the faults touched every deal")
    slow = [o for o in untouched if o.ordered_s is None or o.ordered_s - o.changed_s > float(within_s)]
    if slow:
        return failed(
            NAME, f"{len(slow):,} of {len(untouched):,} untouched orders were booked late or not at all", slow
        )
    return passed(NAME, f"all {len(untouched):,} untouched orders were booked in time")
