"""``FORMAT()``: values as a user with the locale en_US sees them.

Source: SOQL and SOSL Reference, "FORMAT()". The form of each type is general knowledge, to be confirmed.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.field import Field


def formatted(field: Field, value: Any, currency: str | None) -> Any:
    """A value as text: ``EUR 1,234.50``, ``3/31/2024``, ``3/31/2024, 2:05 PM``; null for null."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        shown = f"{value:,.{field.scale}f}"
        return f"{currency} {shown}" if field.type == "currency" and currency else shown
    if field.type == "date":
        day = datetime.date.fromisoformat(value)
        return f"{day.month}/{day.day}/{day.year}"
    if field.type == "datetime":
        when = datetime.datetime.fromisoformat(value)
        return f"{when.month}/{when.day}/{when.year}, {when.hour % 12 or 12}:{when:%M %p}"
    return value
