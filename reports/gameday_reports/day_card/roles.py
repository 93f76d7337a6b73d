"""Who does what on the day and who is informed when: from the contract's owners, with blanks for people to fill in."""

from __future__ import annotations

from gameday.model.contract import Contract
from gameday_reports.document import Table

#: What a contract's owners observe, by their role in it.
_OBSERVERS = {"source": "the CRM", "sink": "the ERP", "finance": "the ledgers"}


def roles(contract: Contract) -> Table:
    """The roles of the day. The responders are the people whom the alerts must reach."""
    observers = [
        f"{owner} ({_OBSERVERS.get(role, role)})"
        for role, owner in contract.owners.items()
        if role != "sync" and owner != contract.owner
    ]
    return Table(
        ("Role", "Who", "Task"),
        (
            ("Owner", contract.owner, "Decides that the game day takes place, and what is done about its findings."),
            ("Coordinator", "", "Runs the command, keeps to the timeline, stops the game day if needed."),
            ("Reporter", "", "Adds notes on the live board (key n): who did what, when, and why."),
            (
                "Responders",
                f"on call for {contract.owner}",
                "Respond to the alerts only; in a blind drill, without this card.",
            ),
            ("Observers", ", ".join(observers), "Watch their own system; keep comments for the debrief."),
        ),
    )


def communication(contract: Contract) -> Table:
    """Who is informed of what, and when."""
    finance = contract.owners.get("finance", "finance")
    everybody = ", ".join(dict.fromkeys((contract.owner, *contract.owners.values())))
    sides = ", ".join(dict.fromkeys(owner for role, owner in contract.owners.items() if role in ("source", "sink")))
    return Table(
        ("When", "To", "Message"),
        (
            ("A week before", everybody, "Date, hypothesis, blast radius, abort conditions."),
            ("A day before", "on call, service desk", "A drill takes place; how to tell it from a real incident."),
            ("15 min before", sides or "the systems' owners", "It begins; which systems are fakes; how to stop it."),
            ("On abort", contract.owner, "When and why it was stopped; every fault is healed."),
            (
                "At the end",
                f"{contract.owner}, {finance}",
                "It is over; the result in one sentence; where to find the report.",
            ),
        ),
    )
