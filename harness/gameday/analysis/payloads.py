"""Whether a payload that a dead letter, an alert or a ticket carries is that of its deal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from gameday.analysis.observations import names
from gameday.analysis.signal_text import find_deals, leaves
from gameday_fakes.ledger import Entry

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_AMOUNT = re.compile("amount|total", re.IGNORECASE)
#: Thousands as people write them: 1,234.50.
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}\b)")
#: So many properties of a deal that are no amounts say what it is about: two of customer, currency and date.
_PROPERTIES = 2


def is_own(payload: Any, deal: str, deals: Mapping[str, Entry], totals: Collection[Decimal]) -> bool:
    """Whether a payload is about this deal and no other, and has something of the deal that an id does not say.

    ``totals`` are those of all deals: under this deal's id, the amount of another is the payload of another.

    Without any id it has to have the deal's amount. With its id, the amount, a product, or two of customer, currency
    and date: with an id alone, nobody can see what was sold, and nothing is left of it once the CRM cannot be read.
    """
    entry = deals.get(deal)
    if not payload or entry is None:
        return False
    named = set(find_deals(payload, deals))
    if any(deal in (key, leaf.strip()) for key, leaf in leaves(payload)):
        # An id that is no single word is found only as a whole.
        named.add(deal)
    text = "\n".join(leaf[:10_000] for _, leaf in leaves(payload) if leaf.strip() != deal)
    if entry.total and _has_amount(text, abs(entry.total)):
        return named <= {deal}
    return named == {deal} and _has_content(text, entry) and not _is_anothers(payload, entry, totals)


def _is_anothers(payload: Any, entry: Entry, totals: Collection[Decimal]) -> bool:
    """Whether a payload that does not state a deal's amount states that of another one; an amended deal had another."""
    if entry.changed_s > entry.time_s:
        return False
    stated = {
        Decimal(number)
        for key, leaf in leaves(payload)
        if _AMOUNT.search(key)
        for number in _NUMBER.findall(_GROUPED.sub("", leaf[:10_000]))
    }
    own = {abs(amount) for line in entry.lines for amount in (line.amount, line.unit_price, line.tax or Decimal(0))}
    return any(amount in totals for amount in stated - own)


def _has_content(text: str, entry: Entry) -> bool:
    """Whether a payload says what was sold, or enough about the sale; an amended deal had another amount before."""
    if any(names(text, line.sku) for line in entry.lines):
        return True
    # A date may be the beginning of a timestamp.
    known = (names(text, entry.customer), names(text, entry.currency), names(text.replace("T", " "), entry.date))
    return sum(known) >= _PROPERTIES


def _has_amount(text: str, amount: Decimal) -> bool:
    return any(Decimal(number) == amount for number in _NUMBER.findall(_GROUPED.sub("", text)))
