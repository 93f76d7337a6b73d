"""Mistakes that meet Oracle Fusion alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherErp, Planted
from gameday_fakes.stacks.durable.erps.oracle_fusion import Client as OrderHub


class _Trusting(OrderHub):
    def check_holds(self, order: Mapping[str, Any]) -> None:
        """Whatever was accepted is on its way."""


class IgnoresHolds(OtherErp):
    """Takes an order that was accepted for one on its way, and waits for its invoice while it is on hold."""

    only = "oracle-fusion"
    caught_by = "modes/orders_on_hold.feature"
    erp_class = _Trusting


COMPOSITIONS: dict[str, type[Planted]] = {"ignores-holds": IgnoresHolds}
