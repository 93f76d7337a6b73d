"""More affected deals than were agreed."""

from __future__ import annotations

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.model.abort import AbortCondition, Measure, Observed, register

MOST = 1_000_000_000


@register("affected above")
class AffectedAbove(AbortCondition, frozen=True):
    """Aborts once more than so many ``deals`` are affected: late, overdue, lost, duplicated, mismatched or parked."""

    deals: int

    def __post_init__(self) -> None:
        if not 0 <= self.deals <= MOST:
            hint = f"it must be at least 0 and at most {MOST:,}"
            raise GamedayError(f"bad number of affected deals {shown(self.deals)}", hint=hint)

    @property
    def limit(self) -> str:
        """In words."""
        return f"above {plural(self.deals, 'affected deal')}"

    def measure(self, seen: Observed) -> Measure:
        """Count them."""
        left = max(0, self.deals - seen.affected)
        return Measure(
            f"{plural(seen.affected, 'affected deal')}",
            f"{plural(left, 'deal')}",
            seen.affected > self.deals,
            seen.affected / max(1, self.deals),
        )
