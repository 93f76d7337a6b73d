"""The CRM delivers the same event more than once."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("duplicate delivery")
@dataclasses.dataclass(frozen=True)
class DuplicateDelivery(Fault):
    """``share`` of the deals (0 to 1); durations in scenario seconds."""

    layer: ClassVar[Layer] = "delivery"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("duplicate",)
    sentence: ClassVar[str] = "the CRM sent events more than once"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)
    strength: ClassVar[tuple[str, ...]] = ("copies",)

    share: float = 1.0
    copies: int = 1
    gap_s: float = 5.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.DuplicateDelivery(share=self.share, copies=self.copies, gap_s=self.gap_s)
        return (FakeRule(rule.wire()),)
