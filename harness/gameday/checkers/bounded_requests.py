"""Retries are bounded: no retry storm against a system that is already failing.

Writes are counted for each deal, and as many are right each time that it is won or changed: a deal that is amended four
times costs fifteen writes of a stack that makes its invoice anew, without a single retry. Reads, logins and refused
requests name no deal, and a stack that polls reads without end, so of all requests those count that the run had beyond
the fault-free control.
"""

from __future__ import annotations

from collections import Counter

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.incident import requests_by_system
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.model.checker import Case, Verdict, checkers
from gameday.model.events import DealEvent

NAME = "bounded requests"


@checkers.register(NAME)
def bounded_requests(case: Case, per_order: int | str) -> Verdict:
    """No deal was written more than ``per_order`` times for each change, and the fault cost no more requests per deal.

    Winning a deal counts as a change.
    """
    outcomes = reconcile(case).outcomes
    writes = observe(case.history).writes
    if not outcomes or not writes:
        return inconclusive(NAME, "nothing was written to the ERP")
    limit = int(per_order)
    bound = f"{plural(limit, 'time')} a change"
    total = sum(map(len, writes.values()))
    changes = Counter(op.event.deal for op in case.history.of(DealEvent, outcome="ok"))
    allowed = {outcome.deal: limit * max(1, changes[outcome.deal]) for outcome in outcomes}
    bad = [o for o in outcomes if len(writes.get(o.deal, ())) > allowed[o.deal]]
    if bad:
        worst = max(bad, key=lambda o: len(writes[o.deal]) / allowed[o.deal])
        most, times = len(writes[worst.deal]), allowed[worst.deal] // limit
        attempts = {o.deal: len(writes[o.deal]) for o in bad[:200]}
        change = f" for {times:,} changes" if times > 1 else ""
        return failed(
            NAME,
            f"{plural(len(bad), 'deal', verb='was')} written more than {bound}, up to {most}{change}",
            bad,
            attempts=attempts,
        )
    # Writes that name no deal can only be counted against all deals together.
    if total > sum(allowed.values()):
        unnamed = len(writes.get("", ()))
        return failed(
            NAME,
            f"{plural(total, 'write')} for {plural(len(outcomes), 'deal')}, {unnamed:,} of them without a deal",
            outcomes,
        )
    requests = requests_by_system(case.history)
    ordinary = {} if case.control is None else requests_by_system(case.control)
    more = {
        system: max(0, each.total - (ordinary[system].total if system in ordinary else 0))
        for system, each in requests.items()
    }
    if sum(more.values()) > limit * len(outcomes):
        where = " and ".join(f"{count:,} at {system}" for system, count in more.items() if count)
        beyond = " than without any fault" if ordinary else ""
        counted = {system: {"more": more[system], "operations": each.operations} for system, each in requests.items()}
        return failed(
            NAME, f"{where} more requests{beyond}, for {plural(len(outcomes), 'deal')}", outcomes, requests=counted
        )
    return passed(
        NAME,
        f"{plural(total, 'write')} for {plural(len(outcomes), 'deal')}, none more than {bound}",
    )
