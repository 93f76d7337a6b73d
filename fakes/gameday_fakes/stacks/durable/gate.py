"""The gate before a system: a circuit breaker that stops all work while the system fails.

It counts whole deals, not calls. A deal that is settled, or fails because of its own record, shows that the system
works; several troubles of scope ``system`` in a row close the gate. Then one probe at a time may pass, after a
backoff with jitter or the delay that the vendor asks for; the first probe that succeeds opens the gate for all.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from gameday_fakes.stacks.durable.definition import Backoff, Reason
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace


class Gate:
    """The gate of one system. Delays are in scenario seconds, its clock in real seconds."""

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
        #: Why the gate is closed; None while it is open.
        self.closed_by: Reason | None = None

    def admits(self, wanted: int) -> int:
        """How many of ``wanted`` deals may pass now."""
        if self.closed_by is None:
            return wanted
        return int(not self._probing and self._now_s() >= self._next_probe_s)

    def entered(self) -> None:
        """Record that a deal has passed; if the gate is closed, it is the probe."""
        self._probing = self.closed_by is not None

    def left(self) -> None:
        """Record that a deal has ended without showing whether this system works."""
        self._probing = False

    def worked(self) -> None:
        """Record that the system works, and open the gate."""
        self._in_a_row, self._probes, self._probing, self.closed_by = 0, 0, False, None

    def failed(self, reason: Reason, trouble: Trouble) -> None:
        """Record that a deal failed because of the system."""
        self._in_a_row += 1
        if self.closed_by is None and self._in_a_row < reason.opens_after:
            return
        if self.closed_by is None or self._probing:
            self._probes += 1
            delay_s = self._pace.real_s(self._backoff.delay_s(self._probes, self._draw))
            self._next_probe_s = self._now_s() + max(delay_s, self._pace.real_s(trouble.retry_after_s))
        self._probing = False
        self.closed_by = reason

    def wait_s(self) -> float:
        """Real seconds until the next probe may pass; 0 while the gate is open.

        The end of a probe that is under way sets the inbox's ``news``, so it needs no waiting here.
        """
        return 0.0 if self.closed_by is None else max(0.0, self._next_probe_s - self._now_s())
