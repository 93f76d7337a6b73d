"""A workload: a pure function from a specification and a seed to business operations, and what may happen to deals."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.registry import Registry
from gameday.model.scenario import WorkloadSpec


class Account(msgspec.Struct, frozen=True):
    """A customer, known to the CRM before the first deal, and to the ERP too unless it is ``new``.

    ``id`` is its id in the CRM, where that is known before: of one from an export. ``tier`` is how much it matters.
    """

    key: str
    name: str
    currency: str
    country: str = ""
    city: str = ""
    new: bool = False
    id: str = ""
    tier: str = ""


class Product(msgspec.Struct, frozen=True):
    """An item with its list price in each currency it is sold in, and the tax code by which the ERP taxes it."""

    sku: str
    name: str
    prices: dict[str, Decimal]
    tax_code: str = ""


class Catalog(msgspec.Struct, frozen=True):
    """What both systems are seeded with; new customers only the CRM.

    ``tax_codes``: the rate of each tax code, in percent.
    """

    accounts: tuple[Account, ...]
    products: tuple[Product, ...]
    tax_codes: dict[str, Decimal] = {}


class DealLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as sold. ``amount`` is its exact net total, after a ``discount`` in percent (None: there is none).

    Of a recorded line the amount is what was paid, which need not follow from the other values to the cent.
    ``tax`` is the tax on the amount, at the ``tax_percent`` of the ``tax_code``; a line without a code has none.
    ``fields`` are further ones of the CRM's organisation, by its names.
    """

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount: Decimal | None = None
    tax_code: str = ""
    tax_percent: Decimal | None = None
    tax: Decimal | None = None
    fields: dict[str, str] = {}


class BusinessOperation(msgspec.Struct, frozen=True):
    """Something a person does in the CRM at scenario second ``at_s``; ``f`` is one of the CRM's business operations.

    Or in another ``system``, a role. ``asked``: the scenario names it by itself, so that a system that refuses it, as
    one without the record, ends no run; such a run is inconclusive.

    ``close_deal``: ``key``, ``value`` = {name, account (key), currency, amount, close_date (YYYY-MM-DD), lines},
    and ``fields``: further ones of the CRM's organisation.
    ``amend_deal``: ``key`` of a deal closed before, ``value`` = {lines, amount}.
    ``void_deal``, ``delete_deal``, ``merge_duplicate``: ``key`` only.
    ``open_deal``: as ``close_deal``, of a deal that is not won; ``lose_deal``: ``key`` of such a deal.
    ``reprice``: {sku, currency, price}. ``merge_accounts``: {winner, loser} (account keys).
    """

    at_s: float
    f: str
    key: str
    value: dict[str, Any]
    system: str = "crm"
    asked: bool = False


class Workload(msgspec.Struct, frozen=True):
    """The catalogue and the operations, in the order of their times."""

    catalog: Catalog
    operations: tuple[BusinessOperation, ...]


MakeWorkload = Callable[[WorkloadSpec, int], Workload]
"""``make(spec, seed) -> Workload``, pure."""


class WorkloadKind(msgspec.Struct, frozen=True):
    """A registered workload. ``params`` declares its parameters; None if it reads them itself, or has none."""

    make: MakeWorkload
    params: type[msgspec.Struct] | None = None

    def __call__(self, spec: WorkloadSpec, seed: int) -> Workload:
        """The workload, from its seed."""
        return self.make(spec, seed)

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        return (self.make.__doc__ or "").strip().partition("\n")[0]


workloads: Registry[WorkloadKind] = Registry("workload", package="gameday.workloads", group="gameday.workloads")


def workload(name: str, *, params: type[msgspec.Struct] | None = None) -> Callable[[MakeWorkload], MakeWorkload]:
    """Register the decorated function as a workload, with the struct that declares its parameters."""

    def enter(make: MakeWorkload) -> MakeWorkload:
        workloads.register(name)(WorkloadKind(make, params))
        return make

    return enter


Change = Callable[[dict[str, Any], random.Random], dict[str, Any]]
"""``change(deal's value, random numbers of this deal) -> value of the business operation``, pure."""


class DealOperation(msgspec.Struct, frozen=True):
    """What may happen to a won deal: ``act`` is a business operation of the CRM, ``change`` makes its value.

    It happens ``times`` in a row, each time to the deal as the last one left it.
    """

    act: str
    change: Change
    times: int = 1

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        return (self.change.__doc__ or "").strip().partition("\n")[0]


operations: Registry[DealOperation] = Registry(
    "operation", package="gameday.workloads.operations", group="gameday.operations"
)


def operation(name: str, *, act: str, times: int = 1) -> Callable[[Change], Change]:
    """Register the decorated function as an operation: ``20% of them are <name> within 5 minutes``.

    ``act`` is the CRM's business operation that carries it out, such as ``amend_deal``, so many ``times`` for a deal.
    """

    def enter(change: Change) -> Change:
        operations.register(name)(DealOperation(act, change, times))
        return change

    return enter


def operation_key(name: str) -> str:
    """The parameter of a workload that says how many deals an operation happens to.

    >>> operation_key("partly refunded")
    'partly_refunded'
    """
    return name.replace(" ", "_").replace("-", "_")


def operations_in(params: Iterable[str]) -> list[str]:
    """The registered operations that these parameters of a workload ask for."""
    given = set(params)
    return [name for name in operations if operation_key(name) in given]
