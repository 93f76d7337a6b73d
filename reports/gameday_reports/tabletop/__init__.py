"""The table-top kit of a real run: an exercise with paper and talk, whose texts are those that machines really sent."""

from __future__ import annotations

from pathlib import Path

from gameday.durations import words
from gameday_reports.document import Bullets, Document, Paragraph, Prompt, Quote, Section, Table
from gameday_reports.formats import moment
from gameday_reports.recorded import RecordedRun
from gameday_reports.tabletop.injects import Inject, injects

__all__ = ["kit"]

#: How the hour is shared: briefing, play, debrief.
_SHARES = (0.15, 0.6, 0.25)
#: The ratings of the Homeland Security Exercise and Evaluation Program (HSEEP, 2020, section 5, "Evaluation").
_RATINGS = (
    "P: performed without challenges",
    "S: performed with some challenges",
    "M: performed with major challenges",
    "U: unable to be performed",
)


def kit(run: RecordedRun, *, minutes: int = 60) -> tuple[Document, ...]:
    """The player's manual, the facilitator's handbook, the injects and the evaluator's sheet.

    ``minutes`` is how long the table sits. Raises GamedayError if the run cannot be read or has not been judged.
    """
    told = injects(run)
    clock = _Clock(run, told, minutes)
    return _manual(run, clock), _handbook(run, told, clock), _handouts(run, told, clock), _sheet(run, told, clock)


class _Clock:
    """When an inject is handed out: the run's time, stretched or shortened to the time of play."""

    def __init__(self, run: RecordedRun, told: tuple[Inject, ...], minutes: int) -> None:
        self.briefing, self.play, self.debrief = (round(minutes * share) for share in _SHARES)
        self._end_s = max(inject.time_s for inject in told) or 1.0
        self.minutes = minutes

    def at(self, inject: Inject) -> str:
        """The minute of the exercise."""
        return moment(60 * (self.briefing + 0.9 * self.play * inject.time_s / self._end_s))


def _eyebrow(run: RecordedRun, what: str) -> str:
    return f"Table-top exercise · {what} · {run.scenario.flow.contract}"


def _manual(run: RecordedRun, clock: _Clock) -> Document:
    flow, contract = run.scenario.flow, run.contract
    return Document(
        name="player-manual",
        title="Player's manual",
        eyebrow=_eyebrow(run, "for everybody at the table"),
        lead="You are on call for the flow from deals to orders. You get what you would get on a real day, and decide.",
        sections=(
            Section(
                "The flow",
                (
                    Paragraph(
                        f"A deal won in {flow.crm} becomes exactly one order in {flow.erp}, under {contract.name} {contract.version}."
                    ),
                    Bullets(
                        (
                            f"An order is due {words(contract.sla.latency_s)} after its deal was won.",
                            f"Trouble is to be noticed within {words(contract.sla.detect_target_s)}, and mended within {words(contract.sla.repair_target_s)}.",
                            f"An order is complete {'with its invoice' if contract.invoiced else 'without an invoice'}.",
                        )
                    ),
                ),
            ),
            Section("Who is who", (Table(("Part", "In the contract", "Played by"), _parts(run)),)),
            Section(
                "Rules",
                (
                    Bullets(
                        (
                            "Nobody is tested: the plan is. There are no tricks, and no wrong questions.",
                            "Say what you would do, whom you would call, where you would look. The facilitator says what you find.",
                            "What an inject says is true. What it does not say you have to ask for.",
                            "Use your real runbooks, dashboards and contacts; touch no system.",
                            "Say when you do not know: that is what we came for.",
                        )
                    ),
                ),
            ),
            Section(
                "The time",
                (
                    Table(
                        ("Part", "Minutes", "What"),
                        (
                            ("Briefing", str(clock.briefing), "This page is read aloud; parts are given out."),
                            ("Play", str(clock.play), "Injects arrive; you decide; the evaluator writes."),
                            (
                                "Debrief",
                                str(clock.debrief),
                                "What worked, what did not, what we will change, who and until when.",
                            ),
                        ),
                    ),
                ),
            ),
            Section(
                "Before we begin",
                (
                    Prompt("Where is the runbook for this flow, and who here has used it?"),
                    Prompt("Who may pause the flow, and how?"),
                ),
            ),
        ),
    )


def _parts(run: RecordedRun) -> tuple[tuple[str, ...], ...]:
    names = {"sync": "On call for the sync", "source": "CRM's side", "sink": "ERP's side", "finance": "Finance"}
    known = tuple((names.get(role, role), owner, "") for role, owner in run.contract.owners.items())
    return (*known, ("Sales", "", ""), ("Facilitator", "", ""), ("Evaluator", "", ""))


