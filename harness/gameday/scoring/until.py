"""A run that did not come to its end: what its last saved ledgers show, and what they prove.

The judge takes the moment of the ledgers for the end. So what was not due by then is left out before it looks, and
afterwards only what no later moment could have changed has failed. Everything else is inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gameday.analysis.aborted import aborted
from gameday.analysis.after_fix import counts_from_s
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.checkers.exactly_once import NAME as EXACTLY_ONCE
from gameday.model.checker import Case, Result, Verdict, margin_s
from gameday.model.events import Aborted, ServerExited, Stopped
from gameday.model.scenario import Expectation
from gameday_fakes.ledger import Ledger
from gameday_fakes.manifests import known_id

#: The name of the verdict that says until when the run is judged; there is one only if it did not end.
CAME_TO_ITS_END = "the run came to its end"
#: What may end a run before its end.
ENDINGS = (Aborted, ServerExited, Stopped)


def cut(case: Case, operations: int) -> Case:
    """A case whose ledgers were read in mid-run, without what was not due then.

    ``operations`` is how many its history had when the ledgers were read; later ones are left out, but for what ended
    the run.
    """
    until_s = min(case.crm.time_s, case.erp.time_s)
    due_by_s = until_s - case.contract.sla.latency_s - margin_s(case.contract, case.pace)
    crm = msgspec.structs.replace(case.crm, entries=tuple(e for e in case.crm.entries if e.changed_s <= due_by_s))
    history = case.history.only(
        lambda op: (op.index < operations and op.time_s <= until_s) or isinstance(op.event, ENDINGS)
    )
    return msgspec.structs.replace(case, crm=crm, erp=_orders_due(case, crm), history=history, until_s=until_s)


def _orders_due(case: Case, crm: Ledger) -> Ledger:
    """The ERP's ledger without the orders of deals that were not due, or were won after the CRM's was read."""
    due = {entry.id for entry in crm.entries}
    known = {entry.id for entry in case.crm.entries}
    not_due = known - due
    kept = []
    for entry in case.erp.entries:
        keys = (entry.keys.get(case.match, ""),) if case.match else entry.keys.values()
        deals = {known_id(case.contract.referred(key), known) for key in keys}
        if deals & due or (not deals & not_due and entry.time_s <= case.crm.time_s):
            kept.append(entry)
    return msgspec.structs.replace(case.erp, entries=tuple(kept))


def as_far_as_proven(case: Case, result: Result, verdicts: Iterable[Verdict]) -> tuple[Result, tuple[Verdict, ...]]:
    """The result and the verdicts of such a case, as the judge came to them, with what is not proven inconclusive."""
    proven = _proven(case) if result is Result.FAILED else {}
    found = tuple(proven.get(verdict.name) or _so_far(verdict) for verdict in verdicts)
    because = "".join(f"; {why}" for why in _why(case))
    ended = (
        f"it did not: the ledgers are those of {words(case.until_s or 0.0)}, without what was not due by then{because}"
    )
    result = Result.FAILED if any(verdict.result is Result.FAILED for verdict in found) else Result.INCONCLUSIVE
    return result, (Verdict(CAME_TO_ITS_END, Result.INCONCLUSIVE, ended), *found)


def _why(case: Case) -> Iterator[str]:
    for op in case.history.of(ServerExited):
        yield op.event.sentence
    if why := aborted(case.history):
        yield f"it was aborted: {why}"


def _so_far(verdict: Verdict) -> Verdict:
    if verdict.result not in (Result.PASSED, Result.FAILED):
        return verdict
    return msgspec.structs.replace(verdict, result=Result.INCONCLUSIVE, summary=f"until then: {verdict.summary}")


def _proven(case: Case) -> dict[str, Verdict]:
    """The expectations that had failed for good, by their texts.

    Before the recovery a deal may still be changed, and its time begins anew. A second order may be cancelled and a
    wrong one corrected. But a deal that has no order after its limit cannot get one within it.
    """
    if observe(case.history).recovery_s is None:
        return {}
    found = {}
    for expectation in case.scenario.expectations:
        if expectation.checker == EXACTLY_ONCE and (bad := list(_too_late(case, expectation))):
            name = expectation.text or expectation.checker
            summary = f"{plural(len(bad), 'deal')} had no order in time, or got it too late"
            rows = [{"deal": outcome.deal, "key": outcome.key, "state": outcome.state} for outcome in bad]
            deals = tuple(outcome.deal for outcome in bad)
            found[name] = Verdict(name, Result.FAILED, summary, deals, {"rows": rows})
    return found


def _too_late(case: Case, expectation: Expectation) -> Iterator[OrderOutcome]:
    after_fix = expectation.params.get("after", "fix") == "fix"
    within_s = float(expectation.params["within_s"])
    for outcome in reconcile(case).outcomes:
        from_s = counts_from_s(case, outcome, within_s) if after_fix else outcome.changed_s
        ends_s = from_s + within_s + case.margin_s
        lost = outcome.state in ("lost", "parked") and (case.until_s or 0.0) > ends_s
        if lost or (outcome.ordered_s is not None and outcome.ordered_s > ends_s):
            yield outcome
