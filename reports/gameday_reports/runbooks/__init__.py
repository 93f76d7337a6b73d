"""A runbook template for each fault of the registry: what the harness knows, and prompts for what the team knows."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from gameday.model.fault import Fault, faults
from gameday_reports.document import Bullets, Document, Paragraph, Prompt, Quote, Section, Table
from gameday_reports.formats import capital
from gameday_reports.runbooks.layers import words_of

__all__ = ["runbook_documents"]

_TARGETS = {"crm": "CRM", "erp": "ERP", "stack": "stack", "pager": "pager", "tickets": "tickets"}
_NAMED = re.compile(r"``([^`]+)``")
_QUOTED = "\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}"


def runbook_documents() -> Sequence[Document]:
    """One runbook a fault, and a list of them all."""
    books = [_runbook(name, fault) for name, fault in faults.items()]
    rows = tuple((book.title, faults[book.title].layer, ", ".join(faults[book.title].reasons)) for book in books)
    index = Document(
        name="index",
        title="Runbooks",
        eyebrow="One for each failure mode",
        lead="Templates: what the harness knows is filled in, what only the team knows is asked for.",
        sections=(Section("All of them", (Table(("Failure mode", "Layer", "Words in the alert"), rows),)),),
    )
    return (index, *books)


def _runbook(name: str, fault: type[Fault]) -> Document:
    layer = words_of(name, fault.layer)
    targets = ", ".join(_TARGETS.get(target, target) for target in fault.targets)
    # A parameter is told from the words around it: "each “times” times".
    about = " ".join(_NAMED.sub(_QUOTED, fault.__doc__ or "").split())
    signs = (*layer.signs, f"The alert speaks of: {', '.join(fault.reasons) or 'no words of its own'}.")
    return Document(
        name=f"runbook-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}",
        title=name,
        eyebrow=f"Runbook · {fault.layer} · can strike: {targets}",
        lead=layer.what,
        sections=(
            Section("When it is this", (Bullets(signs), Prompt(layer.ask_signs))),
            Section("The first five minutes", (Bullets(_FIRST, boxes=True), Prompt(_ASK_FIRST))),
            Section("Find out", (Bullets(layer.find_out, boxes=True), Prompt(layer.ask_find_out))),
            Section("Stop the harm", (Bullets(layer.mitigate, boxes=True), Prompt(layer.ask_mitigate))),
            Section("What heals it", (Paragraph(layer.heals), Prompt(layer.ask_heals))),
            Section("Put the books right", (Bullets(_REPAIR, boxes=True), Prompt(_ASK_REPAIR))),
            Section("Know that it is over", (Bullets(_OVER, boxes=True),)),
            Section("Practise it", (Paragraph(_practise(about)), Quote(_steps(name, fault)), Prompt(_ASK_PRACTISE))),
        ),
    )


def _practise(about: str) -> str:
    return f"In a feature, with a share and a duration of your own. {capital(about)}".strip()


def _steps(name: str, fault: type[Fault]) -> tuple[str, ...]:
    """The step that injects it, with the parameters that have to be given."""
    target = _TARGETS.get(fault.targets[0], fault.targets[0])
    lines = [f'When after 2 minutes the {target} suffers "{name}" for 4 minutes']
    needed = [field for field in dataclasses.fields(fault) if field.default is dataclasses.MISSING]
    if needed:
        names = [field.name.replace("_", " ") for field in needed]
        lines += [f"  | {' | '.join(names)} |", f"  | {' | '.join('...' for _ in names)} |"]
    return (*lines, f"gameday brief, then gameday run --live; parameters: {_parameters(fault)}")


def _parameters(fault: type[Fault]) -> str:
    return ", ".join(field.name.replace("_", " ") for field in dataclasses.fields(fault)) or "none"


_FIRST = (
    "Acknowledge the alert; say in the channel that you have it.",
    "Write down when the first deal was hit and how many there are: from the alert, not from memory.",
    "Decide whether the flow goes on, is paused, or is parked. When in doubt: park, for a late order can be mended.",
    "Tell the owner of the flow, and finance when money is wrong and not only late.",
)
_ASK_FIRST = "Which channel, which owner, who is called at night, and where is the switch that pauses the flow?"
_REPAIR = (
    "List the deals: lost, duplicated, mismatched, late. Take the list from both ledgers, not from the sync's own log.",
    "Replay what is parked, in the order in which it was changed; an idempotency key makes that safe.",
    "Cancel the second order of a duplicate, and credit its invoice; never the first.",
    "Correct a wrong amount with finance: in a closed period it is their entry.",
)
_ASK_REPAIR = "What command replays, where are the dead letters, who may cancel an order and credit an invoice?"
_OVER = (
    "Every deal of the incident is in the ERP exactly once, with its amount and currency.",
    "Totals by currency agree in both systems.",
    "The alert is resolved, and no dead letter is left.",
    "What was done by hand is written down: each of those is an action to make it needless.",
)
_ASK_PRACTISE = "When did the team last practise this, and what is the due date of the next time?"
