"""Every fault took effect; else the run says nothing about the stack under that fault."""

from __future__ import annotations

from gameday.analysis.effects import effects
from gameday.analysis.findings import passed
from gameday.model.checker import Case, Result, Verdict, checkers

NAME = "faults took effect"


@checkers.register(NAME)
def faults_took_effect(case: Case) -> Verdict:
    """The history has evidence that each fault took effect, and nothing of it is pending when the ledgers are read."""
    found = effects(case)
    if not found:
        return passed(NAME, "the scenario injects no fault")
    problems = [effect.problem for effect in found if effect.problem]
    rows = [[e.injection, e.fault, e.target, e.why_none or e.evidence] for e in found]
    if problems:
        return Verdict(NAME, Result.INCONCLUSIVE, "; ".join(problems), evidence={"effects": rows})
    return Verdict(
        NAME, Result.PASSED, "; ".join(f"{e.fault}: {e.evidence}" for e in found), evidence={"effects": rows}
    )
