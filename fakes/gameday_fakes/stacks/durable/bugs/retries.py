"""Bugs in retries, logins and circuit breakers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherCrm, OtherFailures, OtherGates, OtherInbox, Planted
from gameday_fakes.stacks.durable.crm import Crm, Record
from gameday_fakes.stacks.durable.crms.salesforce import Client as Salesforce
from gameday_fakes.stacks.durable.definition import Reason
from gameday_fakes.stacks.durable.engine import Reader
from gameday_fakes.stacks.durable.failures import Failures
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.reader import FreshReader
from gameday_fakes.stacks.durable.session import Session
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble


class _TimeoutIsFine(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if trouble.reason in ("slow", "connection"):
            self.store.set_deal(row["id"], state=DISCARDED)
        else:
            super().failed(row, trouble, record)


class TimeoutIsSuccess(OtherFailures):
    """Takes a write without a reply for a success, and never looks whether it was one."""

    caught_by = "network/latency_spike.feature"
    failures_class = _TimeoutIsFine


class _OneLogin(Session):
    async def log_in(self, stale: str) -> str:
        if self.token:
            raise Trouble("login_refused", "401 the session has expired", system="crm")
        return await super().log_in(stale)


class _LogsInOnce(Salesforce):
    session_class = _OneLogin


class NoTokenRenewal(OtherCrm):
    """Logs in once, at the start: when the session ends, nothing can be read until a restart."""

    caught_by = "access/token_revoked.feature"
    crm_class = _LogsInOnce


class _BlamesTheSystem(Failures):
    def route(self, row: Row, reason: Reason, trouble: Trouble) -> None:
        gate = self.gates[trouble.system]
        while gate.closed_by is None:
            gate.failed(reason, trouble)
        self.retry_later(row["id"], row["attempts"], self.delay_s(1, trouble))


class BadRecordStopsAll(OtherFailures):
    """Takes the refusal of one record for a failure of the system, and stops all others."""

    caught_by = "erp_rules/record_lock.feature"
    failures_class = _BlamesTheSystem


class _StaysClosed(Gate):
    def admits(self, wanted: int) -> int:
        return wanted if self.closed_by is None else 0


class BreakerNeverCloses(OtherGates):
    """The circuit breaker never tries again: after an outage nothing flows until a restart."""

    caught_by = "limits/rate_limit.feature"
    gate_class = _StaysClosed


class _InOrder(Inbox):
    def claim(self, limit: int) -> list[str]:
        oldest = self.store.row("SELECT due_s, attempts FROM deals WHERE state = 'queued' ORDER BY received_s LIMIT 1")
        if oldest is None or not oldest["attempts"]:
            return super().claim(limit)
        return super().claim(1) if oldest["due_s"] <= self.store.now_s() else []


class WaitsForTheOldest(OtherInbox):
    """Keeps the order of the queue at any price: a deal that waits for its retry holds up all others."""

    caught_by = "erp_rules/record_lock.feature"
    inbox_class = _InOrder


class _Stuck(Inbox):
    def release(self, deal: str) -> None:
        row = self.store.deal(deal)
        if row is not None and row["reason"]:
            self.news.set()
        else:
            super().release(deal)


class FailedDealStaysClaimed(OtherInbox):
    """Does not release a deal whose processing failed: it stays with a worker that has forgotten it."""

    caught_by = "erp_rules/record_lock.feature"
    inbox_class = _Stuck


class _Minutes(Failures):
    def delay_s(self, attempt: int, trouble: Trouble) -> float:
        return 60 * super().delay_s(attempt, trouble)


class BackoffInMinutes(OtherFailures):
    """Reads delays in seconds as minutes: the first retry comes after a quarter of an hour."""

    caught_by = "delivery/reply_lost.feature"
    failures_class = _Minutes


class _FirstSnapshot(FreshReader):
    """Keeps what it read at the first attempt."""

    def __init__(self, crm: Crm) -> None:
        super().__init__(crm)
        self._seen: dict[str, Record | Trouble] = {}

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        for deal, outcome in (await super().read(deals)).items():
            if not isinstance(self._seen.get(deal), dict):
                self._seen[deal] = outcome
        return {deal: self._seen[deal] for deal in deals}


class WritesFirstSnapshot(Planted):
    """Keeps the deal as it was first read: whatever happens to it later, that is written."""

    caught_by = "process/amended_after_order.feature"

    @cached_property
    def reader(self) -> Reader:
        return _FirstSnapshot(self.crm)


COMPOSITIONS: dict[str, type[Planted]] = {
    "timeout-is-success": TimeoutIsSuccess,
    "no-token-renewal": NoTokenRenewal,
    "bad-record-stops-all": BadRecordStopsAll,
    "breaker-never-closes": BreakerNeverCloses,
    "waits-for-the-oldest": WaitsForTheOldest,
    "failed-deal-stays-claimed": FailedDealStaysClaimed,
    "backoff-in-minutes": BackoffInMinutes,
    "writes-first-snapshot": WritesFirstSnapshot,
}
