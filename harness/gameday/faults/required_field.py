"""An admin makes a field mandatory on the ERP's form: what is written without it is refused."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes.rules import RequireRecordField


@faults.register("required field")
@dataclasses.dataclass(frozen=True)
class RequiredField(Fault):
    """``field`` is ``record.field``, of its lines ``record.item.field``; any field of the organisation."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("erp",)
    reasons: ClassVar[tuple[str, ...]] = ("field", "schema", "missing", "contract")
    record_names: ClassVar[tuple[str, ...]] = ("field",)
    sentence: ClassVar[str] = "the ERP refused records without {field}"

    field: str

    def actions(self, target: str) -> tuple[Action, ...]:
        record, _, field = self.field.partition(".")
        return (FakeRule(RequireRecordField(record, field).wire()),)
