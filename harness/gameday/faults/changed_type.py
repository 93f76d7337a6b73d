"""An admin gives a field another type: a number becomes a text, a date a moment."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import said_rules


@faults.register("changed type")
@dataclasses.dataclass(frozen=True)
class ChangedType(Fault):
    """``field`` is ``Object.Field``, or in the ERP ``record.field``, of its lines ``record.item.field``.

    ``type`` is what it becomes: text, number, picklist, date or datetime.
    """

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm", "erp")
    reasons: ClassVar[tuple[str, ...]] = ("field", "schema", "contract", "INVALID_FIELD", "column")
    record_names: ClassVar[tuple[str, ...]] = ("field",)
    sentence: ClassVar[str] = "{field} was a {type} in {system}"

    field: str
    type: str = "text"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = said_rules.change_type(target, self.field, self.type)
        return (FakeRule(rule.wire()),)
