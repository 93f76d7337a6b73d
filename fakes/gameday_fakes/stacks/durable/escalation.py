"""Escalation: while nobody acknowledges an incident, whoever is next is alerted too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gameday_fakes.stacks.durable.definition import Definition, Reason, Step
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.pager import Pager, iso
from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace

#: The fact about an open incident: since when it is alerted, and how many steps were taken.
FACT = "escalation:"


class Escalation:
    """Takes the steps of the definition for each incident. The fact outlives a restart; an empty one is over."""

    def __init__(
        self,
        definition: Definition,
        store: Store,
        pace: Pace,
        incidents: Incidents,
        pager: Pager,
        transport: Transport,
        credentials: Mapping[str, str],
    ) -> None:
        self._definition = definition
        self._store = store
        self._pace = pace
        self._incidents = incidents
        self._pager = pager
        self._transport = transport
        self._token = credentials.get("api_token", "")

    async def run_once(self) -> None:
        """Bring the escalations up to date with the incidents."""
        alerted = {row["reason"] for row in self._store.rows("SELECT reason FROM incidents WHERE alerted_s > 0")}
        known = {code: json.loads(state) for code, state in self._store.facts(FACT).items()}
        for code in known.keys() - alerted:
            self._end(self._definition.reasons[code], known[code]["taken"])
        for code in alerted:
            state = known.get(code) or {"since_s": self._store.now_s(), "taken": 0}
            await self._advance(self._definition.reasons[code], state)
            self._store.set_fact(f"{FACT}{code}", json.dumps(state))

    async def _advance(self, reason: Reason, state: dict[str, Any]) -> None:
        steps = self._definition.escalation
        for number, step in enumerate(steps[state["taken"] :], state["taken"] + 1):
            if self._store.now_s() - state["since_s"] < self._pace.real_s(step.after_s):
                return
            if await self._is_acknowledged(self._incidents.key_of(reason)):
                return
            self._call(reason, step, number, state["since_s"])
            state["taken"] = number

    def _call(self, reason: Reason, step: Step, number: int, since_s: float) -> None:
        orders = self._incidents.orders_of(reason)
        said = {
            "summary": f"{self._pager.flow}: escalated: {reason.text}; {len(orders)} deals affected",
            "detail": f"nobody has acknowledged it for {step.after_s / 60:g} minutes",
            "orders": orders,
            "first_seen": iso(since_s),
        }
        self._pager.escalate(self._key(reason, number), reason, self._definition.owners[step.to], said)

    def _end(self, reason: Reason, taken: int) -> None:
        for number in range(1, taken + 1):
            self._pager.resolve(self._key(reason, number), reason)
        self._store.set_fact(f"{FACT}{reason.code}", "")

    def _key(self, reason: Reason, number: int) -> str:
        return f"{self._incidents.key_of(reason)}/escalation-{number}"

    async def _is_acknowledged(self, key: str) -> bool:
        """Whether somebody has acknowledged it at the pager; one that does not say so is not taken for an answer."""
        if not self._token:
            return False
        headers = {"authorization": f"Token token={self._token}", "accept": "application/vnd.pagerduty+json;version=2"}
        query = {"incident_key": key, "statuses[]": "acknowledged"}
        try:
            reply = await self._transport.send("GET", "/incidents", params=query, headers=headers)
            return reply.status_code == 200 and bool(reply.json()["incidents"])
        except (Trouble, ValueError, LookupError, TypeError):
            return False
