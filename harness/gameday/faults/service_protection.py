"""The limits of the sync's own user at the CRM are used up: requests are refused for a wait that the reply asks for."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from gameday.model.fault import Action, FakeRule, Fault, Layer, faults
from gameday_fakes import crm_rules


@faults.register("service protection")
@dataclasses.dataclass(frozen=True)
class ServiceProtection(Fault):
    """``requests`` pass between two waits of ``retry_after_s`` scenario seconds; who asks meanwhile waits anew.

    ``facet`` says which limit: requests, execution time or concurrent requests.
    """

    layer: ClassVar[Layer] = "http"
    targets: ClassVar[tuple[str, ...]] = ("crm",)
    reasons: ClassVar[tuple[str, ...]] = ("rate", "limit", "429", "throttl", "protection")
    sentence: ClassVar[str] = "the CRM refused the sync's requests for {retry_after_s:g} s after every {requests}"
    strength: ClassVar[tuple[str, ...]] = ("retry_after_s",)

    retry_after_s: float = 30.0
    requests: int = 20
    facet: str = "requests"

    def actions(self, target: str) -> tuple[Action, ...]:
        rule = crm_rules.ServiceProtection(
            retry_after_s=self.retry_after_s,
            requests=self.requests,
            facet=self.facet,  # type: ignore[arg-type]  # the fake refuses another
        )
        return (FakeRule(rule.wire()),)
