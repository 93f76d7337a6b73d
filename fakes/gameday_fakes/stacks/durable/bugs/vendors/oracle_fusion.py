"""Mistakes that meet Oracle Fusion alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import Planted
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.erps.oracle_fusion import Client as OrderHub


class _Trusting(OrderHub):
    def check_holds(self, order: Mapping[str, Any]) -> None:
        """Whatever was accepted is on its way."""


class IgnoresHolds(Planted):
    """Takes an order that was accepted for one on its way, and waits for its invoice while it is on hold."""

    only = "oracle-fusion"
    caught_by = "modes/orders_on_hold.feature"

    @cached_property
    def erp(self) -> Erp:
        return _Trusting(self.transports["erp"], self.environment.credentials["erp"], self.definition.sink)


COMPOSITIONS: dict[str, type[Planted]] = {"ignores-holds": IgnoresHolds}
