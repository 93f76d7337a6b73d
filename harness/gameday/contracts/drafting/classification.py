"""Guesses how confidential a field is from its name and type; in doubt, the stricter class."""

from __future__ import annotations

import re

from gameday.contracts.drafting.draft import logical_name

#: Words in the names of fields that are sensitive on their own.
_RESTRICTED = frozenset(
    {
        *("ssn", "iban", "bic", "passport", "password", "secret", "token", "card", "cvv"),
        *("birthdate", "birth", "salary"),
    }
)
#: Words in the names of fields with people, contact details, money, or free text.
_CONFIDENTIAL = frozenset(
    {
        *("name", "email", "phone", "fax", "mobile", "street", "address", "city", "zip", "postal", "country"),
        *("contact", "person", "attention", "addressee", "vat", "tax", "account", "bank"),
        *("amount", "price", "rate", "total", "subtotal", "cost", "revenue", "discount", "margin", "balance", "value"),
        *("description", "memo", "note", "notes", "comment", "comments", "message", "title"),
    }
)
#: The last word of names of references and of kinds.
_POINTERS = frozenset({"id", "ids", "number", "code", "type", "stage", "status", "currency", "precision", "key"})
#: Words that make a name the name of a kind, not of a person: StageName.
_NAMES_OF_KINDS = frozenset({"stage", "category", "period", "type", "status", "currency", "pricebook"})


def classify(name: str, *, money: bool = False, personal: bool = False) -> tuple[str, str]:
    """The classification of a field by its physical name, and the reason as a comment.

    ``money`` and ``personal``: what the vendor declares about its type.

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
