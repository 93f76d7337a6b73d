"""Who does what on the day, and who is told what: from the contract's owners, with blanks for what it does not know."""

from __future__ import annotations

from gameday.model.contract import Contract
from gameday_reports.document import Table

#: What the owners of a contract are to the day, by their role in it.
_OBSERVERS = {"source": "the CRM's side", "sink": "the ERP's side", "finance": "the books"}


def roles(contract: Contract) -> Table:
    """The roles of the day. The responders are those whom the alerts are to reach."""
    observers = [
        f"{owner} ({_OBSERVERS.get(role, role)})"
        for role, owner in contract.owners.items()
        if role != "sync" and owner != contract.owner
    ]
    return Table(
        ("Role", "Who", "Does"),
        (
            ("Owner", contract.owner, "Decides that the day is held and what is done about what it finds."),
            ("Coordinator", "", "Runs the command, keeps to the timeline, stops the day."),
            ("Reporter", "", "Writes notes with n on the live board: who did what, when, and why."),
            (
                "Responders",
                f"on call for {contract.owner}",
                "Act on the alerts alone; in a blind drill, without this card.",
            ),
            ("Observers", ", ".join(observers), "Watch their own side; say nothing until the debrief."),
        ),
    )


def told(contract: Contract) -> Table:
    """Who is told what, when."""
    finance = contract.owners.get("finance", "finance")
    everybody = ", ".join(dict.fromkeys((contract.owner, *contract.owners.values())))
    sides = ", ".join(dict.fromkeys(owner for role, owner in contract.owners.items() if role in ("source", "sink")))
    return Table(
        ("When", "Whom", "What"),
        (
            ("A week before", everybody, "Date, hypothesis, blast radius, abort."),
            ("A day before", "on call, service desk", "A drill will be held; how a real incident is told from it."),
            ("15 min before", sides or "the systems' owners", "It begins; which systems are fakes; how to stop it."),
            ("On abort", contract.owner, "Stopped, when and why; everything is healed."),
            (
                "At the end",
                f"{contract.owner}, {finance}",
                "It is over; the result in a sentence; where the report is.",
            ),
        ),
    )
