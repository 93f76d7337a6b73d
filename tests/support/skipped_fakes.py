"""The fakes of a run that may skip ahead, as what skips sees them, with no process and no socket."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

from gameday.run.fakes_client import CallRefused
from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError
from gameday_fakes.quiet import Quiet, quiet, skip


class Fakes:
    """The fakes of a run on a clock of their own, and what the control plane says of them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.stats: Counter[int] = Counter({200: 5})
        self.named = {"netsuite": SimpleNamespace(stats={"order.write": self.stats})}

    async def quiet(self) -> Quiet:
        """Whether nothing is under way, and what is due next."""
        return quiet(self.clock, self.named)

    async def skip(self, seconds: float, requests: int) -> Quiet:
        """Go ahead. Raises CallRefused as a call over the wire does."""
        try:
            return skip(self.clock, self.named, {"seconds": seconds, "requests": requests})
        except ControlError as problem:
            raise CallRefused("POST /skip", str(problem)) from None
