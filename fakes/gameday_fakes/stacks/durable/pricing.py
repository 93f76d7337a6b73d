"""The pre-flight price check: would the ERP accept the prices at which the deal was sold?"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace


class PriceCheck:
    """Compares a deal's prices with the ERP's price list, which is cached for a short time."""

    def __init__(self, erp: Erp, sink: Sink, pace: Pace, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._erp = erp
        self._tolerance_percent = sink.price_tolerance_percent
        self._keep_real_s = pace.real_s(sink.price_cache_s)
        self._now_s = now_s
        self._read_s = float("-inf")
        self._prices: dict[tuple[str, str], Decimal] = {}

    async def check(self, deal: Deal) -> None:
        """Raises Trouble: ``price_drift`` with each line outside the tolerance, or the ERP's own."""
        if self._now_s() - self._read_s > self._keep_real_s:
            self._read_s = self._now_s()
            try:
                self._prices = await self._erp.prices()
            except Trouble:
                self._read_s = float("-inf")
                raise
        drifted = []
        for line in deal.lines:
            listed = self._prices.get((line.sku, deal.currency))
            # Without a list price in this currency there is nothing to compare; the ERP decides.
            if listed is not None and abs(line.unit_price - listed) * 100 > abs(listed) * self._tolerance_percent:
                drifted.append(f"{line.sku} sold at {line.unit_price}, listed at {listed} {deal.currency}")
        if drifted:
            detail = f"outside the tolerance of {self._tolerance_percent} %: {'; '.join(drifted)}"
            raise Trouble("price_drift", detail, system="erp")

    def forget(self) -> None:
        """Read the list again next time: the ERP has just refused a price that the list allowed."""
        self._read_s = float("-inf")
