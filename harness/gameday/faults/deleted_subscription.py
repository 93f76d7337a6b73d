"""The CRM's outbound message is deleted without notice; changes in the meantime are never sent."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("deleted subscription")
@dataclasses.dataclass(frozen=True)
class DeletedSubscription(Fault):
    """No parameters."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("missed", "missing", "reconcil", "subscription", "never", "not delivered")
    sentence: ClassVar[str] = "the CRM sent no events because its outbound message was deleted"
    needs: ClassVar[tuple[str, ...]] = ("webhook",)

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.DeleteSubscription()
        return (FakeRule(rule.wire()),)
