"""What comes next in a run, whether an alert is due, who is who, and how the expectations are doing meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from gameday.base.durations import words
from gameday.live.deal_state import AGREED
from gameday.model.course import course

if TYPE_CHECKING:
    from gameday.live.state import LiveState
    from gameday.model.scenario import Expectation

#: What an expectation is while the run goes on. Only the judge says passed or failed.
HOLDS, BROKEN, OPEN = "holds so far", "does not hold now", "decided at the end"
#: The roles of a contract's owners, as a board names them.
_ROLES = {"sync": "sync", "source": "CRM", "sink": "ERP", "finance": "finance", "platform": "platform"}


class Step(NamedTuple):
    """Something that the scenario does at a moment, in scenario seconds."""

    at_s: float
    what: str


def outlook(state: LiveState, *, hidden: bool) -> dict[str, Any]:
    """``next``, ``waiting``, ``expectations`` and ``roles``; what a blind drill hides is left out."""
    return {
        "next": _next(state, hidden=hidden),
        "waiting": _waiting(state),
        "expectations": None if hidden else _expectations(state),
        "roles": _roles(state),
    }


def _next(state: LiveState, *, hidden: bool) -> dict[str, Any] | None:
    """The next step; None once the ledgers are read."""
    if state.ended or state.final or state.stopped:
        return None
    scenario = state.scenario
    steps = [Step(scenario.horizon_s, "the ledgers are judged"), *([] if hidden else _steps(state))]
    ahead = [step for step in sorted(steps) if step.at_s > state.time_s]
    return {"what": ahead[0].what, "at_s": ahead[0].at_s} if ahead else None


#: How a step ends that the scenario has happen.
_WHAT = {"inject": " begins", "heal": " is healed", "people": ""}


def _steps(state: LiveState) -> Iterator[Step]:
    scenario = state.scenario
    yield Step(scenario.workload_s, "the last deal is closed")
    for turn in course(scenario):
        yield Step(turn.at_s, f"{turn.what}{_WHAT[turn.act]}")


def _waiting(state: LiveState) -> dict[str, Any]:
    """Since when deals are affected, when the first alert came, and how long the contract allows for it."""
    sla = state.contract.sla
    return {"affected_s": state.affected_s, "alerted_s": state.alerted_s, "limit_s": sla.detect_limit_s}


def _roles(state: LiveState) -> list[dict[str, str]]:
    contract = state.contract
    rows = [{"role": "owner of the flow", "who": contract.owner}] if contract.owner else []
    return rows + [{"role": _ROLES.get(role, role), "who": who} for role, who in contract.owners.items() if who]


def _expectations(state: LiveState) -> list[dict[str, str]]:
    """Each sentence once, with the worst state of its checkers."""
    found: dict[str, dict[str, str]] = {}
    for number, expectation in enumerate(state.scenario.expectations):
        if state.verdicts:
            now, why = state.verdicts[number] if number < len(state.verdicts) else "not judged", ""
        else:
            now, why = _LIVE.get(expectation.checker, _at_the_end)(state, expectation)
        row = {"text": expectation.text or expectation.checker, "state": now, "why": why}
        known = found.setdefault(row["text"], row)
        if _RANK.get(now, 0) > _RANK.get(known["state"], 0):
            found[row["text"]] = row
    return list(found.values())


#: Of several states of one sentence the highest is shown.
_RANK = {HOLDS: 1, "passed": 1, OPEN: 2, "inconclusive": 3, BROKEN: 4, "failed": 5}
_Live = Callable[["LiveState", "Expectation"], tuple[str, str]]


def _at_the_end(_: LiveState, __: Expectation) -> tuple[str, str]:
    return OPEN, ""


def _every_deal_correct(state: LiveState, _: Expectation) -> tuple[str, str]:
    """The deals that are neither correct nor on their way."""
    wrong = {name: n for name, n in state.tally.counts.items() if n and name not in AGREED and name != "on the way"}
    if not wrong:
        return HOLDS, ""
    return BROKEN, ", ".join(f"{number:,} {name}" for name, number in wrong.items())


def _alerted(state: LiveState, expectation: Expectation) -> tuple[str, str]:
    """Whether the alert has come, or may still come in time."""
    if state.alerted_s is not None:
        return HOLDS, "an alert has named the flow"
    if state.affected_s is None:
        return HOLDS, "no deal is affected"
    limit_s = float(expectation.params.get("within_s", state.contract.sla.detect_limit_s))
    if state.time_s - state.affected_s > limit_s:
        return BROKEN, f"no alert within {words(limit_s)}"
    return OPEN, f"no alert yet; {words(limit_s)} are allowed"


def _no_intervention(state: LiveState, _: Expectation) -> tuple[str, str]:
    parked = state.tally.counts["parked"]
    return (BROKEN, f"{parked:,} parked") if parked else (HOLDS, "")


#: How a bundled expectation is doing while the run goes on. A plug-in's own is decided at the end.
_LIVE: dict[str, _Live] = {
    "exactly once": _every_deal_correct,
    "conserved totals": _every_deal_correct,
    "invoiced once": _every_deal_correct,
    "no intervention": _no_intervention,
    "owner alerted": _alerted,
}
