"""Business operations: what people do in a CRM, an ERP, a pager or a ticket system, asked for on the control plane.

Each vendor has one table of them. The parameters of those that several vendors share are declared here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gameday_fakes.catalogue import About, OperationEntry
from gameday_fakes.parameters import check_parameters, first_sentence, parameters_of

_DATE, _MONTH, _CURRENCY = {"form": "date"}, {"form": "month"}, {"form": "currency"}


@dataclass(frozen=True)
class BusinessOperation:
    """One operation: ``act(fake, key, params)`` carries it out and returns ``{"id": ...}`` of the record concerned.

    ``params`` declares its parameters; its docstring's first line describes the operation. ``about`` says what the
    key names: a deal, the order of a deal, an alert or a ticket; empty where it is about no one record.
    """

    name: str
    params: type[msgspec.Struct]
    act: Callable[[Any, str, Any], dict[str, Any]]
    about: About = ""

    def parse(self, value: dict[str, Any]) -> Any:
        """The parameters; others are fields of the record, where it takes any.

        Raises ValueError with one line, also for a parameter that the operation does not have.
        """
        value = _with_fields(self.params, value)
        check_parameters(parameters_of(self.params), value)
        try:
            return msgspec.convert(value, self.params, strict=False)
        except msgspec.ValidationError as problem:
            raise ValueError(str(problem)) from None

    def entry(self) -> OperationEntry:
        """How the catalogue shows it."""
        return OperationEntry(self.name, first_sentence(self.params), parameters_of(self.params), self.about)


def _with_fields(params: type[msgspec.Struct], value: dict[str, Any]) -> dict[str, Any]:
    """A value whose unknown names are in ``fields``, if there is such a parameter; its lines likewise."""
    known = params.__struct_fields__
    if "fields" not in known:
        return value
    named, given = {name: each for name, each in value.items() if name in known}, value.get("fields", {})
    others = {name: each for name, each in value.items() if name not in known}
    if not isinstance(given, dict):
        raise ValueError(f"bad value {given!r} for 'fields': it must be an object")  # noqa: TRY004 - one kind of error
    if twice := others.keys() & given.keys():
        raise ValueError(f"field {min(twice)!r} is given twice")
    lines = value.get("lines")
    if isinstance(lines, list | tuple):
        named["lines"] = [_with_fields(SoldLine, line) if isinstance(line, dict) else line for line in lines]
    return {**named, "fields": {**given, **others}}


class SoldLine(msgspec.Struct, frozen=True):
    """One line of a deal.

    ``amount`` is its net total, after a ``discount`` in percent; ``tax`` is the tax on it by the code, at
    ``tax_percent``, which the ERP knows by the code. ``fields`` are further ones of the organisation, by name.
    """

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount: Decimal | None = None
    tax_code: str = ""
    tax: Decimal | None = None
    tax_percent: Decimal | None = None
    fields: dict[str, Any] = {}


class Account(msgspec.Struct, frozen=True):
    """A customer. ``key`` is the workload's name for it, ``id`` its id in the CRM, ``tier`` how much it matters."""

    key: str = ""
    id: str = ""
    name: str | None = None
    currency: str | None = None
    country: str | None = None
    city: str | None = None
    tier: str | None = None


class Product(msgspec.Struct, frozen=True):
    """A product. ``prices`` are its list prices by the currency's ISO code; the ERP taxes it by its ``tax_code``."""

    sku: str
    name: str | None = None
    prices: dict[str, Decimal] = {}
    tax_code: str = ""


class Seed(msgspec.Struct, frozen=True):
    """Add accounts and products; those that are there are brought up to date."""

    accounts: Annotated[
        tuple[Account, ...], Meta(description="Customers: key or id, name, currency, country, city, tier.")
    ] = ()
    products: Annotated[tuple[Product, ...], Meta(description="Products: sku, name, prices, tax_code.")] = ()
    tax_codes: Annotated[dict[str, Decimal], Meta(description="Rates in percent by tax code.")] = {}


