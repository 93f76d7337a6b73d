"""The faults in the pod's own state: those of every ERP, and orders that are put on hold.

Source of the last: docs.oracle.com, "Use REST API to Apply and Release Holds" and "Guidelines for Setting Up Holds on
Sales Orders": an order on hold is there, and its fulfillment stops until somebody releases it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gameday_fakes import erp_faults
from gameday_fakes.fault_kinds import FaultKind, Heal
from gameday_fakes.intercept import chosen
from gameday_fakes.order_rules import HoldOrders


class StateFaults(erp_faults.StateFaults):
    """The active state faults, by id."""

    def __init__(self, seed: Callable[[], int], now_s: Callable[[], float]) -> None:
        super().__init__(seed, now_s)
        self.holds: dict[str, HoldOrders] = {}

    def hold_of(self, key: str) -> tuple[str, str]:
        """The fault that puts the order with that key on hold and the hold's code; both empty if none does."""
        for fault_id, rule in self.holds.items():
            if chosen(self._seed(), fault_id, key, rule.share):
                self.hits.add(fault_id)
                return fault_id, rule.code
        return "", ""

    def lacking(self, record: str, within: str, values: Mapping[str, Any]) -> str:
        """A field that a fault has made mandatory and that a record, or its part ``within``, does not have."""
        for fault_id, rule in self.required.items():
            part, _, name = rule.field.rpartition(".")
            if (rule.record, part) == (record, within) and values.get(name) in (None, ""):
                self.hits.add(fault_id)
                return name
        return ""


def _hold(fake: Any, fault_id: str, params: HoldOrders) -> Heal:
    fake.state.holds[fault_id] = params

    def heal() -> None:
        fake.state.holds.pop(fault_id, None)
        fake.service.orders.release_held_by(fault_id)

    return heal


FAULT_KINDS = (
    *erp_faults.with_names(lambda fake: fake.service.call_fields()),
    erp_faults.CHECK_WRITES,
    FaultKind("hold_orders", HoldOrders, _hold),
)
"""The pod's own fault kinds."""
