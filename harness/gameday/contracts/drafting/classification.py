"""Guesses how confidential a field is, from its name and kind; in doubt more than less."""

from __future__ import annotations

import re

from gameday.contracts.drafting.draft import logical_name

#: Words of names whose values may harm a person or an account by themselves.
_RESTRICTED = frozenset(
    {
        *("ssn", "iban", "bic", "passport", "password", "secret", "token", "card", "cvv"),
        *("birthdate", "birth", "salary"),
    }
)
#: Words of names of people, of ways to reach them, of money, and of texts in which anything may stand.
_CONFIDENTIAL = frozenset(
    {
        *("name", "email", "phone", "fax", "mobile", "street", "address", "city", "zip", "postal", "country"),
        *("contact", "person", "attention", "addressee", "vat", "tax", "account", "bank"),
        *("amount", "price", "rate", "total", "subtotal", "cost", "revenue", "discount", "margin", "balance", "value"),
        *("description", "memo", "note", "notes", "comment", "comments", "message", "title"),
    }
)
#: The last word of names whose values only point at a record, or say what kind it is.
_POINTERS = frozenset({"id", "ids", "number", "code", "type", "stage", "status", "currency", "precision", "key"})
#: Names of kinds and not of people, such as the stage's.
_NAMES_OF_KINDS = frozenset({"stage", "category", "period", "type", "status", "currency", "pricebook"})


def classify(name: str, *, money: bool = False, personal: bool = False) -> tuple[str, str]:
    """The classification of a field by its physical name, and why: a comment for people.

    ``money`` and ``personal`` say what the vendor says of its type.

    >>> classify("BillingCity")[0], classify("AccountId")[0], classify("StageName")[0], classify("Amount")[0]
    ('confidential', 'internal', 'internal', 'confidential')
    """
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[0-9]+", logical_name(name))]
    if found := [word for word in words if word in _RESTRICTED]:
        return "restricted", f"guessed: the name says {found[0]!r}"
    if money or personal:
        return "confidential", f"guessed: {'money' if money else 'its type is for people'}"
    if words and words[-1] in _POINTERS:
        return "internal", ""
    if words[-1:] == ["name"] and _NAMES_OF_KINDS & set(words):
        return "internal", ""
    if found := [word for word in words if word in _CONFIDENTIAL]:
        return "confidential", f"guessed: the name says {found[0]!r}"
    return "internal", ""
