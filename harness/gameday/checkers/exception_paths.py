"""Errors are handled as the registry of flows says: retried, escalated, or held until somebody approves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from gameday.analysis.alerts import reports
from gameday.analysis.causes import causes_in
from gameday.analysis.findings import failed, inconclusive, listed, passed
from gameday.analysis.handled_errors import MetError, approved_s, met_errors, path_for
from gameday.analysis.observations import names, observe
from gameday.analysis.raised import Raised
from gameday.analysis.reasons import reason_about
from gameday.analysis.reconcile import reconcile
from gameday.analysis.signal_text import leaves
from gameday.base.counts import every, plural
from gameday.base.durations import words
from gameday.contracts.flows import owner_of
from gameday.model.checker import Case, Verdict, checkers
from gameday.model.handling import OTHER, ExceptionPath

NAME = "exception paths"


@checkers.register(NAME)
def exception_paths(case: Case, customer_tier: str = "") -> Verdict:
    """What refused a deal takes the path that the registry of flows has for its kind of error (``exceptions``).

    ``retry``: the deal passes, or reaches the role after ``within``. ``escalate``: it reaches the role within
    the contract's target for detection, unless it passed before. ``approve``: it does so too, and is not in the ERP
    before somebody resolved its ticket, or the cause was gone. What reaches a role names the deal, has its own payload,
    the kind of error, and the customer's tier, if ``customer_tier``, else the contract's ``customerTier``, names the
    field of the CRM's account that has it. The contract's may be one that an organisation lacks: then no tier is
    asked for, and the verdict says so.
    """
    agreed = case.contract.customer_tier
    has_agreed = any(agreed in fields for fields in case.crm.customers.values())
    customer_tier = customer_tier or (agreed if has_agreed else "")
    outcomes = reconcile(case).outcomes
    if not outcomes:
        return inconclusive(NAME, "no deal was closed")
    met = [each for each in met_errors(case) if each.deal in {outcome.deal for outcome in outcomes}]
    if not met:
        return passed(NAME, "no deal met an error")
    if not case.contract.exceptions:
        return inconclusive(NAME, f"the registry of flows has no exception paths for {case.contract.name!r}")
    if customer_tier and not any(customer_tier in fields for fields in case.crm.customers.values()):
        return inconclusive(NAME, f"the CRM's ledger states no {customer_tier} of customers: set its ledger fields")
    judge = _Paths(case, customer_tier)
    problems = {each: problem for each in met if (problem := judge.problem(each))}
    if problems:
        bad = {each.deal for each in problems}
        counts = Counter(problems.values())
        clauses = [f"{plural(count, 'deal')} {problem}" for problem, count in counts.most_common()]
        return failed(NAME, listed(clauses), [outcome for outcome in outcomes if outcome.deal in bad])
    if without := sorted({each.kind for each in met if path_for(case, each.kind) is None}):
        return inconclusive(NAME, f"the registry of flows has no path for {', '.join(without)}")
    if not judge.judged:
        return inconclusive(NAME, "the run was over before any path had to be taken")
    paths = Counter(path.path for each in met if (path := path_for(case, each.kind)))
    what = ", ".join(f"{name} {count:,}" for name, count in sorted(paths.items()))
    lacks = f"; the CRM has no field {agreed}, so no tier was asked for" if agreed and not has_agreed else ""
    return passed(NAME, f"{every(len(met), 'error')} took the path agreed: {what}{lacks}")


class _Paths:
    """Judges one error after the other; ``judged`` counts those of which the run showed enough."""

    def __init__(self, case: Case, tier: str) -> None:
        self._case = case
        self._tier = tier
        self._observed = observe(case.history)
        self._accounts = {entry.id: entry.customer for entry in case.crm.entries}
        self.judged = 0

    def problem(self, met: MetError) -> str:
        """What is wrong with how an error was handled, as a clause about its deal; empty if nothing is."""
        path = path_for(self._case, met.kind)
        if path is None:
            return ""
        passed_s = self._passed_s(met)
        wait_s = path.within_s if path.path == "retry" else self._case.contract.sla.detect_target_s
        due_s = met.time_s + wait_s + self._case.margin_s
        if path.path == "approve" and passed_s < approved_s(self._case, met):
            self.judged += 1
            return f"with {met.kind!r} written before anybody approved"
        if path.path != "approve" and passed_s <= due_s:
            self.judged += 1
            return ""
        if self._case.erp.time_s < due_s:
            return ""
        self.judged += 1
        return self._not_handed_over(met, path, due_s)

    def _passed_s(self, met: MetError) -> float:
        """When the ERP took what it had refused; infinite if it never did."""
        writes = self._observed.writes.get(met.deal, ())
        later = (w.time_s for w in writes if w.time_s > met.time_s and w.committed and met.f in ("", w.f))
        return min(later, default=math.inf)

    def _not_handed_over(self, met: MetError, path: ExceptionPath, due_s: float) -> str:
        owner = owner_of(self._case.contract.owners, path.to)
        about = (
            r for r in reports(self._case).about(met.deal) if met.time_s - self._case.margin_s <= r.time_s <= due_s
        )
        reached = [raised for raised in about if raised.signal.owner.strip() == owner]
        if not reached:
            return f"with {met.kind!r} did not reach {owner or path.to} within {words(due_s - met.time_s)}"
        lacking = [set(self._lacking(met, raised)) for raised in reached]
        least = min(lacking, key=len)
        return f"with {met.kind!r} reached {owner} without {' and '.join(sorted(least))}" if least else ""

    def _lacking(self, met: MetError, raised: Raised) -> Iterator[str]:
        """What a signal about a deal does not have."""
        signal = raised.signal
        if not reports(self._case).payload(raised, met.deal):
            yield "its own payload"
        if met.kind != OTHER and met.kind not in causes_in(reason_about(signal, met.deal)):
            yield "the reason"
        if self._tier and not self._has_tier(met.deal, signal.context.get(met.deal)):
            yield "the customer's tier"

    def _has_tier(self, deal: str, payload: object) -> bool:
        """Whether a payload has the tier of the deal's customer, as a text of its own; without a tier it needs none."""
        tier = self._case.crm.customers.get(self._accounts.get(deal, ""), {}).get(self._tier, "")
        return not tier or any(names(text, tier) for _, text in leaves(payload))
