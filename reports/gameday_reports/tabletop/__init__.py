"""The table-top kit of a real run: an exercise with paper and talk, whose texts are those that machines really sent."""

from __future__ import annotations

from gameday.base.durations import words
from gameday_reports.document import Bullets, Document, Paragraph, Prompt, Quote, Section, Table
from gameday_reports.formats import moment
from gameday_reports.recorded import RecordedRun
from gameday_reports.tabletop.injects import Inject, injects
from gameday_reports.tabletop.texts import BEFORE, DEBRIEF, LEADING, NOTES, RATINGS, RULES

__all__ = ["kit"]

#: How the time is shared: briefing, play, debrief. The last inject comes before the end of play, to be talked about.
_SHARES = (0.15, 0.6, 0.25)
_LAST_INJECT = 0.9
_PARTS = {"sync": "On call for the sync", "source": "CRM's side", "sink": "ERP's side", "finance": "Finance"}


def kit(run: RecordedRun, *, minutes: int = 60) -> tuple[Document, ...]:
    """The player's manual, the facilitator's handbook, the injects and the evaluator's sheet.

    ``minutes`` is how long the table sits. Raises GamedayError if the run cannot be read or has not been judged.
    """
    told = injects(run)
    clock = _Clock(told, minutes)
    return _manual(run, clock), _handbook(run, told, clock), _handouts(run, told, clock), _sheet(run, told, clock)


class _Clock:
    """When an inject is handed out: the run's time, stretched or shortened to the time of play."""

    def __init__(self, told: tuple[Inject, ...], minutes: int) -> None:
        self.briefing, self.play, self.debrief = (round(minutes * share) for share in _SHARES)
        self._end_s = max(inject.time_s for inject in told) or 1.0

    def at(self, inject: Inject) -> str:
        """The minute of the exercise."""
        return str(round(self.briefing + _LAST_INJECT * self.play * inject.time_s / self._end_s))


def _eyebrow(run: RecordedRun, what: str) -> str:
    return f"Table-top exercise · {what} · {run.scenario.flow.contract}"


def _manual(run: RecordedRun, clock: _Clock) -> Document:
    flow, contract, sla = run.scenario.flow, run.contract, run.contract.sla
    complete = "with its invoice" if contract.invoiced else "without an invoice"
    promises = (
        f"An order is due {words(sla.latency_s)} after its deal was won, and complete {complete}.",
        f"Trouble is to be noticed within {words(sla.detect_target_s)}.",
        f"It is to be mended within {words(sla.repair_target_s)}.",
    )
    about = (
        f"A deal won in {flow.crm} becomes exactly one order in {flow.erp}, under {contract.name} {contract.version}."
    )
    parts = tuple((_PARTS.get(role, role), owner, "") for role, owner in contract.owners.items())
    parts += (("Sales", "", ""), ("Facilitator", "", ""), ("Evaluator", "", ""))
    times = (
        ("Briefing", str(clock.briefing), "This page is read aloud; parts are given out."),
        ("Play", str(clock.play), "Injects arrive; you decide; the evaluator writes."),
        ("Debrief", str(clock.debrief), "What worked, what did not, what we change, who and until when."),
    )
    return Document(
        name="player-manual",
        title="Player's manual",
        eyebrow=_eyebrow(run, "for everybody at the table"),
        lead="You are on call for the flow from deals to orders. You get what you would get on a real day, and decide.",
        sections=(
            Section("The flow", (Paragraph(about), Bullets(promises))),
            Section("Who is who", (Table(("Part", "In the contract", "Played by"), parts),)),
            Section("Rules", (Bullets(RULES),)),
            Section("The time", (Table(("Part", "Minutes", "What"), times),)),
            Section("Before we begin", tuple(map(Prompt, BEFORE))),
        ),
    )


def _handbook(run: RecordedRun, told: tuple[Inject, ...], clock: _Clock) -> Document:
    plan = tuple(
        (clock.at(inject), f"{number}. {inject.title}", inject.source, moment(inject.time_s))
        for number, inject in enumerate(told, 1)
    )
    hit = tuple(
        (moment(window.start_s), f"{window.fault} strikes", f"until {moment(window.end_s, missing='the end')}")
        for window in run.observations.windows
    )
    verdicts = tuple(f"{each.result.word}: {each.name}: {each.summary}" for each in run.verdicts)
    again = (Paragraph("The same day with machines:"), Quote((run.info.replay,)))
    return Document(
        name="facilitator-handbook",
        title=f"Facilitator's handbook: {run.scenario.name}",
        eyebrow=_eyebrow(run, "keep it from the players"),
        lead=" ".join(run.scenario.description.split()),
        sections=(
            Section(
                "What really happens",
                (
                    Table(("At", "What", "How long"), hit or (("0:00", "nothing is injected", ""),)),
                    Paragraph(f"Verdict of the run: {run.result.word}."),
                    Bullets(verdicts),
                ),
            ),
            Section("How to lead it", (Bullets(LEADING),)),
            Section("Plan of play", (Table(("Minute", "Inject", "Comes as", "In the run"), plan),), anew=True),
            *(_for_facilitator(number, inject, clock) for number, inject in enumerate(told, 1)),
            Section("Debrief", (*map(Prompt, DEBRIEF), *again), anew=True),
        ),
    )


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
        lead=f"{len(told)} in all. Errors and alerts are those that machines sent in a real run.",
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
    detect, repair = words(run.contract.sla.detect_target_s), words(run.contract.sla.repair_target_s)
    rows = tuple(
        (f"{number}. {inject.title} ({clock.at(inject)})", wanted, "", "", "")
        for number, inject in enumerate(told, 1)
        for wanted in inject.expected
    )
    times = (
        ("somebody takes it", detect, ""),
        ("the owner is told", detect, ""),
        ("the harm is stopped", repair, ""),
        ("the list of deals to mend is known", repair, ""),
    )
    return Document(
        name="evaluator-sheet",
        title="Evaluator's sheet",
        eyebrow=_eyebrow(run, "write down what you see, not what you think of it"),
        lead="Rate what the plan, the tools and the information made possible; never a person.",
        sections=(
            Section("Ratings", (Bullets(RATINGS),)),
            Section("What to look for", (Table(("Inject", "A good table", "Seen", "Minute", "Rating"), rows),)),
            Section("Times", (Table(("From the first inject until", "Contract", "At the table"), times),)),
            Section("Notes", tuple(map(Prompt, NOTES))),
        ),
    )
