"""Builds the verdicts of the checkers, so that all of them read alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.counts import out_of
from gameday.model.checker import Result, Verdict

#: How many orders a verdict describes in its evidence; all of them are named.
ROWS = 200


def inconclusive(name: str, what: str) -> Verdict:
    """The verdict is inconclusive, for there was nothing to check."""
    return Verdict(name, Result.INCONCLUSIVE, f"{what}, so the result is inconclusive")


def passed(name: str, summary: str, **evidence: Any) -> Verdict:
    """The expectation held."""
    return Verdict(name, Result.PASSED, summary, evidence=evidence)


def failed(
    name: str, summary: str, bad: Collection[OrderOutcome], *, others: Sequence[str] = (), **evidence: Any
) -> Verdict:
    """The expectation did not hold for these deals; ``others`` are ids of orphan orders."""
    rows = [row(outcome) for outcome in list(bad)[:ROWS]]
    more = {"rows_left_out": len(bad) - ROWS} if len(bad) > ROWS else {}
    orders = (*(outcome.deal for outcome in bad), *others)
    return Verdict(name, Result.FAILED, summary, orders, {"rows": rows, **more, **evidence})


def row(outcome: OrderOutcome) -> dict[str, Any]:
    """An outcome as a row of plain values."""
    return {
        "deal": outcome.deal,
        "key": outcome.key,
        "state": outcome.state,
        "amount": str(outcome.amount),
        "currency": outcome.currency,
        "reported": outcome.reported_by,
        "closed_s": round(outcome.closed_s, 3),
        "ordered_s": None if outcome.ordered_s is None else round(outcome.ordered_s, 3),
        "orders": list(outcome.orders),
        "differences": [[d.field, d.crm, d.erp] for d in outcome.differences],
    }


def of(count: int, total: int, noun: str = "deals") -> str:
    """ "3 of 120 deals", "1 of 1 deal"."""
    return out_of(count, total, noun.removesuffix("s"))


def tally(outcomes: Collection[OrderOutcome]) -> str:
    """ "2 lost, 1 mismatched", most frequent first."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.state] = counts.get(outcome.state, 0) + 1
    return ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items(), key=lambda item: -item[1]))


def listed(clauses: Sequence[str]) -> str:
    """The first three of some clauses, and how many more there are."""
    more = f"; and {len(clauses) - 3:,} more like these" if len(clauses) > 3 else ""
    return "; ".join(clauses[:3]) + more


def at_limit(deals: Collection[str]) -> str:
    """ "; 2 at the limit", or nothing: done after the limit, and within the margin."""
    return f"; {len(deals):,} at the limit" if deals else ""
