"""The order's header is committed without its lines, and the reply is an error."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("half-written order")
@dataclasses.dataclass(frozen=True)
class HalfWrittenOrder(Fault):
    """``share`` of the orders."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("half", "partial", "lines", "incomplete", "500")
    sentence: ClassVar[str] = "the ERP saved orders without their lines and answered with an error"

    share: float = 0.2

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HalfWrite(share=self.share)
        return (FakeRule(rule.wire()),)
