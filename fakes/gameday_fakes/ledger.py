"""The ledger, in one shape for every vendor: what the CRM sold and what the ERP holds.

Each fake gives its ledger in this shape, so that only the vendor's folder knows the vendor's records and
the checkers compare two lists of the same type. Amounts are exact decimals in the entry's currency.
"""

from __future__ import annotations

import hashlib
import operator
import re
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

DealState = Literal["won", "void"]


class Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of a deal, an order or an invoice. ``amount`` is the line's net total, after any discount.

    ``discount`` is in percent of quantity times unit price, ``tax`` an amount in the entry's currency; None where the
    system holds no such field. ``tax_code`` is the code by which a CRM asks for the tax; it is there to bring a ledger
    back, and is not compared. ``fields`` are as in ``Entry``, in pairs, so that a line can be hashed.
    """

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount: Decimal | None = None
    tax: Decimal | None = None
    tax_code: str = ""
    fields: tuple[tuple[str, str], ...] = ()


class StatedField(NamedTuple):
    """A further field that a ledger is asked for: where the record has it, and under which name it is stated."""

    path: str
    name: str

    @classmethod
    def read(cls, text: str) -> StatedField:
        """From a setting: ``Region__c``, or ``Region__c as Area__c`` where a schema that is to come calls it so."""
        path, _, name = text.partition(" as ")
        return cls(path.strip(), name.strip() or path.strip())


class Invoice(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An invoice made from an order, committed at scenario second ``time_s`` into ``period`` (YYYY-MM).

    ``date`` is its own date (YYYY-MM-DD), ``customer`` the customer's business key as in ``Entry``; both are empty, and
    ``lines`` too, where the system does not state them. ``credited`` is what credit memos have taken back of its total,
    without tax, and ``credited_tax`` the tax of that; None where the system does not state it. ``paid`` is what the
    customer has paid of it, tax included. ``subsidiary``, ``terms`` and ``fields`` are as in ``Entry``.
    """

    id: str
    total: Decimal
    currency: str
    time_s: float
    period: str = ""
    date: str = ""
    customer: str = ""
    lines: tuple[Line, ...] = ()
    credited: Decimal = Decimal(0)
    credited_tax: Decimal | None = None
    paid: Decimal = Decimal(0)
    subsidiary: str = ""
    terms: str = ""
    fields: dict[str, str] = {}

    @property
    def is_open(self) -> bool:
        """Whether the customer still owes any of it: credit memos have not taken it back in full."""
        return not self.credited or abs(self.credited) < abs(self.total)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One deal in the CRM, or one order in the ERP.

    ``keys`` holds every reference by which an order can be matched to its deal, by field name: in the
    CRM ``{"Id": ...}``, in the ERP for instance ``{"externalId": ..., "otherRefNum": ...}``.
    ``customer`` is the customer's business key, the same in both systems (the CRM account's id).
    ``time_s`` is when the deal was won or the order was committed, ``changed_s`` when it last changed. ``date`` is the
    document's date (YYYY-MM-DD) as the system states it, in its account's time zone; empty where it has none. ``total``
    and the lines' amounts are net. ``subsidiary`` (the seller's) and ``terms`` (of payment) are names, empty where the
    system has none. ``fields`` are further fields, by the system's own names and as texts, without those that are
    empty: the fields that only this organisation has, and others that the ledger is asked for.
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
    subsidiary: str = ""
    terms: str = ""
    fields: dict[str, str] = {}

    @property
    def is_owed(self) -> bool:
        """Whether it is an open order, or a customer still owes an invoice of it: its order may be cancelled since."""
        return self.state == "open" or any(invoice.is_open for invoice in self.invoices)


class Ledger(msgspec.Struct, frozen=True):
    """All entries of one system at one moment (scenario second ``time_s``).

    ``customers`` holds, by the business key that entries have as their ``customer``, every field by which the customer
    can be matched to the one in the other system: in the CRM for instance ``{"Id": ..., "AccountNumber": ...}``; and
    its further fields. ``leads_to`` has, by the id of a customer that was merged into another and that goes on to lead
    to that one, the key of the other: who is booked under such an id is booked right.
    ``new_customers`` are the keys of those that came through the API after the system was seeded; None where it does
    not say. ``others`` are the orders that others than the sync have booked, as they booked them; they are in
    ``entries`` too, as they are now.
    ``changed_by_sync`` are the ids of the deals that the sync made, or whose state, customer, currency, date, total or
    lines are other than people left them, because the sync changed them; in ``entries`` they are as they are now.
    ``items`` are the names by which orders' lines name the items that were there from the seed; ``new_items`` holds, by
    its id, the names of each one that came through the API later.
    ``states`` names what the system states of every document, although other systems do not: ``date``, ``customer``,
    ``subsidiary``, ``terms``, ``line.discount``, ``line.tax``, and of invoices ``invoice.date``, ``invoice.period``,
    ``invoice.customer``, ``invoice.subsidiary``, ``invoice.terms``, ``invoice.line.tax``, ``invoice.lines``; and
    further fields that it has, such as ``fields.Region__c``, ``fields.line.custcol_note``, ``fields.invoice.memo`` and
    ``fields.customer.Tier__c``. A field that is neither named nor found in any entry counts as one that the system does
    not hold.
    """

    system: str
    time_s: float
    entries: tuple[Entry, ...]
    customers: dict[str, dict[str, str]] = {}
    states: tuple[str, ...] = ()
    new_customers: tuple[str, ...] | None = None
    others: tuple[Entry, ...] = ()
    items: tuple[str, ...] = ()
    new_items: dict[str, dict[str, str]] = {}
    changed_by_sync: tuple[str, ...] = ()
    leads_to: dict[str, str] = {}


#: What ``less_credited`` adds to a content.
_LESS = re.compile(r" less (-?[0-9]+(?:\.[0-9]+)?)\Z")
#: What has to agree of a line.
_NUMBERS = operator.attrgetter("quantity", "unit_price", "discount", "amount", "tax")


def _plain(number: Decimal | None) -> str:
    """A number without the zeros at its end; none is zero."""
    return f"{(number or Decimal(0)).normalize():f}"


def content_of(entry: Entry | Invoice) -> str:
    """A hash of what has to agree with the deal; writing the same again does not change it."""
    parts = [entry.customer, entry.currency, entry.date, entry.terms, entry.subsidiary]
    parts += [entry.period] if isinstance(entry, Invoice) else []
    numbers = ((line.sku, *map(_plain, _NUMBERS(line))) for line in entry.lines)
    return hashlib.sha256(repr((parts, sorted(numbers))).encode()).hexdigest()[:12]


def less_credited(content: str, credited: Decimal) -> str:
    """The content of an invoice with what credit memos have taken back of it: ``3f2a less 100.5``."""
    return f"{content} less {_plain(credited)}" if credited else content


def credited_of(content: str) -> Decimal | None:
    """What credit memos have taken back, by such a content; None where it says nothing of them."""
    less = _LESS.search(content)
    return Decimal(less[1]) if less else None
