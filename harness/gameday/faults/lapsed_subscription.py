"""The subscriptions of the sync at the ERP have lapsed: changes there are no longer notified, without an error."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, cast

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import order_rules


@faults.register("lapsed subscription")
@dataclasses.dataclass(frozen=True)
class LapsedSubscription(Fault):
    """``renewal`` says whether a new one can be made meanwhile: works or refused."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("missed", "missing", "reconcil", "subscription", "expired")
    sentence: ClassVar[str] = "the ERP sent no notifications because the subscriptions had lapsed"
    unannounced: ClassVar[bool] = True

    renewal: str = "works"

    def actions(self, target: str) -> tuple[Action, ...]:
        # The fake refuses any other word.
        rule = order_rules.LapseSubscription(renewal=cast("Any", self.renewal))
        return (FakeRule(rule.wire()),)
