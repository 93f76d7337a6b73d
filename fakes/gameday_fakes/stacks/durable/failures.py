"""Handles troubles: the routes of the definition, the dead letters and their replay."""

from __future__ import annotations

import json
import logging
import random
from typing import Any

from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.store import PARKED, QUEUED, Row, Store
from gameday_fakes.stacks.durable.tickets import Tickets
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace

_log = logging.getLogger("durable")

#: The fact that names the dead letter of a reason which is retried for all of them.
CANARY = "canary:"


class Failures:
    """Handles a trouble by the route that the definition gives its reason."""

    def __init__(
        self,
        definition: Definition,
        store: Store,
        pace: Pace,
        gates: dict[str, Gate],
        incidents: Incidents,
        tickets: Tickets,
        draw: random.Random,
    ) -> None:
        self.definition = definition
        self.store = store
        self.pace = pace
        self.gates = gates
        self.incidents = incidents
        self.tickets = tickets
        self.draw = draw

    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        """Decide what happens to a deal that was not settled; the decision is stored when this returns."""
        deal = row["id"]
        reason = self.definition.reasons[trouble.reason]
        payload = trouble.payload or record
        _log.warning("deal %s: %s", deal, trouble)
        now_s = self.store.now_s()
        # Not from the row: its order may have been written since it was read.
        known = self.store.deal(deal) or row
        since_s = known["trouble_s"] or now_s
        self.store.set_deal(
            deal,
            reason=reason.code,
            detail=trouble.detail,
            trouble_s=since_s,
            payload=json.dumps(payload, default=str) if payload else row["payload"],
        )
        self.store.note(deal, reason.code, trouble.detail)
        if now_s - since_s >= self.pace.real_s(reason.patience_s):
            self.incidents.join(reason, deal, trouble.detail)
        else:
            self.incidents.leave(deal)
        gate = self.gates[trouble.system]
        if reason.scope == "system":
            gate.failed(reason, trouble)
            delay_s = self.delay_s(1, trouble)
            if gate.closed_by is None:
                delay_s = max(delay_s, self.step_s(now_s - since_s))
            self.retry_later(deal, row["attempts"], delay_s)
        else:
            gate.worked()
            self.route(row, reason, trouble)
        if reason.ticket:
            self.tickets.file(deal, reason, trouble.detail)

    def route(self, row: Row, reason: Reason, trouble: Trouble) -> None:
        """Handle a trouble of one record: retry it later, or park it with a ticket."""
        attempts = row["attempts"] + 1
        if reason.parks or attempts >= self.definition.retry.attempts:
            self.park(row["id"], reason, trouble.detail)
        else:
            self.retry_later(row["id"], attempts, self.delay_s(attempts, trouble))

    def delay_s(self, attempt: int, trouble: Trouble) -> float:
        """Real seconds until the next attempt."""
        return self.pace.real_s(max(self.definition.retry.delay_s(attempt, self.draw), trouble.retry_after_s))

    def step_s(self, lasted_s: float) -> float:
        """How long a deal waits at least whose trouble has lasted so long, while the gate is open (real seconds both).

        What the system does for others, or does for this deal before it fails, keeps the gate open.
        """
        return min(lasted_s, self.pace.real_s(self.definition.retry.longest_s))

    def retry_later(self, deal: str, attempts: int, delay_real_s: float) -> None:
        """Keep a deal in the queue until its next attempt."""
        self.store.set_deal(deal, state=QUEUED, attempts=attempts, due_s=self.store.now_s() + delay_real_s)

    def park(self, deal: str, reason: Reason, detail: str) -> None:
        """Park a deal as a dead letter, with its payload and a ticket for its owner."""
        self.store.set_deal(deal, state=PARKED, due_s=self.store.now_s())
        self.store.note(deal, "parked", reason.code)
        self.tickets.file(deal, reason, detail)


class DeadLetters:
    """The parked deals and their replay: by hand, or on a slow schedule once the cause is gone."""

    def __init__(self, definition: Definition, store: Store, inbox: Inbox) -> None:
        self._definition = definition
        self._store = store
        self._inbox = inbox

    def all(self) -> list[dict[str, Any]]:
        """Every dead letter: id, order (the deal's id), reason and payload."""
        rows = self._store.rows("SELECT * FROM deals WHERE state = 'parked' ORDER BY received_s")
        return [
            {
                "id": row["id"],
                "order": row["id"],
                "reason": f"{row['reason']}: {row['detail']}",
                "payload": json.loads(row["payload"]),
                "owner": self._definition.owner_of(self._definition.reasons[row["reason"]]),
                "ticket": row["ticket"],
            }
            for row in rows
        ]

    def replay(self, ids: list[str] | None) -> int:
        """Retry some or (None) all dead letters now; returns how many."""
        wanted = ids if ids is not None else [letter["id"] for letter in self.all()]
        return sum(self._release(deal) for deal in wanted)

    def _release(self, deal: str) -> int:
        changed = self._store.write(
            "UPDATE deals SET state = 'queued', attempts = 0, due_s = ? WHERE id = ? AND state = 'parked'",
            self._store.now_s(), deal,
        )  # fmt: skip
        if changed:
            self._store.wake(deal)
        self._inbox.news.set()
        return changed

    def redrive(self) -> None:
        """Retry one dead letter of each reason: the one whose last attempt is the oldest.

        Of price drift all are retried: each deal has its own prices, and checking them is cheap.
        """
        for row in self._store.rows("SELECT DISTINCT reason FROM deals WHERE state = 'parked'"):
            code = row["reason"]
            parked = self._store.rows("SELECT id FROM deals WHERE state = 'parked' AND reason = ? ORDER BY due_s", code)
            if self._definition.reasons[code].route == "approval":
                for letter in parked:
                    self._release(letter["id"])
            else:
                self._store.set_fact(f"{CANARY}{code}", parked[0]["id"])
                self._release(parked[0]["id"])

    def settled(self, deal: str) -> None:
        """Release all dead letters of a reason once the one that was retried for it has settled."""
        for fact in self._store.rows("SELECT name FROM facts WHERE name LIKE 'canary:%' AND value = ?", deal):
            self._store.set_fact(fact["name"], "")
            code = fact["name"].removeprefix(CANARY)
            for row in self._store.rows("SELECT id FROM deals WHERE state = 'parked' AND reason = ?", code):
                self._release(row["id"])
