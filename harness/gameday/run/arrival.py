"""When the smoke deal has arrived."""

from __future__ import annotations

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.run.doctor_words import arrived
from gameday.run.recorder import Recorder
from gameday.run.setup import LedgerSnapshot
from gameday.run.tasks import until

POLL_S = 0.1


class Arrival:
    """Over when the first deal has its order, or has had time enough: ``wait_s`` (real seconds)."""

    def __init__(self, recorder: Recorder, wait_s: float) -> None:
        self._recorder = recorder
        self._wait_s = wait_s

    async def wait(self) -> None:
        """Wait until it is over."""
        await until(self._over, timeout_s=self._wait_s, poll_s=POLL_S)

    def outcome(self, snapshot: LedgerSnapshot) -> OrderOutcome:
        """What has become of the deal."""
        return reconcile(self._recorder.case(snapshot)).outcomes[0]

    async def _over(self) -> bool:
        return arrived(self.outcome(await self._recorder.environment.snapshot()))
