"""The run's clock starts anew when the first deal may close: what came before does not count as the future."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from fakes.hubspot.conftest import CATALOG
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.http import Reply, Request
from gameday_fakes.hubspot.handlers import HubSpot


class Account:
    """A fake in this process on a clock that the test moves."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.fake = HubSpot(self.clock, EventLog(self.clock))
        self.fake.start_again(7)
        self.fake.configure(settings)

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        token = self.fake.credentials["access_token"]
        headers = {b"authorization": f"Bearer {token}".encode()}
        content = b"" if body is None else msgspec.json.encode(body)
        return asyncio.run(self.fake.respond(Request(method, path, headers=headers, body=content)))

    def found(self) -> int:
        total: int = msgspec.json.decode(self.ask("POST", "/crm/v3/objects/products/search", {}).body)["total"]
        return total

    def start_anew(self) -> None:
        self.clock.restart(1.0)


@pytest.mark.parametrize(
    ("settings", "method", "path"),
    [
        ({"searches_per_second": 1}, "POST", "/crm/v3/objects/deals/search"),
        ({"requests_per_ten_seconds": 1}, "GET", "/crm/v3/objects/deals"),
    ],
)
def test_what_was_asked_before_counts_for_no_limit(settings: Any, method: str, path: str) -> None:
    account = Account(**settings)
    account.clock.origin_s -= 1_000
    body = {} if method == "POST" else None
    assert [account.ask(method, path, body).status for _ in range(2)] == [200, 429]
    account.start_anew()
    assert account.ask(method, path, body).status == 200


def test_what_was_seeded_before_is_found() -> None:
    account = Account(index_lag_s=5)
    account.clock.origin_s -= 1_000
    account.fake.operate("seed", "", CATALOG)
    assert account.found() == 0
    account.start_anew()
    assert account.found() == 2


def test_a_change_is_found_when_the_lag_is_over() -> None:
    account = Account(index_lag_s=5)
    account.fake.operate("seed", "", CATALOG)
    account.clock.origin_s -= 4
    assert account.found() == 0
    account.clock.origin_s -= 1
    assert account.found() == 2
