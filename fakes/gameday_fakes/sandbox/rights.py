"""What gameday's own user may do in a tenant, and what can be sold there: found by calls that read only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple


class Right(NamedTuple):
    """One object or record type of a vendor: what gameday does with it (``acts``), and what it may not, in a clause."""

    what: str
    acts: str
    problem: str = ""


class Product(NamedTuple):
    """A product that a tenant knows: its list prices by currency, the currency "" where there is only one.

    A system that says only in which currencies it sells has None for the prices.
    """

    sku: str
    prices: Mapping[str, Decimal | None]


class Common(NamedTuple):
    """A product that both tenants know, and a currency in which both sell it, at the CRM's list price."""

    sku: str
    currency: str
    price: Decimal


def common_product(crm: Iterable[Product], erp: Iterable[Product]) -> Common | None:
    """The first product that both tenants know, in US dollars if they sell it in these; None without any.

    >>> common_product([Product("A", {"": Decimal(5)}), Product("B", {"": Decimal(7)})], [Product("B", {"EUR": None})])
    Common(sku='B', currency='EUR', price=Decimal('7'))
    """
    known = {product.sku: product.prices for product in erp}
    for sku, prices in crm:
        if sku not in known:
            continue
        if "" in prices:
            currencies = [each for each in known[sku] if each] or ["USD"]
        else:
            currencies = [each for each in known[sku] if each in prices]
        for currency in sorted(currencies, key=lambda each: (each != "USD", each)):
            price = prices.get(currency, prices.get(""))
            if price is not None:
                return Common(sku, currency, price)
    return None
