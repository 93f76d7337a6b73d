"""The faults of a run as the board shows them: which are active, since when, until when."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday.model.events import Event, FaultEvent, FaultInjected
from gameday.model.history import Operation
from gameday.model.roles import the


class InjectedFault(msgspec.Struct):
    """One injection; ``healed_s`` is None while it is active."""

    fault: str
    target: str
    params: dict[str, Any]
    injected_s: float
    healed_s: float | None = None


class Faults:
    """The injections so far, in their order."""

    def __init__(self) -> None:
        self._by_number: dict[int, InjectedFault] = {}

    def take(self, op: Operation[Event], event: FaultEvent) -> str:
        """A fault was injected or healed; returns the line that says so, empty if nothing is new."""
        number, target = event.injection, the(event.target)
        name = f"{event.fault} at {target}"
        if isinstance(event, FaultInjected):
            if op.outcome == "fail":
                self._by_number.pop(number, None)
                return f"{name}: could not be injected"
            if number not in self._by_number:
                self._by_number[number] = InjectedFault(event.fault, target, event.params, op.time_s)
                return f"{name}: injected"
            return ""
        injected = self._by_number.get(number)
        if op.outcome != "ok" or injected is None:
            return ""
        injected.healed_s = op.time_s
        return f"{name}: healed"

    def all(self) -> list[InjectedFault]:
        """Every injection so far."""
        return list(self._by_number.values())
