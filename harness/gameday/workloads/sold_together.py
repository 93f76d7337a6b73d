"""What deals have beside single products: bundles with their parts, and a large discount that is given once."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

from gameday.base.money import net_total, to_currency
from gameday.model.workload import DealLine, Product

BUNDLE_SKU = "BUNDLE-1"
#: The parts of a bundle, and how many of each it has; their price is in that of the bundle.
PARTS = {"BUNDLE-1-GATEWAY": 1, "BUNDLE-1-SENSOR": 4, "BUNDLE-1-TRAINING": 2}
DISCOUNT_SKU = "ONE-OFF-DISCOUNT"
_BUNDLE_USD = Decimal("1249.90")
#: Shares of a deal's total, beyond what a sales representative may give without asking.
_DISCOUNTS = tuple(Decimal(text) for text in ("0.25", "0.3", "0.4", "0.5"))


def products(per_usd: Mapping[str, Decimal], *, bundles: bool, discounts: bool) -> tuple[Product, ...]:
    """The further products, given what a US dollar buys of each currency. A discount has no list price."""
    sold: list[Product] = []
    if bundles:
        prices = {code: to_currency(_BUNDLE_USD * rate, code) for code, rate in per_usd.items()}
        sold.append(Product(BUNDLE_SKU, "Starter bundle", prices))
        nothing = dict.fromkeys(per_usd, Decimal(0))
        sold += [Product(sku, f"{sku.rpartition('-')[2].capitalize()} of the bundle", nothing) for sku in PARTS]
    if discounts:
        sold.append(Product(DISCOUNT_SKU, "One-off discount", {}))
    return tuple(sold)


def bundle(price: Decimal, currency: str, chance: random.Random) -> list[DealLine]:
    """The lines of one to five bundles: the bundle at its price, then its parts at none, as they are shipped."""
    count = chance.randint(1, 5)
    lines = [DealLine(BUNDLE_SKU, Decimal(count), price, net_total(price, Decimal(count), None, currency))]
    free = to_currency(Decimal(0), currency)
    return [*lines, *(DealLine(sku, Decimal(count * each), Decimal(0), free) for sku, each in PARTS.items())]


def one_off_discount(lines: Sequence[DealLine], currency: str, chance: random.Random) -> list[DealLine]:
    """A line of its own that takes a quarter to a half off all lines; none where there is nothing to take off."""
    total = sum((line.amount for line in lines), Decimal(0))
    off = to_currency(-total * chance.choice(_DISCOUNTS), currency)
    return [DealLine(DISCOUNT_SKU, Decimal(1), off, off)] if off else []
