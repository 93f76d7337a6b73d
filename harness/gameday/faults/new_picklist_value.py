"""An admin adds a value to a picklist, and people choose it: no mapping of the sync knows it yet."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes.rules import AddPicklistValue


@faults.register("new picklist value")
@dataclasses.dataclass(frozen=True)
class NewPicklistValue(Fault):
    """``picklist`` is ``Object.Field`` of deals or their lines; ``share`` of the new ones have ``value`` (0 to 1).

    In the field that says whether a deal is won, the new value means won.
    """

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("field", "schema", "contract")
    record_names: ClassVar[tuple[str, ...]] = ("picklist",)
    sentence: ClassVar[str] = "the CRM had the new value {value} in {picklist}"

    picklist: str = "Opportunity.StageName"
    value: str = "Closed Won - Partner"
    share: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        object_name, _, field = self.picklist.partition(".")
        return (FakeRule(AddPicklistValue(object_name, field, self.value, self.share).wire()),)
