"""No run goes on during Acme's freeze."""

from __future__ import annotations

from gameday.api import AbortCondition, Measure, Observed, abort_condition


@abort_condition("acme freeze")
class AcmeFreeze(AbortCondition, frozen=True):
    """Aborts on a weekday of Acme's freeze: 0 is Monday."""

    weekday: int

    @property
    def limit(self) -> str:
        """In words."""
        return f"on weekday {self.weekday}"

    def measure(self, seen: Observed) -> Measure:
        """Look at the calendar."""
        today = seen.now.weekday()
        return Measure(f"it is weekday {today}", f"{(self.weekday - today) % 7} days", today == self.weekday)
