"""When the smoke deal has arrived."""

from __future__ import annotations

from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.run.doctor_words import arrived
from gameday.run.recorder import Recorder
from gameday.run.setup import LedgerSnapshot
from gameday.run.tasks import until

#: How long a deal and an alert may take (real seconds).
ARRIVAL_S = 30.0
POLL_S = 0.1


class Arrival:
    """Over when the first deal has its order, or has had time enough."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def wait(self) -> None:
        """Wait until it is over."""
        await until(self._over, timeout_s=ARRIVAL_S, poll_s=POLL_S)

    def outcome(self, snapshot: LedgerSnapshot) -> OrderOutcome:
        """What has become of the deal."""
        return reconcile(self._recorder.case(snapshot)).outcomes[0]

    async def _over(self) -> bool:
        return arrived(self.outcome(await self._recorder.environment.snapshot()))
