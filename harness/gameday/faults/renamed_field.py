"""An admin gives a field another API name."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import said_rules


@faults.register("renamed field")
@dataclasses.dataclass(frozen=True)
class RenamedField(Fault):
    """``field`` is ``Object.Field``, or in the ERP ``record.field`` and of its lines ``record.item.field``.

    The old name is gone at once.
    """

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm", "erp")
    reasons: ClassVar[tuple[str, ...]] = ("field", "schema", "renamed", "contract", "INVALID_FIELD", "column")
    record_names: ClassVar[tuple[str, ...]] = ("field",)
    sentence: ClassVar[str] = "{field} was named {new_name} in {system}"

    field: str
    new_name: str

    def no_effect(self) -> str:
        same = self.field.rpartition(".")[2] == self.new_name
        return "the name that the field has" if same else super().no_effect()

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = said_rules.rename_field(target, self.field, self.new_name)
        return (FakeRule(rule.wire()),)
