"""Tickets for records that need a person: the deal, its payload, the reason and the owner."""

from __future__ import annotations

import json

from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.store import Store


class Tickets:
    """Writes tickets into the outbox, at most one for each deal."""

    def __init__(self, definition: Definition, store: Store, flow: str, project: str) -> None:
        self._definition = definition
        self._store = store
        self._flow = flow
        self._project = project

    def file(self, deal: str, reason: Reason, detail: str) -> None:
        """File a ticket, unless the deal has one."""
        row = self._store.deal(deal)
        if row is None or row["ticket"]:
            return
        owner = self._definition.owner_of(reason)
        approval = "To approve the deal unchanged, resolve this ticket.\n" if reason.route == "approval" else ""
        payload = json.dumps(json.loads(row["payload"]), indent=1)
        description = (
            f"flow: {self._flow}\norder: {deal}\nreason: {reason.code}: {reason.text}\ndetail: {detail}\n"
            f"owner: {owner}\ncorrelation: {row['correlation']}\n{approval}payload:\n{payload}"
        )
        body = {
            "fields": {
                "project": {"key": self._project},
                "issuetype": {"name": "Task"},
                "summary": f"{self._flow}: deal {deal}: {reason.text}"[:250],
                "description": description[:30000],
                "labels": [self._flow, reason.code, owner, f"deal-{deal}"],
            }
        }
        self._store.set_deal(deal, ticket="filed")
        self._store.post("tickets", deal, body)
