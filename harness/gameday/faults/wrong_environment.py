"""The CRM's address leads to another organisation: a sandbox that was copied before the deals were won."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import crm_rules


@faults.register("wrong environment")
@dataclasses.dataclass(frozen=True)
class WrongEnvironment(Fault):
    """No parameters. The sync's sessions end when it begins and when it ends, and new logins work."""

    layer: ClassVar[Layer] = "state"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("environment", "organization", "address")
    sentence: ClassVar[str] = "the CRM's address was that of another organisation, without any of the deals"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = crm_rules.OtherOrganization()
        return (FakeRule(rule.wire()),)
