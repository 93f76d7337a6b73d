"""A reply breaks off in mid-body, after the request was carried out."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("truncated reply")
@dataclasses.dataclass(frozen=True)
class TruncatedReply(Fault):
    """``bytes`` of the body arrive."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("truncated", "connection", "reply", "incomplete")
    sentence: ClassVar[str] = "replies from {system} broke off after {bytes:,} bytes"

    operation: str = "*"
    share: float = 0.3
    times: int = 1
    bytes: int = 20

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "truncate", operation=self.operation, share=self.share, times=self.times, bytes=self.bytes
        )
        return (FakeRule(rule.wire()),)
