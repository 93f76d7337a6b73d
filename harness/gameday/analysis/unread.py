"""What could not be read of what a stack says about its state, so that alerts may be missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.model.events import MetricsRead


def unread_metrics(readings: Sequence[MetricsRead]) -> tuple[str, ...]:
    """The problems of readings that had an answer; of all readings, if not one succeeded: the address may be wrong.

    A stack that gives no answer for a while is down for Prometheus too, so that misses no alert.
    """
    never = all(reading.problem for reading in readings)
    return tuple(reading.problem for reading in readings if reading.problem and (reading.answered or never))
