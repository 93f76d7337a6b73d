"""Who may use the fakes: two harnesses on one set would reset each other's fakes in the middle of a run."""

from __future__ import annotations

import time
from collections.abc import Callable

from gameday_fakes.fake import ControlError

#: Real seconds that a lease lasts after the last call, so that a harness that crashed blocks others only briefly.
LEASE_S = 15.0


class Lease:
    """Held by the harness that reset the fakes last and still calls; a caller without a name holds nothing."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._holder = ""
        self._until_s = 0.0

    def take(self, holder: str) -> None:
        """Give the lease to the holder. Raises ControlError while another harness has it."""
        left_s = self._until_s - self._now_s()
        if self._holder and holder != self._holder and left_s > 0:
            raise ControlError(f"another harness uses these fakes; free {left_s:.0f} s after its last call")
        self._holder = holder
        self.renew(holder)

    def renew(self, holder: str) -> None:
        """Prolong the lease, because the holder has called."""
        if holder and holder == self._holder:
            self._until_s = self._now_s() + LEASE_S

    def release(self, holder: str) -> None:
        """End the lease: the holder is done."""
        if holder == self._holder:
            self._holder = ""
