"""A rollout of a bad version to some of the deals that goes on: one that the stack begins, and one by its hook."""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.money import WholeAmounts
from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.rollout import Rollout

#: One of so many deals is written by the new version.
ONE_OF = 5


def is_canary(deal: str) -> bool:
    """Whether a deal is written by the new version while it is rolled out."""
    return zlib.crc32(deal.encode()) % ONE_OF == 0


class _TwoVersions(Mapping):
    """The new version drops what comes after the point of an amount."""

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        if is_canary(deal.id):
            return WholeAmounts(self._sink).order(deal, correlation=correlation, currency_id=currency_id)
        return super().order(deal, correlation=correlation, currency_id=currency_id)


class CanaryGoesOn(Planted):
    """Rolls out a version that drops cents to a fifth of the deals, and goes on when the ledgers differ."""

    only = "netsuite"
    caught_by = "modes/canary_rollout.feature"

    @cached_property
    def mapping(self) -> Mapping:
        return _TwoVersions(self.definition.sink)


class _Rollout(Rollout):
    def differs(self, deal: str) -> None:
        return


class RolloutNeverStops(Planted):
    """Goes on rolling out a version after the ledgers have differed by it."""

    caught_by = "modes/canary_rollout.feature"

    @cached_property
    def rollout(self) -> Rollout:
        return _Rollout(self.store)

    @cached_property
    def reconciler(self) -> Reconciler:
        reconciler = super().reconciler
        reconciler.rollout = self.rollout
        return reconciler


COMPOSITIONS: dict[str, type[Planted]] = {
    "canary-goes-on": CanaryGoesOn,
    "rollout-never-stops": RolloutNeverStops,
}
