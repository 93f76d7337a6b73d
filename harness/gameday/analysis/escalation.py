"""Whether people took an incident on, and who was called while they had not. Times are scenario seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gameday.analysis.alerts import right_owner
from gameday.analysis.incident import incident
from gameday.analysis.observations import observe
from gameday.analysis.raised import Raised
from gameday.model.checker import Case
from gameday.model.handling import Rung
from gameday.model.remarks import ACKNOWLEDGED, Note


def acknowledged_by_people_s(case: Case, alerted_s: float) -> float | None:
    """When an operator acknowledged an alert about the incident: a stack that does so itself takes nothing on."""
    acknowledged_s = incident(case).times.acknowledged_s
    notes = (op for op in case.history.of(Note) if op.event.by and op.event.text.startswith(ACKNOWLEDGED))
    by_people_s = min((op.time_s for op in notes if op.time_s >= alerted_s), default=None)
    return None if acknowledged_s is None or by_people_s is None else max(acknowledged_s, by_people_s)


class Spell(NamedTuple):
    """A time during which an alert about the flow was open without a break; ``end_s`` is infinite if one still is."""

    start_s: float
    end_s: float


def spells(alerts: Iterable[Raised]) -> list[Spell]:
    """When any of these alerts was open, in order."""
    found: list[Spell] = []
    for alert in sorted(alerts, key=lambda raised: raised.time_s):
        if found and alert.time_s <= found[-1].end_s:
            found[-1] = Spell(found[-1].start_s, max(found[-1].end_s, alert.until_s))
        else:
            found.append(Spell(alert.time_s, alert.until_s))
    return found


def open_spells(case: Case) -> list[Spell]:
    """When an alert about the flow's trouble was open."""
    return spells(observe(case.history).flow_alerts(case.contract.name))


def next_rungs(case: Case) -> tuple[Rung, ...]:
    """Who is called after the first: those of the ladder whom no alert calls at once."""
    return tuple(rung for rung in case.contract.ladder if rung.after_s > 0)


def called_s(case: Case, who: str, spell: Spell) -> float | None:
    """When an alert first reached somebody in a spell; that of an alert that is open since before is its beginning."""
    signals = observe(case.history).incident_signals(case.contract.name)
    own = (raised for raised in signals if raised.signal.kind == "alert" and raised.signal.owner.strip() == who)
    times = (max(r.time_s, spell.start_s) for r in own if r.time_s <= spell.end_s and r.until_s > spell.start_s)
    return min(times, default=None)


def is_escalation(case: Case, raised: Raised) -> bool:
    """Whether a signal called somebody of the ladder when their time had come: then its cause need not be theirs.

    A stack counts from when it sent the first alert, which was under way for longer than this one, perhaps.
    """
    due = {rung.who: rung.after_s for rung in next_rungs(case)}
    after_s = due.get(raised.signal.owner.strip())
    if after_s is None:
        return False
    due_s = after_s - case.margin_s
    return any(spell.start_s + due_s <= raised.time_s <= spell.end_s for spell in open_spells(case))


def is_right_owner(case: Case, raised: Raised) -> bool:
    """Whether a signal went to an owner who can remove the cause that it states, or who is next on the ladder."""
    return right_owner(case.contract, raised.signal, case.scenario.injections) or is_escalation(case, raised)
