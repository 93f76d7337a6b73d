"""Whether a payload that a dead letter, an alert or a ticket carries is that of its deal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gameday.analysis.signal_text import find_deals, leaves
from gameday_fakes.ledger import Entry

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def is_own(payload: Any, deal: str, deals: Mapping[str, Entry]) -> bool:
    """Whether a payload has the deal's id, or without any id its amount, and names no other deal."""
    entry = deals.get(deal)
    if not payload or entry is None:
        return False
    named = set(find_deals(payload, deals))
    if any(deal in (key, leaf.strip()) for key, leaf in leaves(payload)):
        # An id that is no single word is found only as a whole.
        named.add(deal)
    return named == {deal} or (not named and bool(entry.total) and _has_amount(payload, abs(entry.total)))


def _has_amount(payload: Any, amount: Decimal) -> bool:
    return any(Decimal(number) == amount for _, leaf in leaves(payload) for number in _NUMBER.findall(leaf[:10_000]))
