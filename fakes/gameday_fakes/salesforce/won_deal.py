"""What a won deal is: which object, and which of its fields and its lines' say for whom, how much and when.

By default an opportunity with its line items. An order, a quote or a custom object with its lines can be it; what the
settings of an organisation do not name is that of the standard object, or the only reference that can be meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from gameday_fakes.guesses import did_you_mean
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.stages import Stages

_TEXTS = ("string", "picklist", "combobox", "textarea")
_NUMBERS = ("currency", "double", "int", "long")
_MANDATORY = ("stage", "amount", "currency", "account", "date")


class LineFields(msgspec.Struct, frozen=True):
    """The object of a deal's lines and its fields; ``discount`` is empty where lines have none.

    ``deal`` is the reference to the deal; ``product`` one to a pricebook entry or a product, or a text with the SKU.
    """

    object: str = "OpportunityLineItem"
    deal: str = "OpportunityId"
    product: str = "PricebookEntryId"
    quantity: str = "Quantity"
    price: str = "UnitPrice"
    amount: str = "TotalPrice"
    discount: str = "Discount"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return (self.deal, self.product, self.quantity, self.price, self.amount, self.discount)


class DealFields(msgspec.Struct, frozen=True):
    """The object and the names of its fields; those of a fresh organisation where nothing else is said.

    ``stage`` has the value ``won_stage`` in a won deal. ``amount`` is the net total, ``account`` a reference to an
    account, ``date`` that of the order; ``name`` is empty where records have no name that people give.
    """

    stage: str = "StageName"
    amount: str = "Amount"
    currency: str = "CurrencyIsoCode"
    account: str = "AccountId"
    date: str = "CloseDate"
    object: str = "Opportunity"
    name: str = "Name"
    lines: LineFields = LineFields()
    #: Whether the amount is the sum of the lines, whatever is written.
    sums: bool = True

    @property
    def is_usual(self) -> bool:
        """Whether deals are opportunities."""
        return self.object == _OPPORTUNITY.fields.object

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that a ledger has in places of their own."""
        return tuple(getattr(self, meaning) for meaning in _MANDATORY)

    @property
    def own(self) -> dict[str, str]:
        """Of opportunities the fields that are not the usual ones: by what they mean, their names."""
        usual = DealFields()
        if not self.is_usual:
            return {}
        return {each: getattr(self, each) for each in _MANDATORY if getattr(self, each) != getattr(usual, each)}

    def is_won(self, values: Mapping[str, Any], stages: Stages) -> bool:
        """Whether a deal with these values is won."""
        if self.is_usual and self.stage == _OPPORTUNITY.fields.stage:
            return bool(values["IsWon"])
        return stages.is_won(values.get(self.stage))

    def of_stage(self, stage: str, stages: Stages) -> dict[str, Any]:
        """The fields that say that a deal is in a stage; of opportunities the usual one follows one's own."""
        if not self.is_usual:
            return {self.stage: stage}
        if "stage" not in self.own:
            return stages.fields(stage)
        usual = Stages()
        followed = {stages.lost: usual.lost, stages.open: usual.open}.get(stage, usual.won)
        return {**usual.fields(followed), self.stage: stage}

    def given(self, **values: Any) -> dict[str, Any]:
        """Values by what they mean under the names of fields; of opportunities both the usual ones and one's own."""
        usual = DealFields()
        found = {getattr(self, meaning): value for meaning, value in values.items() if getattr(self, meaning)}
        return {**{getattr(usual, m): value for m, value in values.items()}, **found} if self.is_usual else found


class _Standard(NamedTuple):
    fields: DealFields
    stages: Stages


_OPPORTUNITY = _Standard(DealFields(), Stages())
_STANDARD = {
    "Opportunity": _OPPORTUNITY,
    "Order": _Standard(
        DealFields(
            stage="Status",
            amount="TotalAmount",
            date="EffectiveDate",
            object="Order",
            lines=LineFields("OrderItem", "OrderId", discount=""),
        ),
        Stages("Activated", "Cancelled", "Draft"),
    ),
    "Quote": _Standard(
        DealFields(
            stage="Status",
            amount="TotalPrice",
            account="QuoteAccountId",
            date="ExpirationDate",
            object="Quote",
            lines=LineFields("QuoteLineItem", "QuoteId"),
        ),
        Stages("Accepted", "Denied", "Draft"),
    ),
}


def stages_of(object_name: str, won: str, lost: str, open_: str) -> Stages:
    """The stages of deals of an object; those that are empty are the usual ones."""
    usual = _STANDARD.get(object_name or "Opportunity", _OPPORTUNITY).stages
    return Stages(won or usual.won, lost or usual.lost, open_ or usual.open)


