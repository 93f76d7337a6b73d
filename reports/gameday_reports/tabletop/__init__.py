"""The tabletop kit of a real run: an exercise on paper, with the errors and alerts that the run really produced."""

from __future__ import annotations

from gameday.base.counts import plural
from gameday.base.durations import words
from gameday_reports.document import Bullets, Document, Paragraph, Prompt, Quote, Section, Table
from gameday_reports.formats import capital, moment
from gameday_reports.recorded import RecordedRun
from gameday_reports.tabletop.injects import Inject, injects
from gameday_reports.tabletop.texts import BEFORE, DEBRIEF, LEADING, NOTES, RATINGS, RULES

__all__ = ["kit"]

#: The shares of briefing, play and debrief. The last inject leaves some time of play to discuss it.
_SHARES = (0.15, 0.6, 0.25)
_LAST_INJECT = 0.9
_ROLES = {"sync": "On call for the sync", "source": "CRM team", "sink": "ERP team", "finance": "Finance"}


def kit(run: RecordedRun, *, minutes: int = 60) -> tuple[Document, ...]:
    """The player's manual, the facilitator's handbook, the injects and the evaluator's sheet.

    ``minutes`` is the length of the exercise. Raises GamedayError if the run cannot be read or has not been judged.
    """
    ordered = injects(run)
    clock = _Clock(ordered, minutes)
    return (
        _manual(run, clock),
        _handbook(run, ordered, clock),
        _handouts(run, ordered, clock),
        _sheet(run, ordered, clock),
    )


class _Clock:
    """When an inject is handed out: the run's time scaled to the time of play."""

    def __init__(self, ordered: tuple[Inject, ...], minutes: int) -> None:
        self.briefing, self.play, self.debrief = (round(minutes * share) for share in _SHARES)
        self._end_s = max(inject.time_s for inject in ordered) or 1.0

    def at(self, inject: Inject) -> str:
        """The minute of the exercise."""
        return str(round(self.briefing + _LAST_INJECT * self.play * inject.time_s / self._end_s))


def _eyebrow(run: RecordedRun, what: str) -> str:
    return f"Tabletop exercise · {what} · {run.scenario.flow.contract}"


def _manual(run: RecordedRun, clock: _Clock) -> Document:
    flow, contract, sla = run.scenario.flow, run.contract, run.contract.sla
    complete = "with its invoice" if contract.invoiced else "without an invoice"
    promises = (
        f"An order is due {words(sla.latency_s)} after its deal was won, {complete}.",
        f"A failure must be detected within {words(sla.detect_target_s)}.",
        f"It must be repaired within {words(sla.repair_target_s)}.",
    )
    about = (
        f"A deal won in {flow.crm} becomes exactly one order in {flow.erp}, under {contract.name} {contract.version}."
    )
    parts = tuple((_ROLES.get(role, role), owner, "") for role, owner in contract.owners.items())
    parts += (("Sales", "", ""), ("Facilitator", "", ""), ("Evaluator", "", ""))
    times = (
        ("Briefing", str(clock.briefing), "Read this page aloud; assign the roles."),
        ("Play", str(clock.play), "Injects arrive; you decide; the evaluator takes notes."),
        ("Debrief", str(clock.debrief), "What worked, what did not, what we change, who does it, by when."),
    )
    return Document(
        name="player-manual",
        title="Player's manual",
        eyebrow=_eyebrow(run, "for everybody at the table"),
        lead="You are on call for the flow from deals to orders. You see what you would see on a real day, and decide.",
        sections=(
            Section("The flow", (Paragraph(about), Bullets(promises))),
            Section("Roles", (Table(("Role", "In the contract", "Played by"), parts),)),
            Section("Rules", (Bullets(RULES),)),
            Section("Agenda", (Table(("Part", "Minutes", "What"), times),)),
            Section("Before we begin", tuple(map(Prompt, BEFORE))),
        ),
    )


