"""The ledger, in one shape for every vendor: what the CRM sold and what the ERP holds.

Each fake gives its ledger in this shape, so that only the vendor's folder knows the vendor's records and
the checkers compare two lists of the same type. Amounts are exact decimals in the entry's currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

DealState = Literal["won", "void"]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a deal or an order. ``amount`` is the line's net total, after any discount."""

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


class Invoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """An invoice made from an order, committed at scenario second ``time_s`` into ``period`` (YYYY-MM)."""

    id: str
    total: Decimal
    currency: str
    time_s: float
    period: str = ""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One deal in the CRM, or one order in the ERP.

    ``keys`` holds every reference by which an order can be matched to its deal, by field name: in the
    CRM ``{"Id": ...}``, in the ERP for instance ``{"externalId": ..., "otherRefNum": ...}``.
    ``customer`` is the customer's business key, the same in both systems (the CRM account's id).
    ``time_s`` is when the deal was won or the order was committed, ``changed_s`` when it last changed.
    """

    id: str
    keys: dict[str, str]
    state: Literal["won", "void", "open", "cancelled"]
    customer: str
    currency: str
    total: Decimal
    lines: tuple[Line, ...]
    time_s: float
    changed_s: float
    date: str = ""
    invoices: tuple[Invoice, ...] = ()


class Ledger(msgspec.Struct, frozen=True):
    """All entries of one system at one moment (scenario second ``time_s``)."""

    system: str
    time_s: float
    entries: tuple[Entry, ...]
