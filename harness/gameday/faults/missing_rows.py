"""A resync breaks off, or an index is built anew: queries leave out records, with status 200 and no sign of it."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import crm_rules


@faults.register("missing rows")
@dataclasses.dataclass(frozen=True)
class MissingRows(Fault):
    """``share`` of the records (0 to 1) of every object that queries leave out; reads by id find them."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = (
        "missing",
        "incomplete",
        "inconsisten",
        "add up",
        "lines",
        "partial",
        "reconcil",
    )
    sentence: ClassVar[str] = "the CRM's queries had only a part of the records"
    hides_rows: ClassVar[bool] = True

    share: float = 0.3

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = crm_rules.OmitRows(share=self.share)
        return (FakeRule(rule.wire()),)
