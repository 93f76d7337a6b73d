"""People merge the accounts of deals that have just been won with duplicates, which gives them another id."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import crm_rules


@faults.register("merged accounts")
@dataclasses.dataclass(frozen=True)
class MergedAccounts(Fault):
    """``share`` of the deals (0 to 1)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("customer", "reference", "mismatch", "duplicate")
    sentence: ClassVar[str] = "the CRM had accounts of won deals merged, which gave them another id"
    unannounced: ClassVar[bool] = True

    share: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        return (FakeRule(crm_rules.MergeCompanies(share=self.share).wire()),)
