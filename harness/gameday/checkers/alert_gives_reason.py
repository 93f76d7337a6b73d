"""An alert says what is wrong."""

from __future__ import annotations

from gameday.analysis.alerts import gives_reason, right_reasons
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case, Verdict, checkers

NAME = "alert gives reason"


@checkers.register(NAME)
def alert_gives_reason(case: Case, reason: str = "") -> Verdict:
    """An alert or a ticket about the flow gives the right reason: the given one, else one of the fault's own.

    If no deal was affected no alert is needed, but an alert with a wrong reason is still a failure.
    """
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    words = (reason,) if reason else right_reasons(case.scenario)
    if not words:
        return inconclusive(NAME, "the scenario has no fault and expects no reason")
    flow = case.contract.name
    about = observe(case.history).flow_signals(flow)
    affected = found.affected
    if not affected and not about:
        return passed(NAME, "no impact: no deal was affected, and no alert or ticket was raised")
    giving = [r for r in about if gives_reason(r.signal, words, flow)]
    if giving:
        given_reason = giving[0].signal.reason or giving[0].signal.text
        return passed(NAME, f"the reason was given: {given_reason[:200]}", operations=[r.index for r in giving[:200]])
    given = sorted({r.signal.reason for r in about if r.signal.reason})
    named = {deal for r in about for deal in r.signal.orders}
    bad = affected or [o for o in found.outcomes if o.deal in named]
    wanted = ", ".join(dict.fromkeys(words))
    instead = f"reasons given: {'; '.join(given)[:200]}" if given else "no reason was given"
    return failed(NAME, f"no alert gives the reason (one of: {wanted}); {instead}", bad, given=given[:200])