def _handbook(run: RecordedRun, told: tuple[Inject, ...], clock: _Clock) -> Document:
    info = run.info
    plan = tuple(
        (clock.at(inject), f"{number}. {inject.title}", inject.source, moment(inject.time_s))
        for number, inject in enumerate(told, 1)
    )
    return Document(
        name="facilitator-handbook",
        title=f"Facilitator's handbook: {run.scenario.name}",
        eyebrow=_eyebrow(run, "keep it from the players"),
        lead=" ".join(run.scenario.description.split()),
        sections=(
            Section(
                "What really happens",
                (
                    _truth(run),
                    Paragraph(f"Verdict of the run: {run.validity.word}."),
                    Bullets(tuple(f"{v.validity.word}: {v.name}: {v.summary}" for v in run.verdicts)),
                ),
            ),
            Section(
                "How to lead it",
                (
                    Bullets(
                        (
                            "Hand the injects out one by one, at their minute; each is a page of its own.",
                            "Read it aloud, then wait. Silence is thinking.",
                            "When they ask for what the run knows, answer from it; when it does not know, say: you cannot tell yet.",
                            "When they decide, ask: who does it, how long does it take, how do you know that it worked?",
                            "When they are stuck for five minutes, ask the next question of the inject.",
                            "Never ask why somebody did not see it.",
                        )
                    ),
                ),
            ),
            Section("Plan of play", (Table(("Minute", "Inject", "Comes as", "In the run"), plan),), anew=True),
            *(_for_facilitator(number, inject, clock) for number, inject in enumerate(told, 1)),
            Section(
                "Debrief",
                (
                    Prompt("What told us first, and could it have told us earlier?"),
                    Prompt("Which deals would have been lost without a word?"),
                    Prompt("Which step had one person only who could do it?"),
                    Prompt("Three actions: what, who, until when."),
                    Paragraph("The same day with machines:"),
                    Quote((info.replay,)),
                ),
                anew=True,
            ),
        ),
    )


def _truth(run: RecordedRun) -> Table:
    rows = tuple(
        (moment(window.start_s), f"{window.fault} strikes", f"until {moment(window.end_s, missing='the end')}")
        for window in run.observations.windows
    )
    return Table(("At", "What", "How long"), rows or (("-", "nothing was injected", ""),))


def _for_facilitator(number: int, inject: Inject, clock: _Clock) -> Section:
    return Section(
        f"{number}. {inject.title} (minute {clock.at(inject)})",
        (
            Quote(inject.lines),
            Paragraph(f"What is true: {inject.truth}"),
            Paragraph("Ask:"),
            Bullets(inject.decisions),
            Paragraph("A good table:"),
            Bullets(inject.expected),
        ),
    )


def _handouts(run: RecordedRun, told: tuple[Inject, ...], clock: _Clock) -> Document:
    return Document(
        name="injects",
        title="Injects",
        eyebrow=_eyebrow(run, "one page each, to be handed out in order"),
        lead=f"{len(told)} in all; the texts are those of a real run of {Path(run.dir).name[:8]}.",
        sections=tuple(
            Section(
                f"{number}. {inject.source}, minute {clock.at(inject)}",
                (
                    Paragraph(inject.title),
                    Quote(inject.lines),
                    Paragraph("To be decided:"),
                    Bullets(inject.decisions),
                    Prompt("Decision, by whom, at which minute"),
                ),
                anew=True,
            )
            for number, inject in enumerate(told, 1)
        ),
    )


def _sheet(run: RecordedRun, told: tuple[Inject, ...], clock: _Clock) -> Document:
    sla = run.contract.sla
    rows = tuple(
        (f"{number}. {inject.title} ({clock.at(inject)})", wanted, "", "", "")
        for number, inject in enumerate(told, 1)
        for wanted in inject.expected
    )
    return Document(
        name="evaluator-sheet",
        title="Evaluator's sheet",
        eyebrow=_eyebrow(run, "write down what you see, not what you think of it"),
        lead="Rate what the plan, the tools and the information made possible; never a person.",
        sections=(
            Section("Ratings", (Bullets(_RATINGS),)),
            Section("What to look for", (Table(("Inject", "A good table", "Seen", "Minute", "Rating"), rows),)),
            Section(
                "Times",
                (
                    Table(
                        ("From the first inject to", "Contract", "At the table"),
                        (
                            ("somebody takes it", words(sla.detect_target_s), ""),
                            ("the owner is told", words(sla.detect_target_s), ""),
                            ("the harm is stopped", words(sla.repair_target_s), ""),
                            ("the list of deals to mend is known", words(sla.repair_target_s), ""),
                        ),
                    ),
                ),
            ),
            Section(
                "Notes",
                (
                    Prompt("What helped"),
                    Prompt("What was missing: information, access, a person, a decision"),
                    Prompt("What was said that nobody had known"),
                ),
            ),
        ),
    )
