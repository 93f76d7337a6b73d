"""When a pass is over and its ledgers can be judged: at the scenario's horizon, or once all is quiet."""

from __future__ import annotations

import asyncio
import math

from gameday.analysis.observations import open_alerts
from gameday.model.events import ErpWrite
from gameday.model.history import select
from gameday.run.recorder import Recorder
from gameday.run.tasks import until

#: For how long nothing may happen before a reconciled run is over: scenario seconds, and at least so many real ones.
IDLE_S = 60.0
IDLE_REAL_S = 0.5
#: What counts as something happening.
ERP_WRITES = ("order_write", "invoice_write")
DEAL_CHANGES = ("close_deal", "amend_deal", "void_deal", "delete_deal", "restore_deal")
ACTIVITY = (*ERP_WRITES, *DEAL_CHANGES, "act", "human", "deliver", "alert", "ticket", "inject", "heal", "stack")
#: The pauses between two checks (real seconds), and how many times as long as the check itself.
HORIZON_POLL_S = 0.2
HORIZON_REST = 5.0
#: When ledgers that did not agree are compared again although nothing has happened (real seconds): in a sandbox tenant
#: something may have that no event tells.
COMPARE_AGAIN_S = 2.0
QUIET_POLL_S = 0.2


class Horizon:
    """Over at the scenario's horizon, plus the margin of the limits.

    It counts from the last business operation, or from the last write that a fault had held back over its healing.
    ``early``: also before it, once the ledgers agree, every alert is resolved and nothing has happened for a while. A
    control runs to the horizon, for a false alarm may come late.
    """

    def __init__(self, recorder: Recorder, *, early: bool) -> None:
        self._recorder = recorder
        self._early = early
        #: How much had happened when the ledgers did not agree, and until when (scenario seconds) that still counts.
        self._compared = (-1, 0.0)

    async def wait(self) -> None:
        """Wait until it is over."""
        horizon = asyncio.ensure_future(self._passed())
        early = asyncio.ensure_future(until(self._over, timeout_s=math.inf, poll_s=HORIZON_POLL_S, rest=HORIZON_REST))
        try:
            done, _ = await asyncio.wait({horizon, early}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (horizon, early):
                task.cancel()
            await asyncio.gather(horizon, early, return_exceptions=True)

    async def _passed(self) -> None:
        """Wait until the horizon has passed, on the run's clock, which may skip ahead."""
        waited_until_s = 0.0
        while waited_until_s < (ends_s := self._ends_s()):
            await self._recorder.clock.sleep(ends_s - self._recorder.clock.now_s())
            await self._recorder.fetch()
            waited_until_s = ends_s

    def _ends_s(self) -> float:
        recorder, scenario = self._recorder, self._recorder.scenario
        writes = select(recorder.operations, ErpWrite)
        landed_s = max((op.time_s for op in writes if op.event.held_s), default=0.0)
        since_s = max(recorder.operated_s, recorder.last_s(DEAL_CHANGES), landed_s)
        return max(scenario.horizon_s, since_s + scenario.recovery_s) + recorder.margin_s

    async def _over(self) -> bool:
        # A batch is started once more after it has changed anything, and must not change anything then.
        stack = self._recorder.environment.stack
        idle_s = stack.longest_pause_s + max(IDLE_S, IDLE_REAL_S * self._recorder.clock.pace)
        if stack.batch_running:
            return False
        if not (self._early and self._is_quiet(idle_s) and await self._agree()):
            return False
        # What is known may be some seconds old: a write or an alert may have come since.
        await self._recorder.fetch()
        return self._is_quiet(idle_s)

    def _is_quiet(self, idle_s: float) -> bool:
        recorder = self._recorder
        since_s = max(recorder.last_s(ACTIVITY), recorder.operated_s)
        return recorder.clock.now_s() - since_s > idle_s and not open_alerts(recorder.operations)

    async def _agree(self) -> bool:
        """Whether the ledgers agree; while nothing happens, ledgers that did not are seldom compared again."""
        recorder, clock = self._recorder, self._recorder.clock
        happened, until_s = self._compared
        if recorder.happened == happened and clock.now_s() < until_s:
            return False
        self._compared = (recorder.happened, clock.now_s() + COMPARE_AGAIN_S * clock.pace)
        return await recorder.reconciled()


class Quiet:
    """Over when nothing has been written to the ERP for a while, or when it has taken too long (real seconds)."""

    def __init__(self, recorder: Recorder, *, quiet_s: float, timeout_s: float) -> None:
        self._recorder = recorder
        self._quiet_s = quiet_s
        self._timeout_s = timeout_s
        self._began_s = 0.0

    async def wait(self) -> None:
        """Wait until it is over; a stack that never becomes quiet is noted."""
        self._began_s = self._recorder.clock.now_s()
        if not await until(self._over, timeout_s=self._timeout_s, poll_s=QUIET_POLL_S):
            self._recorder.note(f"the stack was still writing after {self._timeout_s:g} s")

    async def _over(self) -> bool:
        clock = self._recorder.clock
        await self._recorder.fetch()
        idle_s = min(self._recorder.idle_s(ERP_WRITES), clock.now_s() - self._began_s)
        quiet_s = self._quiet_s + clock.real_s(self._recorder.environment.stack.longest_pause_s)
        return clock.real_s(idle_s) > quiet_s and not await self._recorder.environment.pending()
