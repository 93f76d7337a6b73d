"""The ERP's tax engine does not answer: orders are saved with a tax of 0 and no error."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("tax engine down")
@dataclasses.dataclass(frozen=True)
class TaxEngineDown(Fault):
    """``share`` of the orders (0 to 1)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("tax", "mismatch", "differ", "reconcil")
    sentence: ClassVar[str] = "the ERP saved orders without their tax"
    unannounced: ClassVar[bool] = True

    share: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.ZeroTax(share=self.share)
        return (FakeRule(rule.wire()),)