_FIELDS = "Further fields of the deal, by the organisation's names; may be among the parameters too."


class CloseDeal(msgspec.Struct, frozen=True):
    """Win a deal; the key is the workload's name for it."""

    account: Annotated[str, Meta(description="The customer's key or id.")]
    currency: Annotated[str, Meta(description="ISO code.", extra=_CURRENCY)]
    close_date: Annotated[str, Meta(description="YYYY-MM-DD.", extra=_DATE)]
    amount: Annotated[Decimal, Meta(description="Net total of the deal.")]
    lines: Annotated[tuple[SoldLine, ...], Meta(description="Lines: sku, quantity, unit_price, discount, amount.")] = ()
    name: Annotated[str, Meta(description="What people see; without one, the key.")] = ""
    subsidiary: Annotated[str, Meta(description="The name of the seller's subsidiary.")] = ""
    terms: Annotated[str, Meta(description="The terms of payment, such as Net 30.")] = ""
    fields: Annotated[dict[str, Any], Meta(description=_FIELDS)] = {}


class OpenDeal(CloseDeal, frozen=True):
    """Add a deal that is not won yet, in negotiation; the parameters are those of a won deal."""


class LoseDeal(msgspec.Struct, frozen=True):
    """Lose a deal that was not won."""


class AmendDeal(msgspec.Struct, frozen=True):
    """Replace the lines of a won deal."""

    lines: Annotated[tuple[SoldLine, ...], Meta(description="Lines: sku, quantity, unit_price, discount, amount.")]
    amount: Annotated[Decimal | None, Meta(description="New net total; without one, the sum of the lines.")] = None
    fields: Annotated[dict[str, Any], Meta(description=_FIELDS)] = {}


class VoidDeal(msgspec.Struct, frozen=True):
    """Take back a won deal."""


class DeleteDeal(msgspec.Struct, frozen=True):
    """Delete a deal with its lines."""


class Reprice(msgspec.Struct, frozen=True):
    """Change the list price of a product in a currency."""

    sku: Annotated[str, Meta(description="The product.")]
    currency: Annotated[str, Meta(description="ISO code.", extra=_CURRENCY)]
    price: Annotated[Decimal, Meta(description="The new price.")]


class MergeAccounts(msgspec.Struct, frozen=True):
    """Merge an account into another."""

    winner: Annotated[str, Meta(description="Key or id of the account that stays.")]
    loser: Annotated[str, Meta(description="Key or id of the account that goes.")]


class MergeDuplicate(msgspec.Struct, frozen=True):
    """Merge a deal's account into a duplicate of it that nobody has used: the deal has another account from then on."""


class BookOrder(msgspec.Struct, frozen=True):
    """Book an order that has no deal, as a web shop does; the key is its reference number."""

    account: Annotated[str, Meta(description="The customer's id in the CRM.")]
    currency: Annotated[str, Meta(description="ISO code.", extra=_CURRENCY)]
    lines: Annotated[tuple[SoldLine, ...], Meta(description="Lines: sku, quantity, unit_price, amount.")]
    date: Annotated[str, Meta(description="YYYY-MM-DD; empty for today.", extra=_DATE)] = ""


class OpenPeriod(msgspec.Struct, frozen=True):
    """Open an accounting period."""

    period: Annotated[str, Meta(description="YYYY-MM; empty for all.", extra=_MONTH)] = ""


class ClosePeriod(msgspec.Struct, frozen=True):
    """Close an accounting period."""

    period: Annotated[str, Meta(description="YYYY-MM; empty for all.", extra=_MONTH)] = ""


class Acknowledge(msgspec.Struct, frozen=True):
    """Acknowledge the open alert with the key."""


class ResolveAlert(msgspec.Struct, frozen=True):
    """Resolve the open alert with the key."""


class ResolveTicket(msgspec.Struct, frozen=True):
    """Resolve the ticket with the key."""
