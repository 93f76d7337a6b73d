"""The server is slow to act: slow replies from the application, not from the network."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import rules


@faults.register("slow replies")
@dataclasses.dataclass(frozen=True)
class SlowReplies(Fault):
    """``delay_s`` and ``jitter_s`` in scenario seconds; ``operation`` is of the fake's URL table, or its class."""

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("erp", "crm")
    reasons: ClassVar[tuple[str, ...]] = ("slow", "latency", "timeout", "backlog", "timed out", "lag")
    sentence: ClassVar[str] = "{system} answered requests about {delay_s:g} s late"
    strength: ClassVar[tuple[str, ...]] = ("delay_s", "jitter_s")

    delay_s: float = 10.0
    jitter_s: float = 0.0
    operation: str = "*"
    share: float = 1.0

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = rules.HttpRule(
            "delay", operation=self.operation, share=self.share, delay_s=self.delay_s, jitter_s=self.jitter_s
        )
        return (FakeRule(rule.wire()),)
