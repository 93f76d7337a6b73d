"""A series of points over the whole run in bounded memory: when it is full, every other point is dropped."""

from __future__ import annotations

#: How many points a series has at most.
POINTS = 240


class Series:
    """The last value in each of evenly spaced spans, from scenario second 0 on."""

    def __init__(self, step_s: float = 1.0) -> None:
        self.step_s = step_s
        self.values: list[int] = []

    def put(self, time_s: float, value: int) -> None:
        """The value from this moment on. Moments come in order; one that does not changes the newest span."""
        slot = int(max(0.0, time_s) / self.step_s)
        while slot >= POINTS:
            self.values = self.values[1::2]
            self.step_s *= 2
            slot = int(time_s / self.step_s)
        last = self.values[-1] if self.values else 0
        self.values.extend([last] * (slot + 1 - len(self.values)))
        self.values[-1] = value
