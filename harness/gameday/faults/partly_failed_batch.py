"""Some parts of a batch fail inside a reply whose status is 200."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("partly failed batch")
@dataclasses.dataclass(frozen=True)
class PartlyFailedBatch(Fault):
    """``share`` of the deals, each ``times`` times (0: as long as the fault lasts).

    ``error`` is the kind of error of the failed parts, one that the vendor has a code for.
    """

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("batch", "partial", "part", "UNABLE_TO_LOCK_ROW", "lock")
    sentence: ClassVar[str] = "the CRM answered batches with HTTP 200 although parts of them had failed"
    needs: ClassVar[tuple[str, ...]] = ("batch calls",)
    # A part that is "not found" says that the deal was deleted.
    fixed: ClassVar[tuple[str, ...]] = ("error",)

    share: float = 0.2
    times: int = 0
    error: str = "locked"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.PartialBatch(share=self.share, times=self.times or None, error=self.error)
        return (FakeRule(rule.wire()),)
