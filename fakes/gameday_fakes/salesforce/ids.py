"""Salesforce's record ids: 15 case-sensitive characters, or 18 with a checksum that survives the loss of case."""

from __future__ import annotations

import functools
import re
import string

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM = string.ascii_uppercase + "012345"
_KNOWN = frozenset(_ALPHABET)
_ID = re.compile(rb"\b[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\b")

#: The first three characters of a record's id say which object it belongs to.
PREFIXES = {
    "Account": "001",
    "Organization": "00D",
    "OpportunityLineItem": "00k",
    "User": "005",
    "Opportunity": "006",
    "Product2": "01t",
    "Pricebook2": "01s",
    "PricebookEntry": "01u",
}

#: The same of further standard objects, which an organisation's folder may add.
WELL_KNOWN = {
    "Contact": "003",
    "Lead": "00Q",
    "Campaign": "701",
    "Contract": "800",
    "Order": "801",
    "OrderItem": "802",
    "Quote": "0Q0",
    "QuoteLineItem": "0QL",
    "Case": "500",
    "Asset": "02i",
    "RecordType": "012",
    "Task": "00T",
    "Event": "00U",
    "Group": "00G",
    "Profile": "00e",
    "UserRole": "00E",
    "OpportunityContactRole": "00K",
    "CurrencyType": "01L",
    "DatedConversionRate": "04w",
    "PermissionSet": "0PS",
    "PermissionSetAssignment": "0Pa",
    "FieldPermissions": "01k",
    "ObjectPermissions": "110",
}

ACTION_PREFIX = "04k"
NOTIFICATION_PREFIX = "04l"
CURSOR_PREFIX = "01g"
EVENT_PREFIX = "e00"

#: The three characters that name the server, the same in all ids of an organisation.
_POD = "Gd0"


# Organisations that are reset give the same ids again.
@functools.lru_cache(maxsize=65_536)
def make_id(prefix: str, number: int) -> str:
    """The 18-character id of the ``number``-th record under a prefix."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return to_18(f"{prefix}{_POD}{digits:0>9}")


def to_18(id15: str) -> str:
    """Append the checksum: for each five characters, which of them are upper case."""
    checksum = ""
    for start in (0, 5, 10):
        bits = sum(1 << i for i, char in enumerate(id15[start : start + 5]) if "A" <= char <= "Z")
        checksum += _CHECKSUM[bits]
    return id15 + checksum


@functools.lru_cache(maxsize=65_536)
def canonical(text: str) -> str | None:
    """The 18-character form of an id of 15 or 18 characters; None for anything else.

    In 15 characters case tells ids apart. The checksum of 18 says which letters are upper case, so that such an id is
    known in any case ("ID Field Type" of the Object Reference).
    """
    if len(text) not in (15, 18) or not _KNOWN.issuperset(text):
        return None
    return to_18(text) if len(text) == 15 else _restored(text)


def ids_in(text: bytes, prefix: str) -> list[str]:
    """The ids under a prefix that a text has, each once, in their order."""
    words = (match[0].decode() for match in _ID.finditer(text))
    named = (canonical(word) for word in words if word.startswith(prefix))
    return [id_ for id_ in dict.fromkeys(named) if id_ is not None]


def _restored(text: str) -> str | None:
    """An id of 18 characters with its letters as its checksum says; None if it says so of what is no letter."""
    letters = ""
    for number, char in enumerate(text[15:].upper()):
        bits = _CHECKSUM.find(char)
        if bits < 0:
            return None
        for position, letter in enumerate(text[number * 5 : number * 5 + 5]):
            letters += letter.upper() if bits >> position & 1 else letter.lower()
    full = to_18(letters)
    return full if full[15:] == text[15:].upper() else None
