"""When a schedule of a search is over: a search saves time in which nothing is left to come, as far as can be seen.

A run lasts to its horizon (``gameday.run.endings``). Of the thousands of schedules of a search most would spend the
greater part of it waiting.
"""

from __future__ import annotations

import asyncio
import math

from gameday.analysis.observations import open_alerts
from gameday.model.events import ErpWrite
from gameday.model.fault import faults
from gameday.model.history import select
from gameday.run.endings import DEAL_CHANGES, ERP_WRITES, Horizon
from gameday.run.recorder import Recorder
from gameday.run.tasks import until

#: For how long nothing may happen (scenario seconds), and what counts as something happening.
IDLE_S = 60.0
ACTIVITY = (*ERP_WRITES, *DEAL_CHANGES, "act", "human", "deliver", "alert", "ticket", "inject", "heal", "stack")
#: The pause between two checks (real seconds of the virtual clock).
POLL_S = 0.2


class Settled:
    """Over once all agrees and nothing has happened for a while, or at the horizon.

    Where a write may be repeated, because its reply was lost, cut or late, it is over at the horizon and no sooner:
    a blind retry can come after any pause, and only the stack knows.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._horizon = Horizon(recorder)
        injections = recorder.scenario.injections
        self._cut_off = any(each.target == "erp" and faults[each.fault].layer == "network" for each in injections)
        #: How much had been recorded when the ledgers did not agree.
        self._compared = -1

    async def wait(self) -> None:
        """Wait until it is over."""
        horizon = asyncio.ensure_future(self._horizon.wait())
        early = asyncio.ensure_future(until(self._over, timeout_s=math.inf, poll_s=POLL_S))
        try:
            done, _ = await asyncio.wait({horizon, early}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (horizon, early):
                task.cancel()
            await asyncio.gather(horizon, early, return_exceptions=True)

    async def _over(self) -> bool:
        if self._cut_off or not self._is_quiet() or self._may_be_repeated() or not await self._agree():
            return False
        # What is known may be some seconds old: a write or an alert may have come since.
        await self._recorder.fetch()
        return self._is_quiet() and not self._may_be_repeated()

    def _is_quiet(self) -> bool:
        recorder = self._recorder
        since_s = max(recorder.last_s(ACTIVITY), recorder.operated_s)
        return recorder.clock.now_s() - since_s > IDLE_S and not open_alerts(recorder.operations)

    def _may_be_repeated(self) -> bool:
        writes = select(self._recorder.operations, ErpWrite)
        return any(op.outcome == "info" or op.event.held_s for op in writes)

    async def _agree(self) -> bool:
        """Whether the ledgers agree; those that did not are compared again once something has been recorded."""
        happened = len(self._recorder.operations)
        if happened == self._compared:
            return False
        self._compared = happened
        return await self._recorder.reconciled()
