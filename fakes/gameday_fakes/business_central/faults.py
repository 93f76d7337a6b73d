"""The faults in Business Central's own state: those of every ERP, and the subscription that lapses.

Source of the last: learn.microsoft.com, "Working with Webhooks in Dynamics 365 Business Central": a subscription
expires after three days unless it is renewed, and is deleted when its receiver answers with an unexpected status.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gameday_fakes import erp_faults
from gameday_fakes.fault_kinds import FaultKind, Heal


class LapseSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Webhook subscriptions have expired: changes are no longer notified, without an error."""

    renewal: Annotated[
        Literal["works", "refused"], Meta(description="Whether a new subscription can be made meanwhile.")
    ] = "works"


class StateFaults(erp_faults.StateFaults):
    """The active state faults, by id."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        super().__init__(seed, now_s)
        self.lapses: dict[str, LapseSubscription] = {}

    def refuses_renewal(self) -> bool:
        """Whether subscriptions can neither be made nor renewed."""
        active = [fault_id for fault_id, rule in self.lapses.items() if rule.renewal == "refused"]
        self.hits.update(active)
        return bool(active)


def _lapse(fake: Any, fault_id: str, params: LapseSubscription) -> Heal:
    fake.state.lapses[fault_id] = params
    fake.webhooks.lapse(fault_id)

    def heal() -> None:
        fake.state.lapses.pop(fault_id, None)
        fake.webhooks.lapsed.pop(fault_id, None)

    return heal


FAULT_KINDS = (
    *erp_faults.with_names(lambda fake: fake.service.call_fields()),
    FaultKind("lapse_subscription", LapseSubscription, _lapse),
)
"""Business Central's own fault kinds."""
