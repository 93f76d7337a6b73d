"""Column names as messages may show them: if a file has no header, its first line is customer data."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gameday.base.tables import shown

_MOST = 20
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
#: Names of fields have one or two digits; ids, telephone numbers and references have more.
_MOST_DIGITS = 2
_LONGEST = 60
#: Numbers, dates, ids and emails: a line with one of them is not a header.
_DATA = re.compile(r"\s*[-+]?[0-9]|.*@")


def is_identifier(name: str) -> bool:
    """Whether a text looks like the name of a field, not like a value.

    >>> is_identifier("Opportunity.Close_Date__c"), is_identifier("Max Muster"), is_identifier("a0X5g00000AbCdE")
    (True, False, False)
    """
    digits = sum(letter.isdigit() for letter in name)
    return len(name) <= _LONGEST and digits <= _MOST_DIGITS and _IDENTIFIER.match(name) is not None


def names_shown(names: Sequence[str]) -> str:
    """The names of a file's columns, as far as they may be shown; none if one of them is clearly a value.

    >>> names_shown(["Id", "Name", "Max Muster"])
    "'Id', 'Name' and 1 not shown"
    >>> names_shown(["Muster", "4711.00"])
    '2 names that look like data'
    """
    if any(_DATA.match(name) for name in names):
        return f"{len(names):,} names that look like data"
    visible = [shown(name) for name in names if is_identifier(name)][:_MOST]
    left = f"{len(names) - len(visible):,} not shown" if len(names) > len(visible) else ""
    return " and ".join(filter(None, (", ".join(visible), left))) or "none"
