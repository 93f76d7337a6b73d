"""The game day card: one page for each scenario that everybody who takes part reads before anything is injected."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta

import msgspec

from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.model.contract import Contract
from gameday.model.course import course, people_words, planned_about
from gameday.model.roles import role_name
from gameday.model.scenario import Scenario
from gameday.scoring.budget import Budget
from gameday_reports.day_card.roles import communication, roles
from gameday_reports.document import Block, Bullets, Document, Paragraph, Quote, Section, Table
from gameday_reports.formats import moment, parameter

__all__ = ["Day", "day_card"]

#: How long before the first deal the briefing and the readiness check take place, and how long after the
#: verification the debrief (real seconds).
_BRIEFING_S, _READY_S, _DEBRIEF_S = 900.0, 300.0, 300.0


class Day(msgspec.Struct, frozen=True):
    """How the scenario will be run. ``starts`` is when the first deal is closed; None if no date is set.

    ``aborts`` are the abort conditions in words that follow "the run", each with what is left until then.
    """

    stack: str
    seed: int
    pace: float
    budget: Budget
    starts: datetime | None = None
    aborts: tuple[str, ...] = ()


def day_card(scenario: Scenario, contract: Contract, day: Day) -> Document:
    """The card of one scenario; with texts of usual length it prints on one page."""
    started = f"{day.starts:%Y-%m-%d %H:%M}" if day.starts else "date to be decided"
    pace = "in real time" if day.pace == 1 else f"{day.pace:g} times as fast as real time"
    return Document(
        name="day-card",
        title=scenario.name,
        eyebrow=f"Game day card · {started} · stack {day.stack} · seed {day.seed} · {pace}",
        lead=" ".join(scenario.description.split()),
        sections=(
            Section("Hypothesis", _hypothesis(scenario)),
            Section("What is injected", (_injections(scenario),)),
            Section("Blast radius", (Bullets(_blast_radius(scenario, contract, day)),)),
            Section("Abort", (Bullets(_abort(day)),)),
            Section("Roles", (roles(contract),)),
            Section("Communication", (communication(contract),)),
            Section("Timeline", (_timeline(scenario, day),)),
            Section("Command", (Quote((_command(scenario, day),)),)),
        ),
        dense=True,
    )


def _hypothesis(scenario: Scenario) -> tuple[Block, ...]:
    faults = " and ".join(dict.fromkeys(injection.fault for injection in scenario.injections)) or "no fault"
    flow = scenario.flow
    operations = dict.fromkeys(people_words("carry out", each.operation, each.target) for each in scenario.by_people)
    acted = f", and {' and '.join(operations)}" if operations else ""
    claim = f"While the flow from {flow.crm} to {flow.erp} suffers {faults}{acted}, we expect:"
    texts = tuple(dict.fromkeys(expectation.text for expectation in scenario.expectations))
    return Paragraph(claim), Bullets(texts)


def _injections(scenario: Scenario) -> Table:
    rows = []
    for injection in scenario.injections:
        until = "until recovery" if injection.duration_s is None else f"for {words(injection.duration_s)}"
        params = ", ".join(parameter(name, value) for name, value in injection.params.items())
        rows.append((injection.fault, role_name(injection.target), moment(injection.at_s), until, params))
    for planned in scenario.by_people:
        what = planned.operation.replace("_", " ")
        about = ", ".join(planned_about(planned))
        rows.append((f"people: {what}", role_name(planned.target), moment(planned.at_s), "once", about))
    return Table(("What", "Target", "From", "Duration", "Parameters"), tuple(rows))


def _blast_radius(scenario: Scenario, contract: Contract, day: Day) -> tuple[str, ...]:
    workload = scenario.workload
    shares = [str(i.params["share"]) for i in scenario.injections if "share" in i.params]
    hit = f"; share of them hit by each fault: {', '.join(shares)}" if shares else "; each can be hit"
    where = {role_name(injection.target) for injection in scenario.injections}
    return (
        f"{plural(workload.count, 'deal')} at {workload.per_minute:g} a minute under {contract.name} {contract.version}"
        f"{hit}.",
        f"Faults are injected only at the {' and the '.join(sorted(where))}. gameday can always heal them."
        if where
        else "No fault is injected.",
        *(["gameday itself does what people are said to do, at the fakes."] if scenario.by_people else []),
        f"The stack {day.stack} talks to fakes of {scenario.flow.crm}, {scenario.flow.erp}, pager and tickets. "
        "No production system is written to and nobody else is paged; check that your stack reaches nothing else.",
        f"The run ends by itself after at most {words(scenario.horizon_s / day.pace)} of real time.",
    )


def _abort(day: Day) -> tuple[str, ...]:
    budget = day.budget
    budget_line = (
        "No abort budget is set: only the conditions below and people stop the game day."
        if budget.limit is None and day.aborts
        else "No abort budget is set: only people can stop the game day."
        if budget.limit is None
        else f"At {plural(budget.limit, 'affected deal')} the game day stops by itself ({budget.source})."
    )
    return (
        budget_line,
        *(f"The run {line}." for line in day.aborts),
        "Stop if a real incident begins, if anybody outside is affected, or if the owner or coordinator says so.",
        "Stop if the first minutes are not healthy: without a steady state nothing can be learned.",
        "How: press s on the live board, Ctrl-C, or gameday stop. Each heals every fault. After a crash: gameday heal.",
    )


#: How a line of the timeline begins.
_ACTS = {"inject": "Inject: ", "heal": "Heal: ", "people": "gameday does it: "}


def _timeline(scenario: Scenario, day: Day) -> Table:
    steps = [
        (-_BRIEFING_S, "Briefing: read this card aloud, assign the roles, agree on the abort conditions."),
        (-_READY_S, "gameday doctor passes; the live board is on the screen; the reporter has added a first note."),
        (0.0, "Steady state: deals flow, nothing is injected."),
    ]
    steps += [(turn.at_s / day.pace, f"{_ACTS[turn.act]}{turn.what}.") for turn in course(scenario)]
    end_s = scenario.horizon_s / day.pace
    steps += [
        (scenario.healed_s / day.pace, "Recovery: every fault is healed; the sync catches up by itself."),
        (end_s, "Verification at the latest: both ledgers are compared and the report is written."),
        (
            end_s + _DEBRIEF_S,
            "Debrief with the report on the screen: what surprised us, what do we fix, who, by when.",
        ),
    ]
    steps.sort(key=lambda step: step[0])
    return Table(("When", "What"), tuple((_when(at_s, day.starts), what) for at_s, what in steps))


def _when(at_s: float, starts: datetime | None) -> str:
    """A moment in wall-clock time; if no start is set, relative to it (T+1:00)."""
    if starts is not None:
        return f"{starts + timedelta(seconds=round(at_s)):%H:%M:%S}"
    return f"T{'-' if at_s < 0 else '+'}{moment(abs(at_s))}"


def _command(scenario: Scenario, day: Day) -> str:
    named = f"gameday run {shlex.quote(scenario.feature)} --stack {day.stack} --seed {day.seed}"
    return f"{named} --pace {day.pace:g} -j 1 --live --blind"
