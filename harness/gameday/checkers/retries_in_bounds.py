"""Retries keep the retry policy of the contract: not more often, and not sooner, than the ERP's owner agreed to.

Judged for every run whose contract has the policy, whatever the scenario expects. A request that was refused for its
login is no attempt. A change of the deal begins anew; so does a write that was committed with a reply.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator

from gameday.analysis.findings import failed, inconclusive, listed, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.model.checker import Case, Verdict, checkers
from gameday.model.contract import RetryPolicy
from gameday.model.events import DealEvent, ErpWrite
from gameday.model.history import Operation

NAME = "retries in bounds"
#: Timers of runtimes may fire a little early (real seconds).
_TIMER_REAL_S = 0.005
_UNAUTHORIZED = 401

Attempt = Operation[ErpWrite]


@checkers.register(NAME)
def retries_in_bounds(case: Case) -> Verdict:
    """No document was written more often, or again sooner, than the contract's retry policy allows."""
    outcomes, policy = reconcile(case).outcomes, case.contract.retry
    if not outcomes:
        return inconclusive(NAME, "no deal was closed")
    if policy is None:
        return passed(NAME, "the contract has no retry policy")
    series = list(_series(case))
    often = _too_often(series, policy)
    soon = _too_soon(series, policy, case.pace)
    if often or soon:
        what = []
        if often:
            most = max(often.values())
            what.append(f"{_deals(often)} tried more than {plural(policy.max_attempts, 'time')}, up to {most}")
        if soon:
            least = min(soon.values())
            what.append(f"{_deals(soon)} tried again after {least:.1f} s; at least {policy.min_delay_s:g} s")
        bad = [outcome for outcome in outcomes if outcome.deal in often or outcome.deal in soon]
        others = sorted({*often, *soon} - {outcome.deal for outcome in bad})
        waits = {deal: round(delay_s, 3) for deal, delay_s in soon.items()}
        return failed(NAME, listed(what), bad, others=others, attempts=often, delays_s=waits)
    unnamed = sum(1 for write in observe(case.history).writes.get("", ()) if write.outcome != "ok")
    if unnamed:
        return inconclusive(NAME, f"{plural(unnamed, 'refused or unanswered write', verb='names')} no deal")
    most = max((len(tries) for _, tries in series), default=0)
    return passed(NAME, f"no document was tried more than {plural(most, 'time')} between two changes of its deal")


def _deals(found: Collection[str]) -> str:
    return plural(len(found), "deal", verb="was")


def _series(case: Case) -> Iterator[tuple[str, list[Attempt]]]:
    """Per deal the attempts to write one state of one document in one way."""
    by_index = {op.index: op for op in case.history.of(ErpWrite)}
    changed: dict[str, list[int]] = {}
    for change in case.history.of(DealEvent):
        changed.setdefault(change.event.deal, []).append(change.index)
    for deal, writes in observe(case.history).writes.items():
        if not deal:
            continue
        running: dict[tuple[str, str], list[Attempt]] = {}
        marks = sorted([*((write.index, True) for write in writes), *((at, False) for at in changed.get(deal, ()))])
        for index, is_write in marks:
            if not is_write:
                yield from ((deal, tries) for tries in running.values())
                running.clear()
                continue
            op = by_index[index]
            if op.event.status == _UNAUTHORIZED:
                continue
            running.setdefault((op.f, op.event.operation), []).append(op)
            if op.outcome == "ok":
                for key in [key for key in running if key[0] == op.f]:
                    yield deal, running.pop(key)
        yield from ((deal, tries) for tries in running.values())


def _too_often(series: list[tuple[str, list[Attempt]]], policy: RetryPolicy) -> dict[str, int]:
    """By deal, the most attempts that are more than the policy allows."""
    often: dict[str, int] = {}
    for deal, tries in series:
        if policy.max_attempts and len(tries) > policy.max_attempts:
            often[deal] = max(len(tries), often.get(deal, 0))
    return often


def _too_soon(series: list[tuple[str, list[Attempt]]], policy: RetryPolicy, pace: float) -> dict[str, float]:
    """By deal, the shortest time between two attempts that is shorter than the policy allows."""
    least_s = policy.min_delay_s - _TIMER_REAL_S * pace
    soon: dict[str, float] = {}
    for deal, tries in series:
        for before, after in itertools.pairwise(tries):
            delay_s = after.time_s - before.time_s
            if delay_s < least_s:
                soon[deal] = min(delay_s, soon.get(deal, delay_s))
    return soon
