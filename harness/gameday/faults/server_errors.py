"""The vendor replies with server errors, as in an outage."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("server errors")
@dataclasses.dataclass(frozen=True)
class ServerErrors(Fault):
    """``error`` is a kind of the vendor's catalogue (``server_error``, ``unavailable``)."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm", "pager", "tickets")
    reasons: ClassVar[tuple[str, ...]] = ("error", "500", "503", "unavailable", "outage")
    sentence: ClassVar[str] = "{system} answered requests with server errors"

    operation: str = "*"
    share: float = 1.0
    times: int = 0
    error: str = "unavailable"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "reply", error=self.error, operation=self.operation, share=self.share, times=self.times or None
        )
        return (FakeRule(rule.wire()),)