def _handbook(run: RecordedRun, ordered: tuple[Inject, ...], clock: _Clock) -> Document:
    plan = tuple(
        (clock.at(inject), f"{number}. {inject.title}", inject.source, moment(inject.time_s))
        for number, inject in enumerate(ordered, 1)
    )
    faults = [
        (moment(window.start_s), window.fault, f"until {moment(window.end_s, missing='the end')}")
        for window in run.observations.windows
    ] or [("0:00", "no fault is injected", "")]
    acted = [(moment(act.time_s), capital(run.shown(act.words)), "") for act in run.acts]
    verdicts = tuple(f"{each.result.word}: {each.name}: {each.summary}" for each in run.verdicts)
    again = (Paragraph("To run this scenario with gameday:"), Quote((run.info.replay,)))
    return Document(
        name="facilitator-handbook",
        title=f"Facilitator's handbook: {run.scenario.name}",
        eyebrow=_eyebrow(run, "not for players"),
        lead=" ".join(run.scenario.description.split()),
        sections=(
            Section(
                "What really happens",
                (
                    Table(("Time", "What", "Duration"), (*faults, *acted)),
                    Paragraph(f"Result of the run: {run.result.word}."),
                    Bullets(verdicts),
                ),
            ),
            Section("How to facilitate", (Bullets(LEADING),)),
            Section("Plan of play", (Table(("Minute", "Inject", "Source", "Time in the run"), plan),), new_page=True),
            *(_for_facilitator(number, inject, clock) for number, inject in enumerate(ordered, 1)),
            Section("Debrief", (*map(Prompt, DEBRIEF), *again), new_page=True),
        ),
    )


def _for_facilitator(number: int, inject: Inject, clock: _Clock) -> Section:
    return Section(
        f"{number}. {inject.title} (minute {clock.at(inject)})",
        (
            Quote(inject.lines),
            Paragraph(f"Background: {inject.truth}"),
            Paragraph("Ask:"),
            Bullets(inject.decisions),
            Paragraph("A good response:"),
            Bullets(inject.expected),
        ),
    )


def _handouts(run: RecordedRun, ordered: tuple[Inject, ...], clock: _Clock) -> Document:
    return Document(
        name="injects",
        title="Injects",
        eyebrow=_eyebrow(run, "one page each, hand out in order"),
        lead=f"{plural(len(ordered), 'inject')}. Errors and alerts are quoted from a real run.",
        sections=tuple(
            Section(
                f"{number}. {inject.source}, minute {clock.at(inject)}",
                (
                    Paragraph(inject.title),
                    Quote(inject.lines),
                    Paragraph("Decide:"),
                    Bullets(inject.decisions),
                    Prompt("Decision, by whom, at which minute"),
                ),
                new_page=True,
            )
            for number, inject in enumerate(ordered, 1)
        ),
    )


def _sheet(run: RecordedRun, ordered: tuple[Inject, ...], clock: _Clock) -> Document:
    detect, repair = words(run.contract.sla.detect_target_s), words(run.contract.sla.repair_target_s)
    rows = tuple(
        (f"{number}. {inject.title} ({clock.at(inject)})", wanted, "", "", "")
        for number, inject in enumerate(ordered, 1)
        for wanted in inject.expected
    )
    times = (
        ("somebody takes it", detect, ""),
        ("the owner is informed", detect, ""),
        ("no further deal is affected", repair, ""),
        ("the list of deals to repair is complete", repair, ""),
    )
    return Document(
        name="evaluator-sheet",
        title="Evaluator's sheet",
        eyebrow=_eyebrow(run, "write down what you see, not what you think about it"),
        lead="Rate the plan, the tools and the information; never a person.",
        sections=(
            Section("Ratings", (Bullets(RATINGS),)),
            Section("What to look for", (Table(("Inject", "A good response", "Seen", "Minute", "Rating"), rows),)),
            Section("Times", (Table(("From the first inject until", "Contract", "Exercise"), times),)),
            Section("Notes", tuple(map(Prompt, NOTES))),
        ),
    )
