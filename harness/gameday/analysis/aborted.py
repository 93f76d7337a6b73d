"""Whether a run was aborted, by which condition or by whom."""

from __future__ import annotations

from gameday.model.events import Aborted, Event, Stopped
from gameday.model.history import History


def aborted(history: History) -> str:
    """What aborted the run, in one clause; empty if nothing did."""
    for operation in history.of(Aborted, Stopped):
        event: Event = operation.event
        if isinstance(event, Aborted):
            return event.sentence
        if isinstance(event, Stopped):
            return f"stopped by {event.by}" + (f": {event.text}" if event.text else "")
    return ""
