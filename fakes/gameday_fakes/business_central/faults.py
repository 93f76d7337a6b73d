"""The faults in Business Central's own state: those of every ERP, subscriptions that lapse, and cancelled invoices.

Source of the lapse: learn.microsoft.com, "Working with Webhooks in Dynamics 365 Business Central": a subscription
expires after three days unless it is renewed, and is deleted when its receiver answers with an unexpected status.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gameday_fakes import erp_faults
from gameday_fakes.erp_faults import as_it_is, kept_kind
from gameday_fakes.fault_kinds import FaultKind, Heal
from gameday_fakes.intercept import chosen
from gameday_fakes.order_rules import CancelInvoices, LapseSubscription


class StateFaults(erp_faults.StateFaults):
    """The active state faults, by id."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        super().__init__(seed, now_s)
        self.lapses: dict[str, LapseSubscription] = {}
        self.cancellations: dict[str, CancelInvoices] = {}

    def refuses_renewal(self) -> bool:
        """Whether subscriptions can neither be made nor renewed."""
        active = [fault_id for fault_id, rule in self.lapses.items() if rule.renewal == "refused"]
        self.hits.update(active)
        return bool(active)

    def cancelling(self, deal: str) -> dict[str, float]:
        """The faults by which the invoice of a deal is cancelled, each with how long after it was posted."""
        rules = self.cancellations.items()
        return {i: rule.after_s for i, rule in rules if chosen(self._seed(), i, deal, rule.share)}


def _lapse(fake: Any, fault_id: str, params: LapseSubscription) -> Heal:
    fake.state.lapses[fault_id] = params
    fake.webhooks.lapse(fault_id)

    def heal() -> None:
        fake.state.lapses.pop(fault_id, None)
        fake.webhooks.lapsed.pop(fault_id, None)

    return heal


FAULT_KINDS = (
    *erp_faults.with_names(lambda fake: fake.service.call_fields()),
    erp_faults.CHECK_WRITES,
    FaultKind("lapse_subscription", LapseSubscription, _lapse),
    kept_kind(CancelInvoices, "cancellations", as_it_is),
)
"""Business Central's own fault kinds."""
