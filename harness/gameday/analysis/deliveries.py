"""How the CRM's messages to the stack were answered, counted while the history is read."""

from __future__ import annotations

from typing import ClassVar

from gameday.model.events import Delivery, Event
from gameday.model.history import Outcome, Seen


class Deliveries:
    """Counts messages by their sender, what became of them, and the status of the reply."""

    kinds: ClassVar[tuple[type[Event], ...]] = (Delivery,)

    def __init__(self) -> None:
        self.counts: dict[tuple[str, Outcome, int | str], int] = {}

    def add(self, seen: Seen[Delivery]) -> None:
        """Take one message."""
        key = seen.process, seen.outcome, seen.event.status
        self.counts[key] = self.counts.get(key, 0) + 1
