"""A run that lasts longer than was agreed."""

from __future__ import annotations

from gameday.base.durations import parse_duration, words
from gameday.base.errors import GamedayError
from gameday.model.abort import AbortCondition, Measure, Observed, register


@register("longest")
class Longest(AbortCondition, frozen=True):
    """Aborts a run once it has lasted for longer than this ``duration`` (real time, from its first deal on)."""

    duration: str

    def __post_init__(self) -> None:
        if not self.duration_s:
            raise GamedayError(f"a run of {self.duration!r} at most is not possible", hint="it must be greater than 0")

    @property
    def duration_s(self) -> float:
        """The duration (real seconds)."""
        return parse_duration(self.duration)

    @property
    def limit(self) -> str:
        """In words."""
        return f"after {words(self.duration_s)}"

    def measure(self, seen: Observed) -> Measure:
        """How long it has lasted."""
        left = max(0.0, self.duration_s - seen.real_s)
        value = f"it has lasted for {words(seen.real_s)}"
        return Measure(value, words(left), seen.real_s > self.duration_s, seen.real_s / self.duration_s)
