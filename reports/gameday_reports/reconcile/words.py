"""A finding in words, for a tool that people already use: what is wrong, both values, whose move it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gameday.base.counts import plural
from gameday_reports.formats import figure
from gameday_reports.reconcile.folder import Group
from gameday_reports.reconcile.tickets import Ticket
from gameday_reports.wire import visible

#: How many findings of a group are named.
NAMED = 20


def headline(ticket: Ticket) -> str:
    """One line: what is wrong with which deal or order."""
    what = f"deal {ticket.deal}" if ticket.deal else f"order {' '.join(ticket.orders)}"
    fields = ", ".join(dict.fromkeys(each["field"] for each in ticket.differences if "field" in each))
    return visible(f"{what}: {ticket.problem}{f' ({fields})' if fields and ticket.problem == 'mismatched' else ''}")


def paragraphs(ticket: Ticket) -> Iterator[str]:
    """The whole finding: the reason, what differs, both sides, what to do, the owner, and what both systems hold."""
    yield visible(ticket.reason)
    for each in ticket.differences:
        crm, erp = (each.get(side) or "nothing" for side in ("crm", "erp"))
        yield visible(f"{each.get('field', '')}: {crm} in the CRM, {erp} in the ERP")
    yield visible(f"In the CRM: {ticket.in_crm}")
    yield visible(f"In the ERP: {ticket.in_erp}")
    yield visible(f"What to do: {ticket.what_to_do}")
    yield visible(f"Owner: {ticket.owner}. Amount: {figure(ticket.amount, ticket.currency)} {ticket.currency}")
    for side, records in (("CRM", ticket.crm), ("ERP", ticket.erp)):
        for record in records:
            yield visible(f"Record of the {side}: {msgspec.json.encode(record).decode()}")


def group_headline(group: Group) -> str:
    """One line for all findings of a problem."""
    return visible(f"{plural(group.number, 'finding')}: {group.problem}, {worth(group)}")


def worth(group: Group) -> str:
    """The amounts of a group by currency."""
    amounts = sorted(group.money.items())
    return ", ".join(f"{figure(amount, name)} {name or 'without a currency'}" for name, amount in amounts)


def group_paragraphs(group: Group) -> Iterator[str]:
    """The largest findings of a group."""
    yield visible(f"Owner: {group.owner}. Amounts: {worth(group)}")
    yield from map(headline, group.tickets[:NAMED])
    if group.number > NAMED:
        yield f"And {group.number - NAMED:,} more, in tickets.jsonl and findings.csv of the reconciliation."
