"""A backlog that is older than was agreed."""

from __future__ import annotations

from gameday.base.durations import parse_duration, words
from gameday.base.errors import GamedayError
from gameday.model.abort import AbortCondition, Measure, Observed, register


@register("backlog older than")
class BacklogOlderThan(AbortCondition, frozen=True):
    """Aborts once a won deal has waited for its correct order for longer than this ``age`` (scenario time)."""

    age: str

    def __post_init__(self) -> None:
        if not self.age_s:
            raise GamedayError(f"a backlog older than {self.age!r} is not possible", hint="it must be greater than 0")

    @property
    def age_s(self) -> float:
        """The age (scenario seconds)."""
        return parse_duration(self.age)

    @property
    def limit(self) -> str:
        """In words."""
        return f"with a backlog older than {words(self.age_s)}"

    def measure(self, seen: Observed) -> Measure:
        """The age of the oldest deal in the backlog."""
        oldest = f"deal {seen.oldest} has waited for {words(seen.oldest_s)}" if seen.oldest else "no deal waits"
        left = max(0.0, self.age_s - seen.oldest_s)
        return Measure(oldest, words(left), seen.oldest_s > self.age_s, seen.oldest_s / self.age_s)
