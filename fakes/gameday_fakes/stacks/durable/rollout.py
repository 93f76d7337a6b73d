"""A canary rollout: another version of the mapping writes some of the deals, until the ledgers first differ by one.

The version that a game day rolls out is bad on purpose: it drops what comes after the point of an amount, as code does
that reads amounts as whole numbers. So a day shows whether the rollout stops.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from decimal import ROUND_DOWN, Decimal
from typing import Any

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.erp import Mapping
from gameday_fakes.stacks.durable.store import Store

_log = logging.getLogger("durable")

#: The fact with the share of the deals in percent, empty while nothing is rolled out.
ROLLED_OUT = "rolled out"


class Rollout:
    """Which deals the other version writes; the store keeps it, so it outlives a kill."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, percent: float) -> None:
        """Roll the other version out to a share of the deals."""
        self._store.set_fact(ROLLED_OUT, f"{percent:g}")

    def end(self) -> None:
        """Take it back."""
        self._store.set_fact(ROLLED_OUT, "")

    def takes(self, deal: str) -> bool:
        """Whether the other version writes a deal: always the same ones of a share."""
        percent = self._store.fact(ROLLED_OUT)
        # Ids that follow each other are no neighbours by this hash, as they are by a checksum: a share of a day's deals
        # is one of each part of the day.
        place = int.from_bytes(hashlib.sha256(deal.encode()).digest()[:4])
        return bool(percent) and place % 10_000 < float(percent) * 100

    def differs(self, deal: str) -> None:
        """The order of a deal differs from it: stop if the other version has written it."""
        if self.takes(deal):
            _log.error("the rollout stops: deal %s differs", deal)
            self.end()


class RolledOut:
    """The mapping of orders while another version of it may be rolled out."""

    def __init__(self, mapping: Mapping, rollout: Rollout) -> None:
        self._mapping = mapping
        self._rollout = rollout

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        """The body of the order, by the version whose turn it is."""
        if self._rollout.takes(deal.id):
            deal = _without_cents(deal)
        return self._mapping.order(deal, correlation=correlation, currency_id=currency_id)

    def sold_to(self, body: dict[str, Any], customer: str) -> dict[str, Any]:
        """The body for the customer under this id of the CRM."""
        return self._mapping.sold_to(body, customer)

    def reopened(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body for an order that has been cancelled."""
        return self._mapping.reopened(body)


def _without_cents(deal: Deal) -> Deal:
    lines = (dataclasses.replace(line, amount=line.amount.quantize(Decimal(1), ROUND_DOWN)) for line in deal.lines)
    return dataclasses.replace(deal, lines=tuple(lines))
