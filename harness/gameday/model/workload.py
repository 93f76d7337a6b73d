"""A workload: seed in, business operations out; nothing else in, nothing else out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday.base.registry import Registry
from gameday.model.scenario import WorkloadSpec


class Account(msgspec.Struct, frozen=True):
    """A customer, known to both systems before the first deal."""

    key: str
    name: str
    currency: str
    country: str = ""
    city: str = ""


class Product(msgspec.Struct, frozen=True):
    """An item with its list price in each currency it is sold in."""

    sku: str
    name: str
    prices: dict[str, Decimal]


class Catalog(msgspec.Struct, frozen=True):
    """What both systems are seeded with."""

    accounts: tuple[Account, ...]
    products: tuple[Product, ...]


class DealLine(msgspec.Struct, frozen=True):
    """A line as sold. ``amount`` is the exact net line total, which need not be quantity x unit price to the cent."""

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


class BusinessOperation(msgspec.Struct, frozen=True):
    """Something a person does in the CRM at scenario second ``at_s``.

    ``close_deal``: ``key``, ``value`` = {name, account (key), currency, amount, close_date (YYYY-MM-DD), lines}.
    ``amend_deal``: ``key`` of a deal closed before, ``value`` = {lines, amount}. ``void_deal``: ``key`` only.
    ``reprice``: {sku, currency, price}. ``merge_accounts``: {winner, loser} (account keys).
    """

    at_s: float
    f: Literal["close_deal", "amend_deal", "void_deal", "reprice", "merge_accounts"]
    key: str
    value: dict[str, Any]


class Workload(msgspec.Struct, frozen=True):
    """The catalogue and the operations, in the order of their times."""

    catalog: Catalog
    operations: tuple[BusinessOperation, ...]


MakeWorkload = Callable[[WorkloadSpec, int], Workload]
"""``make(spec, seed) -> Workload``, pure."""

workloads: Registry[MakeWorkload] = Registry("workload", package="gameday.workloads", group="gameday.workloads")
