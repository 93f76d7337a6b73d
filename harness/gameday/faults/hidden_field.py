"""Field-level security hides a field: replies come with HTTP 200 and without it."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.fault import FakeRule, Fault, Layer, Strike, faults


@faults.register("hidden field")
@dataclasses.dataclass(frozen=True)
class HiddenField(Fault):
    """``field`` is ``Object.Field``."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
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

    field: str

    def strikes(self, target: str) -> tuple[Strike, ...]:
        thing, _, name = self.field.partition(".")
        return (FakeRule({"kind": "hide_field", "object": thing, "field": name}),)
