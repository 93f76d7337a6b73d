"""What the reconciler finds and people are to hear of: deals whose orders differ, with their customers' tiers."""

from __future__ import annotations

import json
from typing import NamedTuple

from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.customers import Tiers
from gameday_fakes.stacks.durable.definition import Definition
from gameday_fakes.stacks.durable.differences import compared
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.tickets import Tickets


class Finding(NamedTuple):
    """A deal that differs from its order, in words, for the reason of that ``code``; ``repaired``: it is put right."""

    code: str
    row: Row
    difference: str
    record: Record
    repaired: bool = False


class Findings:
    """Collects findings and reports them: with a ticket, once for each version of the deal, unless it is repaired."""

    def __init__(
        self, definition: Definition, store: Store, tiers: Tiers | None, incidents: Incidents, tickets: Tickets
    ) -> None:
        self._definition = definition
        self._store = store
        self._tiers = tiers
        self._incidents = incidents
        self._tickets = tickets
        self._found: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Add one, to be reported with the next ``report``."""
        self._found.append(finding)

    async def report(self) -> None:
        """Report what was found since the last time."""
        found, self._found = self._found, []
        for finding in found:
            self._report(finding, {} if self._tiers is None else await self._tiers.beside(finding.record))

    def _report(self, finding: Finding, tier: Record) -> None:
        deal, reason = finding.row["id"], self._definition.reasons[finding.code]
        if finding.repaired:
            # The row may be another by now: the deal is being written anew.
            row = self._store.deal(deal)
            if row is not None and tier:
                self._store.set_deal(deal, payload=json.dumps({**json.loads(row["payload"]), **tier}))
            self._incidents.join(reason, deal, finding.difference)
            return
        payload = {**json.loads(finding.row["payload"]), **finding.record, **tier}
        checked = compared(finding.record)
        self._store.set_deal(deal, payload=json.dumps(payload, default=str), verified=checked, repairs=0)
        self._store.note(deal, finding.code, finding.difference)
        self._incidents.join(reason, deal, finding.difference)
        self._tickets.file(deal, reason, finding.difference)
