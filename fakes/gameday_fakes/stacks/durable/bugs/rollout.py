"""A rollout of a new version to some of the deals: one that stops at the first harm, and one that goes on."""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.money import WholeAmounts
from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.store import Store

#: One of so many deals is written by the new version.
ONE_OF = 5
STOPPED = "rollout stopped"


def is_canary(deal: str) -> bool:
    """Whether a deal is written by the new version while it is rolled out."""
    return zlib.crc32(deal.encode()) % ONE_OF == 0


class _TwoVersions(Mapping):
    """The new version drops what comes after the point of an amount."""

    store: Store

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        if is_canary(deal.id) and not self.store.fact(STOPPED):
            return WholeAmounts(self._sink).order(deal, correlation=correlation, currency_id=currency_id)
        return super().order(deal, correlation=correlation, currency_id=currency_id)


class _StopsRollout(Reconciler):
    def _compare(self, record: Record, orders: list[LedgerOrder]) -> None:
        super()._compare(record, orders)
        row = self._store.deal(record["id"])
        if is_canary(record["id"]) and row is not None and row["repairs"]:
            self._store.set_fact(STOPPED, record["id"])


class CanaryGoesOn(Planted):
    """Rolls out a version that drops cents to a fifth of the deals, and goes on when the ledgers differ."""

    only = "netsuite"
    caught_by = "modes/canary_rollout.feature"

    @cached_property
    def mapping(self) -> Mapping:
        mapping = _TwoVersions(self.definition.sink)
        mapping.store = self.store
        return mapping


class CanaryStops(CanaryGoesOn):
    """Rolls out a version that drops cents to a fifth of the deals, and takes it back when the ledgers first differ."""

    # Nothing is left of it that a feature of the library could show.
    caught_by = ""

    @cached_property
    def reconciler(self) -> Reconciler:
        return _StopsRollout(
            self.definition, self.pace, self.store, self.inbox, self.crm, self.erp, self.incidents, self.tickets
        )


COMPOSITIONS: dict[str, type[Planted]] = {
    "canary-goes-on": CanaryGoesOn,
    "canary-stops": CanaryStops,
}
