"""Values of request bodies as records keep them. No HTTP here."""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gameday_fakes.netsuite.errors import Refused


def to_decimal(value: Any, path: str) -> Decimal:
    """A number from a body: int, Decimal or a numeric string. Raises Refused."""
    if not isinstance(value, bool):
        try:
            number = Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("NaN")
        # No amount of money is that large, and arithmetic on such numbers would take very long.
        if number.is_finite() and (not number or -20 < number.adjusted() < 16):
            # Rounded to 28 digits, as arithmetic would: the ledger has to be readable, whatever a stack sends.
            return +number
    raise Refused("invalid_content", f"Invalid value {str(value)[:80]!r}: a number is expected.", path=path)


def to_date(value: Any, path: str) -> str:
    """A date YYYY-MM-DD, also from a timestamp. Raises Refused."""
    try:
        return datetime.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise Refused("invalid_content", f"Invalid date {str(value)[:80]!r}: YYYY-MM-DD.", path=path) from None


def to_text(value: Any, path: str, longest: int) -> str:
    """A text of limited length. Raises Refused."""
    text = "" if value is None else str(value)
    if len(text) > longest:
        detail = (
            f"Error while accessing a resource. The field {path} contained more than the maximum number ( {longest} )"
        )
        raise Refused("user_error", f"{detail} of characters allowed.", path=path)
    return text


def round_money(amount: Decimal, decimals: int) -> Decimal:
    """Round half up to a currency's decimals (2 for USD, none for JPY, 3 for KWD)."""
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