def deal_fields(model: Model, given: Mapping[str, str], of_lines: Mapping[str, str]) -> DealFields:
    """The fields of deals as settings name them; what is empty is the usual one.

    ``given`` are those of deals, with ``object``, and ``of_lines`` those of their lines. Raises ValueError, with the
    known ones, for an object that is not served and for a field that an object lacks or that cannot hold the value.
    """
    wanted = given.get("object") or "Opportunity"
    sobject = model.canonical(wanted)
    if sobject is None:
        raise _unknown("deal_object", wanted, "object that is served", model.objects)
    usual = _STANDARD[sobject].fields if sobject in _STANDARD else DealFields("", "", object=sobject)
    fields = model.objects[sobject].fields
    named = {
        meaning: given.get(meaning) or _usual(getattr(usual, meaning), fields) for meaning in (*_MANDATORY, "name")
    }
    for meaning in _MANDATORY:
        named[meaning] = named[meaning] or _only(fields, lambda field, m=meaning: _fits(m, field))
        _need(f"deal_{meaning}_field", named[meaning], sobject, fields, lambda field, m=meaning: _fits(m, field))
    if named["name"] and not (named["name"] in fields and fields[named["name"]].createable):
        named["name"] = ""
    lines = _line_fields(model, usual.lines, sobject, of_lines)
    sums = fields[named["amount"]].calculated or (sobject, named["amount"]) == ("Opportunity", "Amount")
    return DealFields(**named, object=sobject, lines=lines, sums=sums)


def _line_fields(model: Model, usual: LineFields, of: str, given: Mapping[str, str]) -> LineFields:
    wanted = given.get("object") or (usual.object if of in _STANDARD else _children_of(model, of))
    sobject = model.canonical(wanted)
    if sobject is None:
        raise _unknown("deal_lines_object", wanted, "object that is served", model.objects)
    fields = model.objects[sobject].fields
    tests = {
        "deal": lambda field: field.refers_to == of,
        "product": _is_product,
        "quantity": lambda field: field.type in _NUMBERS,
        "price": lambda field: field.type in _NUMBERS,
        "amount": lambda field: field.type in _NUMBERS,
    }
    named = {meaning: given.get(meaning) or _usual(getattr(usual, meaning), fields) for meaning in (*tests, "discount")}
    for meaning, test in tests.items():
        named[meaning] = named[meaning] or _only(fields, test if meaning in ("deal", "product") else lambda _: False)
        _need(f"line_{meaning}_field", named[meaning], sobject, fields, test)
    if given.get("discount"):
        _need("line_discount_field", named["discount"], sobject, fields, lambda field: field.is_number)
    return LineFields(sobject, **named)


def _usual(name: str, fields: Mapping[str, Field]) -> str:
    return name if name in fields else ""


def _only(fields: Mapping[str, Field], test: Any) -> str:
    """The name of the only field that passes a test; empty if there is not exactly one."""
    found = [field.name for field in fields.values() if field.refers_to and test(field)]
    return found[0] if len(found) == 1 else ""


def _children_of(model: Model, of: str) -> str:
    """The object that could have a deal's lines: the only one that refers to the deal and to a product."""
    found = [
        sobject.name
        for sobject in model.objects.values()
        if any(field.refers_to == of for field in sobject.fields.values())
        and any(field.refers_to in _PRODUCTS for field in sobject.fields.values())
    ]
    return found[0] if len(found) == 1 else ""


_PRODUCTS = ("PricebookEntry", "Product2")


def _is_product(field: Field) -> bool:
    return field.refers_to in _PRODUCTS or (field.type in _TEXTS and field.createable)


def _fits(meaning: str, field: Field) -> bool:
    """Whether a field can hold what is meant, and can be written; an amount can be the sum of the lines."""
    writable = field.createable and field.updateable and not field.calculated
    match meaning:
        case "amount":
            return field.type in _NUMBERS and (writable or field.calculated)
        case "date":
            return writable and field.type == "date"
        case "account":
            return field.refers_to == "Account"
    return writable and field.type in _TEXTS


def _need(setting: str, name: str, sobject: str, fields: Mapping[str, Field], test: Any) -> None:
    if name in fields and test(fields[name]):
        return
    known = sorted(field.name for field in fields.values() if test(field))
    hint = did_you_mean(name, known)
    raise ValueError(
        f"{setting}: no field {name[:80]!r} of {sobject} can be it; known: {', '.join(known) or 'none'}{hint}"
    )


def _unknown(setting: str, name: str, what: str, known: Mapping[str, Any]) -> ValueError:
    listed = ", ".join(sorted(known)[:60])
    return ValueError(f"{setting}: {name[:80]!r} is no {what}; known: {listed}{did_you_mean(name, known)}")


def net_of_one(amount: Decimal, quantity: Decimal) -> Decimal:
    """What one of a line's pieces costs after its discount, to 8 digits."""
    return round(amount / quantity, 8) if quantity else amount
