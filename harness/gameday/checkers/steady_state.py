"""Orders flowed and were right before the first fault; otherwise the run says nothing about the fault."""

from __future__ import annotations

from gameday.analysis.findings import failed, inconclusive, of, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.model.checker import Case, Verdict, checkers

NAME = "steady state"


@checkers.register(NAME)
def steady_state(case: Case) -> Verdict:
    """Deals arrived before the first fault, and every deal that was due was right."""
    outcomes = reconcile(case).outcomes
    injected_s = observe(case.history).injected_s
    if injected_s is None:
        arrived = sum(o.ordered_s is not None for o in outcomes)
        if not arrived:
            return inconclusive(NAME, "no deal arrived")
        return passed(NAME, f"no fault was injected; {of(arrived, len(outcomes))} arrived")
    arrived = sum(o.ordered_s is not None and o.ordered_s <= injected_s for o in outcomes)
    bad = [o for o in outcomes if _was_wrong(o, injected_s)]
    if bad:
        wrong = of(len(bad), len(outcomes))
        return failed(NAME, f"{wrong} were not right before the first fault at {injected_s:.0f} s", bad)
    if not arrived:
        return inconclusive(NAME, f"no deal arrived before the first fault at {injected_s:.0f} s")
    return passed(NAME, f"{arrived:,} deals were right before the first fault at {injected_s:.0f} s")


def _was_wrong(outcome: OrderOutcome, injected_s: float) -> bool:
    return outcome.affected_s is not None and outcome.affected_s < injected_s
