"""Who has the fakes to themselves: two harnesses on one set would reset each other's world in the middle of a run."""

from __future__ import annotations

import time
from collections.abc import Callable

from gameday_fakes.fake import ControlError

#: The header by which a harness is known from call to call.
HOLDER_HEADER = "x-gameday-holder"
#: Real seconds after its last call for which the fakes are still a harness's; one that died keeps nobody waiting long.
LEASE_S = 15.0


class Lease:
    """Held by whoever reset the fakes last and has called since; a caller without a name holds nothing."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._holder = ""
        self._until_s = 0.0

    def take(self, holder: str) -> None:
        """The fakes are the holder's from now on. Raises ControlError while they are another's."""
        left_s = self._until_s - self._now_s()
        if self._holder and holder != self._holder and left_s > 0:
            raise ControlError(f"another harness uses these fakes; free {left_s:.0f} s after its last call")
        self._holder = holder
        self.renew(holder)

    def renew(self, holder: str) -> None:
        """The holder has called."""
        if holder and holder == self._holder:
            self._until_s = self._now_s() + LEASE_S

    def release(self, holder: str) -> None:
        """The holder is done."""
        if holder == self._holder:
            self._holder = ""
