"""Alerts and tickets have a cause: false alarms train people to ignore them."""

from __future__ import annotations

from gameday.analysis.alerts import alarms
from gameday.analysis.findings import inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every, out_of
from gameday.model.checker import Case, Result, Verdict, checkers

NAME = "no false alarm"
NO_CONTROL = "there was no fault-free control run"


@checkers.register(NAME)
def no_false_alarm(case: Case) -> Verdict:
    """No alert or ticket in the control or before the first fault, and none that names only unaffected deals."""
    if not reconcile(case).outcomes:
        return inconclusive(NAME, "no deal was closed")
    raised = alarms(case)
    false = [alarm for alarm in raised if alarm.false]
    if false:
        why = ", ".join(dict.fromkeys(alarm.false for alarm in false))
        rows = [[a.source, a.kind, a.key, a.time_s, a.false, len(a.orders)] for a in false[:200]]
        orders = tuple(dict.fromkeys(deal for alarm in false for deal in alarm.orders))
        summary = f"{out_of(len(false), len(raised), 'alert or ticket', 'alerts and tickets')} had no cause: {why}"
        return Verdict(NAME, Result.FAILED, summary, orders, {"alarms": rows})
    if case.control is None and case.scenario.injections:
        return inconclusive(NAME, NO_CONTROL)
    if not raised:
        return passed(NAME, "no alert or ticket was raised")
    return passed(NAME, f"{every(len(raised), 'alert or ticket', 'alerts and tickets')} had a cause")
