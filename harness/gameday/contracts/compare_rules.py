"""Reads how each field of order and invoice is compared, from the custom properties of the contract's fields.

``compare`` is ``exact``, ``tolerance`` (with ``tolerance``: an amount, a percentage or, for a date, days) or
``ignored`` (with ``reason``). ``tolerance`` alone means the same as with ``compare: tolerance``. Which field is meant
follows from its name or its physical name; ``comparedField`` says it where neither is one of the usual names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.contracts.odcs_file import SchemaProperty
from gameday.contracts.values import read_number, read_share
from gameday.model.contract import COMPARED_FIELDS, CompareRule

WAYS = ("exact", "tolerance", "ignored")
KEYS = ("compare", "tolerance", "reason", "comparedField")
_DAYS = re.compile(r"(\d{1,3}) ?(?:d|days?)\Z")

#: The usual names, in lower case, of each field of a document and of a line.
_DOCUMENT_NAMES = {
    "date": ("date", "trandate", "closedate", "orderdate", "invoicedate"),
    "period": ("period", "postingperiod"),
    "customer": ("customer", "entity", "account", "accountid"),
    "currency": ("currency", "currencyisocode"),
    "subsidiary": ("subsidiary", "subsidiary__c"),
    "terms": ("terms", "paymentterms", "payment_terms__c"),
    "total": ("total", "amount"),
    "lines": ("lines", "items", "item"),
}
_LINE_NAMES = {
    "quantity": ("quantity",),
    "unitPrice": ("unitprice", "rate", "price"),
    "discount": ("discount",),
    "tax": ("tax", "taxamount", "tax1amt", "tax_amount__c"),
    "amount": ("amount", "total", "totalprice"),
}
#: The names of objects that are lines, and of those that are invoices.
LINE_OBJECTS = ("line", "lines", "opportunitylineitem", "orderitem", "quotelineitem", "item", "items")
INVOICE_OBJECTS = ("invoice", "invoices")
#: What the contract itself calls an order, which some vendors call an invoice.
_ORDER_NAMES = ("order", "orders")


def compare_rules(
    schema: Iterable[SchemaProperty], where: str, *, further: Collection[str] | None = frozenset()
) -> dict[str, CompareRule]:
    """The rules of one file, by field (``gameday.model.contract.COMPARED_FIELDS``).

    ``further`` are the places of the fields whose rule is that of a pair (``gameday.contracts.field_pairs``); None if
    the other file, which decides that, is not at hand.

    Raises GamedayError with the place for a rule that is unknown, contradicts itself, ignores a field without a reason,
    or is on a field that is not compared.
    """
    rules: dict[str, CompareRule] = {}
    for item, prefix, place in _properties(schema, f"{where}: schema"):
        custom = {each.property: each.value for each in item.custom_properties if each.property in KEYS}
        if not custom.keys() & {"compare", "tolerance", "comparedField"} or place in (further or ()):
            continue
        field = _field(item, prefix, custom, place)
        if not field and further is None:
            continue
        if not field:
            known = ", ".join(COMPARED_FIELDS)
            raise GamedayError(
                f"{place}: it has a rule, but no such field is compared",
                hint=f"say which with comparedField, one of {known}, or the CRM's field with comparedWith",
            )
        rule = read_rule(field, custom, place, functools.partial(_tolerance, field))
        if rules.setdefault(field, rule) != rule:
            raise GamedayError(f"{place}: {field} has another rule elsewhere in the file")
    return rules


def _properties(
    items: Iterable[SchemaProperty], place: str, prefix: str | None = None
) -> Iterator[tuple[SchemaProperty, str, str]]:
    """Every field with the prefix of its document (``""``, ``line.``, ``invoice.``, ``invoice.line.``) and place."""
    for item in items:
        at = f"{place}.{item.name or item.physical_name}"
        if prefix is None:
            inner = "invoice." if is_invoice(item) else ""
            inner += "line." if is_one_of(item, LINE_OBJECTS) else ""
        else:
            yield item, prefix, at
            inner = prefix if prefix.endswith("line.") else f"{prefix}line."
        yield from _properties(item.items.properties if item.items else item.properties, at, inner)


def is_one_of(item: SchemaProperty, names: Iterable[str]) -> bool:
    return item.name.lower() in names or item.physical_name.lower() in names


def is_invoice(item: SchemaProperty) -> bool:
    """Whether an object is the invoice of an order. The contract's own name decides before the vendor's."""
    return is_one_of(item, INVOICE_OBJECTS) and item.name.lower() not in _ORDER_NAMES


def standard_field(prefix: str, physical: str) -> str:
    """The field of ``COMPARED_FIELDS`` that a vendor's name is one of the usual names of; empty if it is none."""
    for field, names in (_LINE_NAMES if prefix.endswith("line.") else _DOCUMENT_NAMES).items():
        if physical.lower() in names and prefix + field in COMPARED_FIELDS:
            return prefix + field
    return ""


def _field(item: SchemaProperty, prefix: str, custom: dict[str, Any], place: str) -> str:
    """The field that is meant; empty if it is none that every flow has."""
    named = custom.get("comparedField")
    if named is not None:
        if named not in COMPARED_FIELDS:
            raise unknown("comparedField", named, COMPARED_FIELDS, where=place)
        return str(named)
    for field, names in (_LINE_NAMES if prefix.endswith("line.") else _DOCUMENT_NAMES).items():
        if is_one_of(item, names) and prefix + field in COMPARED_FIELDS:
            return prefix + field
    return ""


def read_rule(
    field: str, custom: dict[str, Any], place: str, tolerance_of: Callable[[Any, str], CompareRule]
) -> CompareRule:
    """The rule in custom properties; ``tolerance_of`` reads a tolerance. Raises GamedayError with the place."""
    tolerance, reason = custom.get("tolerance"), custom.get("reason", "")
    way = custom.get("compare", "exact" if tolerance is None else "tolerance")
    if way not in WAYS:
        raise unknown("compare", way, WAYS, where=place)
    if (way == "tolerance") is not (tolerance is not None):
        raise GamedayError(f"{place}: compare: {way} {'without' if tolerance is None else 'with'} a tolerance")
    if way == "ignored":
        if not isinstance(reason, str) or not reason.strip():
            raise GamedayError(f"{place}: {field} is ignored without a reason", hint="add the custom property reason")
        return CompareRule("ignored", reason=" ".join(reason.split()))
    return CompareRule() if way == "exact" else tolerance_of(tolerance, f"{place}: tolerance")


def read_days(value: Any, place: str) -> CompareRule:
    """The tolerance of a date. Raises GamedayError."""
    days = _DAYS.match(str(value))
    if days is None:
        raise GamedayError(f"{place}: {shown(value)} is not a number of days", hint="such as '2 days'")
    return CompareRule("tolerance", days=int(days[1]))


def _tolerance(field: str, value: Any, place: str) -> CompareRule:
    name = field.rpartition(".")[2]
    if name == "date":
        return read_days(value, place)
    if name in ("period", "customer", "currency", "lines"):
        raise GamedayError(
            f"{place}: {field} has no tolerance", hint="it is compared exactly, or ignored with a reason"
        )
    if isinstance(value, str) and value.endswith("%"):
        return CompareRule("tolerance", share=read_share(value, "", place))
    return CompareRule("tolerance", amount=read_number(value, place))
