"""Subscriptions: every deal is for seats of one product, and some are upgraded later."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from gameday.api import (
    Account,
    ArrivalParams,
    Catalog,
    DealLine,
    Product,
    Workload,
    WorkloadSpec,
    arrange,
    deal_value,
    operation,
    random_of,
    read_params,
    workload,
)

PRICE = Decimal("12.50")
ACCOUNTS = 5


class SubscriptionParams(ArrivalParams, frozen=True, kw_only=True):
    """``seats``: how many a customer buys at most."""

    seats: Annotated[int, Meta(ge=1, le=1000)] = 10


@workload("subscriptions", params=SubscriptionParams)
def subscriptions(spec: WorkloadSpec, seed: int) -> Workload:
    """Deals for seats of one product, all in US dollars."""
    params = read_params(SubscriptionParams, spec)
    accounts = tuple(Account(f"acme-{n}", f"Customer {n}", "USD", "US", "Austin") for n in range(ACCOUNTS))
    deals = []
    for index in range(spec.count):
        quantity = Decimal(random_of(seed, "seats", index).randint(1, params.seats))
        line = DealLine("SEAT", quantity, PRICE, PRICE * quantity)
        account = accounts[index % ACCOUNTS].key
        deals.append((f"sub-{index:04}", deal_value(f"Seats {index}", account, "USD", params.close_date, [line])))
    catalog = Catalog(accounts, (Product("SEAT", "Seat", {"USD": PRICE}),))
    return Workload(catalog, arrange(deals, spec, params, seed))


@operation("upgraded", act="amend_deal")
def upgraded(deal: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The customer buys twice as many seats."""
    [line] = deal["lines"]
    quantity, amount = 2 * Decimal(line["quantity"]), 2 * Decimal(line["amount"])
    return {"lines": [{**line, "quantity": str(quantity), "amount": str(amount)}], "amount": str(amount)}
