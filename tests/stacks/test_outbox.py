"""Alerts and tickets wait for their system as long as it takes, unless it refuses them for themselves."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from gameday_fakes.stacks.durable.definition import Backoff
from gameday_fakes.stacks.durable.outbox import Outbox
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.store import Row
from gameday_fakes.stacks.environment import Pace

ATTEMPTS = 3


class Answering:
    """A channel that answers with these statuses in turn, and what has arrived."""

    kind = "tickets"

    def __init__(self, *statuses: int) -> None:
        self._statuses = [*statuses]
        self.arrived_keys: list[str] = []

    async def send(self, row: Row) -> httpx.Response:
        return httpx.Response(self._statuses.pop(0))

    def arrived(self, row: Row, reply: httpx.Response) -> None:
        self.arrived_keys.append(row["key"])


@pytest.mark.parametrize(
    ("statuses", "arrived"),
    [
        ([201, 201], ["a", "b"]),
        # A login, a right, an address or a limit may be put right, however long it takes.
        ([401] * 5 + [201, 201], ["a", "b"]),
        ([403] * 5 + [201, 201], ["a", "b"]),
        ([404] * 5 + [201, 201], ["a", "b"]),
        ([429, 500, 503, 408, 409, 201, 201], ["a", "b"]),
        ([400, 400, 201, 201], ["a", "b"]),
        # What is refused for itself again and again keeps nothing else from arriving.
        ([400] * ATTEMPTS + [201], ["b"]),
        ([422] * ATTEMPTS + [201], ["b"]),
    ],
)
def test_a_message_is_sent_until_it_arrives_or_is_refused_for_itself(
    statuses: list[int], arrived: list[str], tmp_path: Path
) -> None:
    async def act() -> list[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3", now_s=lambda: 0.0)
        for key in ("a", "b"):
            store.post("tickets", key, {})
        channel = Answering(*statuses)
        backoff = Backoff(first_s=1.0, factor=1.0, longest_s=1.0, jitter=0.0, attempts=ATTEMPTS)
        outbox = Outbox(store, channel, Pace(1.0), backoff, random.Random(1))
        while await outbox.send():
            pass
        return channel.arrived_keys

    assert asyncio.run(act()) == arrived
