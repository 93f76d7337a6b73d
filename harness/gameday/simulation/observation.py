"""What a run of a schedule showed: its result, what it broke, which deals it affected, and what it reached."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import msgspec

from gameday.analysis.effects import effects
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case, Result, Verdict
from gameday.model.events import AlertRaised, Delivery, ErpWrite, RequestsCounted, TicketRaised
from gameday.model.history import encode_line

#: What any search should reach sometimes, beside the effect of each of its faults.
SOMETIMES = (
    "a deal ended ok",
    "a deal ended late",
    "a deal ended parked",
    "a deal ended lost",
    "a deal ended duplicated",
    "a deal ended mismatched",
    "an alert was raised",
    "a ticket was filed",
    "a dead letter was left at the end",
    "an event was not accepted",
    "a write was refused",
    "a write was indeterminate",
)


class Observation(msgspec.Struct, frozen=True):
    """``result`` is a word of ``Result``, or ``not run``, of which ``problem`` gives the reason in one line.

    ``broken`` are the failed verdicts, each with its name and its sentence; ``harms`` the states of the deals that are
    not right, of which there are ``affected``. ``reached`` is what happened in it, in words (see SOMETIMES). ``idle``
    are the numbers of the injections without effect. ``used`` are the operations that the stack called, by fake.
    ``run_dir`` is empty if it was simulated. ``digest`` is the hash of its history.
    """

    result: str
    problem: str = ""
    broken: tuple[tuple[str, str], ...] = ()
    harms: tuple[str, ...] = ()
    affected: int = 0
    reached: tuple[str, ...] = ()
    idle: tuple[int, ...] = ()
    used: dict[str, tuple[str, ...]] = {}
    run_dir: str = ""
    digest: str = ""


def observed(result: Result, verdicts: Sequence[Verdict], case: Case, run_dir: str = "") -> Observation:
    """The observation of a judged run."""
    found = effects(case)
    outcomes = reconcile(case).outcomes
    harms = Counter(outcome.state for outcome in outcomes if outcome.affected)
    return Observation(
        result=result.word,
        broken=tuple((verdict.name, verdict.summary) for verdict in verdicts if verdict.result is Result.FAILED),
        harms=tuple(sorted(harms)),
        affected=harms.total(),
        reached=tuple(sorted(_reached(case))),
        idle=tuple(effect.injection for effect in found if effect.why_none),
        used={counted.event.system: tuple(counted.event.operations) for counted in case.history.of(RequestsCounted)},
        run_dir=run_dir,
        digest=hashlib.sha256(b"".join(map(encode_line, case.history))).hexdigest(),
    )


def took_effect(fault: str, target: str) -> str:
    """How ``reached`` says that a fault took effect."""
    return f"{fault} at the {target} took effect"


def _reached(case: Case) -> set[str]:
    found = {f"a deal ended {outcome.state}" for outcome in reconcile(case).outcomes}
    found |= {took_effect(effect.fault, effect.target) for effect in effects(case) if not effect.why_none}
    for counted in case.history.of(RequestsCounted):
        for operation, statuses in counted.event.refusals.items():
            found |= {f"{counted.event.system} answered {operation} with {status}" for status in statuses}
    for raised in case.history.of(AlertRaised, TicketRaised):
        found.add("an alert was raised" if isinstance(raised.event, AlertRaised) else "a ticket was filed")
        if raised.event.signal is not None:
            found.add(f"{raised.event.f}: {raised.event.signal.reason.partition(':')[0][:60]}")
    if case.dead_letters:
        found.add("a dead letter was left at the end")
    if any(op.outcome == "fail" for op in case.history.of(Delivery)):
        found.add("an event was not accepted")
    outcomes = {op.outcome for op in case.history.of(ErpWrite)}
    found |= {"a write was refused"} if "fail" in outcomes else set()
    return found | ({"a write was indeterminate"} if "info" in outcomes else set())
