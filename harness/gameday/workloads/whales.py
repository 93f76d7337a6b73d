"""Whales: a few very large deals carry most of the money."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday.base.money import net_total
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import DealLine, Workload, workload
from gameday.workloads.arrivals import deal_value, read_params
from gameday.workloads.chance import random_of
from gameday.workloads.closed_won import ClosedWonParams, Share, generated
from gameday.workloads.taxes import taxed


class WhalesParams(ClosedWonParams, frozen=True, kw_only=True):
    """``whales``: the share of the deals that are very large: each of their lines is bought ``size`` times.

    The others are those of "closed won".
    """

    whales: Share = 0.1
    size: Annotated[int, Meta(ge=2, le=10_000)] = 200


@workload("whales", params=WhalesParams)
def whales(spec: WorkloadSpec, seed: int) -> Workload:
    """Generated deals of which a tenth is two hundred times as large: losing one is losing most of the money."""
    params = read_params(WhalesParams, spec)

    def enlarged(index: int, value: dict[str, Any]) -> dict[str, Any]:
        if random_of(seed, "whale", index).random() >= params.whales:
            return value
        currency = value["currency"]
        lines = [_bought(msgspec.convert(line, DealLine), params.size, currency) for line in value["lines"]]
        return deal_value(value["name"], value["account"], currency, value["close_date"], lines)

    return generated(params, spec, seed, enlarged)


def _bought(line: DealLine, times: int, currency: str) -> DealLine:
    """A line whose quantity is so many times as large."""
    quantity = line.quantity * Decimal(times)
    amount = net_total(line.unit_price, quantity, line.discount, currency)
    return taxed(msgspec.structs.replace(line, quantity=quantity, amount=amount), currency)
