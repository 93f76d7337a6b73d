"""The gate before a system: a circuit breaker that stops all work when the system itself is in trouble.

It judges by whole deals, not by calls: a deal that was settled, or failed for a reason of its own, shows that the
system works; troubles of scope ``system`` in a row close the way. Then one probe passes at a time, after growing,
jittered delays or when the vendor said, and the first that comes through opens it for all.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from gameday_fakes.stacks.durable.definition import Backoff, Reason
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.placeholders import Pace


class Gate:
    """One system's gate. Delays in scenario seconds, its clock in real ones."""

    def __init__(
        self, pace: Pace, backoff: Backoff, draw: random.Random, *, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._pace = pace
        self._backoff = backoff
        self._draw = draw
        self._now_s = now_s
        self._in_a_row = 0
        self._probes = 0
        self._next_probe_s = 0.0
        self._probing = False
        #: Why nothing passes; None while it stands open.
        self.closed_by: Reason | None = None

    def admits(self, wanted: int) -> int:
        """How many of ``wanted`` deals may pass now."""
        if self.closed_by is None:
            return wanted
        return int(not self._probing and self._now_s() >= self._next_probe_s)

    def entered(self) -> None:
        """A deal has passed; if the gate is closed, it is the probe."""
        self._probing = self.closed_by is not None

    def left(self) -> None:
        """A deal has gone its way without a judgement on this system."""
        self._probing = False

    def worked(self) -> None:
        """The system has shown that it works."""
        self._in_a_row, self._probes, self._probing, self.closed_by = 0, 0, False, None

    def failed(self, reason: Reason, trouble: Trouble) -> None:
        """A deal failed because of the system."""
        self._in_a_row += 1
        if self.closed_by is None and self._in_a_row < reason.opens_after:
            return
        if self.closed_by is None or self._probing:
            self._probes += 1
            delay_s = self._pace.real_s(self._backoff.delay_s(self._probes, self._draw))
            self._next_probe_s = self._now_s() + max(delay_s, trouble.retry_after_s)
        self._probing = False
        self.closed_by = reason

    def wait_s(self) -> float:
        """Real seconds until the next probe may pass; nought while the gate stands open.

        While a probe is under way its end is awaited, which makes news of its own.
        """
        return 0.0 if self.closed_by is None else max(0.0, self._next_probe_s - self._now_s())
