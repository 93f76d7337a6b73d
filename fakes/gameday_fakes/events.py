"""What a fake saw, in order, until the harness fetches it into the history."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gameday_fakes.clock import Clock

Outcome = Literal["invoke", "ok", "fail", "info"]


class Event(msgspec.Struct, frozen=True):
    """One thing that happened at a fake; the words are those of the history (docs/interfaces.md)."""

    seq: int
    time_s: float
    process: str
    f: str
    outcome: Outcome
    value: dict[str, Any]


_encode = msgspec.json.Encoder(decimal_format="string", enc_hook=str).encode
_decode = msgspec.json.Decoder(Event).decode


class EventLog:
    """The events of all fakes of one process, numbered from 1 without a gap.

    They are kept encoded: what was recorded cannot change any more, and the garbage collector need not visit them
    (measured at 60,000 events: pauses of 55 ms with them as objects, of 0.3 ms so).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: list[bytes] = []

    def append(self, process: str, f: str, outcome: Outcome, value: dict[str, Any]) -> None:
        """Record an event at this moment of scenario time."""
        event = Event(len(self._events) + 1, self._clock.now_s(), process, f, outcome, value)
        self._events.append(_encode(event))

    def after(self, seq: int, limit: int = 10_000) -> list[Event]:
        """The events after number ``seq``, oldest first, at most ``limit``."""
        return [_decode(event) for event in self._events[seq : seq + limit]]

    def clear(self) -> None:
        """Forget everything and number from 1 again."""
        self._events.clear()
