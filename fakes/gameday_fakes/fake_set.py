"""All fakes of one process: their common clock and events, who holds them, and how they start again."""

from __future__ import annotations

from collections.abc import Mapping

from gameday_fakes.clock import Clock, WallClock
from gameday_fakes.events import EventLog
from gameday_fakes.expiry import Holds
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.lease import Lease


class FakeSet:
    """All fakes of one process, with their common clock and events."""

    def __init__(self, kinds: Mapping[str, type[Fake]], *, pace: float = 1.0) -> None:
        self.clock = Clock(pace)
        self.events = EventLog(self.clock)
        self.lease = Lease()
        #: Which harness holds which fault, by fake and id.
        self.holds: Holds[tuple[str, str]] = Holds()
        self.fakes: dict[str, Fake] = {name: kind(self.clock, self.events) for name, kind in kinds.items()}
        #: Where each fake listens, and the token of the control plane; set by ``serve``.
        self.urls: dict[str, str] = {}
        self.token = ""
        #: The same over TLS, the CONNECT listener, and the authority to trust as a file and as PEM; empty without TLS.
        self.tls_urls: dict[str, str] = {}
        self.control_tls_url = ""
        self.proxy_url = ""
        self.authority_path = ""
        self.authority = ""
        for fake in self.fakes.values():
            fake.start_again(0)
            # Built now, because the first fault must not wait for it.
            fake.catalogue()

    def reset(
        self, *, pace: float, seed: int, origin_s: float | None = None, stack_clock: WallClock | None = None
    ) -> None:
        """Start again at scenario second 0 with only the vendors' own seeds.

        ``stack_clock`` is the clock on which the stack lives; None for the machine's own.
        """
        if not 0 < pace < 1e6:
            raise ControlError(f"pace {pace!r} is not between 0 and 1,000,000")
        # A write that a fault still delays would otherwise be carried out among the new records.
        self.clock.abandon()
        self.clock.restart(pace, origin_s)
        # Before the seeds, whose records have dates.
        self.clock.wall = stack_clock
        for fake in self.fakes.values():
            fake.start_again(seed)
        self.holds.clear()
        self.events.clear()

    def held(self) -> dict[str, int]:
        """How many deliveries, or requests that change records, each fault still holds back, if it holds any."""
        holding = [held for fake in self.fakes.values() for held in (fake.held(), fake.exchanges.kept_back)]
        return {fault: count for held in holding for fault, count in held.items() if count}

    async def expire(self, held: tuple[str, str]) -> None:
        """Heal a fault, given by fake and id, whose harness has stopped calling."""
        self.fakes[held[0]].heal(held[1])

    def pending(self) -> int:
        """How many events the fakes still have to deliver, and requests that a fault keeps from changing records.

        A client may have given such a request up, and nothing else tells of it.
        """
        return sum(fake.pending() + fake.exchanges.kept_back.total() for fake in self.fakes.values())

    def named(self, name: str) -> Fake:
        """The fake of that name. Raises ControlError naming the known ones."""
        try:
            return self.fakes[name]
        except KeyError:
            raise ControlError(f"unknown fake {name!r}; known: {', '.join(sorted(self.fakes))}") from None
