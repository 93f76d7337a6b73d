"""More affected deals than were agreed."""

from __future__ import annotations

from gameday.base.errors import GamedayError
from gameday.model.abort import AbortCondition, Measure, Observed, register


@register("affected above")
class AffectedAbove(AbortCondition, frozen=True):
    """Aborts once more than so many ``deals`` are affected: late, overdue, lost, duplicated, mismatched or parked."""

    deals: int

    def __post_init__(self) -> None:
        if self.deals < 0:
            raise GamedayError(f"bad number of affected deals {self.deals}", hint="it must be at least 0")

    @property
    def limit(self) -> str:
        """In words."""
        return f"above {self.deals:,} affected deals"

    def measure(self, seen: Observed) -> Measure:
        """Count them."""
        left = max(0, self.deals - seen.affected)
        return Measure(
            f"{seen.affected:,} affected deals",
            f"{left:,} deals",
            seen.affected > self.deals,
            seen.affected / max(1, self.deals),
        )
