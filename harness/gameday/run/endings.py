"""When a pass is over and its ledgers can be judged: at the scenario's horizon, or once all is quiet."""

from __future__ import annotations

from gameday.model.events import ErpWrite
from gameday.model.history import select
from gameday.run.recorder import Recorder
from gameday.run.tasks import until

ERP_WRITES = ("order_write", "invoice_write")
DEAL_CHANGES = ("close_deal", "amend_deal", "void_deal", "delete_deal", "restore_deal")
#: The pause between two checks (real seconds).
QUIET_POLL_S = 0.2


class Horizon:
    """Over at the scenario's horizon, plus the margin of the limits, and no sooner.

    It counts from the last business operation, or from the last write that a fault had held back over its healing.
    Ledgers that agree before it prove nothing: a request whose reply was lost may be repeated after any pause, and
    nobody but the stack knows which. What it says about itself ends no run.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def wait(self) -> None:
        """Wait until it has passed, on the run's clock, which may skip ahead."""
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
