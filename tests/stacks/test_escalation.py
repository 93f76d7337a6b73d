"""Escalation in the durable stack, at the fake PagerDuty: who is called while nobody acknowledges, and who is not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Request
from gameday_fakes.pagerduty.handlers import PagerDuty
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.escalation import Escalation
from gameday_fakes.stacks.durable.incidents import FINDINGS_LAST_S, Incidents
from gameday_fakes.stacks.durable.outbox import Outbox, PagerChannel
from gameday_fakes.stacks.durable.pager import Pager
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.environment import Pace
from support.credentials import PAGERDUTY

DEFINITION = load("salesforce", "netsuite")
HALF_AN_HOUR_S = 1800
#: Scenario seconds are real ones.
PACE = Pace(1)


class Day:
    """A sync with one deal that is held up, its clock, and the pager."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1_000_000.0
        self.fake: Any = FakeSet({"pagerduty": PagerDuty}).fakes["pagerduty"]
        self.store = SqliteStore(folder / "sync.sqlite3", now_s=lambda: self.now_s)
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="http://pager")
        self._transport = Transport("pager", "http://pager", client)
        self.pager = Pager(DEFINITION, self.store, "deals")
        self.incidents = Incidents(DEFINITION, self.store, PACE, {}, self.pager, "deals")
        self.is_down = False

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_down and request.method == "GET":
            raise httpx.ConnectError("refused")
        headers = {name.lower(): value for name, value in request.headers.raw}
        body, query = await request.aread(), request.url.query
        asked = Request(request.method, request.url.path, query_string=query, headers=headers, body=body)
        reply = await self.fake.respond(asked)
        return httpx.Response(reply.status, content=reply.body)

    async def pass_by(self, seconds: float) -> None:
        """Let time go by, then have the stack do what it does every few seconds."""
        self.now_s += seconds
        self.incidents.tick()
        given = (DEFINITION, self.store, PACE, self.incidents, self.pager)
        # A new one each time, as after a restart.
        await Escalation(*given, self._transport, PAGERDUTY).run_once()
        channel = PagerChannel(self._transport, PAGERDUTY["routing_key"])
        await Outbox(self.store, channel, PACE, DEFINITION.retry, None).send()  # type: ignore[arg-type] - draws nothing

    def alerts(self) -> list[tuple[str, str, str]]:
        """Key, state and owner of every alert."""
        found = []
        for alert in self.fake.alerts.all:
            [first, *_] = [body for body in alert.events if "payload" in body]
            found.append((alert.dedup_key, alert.state, first["payload"]["custom_details"]["owner"]))
        return found


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


OWN = ("deals/unavailable", "triggered", "revenue-operations")
NEXT = ("deals/unavailable/escalation-1", "triggered", "integration-platform")


async def held_up(day: Day) -> None:
    """A deal is held up, and its alert has arrived."""
    day.store.enqueue("006A", delivered=True, payload={"amount": "5"})
    day.incidents.join(DEFINITION.reasons["unavailable"], "006A", "503")
    await day.pass_by(60)
    assert day.alerts() == [OWN]


def test_the_next_is_called_when_nobody_has_acknowledged_in_time(day: Day) -> None:
    async def act() -> None:
        await held_up(day)
        await day.pass_by(HALF_AN_HOUR_S - 1)
        assert day.alerts() == [OWN]
        day.is_down = True
        await day.pass_by(1)
        await day.pass_by(HALF_AN_HOUR_S)
        assert day.alerts() == [OWN, NEXT]
        escalated = day.fake.alerts.all[1].events[0]["payload"]["custom_details"]
        assert [order["order"] for order in escalated["orders"]] == ["006A"]
        day.store.finish("006A", generation=1)
        await day.pass_by(5)
        assert [state for _, state, _ in day.alerts()] == ["resolved", "resolved"]

    asyncio.run(act())


def test_nobody_else_is_called_for_what_is_acknowledged(day: Day) -> None:
    async def act() -> None:
        await held_up(day)
        day.fake.act("acknowledge", "deals/unavailable")
        await day.pass_by(2 * HALF_AN_HOUR_S)
        assert [key for key, _, _ in day.alerts()] == ["deals/unavailable"]
        assert json.loads(day.store.fact("escalation:unavailable"))["taken"] == 0

    asyncio.run(act())


def test_a_finding_stays_open_while_its_repair_has_not_helped(day: Day) -> None:
    async def act() -> None:
        day.store.enqueue("006A", delivered=True)
        day.store.set_deal("006A", state="done", repairs=3)
        day.incidents.join(DEFINITION.reasons["mismatch"], "006A", "no tax in the ERP")
        await day.pass_by(DEFINITION.reasons["mismatch"].alert_after_s + 1)
        await day.pass_by(FINDINGS_LAST_S)
        assert [state for _, state, _ in day.alerts()] == ["triggered"]
        day.store.set_deal("006A", repairs=0)
        await day.pass_by(1)
        assert [state for _, state, _ in day.alerts()] == ["resolved"]

    asyncio.run(act())
