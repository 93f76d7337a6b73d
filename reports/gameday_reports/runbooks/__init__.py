"""A runbook template for each registered fault: what the harness knows, and questions for what only the team knows."""

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
    """An index, and one runbook for each fault."""
    runbooks = [_runbook(name, fault) for name, fault in faults.items()]
    rows = tuple(
        (runbook.title, faults[runbook.title].layer, ", ".join(faults[runbook.title].reasons)) for runbook in runbooks
    )
    index = Document(
        name="index",
        title="Runbooks",
        eyebrow="One for each failure mode",
        lead="Templates: what gameday knows is filled in; questions mark what only your team knows.",
        sections=(Section("All runbooks", (Table(("Failure mode", "Layer", "Words in the alert"), rows),)),),
    )
    return (index, *runbooks)


def _runbook(name: str, fault: type[Fault]) -> Document:
    layer = words_of(name, fault.layer)
    targets = ", ".join(_TARGETS.get(target, target) for target in fault.targets)
    # Quotes set a parameter apart from the words around it: "each “times” times".
    about = " ".join(_NAMED.sub(_QUOTED, fault.__doc__ or "").split())
    signs = (*layer.signs, f"Words in the alert: {', '.join(fault.reasons) or 'none in particular'}.")
    return Document(
        name=f"runbook-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}",
        title=name,
        eyebrow=f"Runbook · {fault.layer} · targets: {targets}",
        lead=layer.what,
        sections=(
            Section("Symptoms", (Bullets(signs), Prompt(layer.ask_signs))),
            Section("The first five minutes", (Bullets(_FIRST, boxes=True), Prompt(_ASK_FIRST))),
            Section("Diagnosis", (Bullets(layer.diagnosis, boxes=True), Prompt(layer.ask_diagnosis))),
            Section("Mitigation", (Bullets(layer.mitigation, boxes=True), Prompt(layer.ask_mitigation))),
            Section("Fix", (Paragraph(layer.fix), Prompt(layer.ask_fix))),
            Section("Repair the ledgers", (Bullets(_REPAIR, boxes=True), Prompt(_ASK_REPAIR))),
            Section("When it is over", (Bullets(_OVER, boxes=True),)),
            Section(
                "Practise it",
                (
                    Paragraph(_practise(_parameters(fault), about)),
                    Quote(_steps(name, fault)),
                    Paragraph(_RUN),
                    Prompt(_ASK_PRACTISE),
                ),
            ),
        ),
    )


def _practise(names: str, about: str) -> str:
    parameters = f"Parameters: {names}. " if names else ""
    return f"Put this step into a feature, with your own values and duration. {parameters}{capital(about)}".strip()


def _steps(name: str, fault: type[Fault]) -> tuple[str, ...]:
    """The step that injects the fault, with its required parameters."""
    target = _TARGETS.get(fault.targets[0], fault.targets[0])
    lines = [f'When after 2 minutes the {target} suffers "{name}" for 4 minutes']
    needed = [field for field in dataclasses.fields(fault) if field.default is dataclasses.MISSING]
    if needed:
        names = [field.name.replace("_", " ") for field in needed]
        lines += [f"  | {' | '.join(names)} |", f"  | {' | '.join('...' for _ in names)} |"]
    return tuple(lines)


def _parameters(fault: type[Fault]) -> str:
    """The names of all parameters; empty for a fault without any."""
    return ", ".join(field.name.replace("_", " ") for field in dataclasses.fields(fault))


_FIRST = (
    "Acknowledge the alert; say in the channel that you are on it.",
    "Note when the first deal was affected and how many are: from the alert, not from memory.",
    "Decide: let the flow run, pause it, or park deals. When in doubt, park: a late order is easy to repair.",
    "Inform the owner of the flow; inform finance if amounts are wrong and not only late.",
)
_ASK_FIRST = "Which channel, which owner, who is called at night, and how do you pause the flow?"
_REPAIR = (
    "List the deals: lost, duplicated, mismatched, late. Compare both ledgers; do not rely on the sync's own log.",
    "Replay parked deals in the order in which they changed; an idempotency key makes that safe.",
    "Of a duplicate, cancel the second order and credit its invoice; never the first.",
    "Correct a wrong amount together with finance: in a closed period only they can book it.",
)
_ASK_REPAIR = "Which command replays, where are the dead letters, who may cancel an order and credit an invoice?"
_OVER = (
    "Every deal of the incident is in the ERP exactly once, with the right amount and currency.",
    "Totals by currency agree in both systems.",
    "The alert is resolved and no dead letter is open.",
    "Every manual intervention is written down, each with an action that makes it unnecessary.",
)
_RUN = "Print the card of the day with gameday brief, then run the feature with gameday run --live."
_ASK_PRACTISE = "When did the team last practise this, and when is the next time?"
