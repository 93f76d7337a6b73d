"""How the durable stack hears of what is cancelled in the ERP: by its subscription, and without one."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.stacks.durable.definition import Listen
from gameday_fakes.stacks.durable.erps.business_central_changes import Changes
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.listener import Listener
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Environment, Pace
from gameday_fakes.stacks.http_server import Request

CANCELLED = {"status": "Canceled", "orderId": "o-1", "lastModifiedDateTime": "2026-03-15T10:00:00Z"}


class Company:
    """The company as the client reads and writes it: its subscriptions, and the invoices that were cancelled."""

    def __init__(self) -> None:
        self.subscriptions: list[dict[str, str]] = []
        self.cancelled: list[dict[str, str]] = []
        self.written: list[str] = []
        self.down = False

    async def read(self, name: str, where: str = "", **_: str) -> list[dict[str, Any]]:
        if self.down:
            raise Trouble("unavailable", "503", system="erp")
        if name == "subscriptions":
            return [*self.subscriptions]
        since = where.partition(" ge ")[2]
        return [each for each in self.cancelled if each["lastModifiedDateTime"] >= since]

    async def call(self, method: str, _: str, body: Any) -> Any:
        self.written.append(method)
        if method == "POST":
            self.subscriptions.append({**body, "subscriptionId": "s"})


class Hearing:
    """A listener with a store, in which deal 006 is done with order o-1."""

    def __init__(self, folder: Path, company: Company) -> None:
        self.company, self.store = company, SqliteStore(folder / "state.sqlite3")
        self.changes = Changes("companies(c)", company.read, company.call)
        self.inbox = Inbox(self.store)
        self.listener = Listener(Listen(60, 1e9), self.changes, self.store, self.inbox, environment(folder))

    async def done(self, **values: str) -> None:
        self.store.enqueue("006", delivered=True)
        self.store.set_deal("006", state="done", order_id="o-1", digest="d", invoice_digest="d", **values)
        await self.store.committed()

    @property
    def state(self) -> str:
        row = self.store.deal("006")
        assert row is not None
        return str(row["state"])


def environment(folder: Path) -> Environment:
    nobody = {"crm_url": "", "erp_url": "", "pager_url": "", "tickets_url": "", "crm": "", "erp": "", "flow": "f"}
    credentials = {"erp": {"client_secret": "s"}}
    return Environment(**nobody, host="h", port=1, state_dir=folder, pace=Pace(), credentials=credentials)


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    found = Hearing(tmp_path, Company())
    yield found
    found.store.close()


def request(body: Any = None, query: str = "") -> Request:
    return Request("POST", "/erp-changes", json.dumps(body).encode(), query=query)


def test_a_subscription_is_made_once_and_renewed_when_it_is_old(hearing: Hearing) -> None:
    async def kept() -> None:
        await hearing.listener.keep()
        await hearing.listener.keep()
        hearing.store.set_fact("erp_subscription_renewed", "-1e10")
        await hearing.listener.keep()

    asyncio.run(kept())
    assert hearing.company.written == ["POST", "PATCH"]
    (subscription,) = hearing.company.subscriptions
    assert subscription["notificationUrl"] == "http://h:1/erp-changes"


@pytest.mark.parametrize("down", [False, True])
def test_what_was_cancelled_while_there_was_no_subscription_is_asked_for(hearing: Hearing, down: bool) -> None:
    async def lapsed() -> None:
        await hearing.listener.keep()
        await hearing.done()
        hearing.company.subscriptions.clear()
        hearing.company.cancelled.append(CANCELLED)
        hearing.company.down = down
        if down:
            with pytest.raises(Trouble):
                await hearing.listener.keep()
            hearing.company.down = False
        await hearing.listener.keep()

    asyncio.run(lapsed())
    assert hearing.state == "queued"


def test_a_notification_is_answered_once_what_it_tells_of_is_stored(hearing: Hearing) -> None:
    async def notified() -> list[int]:
        await hearing.listener.keep()
        await hearing.done()
        hearing.company.cancelled.append(CANCELLED)
        own = {"value": [{"clientState": hearing.company.subscriptions[0]["clientState"]}]}
        hearing.company.down = True
        before = (await hearing.listener.receive(request(own))).status
        hearing.company.down = False
        return [before, (await hearing.listener.receive(request(own))).status]

    assert asyncio.run(notified()) == [503, 202]
    assert hearing.state == "queued"


def test_an_order_that_the_sync_has_cancelled_itself_is_not_written_anew(hearing: Hearing) -> None:
    async def looked() -> None:
        await hearing.listener.look()
        await hearing.done()
        hearing.store.set_deal("006", digest="cancelled")
        hearing.company.cancelled.append(CANCELLED)
        await hearing.listener.look()

    asyncio.run(looked())
    assert hearing.state == "done"


def test_what_was_cancelled_before_the_sync_began_is_nothing_new(hearing: Hearing) -> None:
    async def began() -> None:
        hearing.company.cancelled.append(CANCELLED)
        await hearing.done()
        await hearing.listener.look()

    asyncio.run(began())
    assert hearing.state == "done"


@pytest.mark.parametrize(
    ("given", "status", "body"),
    [
        (request(query="validationToken=a%2Bb"), 200, b"a+b"),
        (request({"value": [{"clientState": "another"}]}), 401, None),
        (request({"value": []}), 401, None),
        (request({"value": [{}]}), 400, None),
        (request([]), 400, None),
        (dataclasses.replace(request(), body=b"{"), 400, None),
    ],
)
def test_a_request_of_somebody_else_tells_of_nothing(
    hearing: Hearing, given: Request, status: int, body: bytes | None
) -> None:
    reply = hearing.changes.answer(given, "secret")
    assert (reply.status, body or reply.body) == (status, reply.body)
