"""A field exists only in newer versions of the CRM's API: to the sync, which calls an older one, it is not there."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import said_rules


@faults.register("old API version")
@dataclasses.dataclass(frozen=True)
class OldApiVersion(Fault):
    """``field`` is ``Object.Field``; ``since_version`` is the first version that has it (61: 61.0)."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = (
        "field",
        "schema",
        "missing",
        "contract",
        "version",
        "INVALID_FIELD",
        "column",
    )
    record_names: ClassVar[tuple[str, ...]] = ("field",)
    sentence: ClassVar[str] = "the CRM had {field} only in versions of its API from {since_version}.0 on"

    field: str
    since_version: int = 61

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = said_rules.omit_field(self.field, self.since_version)
        return (FakeRule(rule.wire()),)
