"""The write is committed, then the connection drops before the reply: its outcome is indeterminate."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("reply lost after commit")
@dataclasses.dataclass(frozen=True)
class ReplyLostAfterCommit(Fault):
    """``operation`` of the target's URL table; each chosen order's reply is lost ``times`` times."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("reply", "timeout", "connection", "lost", "unknown", "indeterminate")
    sentence: ClassVar[str] = "{system} committed writes whose replies never arrived"

    operation: str = "order.write"
    share: float = 0.3
    times: int = 1

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule("drop", when="after", operation=self.operation, share=self.share, times=self.times)
        return (FakeRule(rule.wire()),)
