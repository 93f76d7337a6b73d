"""Guesses how confidential a field is from its name, type and values.

A field is kept in the clear only where its vendor's type proves that it has nothing of people or money. In doubt it has
no class at all: then recordings have pseudonyms of it, until somebody classifies it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

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
#: Words in the names of fields that name people, or refer to them.
_PEOPLE = frozenset(
    {
        *("owner", "user", "contact", "lead", "person", "people", "employee", "manager", "rep", "agent", "assignee"),
        *("approver", "buyer", "seller", "by", "who"),
    }
)


def classify(
    name: str, *, money: bool = False, personal: bool = False, looks: Collection[str] = (), proof: str = ""
) -> tuple[str, str]:
    """The classification of a field by its physical name, and the reason as a comment; empty if there is no proof.

    ``money`` and ``personal``: what the vendor declares about its type. ``looks``: what its values look like
    (gameday.records.personal). ``proof``: why it may be kept in the clear, by the vendor's type.

    >>> classify("BillingCity")[0], classify("StageName")[0], classify("Amount")[0], classify("Id", proof="an id")[0]
    ('confidential', '', 'confidential', 'internal')
    """
    words = _words(name)
    if found := [word for word in words if word in _RESTRICTED]:
        return "restricted", f"guessed: the name says {found[0]!r}"
    if money or personal:
        return "confidential", f"guessed: {'money' if money else 'its type is for people'}"
    if looks:
        return "confidential", f"guessed: its values look like {' and '.join(sorted(looks))}"
    kind = words[-1:] == ["name"] and _NAMES_OF_KINDS & set(words)
    pointer = words and words[-1] in _POINTERS
    if not (kind or pointer) and (found := [word for word in words if word in _CONFIDENTIAL]):
        return "confidential", f"guessed: the name says {found[0]!r}"
    return ("internal", f"guessed: internal ({proof})") if proof else ("", "")


def is_kind(name: str) -> bool:
    """Whether a field is called like one with a few values: a stage, a status, a type."""
    words = _words(name)
    last = words[-2:-1] if words[-1:] in (["name"], ["code"]) else words[-1:]
    return bool(last) and last[0] in _NAMES_OF_KINDS


def is_of_people(name: str) -> bool:
    """Whether a field is called as if it named people, or referred to them: an owner, a contact; not a type of them."""
    return not _PEOPLE.isdisjoint(_words(name)) and not is_kind(name)


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[0-9]+", logical_name(name))]
