"""Carries out recorded deals as fast as the stack takes them.

A limited number of deals is in progress at a time; the next is closed when one has arrived. A deal that does not
arrive keeps its place until nothing has been written for a while; a stack that has written nothing since then has
stalled, and the other deals are not tried.
"""

from __future__ import annotations

import math
import time

from gameday.model.events import InvoiceWrite, OrderWrite
from gameday.model.workload import BusinessOperation, Workload
from gameday.run.endings import DEAL_CHANGES, ERP_WRITES
from gameday.run.recorder import Recorder
from gameday.run.tasks import until
from gameday_fakes.events import Event

#: How many deals are in progress at a time: more than any stack's batch, fewer than would make one late.
WINDOW = 48
#: For how long, at least, nothing may be written before what is missing counts as lost (real seconds).
QUIET_S = 5.0
#: For how long, at least, ledgers that agree may still change before they are read (real seconds).
SETTLE_S = 0.5
#: The longest that a stack may go on writing after the last operation (real seconds).
TIMEOUT_S = 60.0
POLL_S = 0.02
ENDING_POLL_S = 0.1


class WindowedOperations:
    """The operations of a workload, with at most WINDOW deals in progress; their own times do not count."""

    def __init__(self, recorder: Recorder, workload: Workload) -> None:
        contract = recorder.contract
        self._recorder = recorder
        self._workload = workload
        self._writes = ERP_WRITES if contract.invoiced else ERP_WRITES[:1]
        #: By deal: the writes that are still missing.
        self._missing: dict[str, set[str]] = {}
        #: By deal: writes that came before the reply to the operation that caused them.
        self._early: dict[str, set[str]] = {}
        self._deal_of: dict[str, str] = {}
        self._progress_s = time.monotonic()
        # How long a batch may take until it is started again (real seconds).
        pause_s = recorder.clock.real_s(recorder.environment.stack.longest_pause_s)
        #: No deal is lost before its SLA has passed (real seconds).
        self.quiet_s = max(QUIET_S, recorder.clock.real_s(contract.sla.latency_s)) + pause_s
        #: A stack that looks for deals by itself does so within its SLA: what it would write twice, it writes by then.
        self.settle_s = max(SETTLE_S, recorder.clock.real_s(contract.sla.latency_s + recorder.margin_s)) + pause_s
        self._wrote = False
        #: How many deals were closed, and whether the stack stalled.
        self.tried = 0
        self.stalled = False
        recorder.listeners.append(self._take)

    @property
    def idle_s(self) -> float:
        """How long no deal has been closed or changed and nothing has been written (real seconds)."""
        return time.monotonic() - self._progress_s

    async def carry_out(self) -> None:
        """Close the deals, then change those that change: each change is made to an order that has arrived."""
        for changes in (False, True):
            for operation in self._workload.operations:
                if (operation.f != "close_deal") is changes and not self.stalled:
                    await self._wait_for_room(WINDOW)
                    if not self.stalled:
                        await self._operate(operation)
            await self._wait_for_room(1)

    async def _operate(self, operation: BusinessOperation) -> None:
        self._early.pop(self._deal_of.get(operation.key, ""), None)
        deal = await self._recorder.operate(operation)
        self._progress_s = time.monotonic()
        closing = operation.f == "close_deal"
        self.tried += closing
        self._deal_of[operation.key] = deal
        if operation.f not in DEAL_CHANGES:
            # A deal that is not won has no order to wait for.
            return
        writes = self._writes if closing else self._writes[:1]
        if missing := set(writes) - self._early.pop(deal, set()):
            self._missing[deal] = missing

    async def _wait_for_room(self, places: int) -> None:
        """Wait until fewer than so many deals are in progress, or those that are count as lost."""

        async def has_room() -> bool:
            if len(self._missing) >= places and self.idle_s > self.quiet_s:
                self.stalled = places > 1 and not self._wrote
                self._missing.clear()
                self._wrote = False
            return len(self._missing) < places

        await until(has_room, timeout_s=math.inf, poll_s=POLL_S)

    def _take(self, event: Event) -> None:
        """Note a write, which may be what a deal was waiting for."""
        if event.f not in (OrderWrite.f, InvoiceWrite.f) or event.outcome not in ("ok", "info"):
            return
        self._progress_s = time.monotonic()
        self._wrote = True
        deal = str(event.value.get("deal") or "")
        missing = self._missing.get(deal)
        if missing is None:
            self._early.setdefault(deal, set()).add(event.f)
            return
        missing.discard(event.f)
        if not missing:
            del self._missing[deal]


class ReplayEnd:
    """Over when the ledgers agree and nothing is written any more, or when nothing has been for long."""

    def __init__(self, recorder: Recorder, operations: WindowedOperations) -> None:
        self._recorder = recorder
        self._operations = operations

    async def wait(self) -> None:
        """Wait until it is over."""
        timeout_s = TIMEOUT_S + self._operations.quiet_s
        await until(self._over, timeout_s=timeout_s, poll_s=ENDING_POLL_S)

    async def _over(self) -> bool:
        idle_s = self._operations.idle_s
        return idle_s > self._operations.quiet_s or (
            idle_s > self._operations.settle_s and await self._recorder.reconciled()
        )
