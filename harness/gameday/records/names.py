"""The names of a file's columns, as messages show them: where the header is missing, they are a customer's data."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gameday.base.tables import shown

_MOST = 20
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
#: Names of fields have a digit or two; an id, a telephone number or a reference has more.
_MOST_DIGITS = 2
_LONGEST = 60
#: A number, a date, an id, an email: no header has these, and so the line is none.
_DATA = re.compile(r"\s*[-+]?[0-9]|.*@")


def is_identifier(name: str) -> bool:
    """Whether it looks like the name of a field and not like a value.

    >>> is_identifier("Opportunity.Close_Date__c"), is_identifier("Max Muster"), is_identifier("a0X5g00000AbCdE")
    (True, False, False)
    """
    digits = sum(letter.isdigit() for letter in name)
    return len(name) <= _LONGEST and digits <= _MOST_DIGITS and _IDENTIFIER.match(name) is not None


def names_shown(names: Sequence[str]) -> str:
    """The names of a file's columns, as far as they may be shown; none if one of them is plainly a value.

    >>> names_shown(["Id", "Name", "Max Muster"])
    "'Id', 'Name' and 1 not shown"
    >>> names_shown(["Muster", "4711.00"])
    '2 names that look like data'
    """
    if any(_DATA.match(name) for name in names):
        return f"{len(names):,} names that look like data"
    told = [shown(name) for name in names if is_identifier(name)][:_MOST]
    left = f"{len(names) - len(told):,} not shown" if len(names) > len(told) else ""
    return " and ".join(filter(None, (", ".join(told), left))) or "none"
