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


def _naming(kind: FaultKind) -> FaultKind:
    """A kind that changes what fields are called, after which the API calls them so."""

    def apply(fake: Any, fault_id: str, params: Any) -> Heal:
        heal: Any = kind.apply(fake, fault_id, params)
        fake.service.call_fields()

        def healed() -> None:
            heal()
            fake.service.call_fields()

        return healed

    return FaultKind(kind.name, kind.params, apply)


FAULT_KINDS = (
    erp_faults.CLOSE_PERIOD,
    erp_faults.LOCK_RECORD,
    erp_faults.PRICE_DRIFT,
    erp_faults.REVOKE_PERMISSION,
    erp_faults.REVOKE_TOKENS,
    erp_faults.ZERO_TAX,
    erp_faults.CONCURRENCY_LIMIT,
    _naming(erp_faults.RENAME_FIELD),
    _naming(erp_faults.HIDE_FIELD),
    erp_faults.REQUIRE_FIELD,
    erp_faults.INACTIVE_REFERENCE,
    erp_faults.HALF_WRITE,
    FaultKind("lapse_subscription", LapseSubscription, _lapse),
)
"""Business Central's own fault kinds."""
