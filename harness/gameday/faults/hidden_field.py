"""A field is hidden by field-level security or removed from the form: replies have HTTP 200 but lack the field."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import said_rules


@faults.register("hidden field")
@dataclasses.dataclass(frozen=True)
class HiddenField(Fault):
    """``field`` is ``Object.Field``, or in the ERP ``record.field``, of its lines ``record.item.field``."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm", "erp")
    reasons: ClassVar[tuple[str, ...]] = (
        "field",
        "schema",
        "hidden",
        "missing",
        "contract",
        "permission",
        "INVALID_FIELD",
        "column",
    )
    record_names: ClassVar[tuple[str, ...]] = ("field",)
    sentence: ClassVar[str] = "the sync had no access to {field} in {system}"

    field: str

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = said_rules.hide_field(target, self.field)
        return (FakeRule(rule.wire()),)
