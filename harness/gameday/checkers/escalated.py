"""An incident that nobody acknowledges is escalated: whoever is next on the ladder is called in time."""

from __future__ import annotations

import math

from gameday.analysis.escalation import (
    Spell,
    acknowledged_by_people_s,
    called_s,
    is_escalation,
    next_rungs,
    open_spells,
)
from gameday.analysis.findings import failed, inconclusive, listed, passed
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers
from gameday.model.handling import Rung

NAME = "escalated"


@checkers.register(NAME)
def escalated(case: Case) -> Verdict:
    """While nobody acknowledges an open incident, each next one of the flow's ladder is called in time, and not after.

    The ladder is that of the registry of flows (``escalation``). Who is on its later rungs is called by an alert that
    reaches them, within the contract's margin of their time after the first alert. An acknowledgement by people, or the
    end of the incident, ends the calls.
    """
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    affected = found.affected
    if not affected:
        return passed(NAME, "no impact: no deal was affected")
    rungs = next_rungs(case)
    if not rungs:
        return inconclusive(NAME, f"the registry of flows names nobody who is called next for {case.contract.name!r}")
    spells = open_spells(case)
    if not spells:
        return failed(
            NAME, f"{plural(len(affected), 'deal', verb='was')} affected, and no alert opened an incident", affected
        )
    acknowledged_s = acknowledged_by_people_s(case, spells[0].start_s)
    needless = _needless(case, rungs, acknowledged_s)
    due = [(rung, spell) for spell in spells for rung in rungs if _is_due(case, rung, spell, acknowledged_s)]
    missed = [problem for rung, spell in due if (problem := _problem(case, rung, spell))]
    if missed or needless:
        return failed(NAME, listed([*missed, *needless]), affected)
    if due:
        people = ", ".join(dict.fromkeys(rung.who for rung, _ in due))
        return passed(NAME, f"nobody acknowledged it, and {people} was called in time")
    if acknowledged_s is not None:
        return passed(NAME, f"it was acknowledged at {acknowledged_s:.0f} s, before anybody else had to be called")
    return inconclusive(NAME, f"no incident was open for {words(rungs[0].after_s)}, so nobody had to be called")


def _is_due(case: Case, rung: Rung, spell: Spell, acknowledged_s: float | None) -> bool:
    """Whether a rung's time had come, and the margin after it had passed, before the incident or the run was over."""
    until_s = min(spell.end_s, case.erp.time_s, math.inf if acknowledged_s is None else acknowledged_s)
    return spell.start_s + rung.after_s + case.margin_s <= until_s


def _problem(case: Case, rung: Rung, spell: Spell) -> str:
    """Why a rung was not called in time; empty if it was."""
    time_s = called_s(case, rung.who, spell)
    if time_s is None:
        return f"nobody called {rung.who}, although the first alert at {spell.start_s:.0f} s was not acknowledged"
    after_s = time_s - spell.start_s
    if after_s > rung.after_s + case.margin_s:
        return f"{rung.who} was called {words(after_s)} after the first alert, later than {words(rung.after_s)}"
    return ""


def _needless(case: Case, rungs: tuple[Rung, ...], acknowledged_s: float | None) -> list[str]:
    """Who was called by an escalation although people had taken the incident on."""
    if acknowledged_s is None:
        return []
    people = {rung.who for rung in rungs}
    late = [
        raised
        for raised in observe(case.history).flow_alerts(case.contract.name)
        if raised.signal.owner.strip() in people
        and raised.time_s > acknowledged_s + case.margin_s
        and is_escalation(case, raised)
    ]
    called = dict.fromkeys(raised.signal.owner.strip() for raised in late)
    return [f"{who} was called although it had been acknowledged at {acknowledged_s:.0f} s" for who in called]
