"""Bugs in what follows a failure: retries, dead letters and the gates."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherDeadLetters, OtherFailures, Planted
from gameday_fakes.stacks.durable.definition import Reason
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble

_log = logging.getLogger("durable")


class _DropRefused(Failures):
    def park(self, deal: str, reason: Reason, detail: str) -> None:
        _log.error("deal %s is refused: %s", deal, detail)
        self.store.set_deal(deal, state=DISCARDED)


class NoDeadLetterQueue(OtherFailures):
    """Drops records that the ERP refuses, with only a line in the log."""

    caught_by = "erp_rules/inactive_reference.feature"
    failures_class = _DropRefused


class _DropTired(Failures):
    attempts = 3

    def retry_later(self, deal: str, attempts: int, delay_real_s: float) -> None:
        super().retry_later(deal, attempts, delay_real_s)
        if attempts >= self.attempts:
            _log.error("deal %s is dropped", deal)
            self.store.set_deal(deal, state=DISCARDED)


class DropsAfterNTries(OtherFailures):
    """Drops a record for good after three attempts."""

    caught_by = "erp_rules/record_lock.feature"
    failures_class = _DropTired


class _CheckOff(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        if trouble.reason == "unbilled":
            # It is no failure: a billing run takes its time.
            super().failed(row, trouble, record)
            return
        _log.error("deal %s: %s", row["id"], trouble)
        self.gates[trouble.system].worked()
        self.store.set_deal(row["id"], state=DISCARDED)


class CheckpointPastFailure(OtherFailures):
    """Marks a whole batch as done: the checkpoint moves past the records that failed in it."""

    caught_by = "delivery/partly_failed_batch.feature"
    failures_class = _CheckOff


class _Hammer(Failures):
    def delay_s(self, attempt: int, trouble: Trouble) -> float:
        return 0.0

    def step_s(self, lasted_s: float) -> float:
        return 0.0


class _OpenGate(Gate):
    def failed(self, reason: Reason, trouble: Trouble) -> None:
        return


class UnboundedRetry(OtherFailures):
    """Retries at once and without limit, even while the system fails every request."""

    caught_by = "limits/rate_limit.feature"
    failures_class = _Hammer

    @cached_property
    def gates(self) -> dict[str, Gate]:
        return {name: _OpenGate(self.pace, self.definition.probe, self.draw) for name in ("crm", "erp")}


class _NoWayBack(DeadLetters):
    def redrive(self) -> None:
        return


class ParksForever(OtherDeadLetters):
    """Never retries dead letters: they stay parked after the cause is gone, until somebody replays them."""

    caught_by = "erp_rules/closed_period.feature"
    dead_letters_class = _NoWayBack


class _OneBudget(Failures):
    left = 50

    def retry_later(self, deal: str, attempts: int, delay_real_s: float) -> None:
        super().retry_later(deal, attempts, delay_real_s)
        row = self.store.deal(deal)
        if row is not None and self.definition.reasons[row["reason"]].patience_s:
            # The ERP has taken it, and only takes its time.
            return
        self.left -= 1
        if self.left < 0:
            _log.error("deal %s: no retries are left", deal)
            self.store.set_deal(deal, state=DISCARDED)


class SharesARetryBudget(OtherFailures):
    """Has a budget of fifty retries for all deals and never fills it up again: then the first failure drops a deal."""

    caught_by = "erp_rules/record_lock.feature"
    failures_class = _OneBudget


COMPOSITIONS: dict[str, type[Planted]] = {
    "no-dead-letter-queue": NoDeadLetterQueue,
    "drops-after-n-tries": DropsAfterNTries,
    "checkpoint-past-failure": CheckpointPastFailure,
    "unbounded-retry": UnboundedRetry,
    "parks-forever": ParksForever,
    "shares-a-retry-budget": SharesARetryBudget,
}
