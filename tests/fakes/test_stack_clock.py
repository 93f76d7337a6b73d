"""The fakes live on the clock of an accelerated stack in all that the stack can see."""

from __future__ import annotations

import asyncio
import datetime
import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest

from gameday_fakes.clock import Clock, WallClock
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.registry import fake_kinds
from support.credentials import NETSUITE

#: Noon of a month's last day, far from the present.
MONTH_END_S = datetime.datetime(2031, 1, 31, 12, tzinfo=datetime.UTC).timestamp()


@pytest.fixture
def at_month_end() -> Iterator[FakeSet]:
    fakes = FakeSet(fake_kinds())
    # So slow that it does not move while a test looks.
    fakes.reset(pace=60, seed=1, stack_clock=WallClock(MONTH_END_S, time.monotonic(), 1e-9))
    yield fakes


def test_without_a_clock_of_the_stack_the_date_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    assert Clock(60).wall_s() == 1_700_000_000.0


def test_a_stacks_clock_passes_at_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 110.0)
    assert Clock(60, wall=WallClock(1000.0, 100.0, 60.0)).wall_s() == 1600.0


def test_a_restart_of_the_runs_clock_leaves_the_stacks(at_month_end: FakeSet) -> None:
    at_month_end.clock.restart(60)
    assert at_month_end.clock.wall_s() == pytest.approx(MONTH_END_S)


def test_a_reset_without_it_brings_the_machines_clock_back(at_month_end: FakeSet) -> None:
    at_month_end.reset(pace=60, seed=1)
    assert at_month_end.clock.wall is None


class Answer:
    """The reply of a fake to one request, over ASGI."""

    def __init__(self, app: Any, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> None:
        self.sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in {"host": "fake", **headers}.items()],
            "scheme": "http",
        }
        asyncio.run(app(scope, self._receive(body), self._send))
        self.status: int = self.sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in self.sent)

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @staticmethod
    def _receive(body: bytes) -> Any:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        return receive


def ask_erp(fakes: FakeSet, monkeypatch: pytest.MonkeyPatch, *, signed_s: float) -> Answer:
    """A request to the ERP that is signed at a moment (Unix time)."""
    path = "/services/rest/record/v1/customer"
    header = Signer(NETSUITE, lambda: signed_s).header("GET", f"http://fake{path}")
    return Answer(fakes.fakes["netsuite"], "GET", path, {"authorization": header})


@pytest.mark.parametrize("off_s", [-302, 302])
def test_a_signature_302_s_off_the_stacks_clock_is_refused(
    at_month_end: FakeSet, monkeypatch: pytest.MonkeyPatch, off_s: int
) -> None:
    assert ask_erp(at_month_end, monkeypatch, signed_s=MONTH_END_S + off_s).status == 401


@pytest.mark.parametrize("off_s", [-297, 297])
def test_a_signature_297_s_off_the_stacks_clock_is_accepted(
    at_month_end: FakeSet, monkeypatch: pytest.MonkeyPatch, off_s: int
) -> None:
    assert ask_erp(at_month_end, monkeypatch, signed_s=MONTH_END_S + off_s).status == 200


def test_a_signature_of_the_machines_clock_is_refused(at_month_end: FakeSet, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask_erp(at_month_end, monkeypatch, signed_s=time.time()).status == 401


@pytest.mark.parametrize("fake", ["salesforce", "netsuite", "pagerduty", "jira"])
def test_every_reply_has_the_date_of_the_stacks_clock(at_month_end: FakeSet, fake: str) -> None:
    answer = Answer(at_month_end.fakes[fake], "GET", "/anything", {})
    assert parsedate_to_datetime(answer.headers["date"]).timestamp() == MONTH_END_S


def test_records_are_made_at_the_stacks_present(at_month_end: FakeSet) -> None:
    for name in ("salesforce", "netsuite"):
        fake = at_month_end.fakes[name]
        fake.operate("seed", "", {"accounts": [{"key": "A1", "name": "Acme", "currency": "USD"}], "products": []})
        seen = json.dumps(msgspec.to_builtins(fake.snapshot(), enc_hook=str))
        assert "2031-01-31T12:00:0" in seen
        assert f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}T" not in seen
