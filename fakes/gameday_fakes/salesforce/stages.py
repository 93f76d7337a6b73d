"""The stages of deals: which one is won, lost or open, and the fields that follow from a stage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

#: Probability and forecast category of the open stages of a fresh organisation.
_OPEN_STAGES = {
    "Prospecting": (10, "Pipeline"),
    "Qualification": (10, "Pipeline"),
    "Proposal/Price Quote": (75, "Best Case"),
    "Negotiation/Review": (90, "Commit"),
}


class Stages(msgspec.Struct, frozen=True):
    """The stage in which people win, lose or open a deal. ``also`` are further stages that mean won."""

    won: str = "Closed Won"
    lost: str = "Closed Lost"
    open: str = "Negotiation/Review"
    also: tuple[str, ...] = ()

    def is_won(self, stage: Any) -> bool:
        """Whether a deal in a stage is won, by its name."""
        return stage == self.won or stage in self.also

    def fields(self, stage: str) -> dict[str, Any]:
        """The fields that depend on a stage.

        Besides the won stage, every one that begins with "Closed Won" is won: admins add such stages.
        """
        won = self.is_won(stage) or stage.startswith("Closed Won")
        closed = won or stage == self.lost or stage.startswith("Closed")
        probability, category = _OPEN_STAGES.get(stage, (50, "Pipeline"))
        if closed:
            probability, category = (100, "Closed") if won else (0, "Omitted")
        return {
            "StageName": stage,
            "IsWon": won,
            "IsClosed": closed,
            "Probability": Decimal(probability),
            "ForecastCategoryName": category,
        }
