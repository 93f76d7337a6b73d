"""Orders, invoices and the records that they refer to. No HTTP here.

There may be hundreds of thousands of orders and invoices, so they are flat structures that the garbage collector need
not visit (``gc=False``: nothing in them can refer back to them).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.netsuite.item_types import Role
from gameday_fakes.netsuite.transaction_kinds import TRANSACTION_KINDS

#: The standard price level, and the one that keeps the rate as given.
BASE_PRICE = "1"
CUSTOM_PRICE = "-1"

PENDING_APPROVAL = "A"
PENDING_FULFILLMENT = "B"
CANCELLED = "C"
BILLED = "G"
CLOSED = "H"

#: Of an estimate or an opportunity that nothing has been made of yet; of one that has.
OPEN, PROCESSED = "A", "B"
SHIPPED = "C"
#: Of a return.
PENDING_RECEIPT, REFUNDED = "B", "G"

OrderKind = Literal["salesOrder", "estimate", "opportunity", "returnAuthorization"]


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line of an order or an invoice; ``item`` is an internal id, ``number`` is NetSuite's ``line``.

    ``amount`` is net. ``tax`` follows from the ``tax_code`` (an internal id); None without one. A closed line of an
    order is not to be delivered or invoiced. ``custom`` are the fields that the account has added. A line with a
    ``role`` sells nothing: its amount is ``percent`` of the lines above; a subtotal's ``rate`` is their sum.
    """

    number: int
    item: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    price_level: str = BASE_PRICE
    description: str = ""
    tax_code: str = ""
    tax: Decimal | None = None
    is_closed: bool = False
    custom: dict[str, Any] = {}
    role: Role = ""
    percent: Decimal | None = None


def _content(*parts: str, lines: tuple[Line, ...], discount: Decimal) -> str:
    parts = (*parts, str(discount.normalize())) if discount else parts
    numbers = (
        (line.item, *(str(n.normalize()) for n in (line.quantity, line.rate, line.amount, line.tax or Decimal(0))))
        for line in lines
        if not line.is_closed
    )
    return hashlib.sha256(repr((parts, sorted(numbers))).encode()).hexdigest()[:12]


class Document(msgspec.Struct, gc=False):
    """What orders and invoices share: the sums of their lines.

    ``discount`` is what the document's own discount adds to them, below 0 as a rule: an amount, or ``discount_percent``
    of the lines. ``discount_item`` is an internal id.
    """

    lines: tuple[Line, ...] = ()
    discount: Decimal = Decimal(0)
    discount_item: str = ""
    discount_percent: Decimal | None = None

    @property
    def subtotal(self) -> Decimal:
        """The net sum of all lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def tax_total(self) -> Decimal:
        """The tax on all lines."""
        return sum((line.tax for line in self.lines if line.tax is not None), Decimal(0))

    @property
    def total(self) -> Decimal:
        """The net sum of all lines, the discount and the tax; closed lines of an order stay in it [R]."""
        return self.sums[2]

    @property
    def sums(self) -> tuple[Decimal, Decimal, Decimal]:
        """The net sum of all lines, the tax, and both together with the discount."""
        net = tax = Decimal(0)
        for line in self.lines:
            net += line.amount
            if line.tax is not None:
                tax += line.tax
        return net, tax, net + tax + self.discount

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """The lines that have not been closed."""
        return tuple(line for line in self.lines if not line.is_closed)

    @property
    def net(self) -> Decimal:
        """The net sum of the lines that have not been closed, with the discount."""
        return sum((line.amount for line in self.lines if not line.is_closed), self.discount)


class Order(Document, kw_only=True, gc=False):
    """A sales order, or what is like one: an estimate, an opportunity, a return.

    Customer, currency and subsidiary are internal ids. ``date`` is YYYY-MM-DD. ``made_from`` is the id of the
    transaction that it was made from.
    ``time_s`` and ``changed_s`` are scenario seconds, ``created_s`` and ``modified_s`` Unix time.
    """

    id: str
    customer: str
    currency: str
    subsidiary: str
    date: str
    time_s: float
    changed_s: float
    created_s: float
    modified_s: float
    external_id: str = ""
    other_ref_num: str = ""
    memo: str = ""
    status: str = PENDING_FULFILLMENT
    exchange_rate: Decimal = Decimal(1)
    terms: str = ""
    custom: dict[str, Any] = {}
    kind: OrderKind = "salesOrder"
    made_from: str = ""

    @property
    def tran_id(self) -> str:
        """The number on the document."""
        return f"{TRANSACTION_KINDS[self.kind].prefix}{self.id}"

    @property
    def content(self) -> str:
        """A hash of what has to agree with the deal; writing the same again does not change it."""
        return _content(
            self.date,
            self.customer,
            self.currency,
            self.subsidiary,
            self.terms,
            lines=self.lines,
            discount=self.discount,
        )

    @property
    def is_open(self) -> bool:
        """Whether it is to be delivered: neither cancelled nor closed, as a whole or line by line."""
        return self.status not in (CANCELLED, CLOSED) and not (self.lines and all(i.is_closed for i in self.lines))

    @property
    def deal(self) -> str:
        """The deal's key in the CRM, as far as the order holds it."""
        return self.external_id or self.other_ref_num

    @property
    def keys(self) -> dict[str, str]:
        """Every reference by which it can be matched to its deal."""
        keys = {"externalId": self.external_id, "otherRefNum": self.other_ref_num, "tranId": self.tran_id}
        if "custbody_crm_deal_id" in self.custom:
            keys["custbody_crm_deal_id"] = str(self.custom["custbody_crm_deal_id"])
        return {name: value for name, value in keys.items() if value}


class Posted(Document, kw_only=True, gc=False):
    """What every document has that is made from another: it posts in ``period``, YYYY-MM. Times as in ``Order``."""

    id: str
    kind: str
    customer: str
    currency: str
    subsidiary: str
    date: str
    period: str
    time_s: float
    created_s: float
    modified_s: float
    external_id: str = ""
    other_ref_num: str = ""
    memo: str = ""
    custom: dict[str, Any] = {}

    @property
    def tran_id(self) -> str:
        """The number on the document."""
        return f"{TRANSACTION_KINDS[self.kind].prefix}{self.id}"


class Invoice(Posted, kw_only=True, gc=False):
    """An invoice or a cash sale made from an order."""

    order: str
    terms: str = ""
    kind: Literal["invoice", "cashSale"] = "invoice"

    @property
    def content(self) -> str:
        """As of an order, with the period."""
        parts = (self.date, self.period, self.customer, self.currency, self.subsidiary, self.terms)
        return _content(*parts, lines=self.lines, discount=self.discount)


class Settlement(Posted, kw_only=True, gc=False):
    """A credit memo or a customer payment that is applied to one invoice; ``made_from`` is the return of which it is.

    A credit memo has lines. ``paid`` is the amount of a payment, in the invoice's currency, tax included.
    """

    kind: Literal["creditMemo", "customerPayment"]
    invoice: str
    paid: Decimal = Decimal(0)
    made_from: str = ""

    @property
    def sums(self) -> tuple[Decimal, Decimal, Decimal]:
        net, tax, total = super().sums
        return net, tax, self.paid if self.kind == "customerPayment" else total


class Fulfillment(Posted, kw_only=True, gc=False):
    """What of an order has been picked, packed or shipped; its lines have the numbers of the order's."""

    order: str
    status: str = SHIPPED
    kind: Literal["itemFulfillment"] = "itemFulfillment"


class Record(msgspec.Struct):
    """Any other record: a customer, an item, a currency, ...

    ``fields`` are those of ``fields.RECORD_TYPES`` by name; a reference is the other record's internal id.
    """

    id: str
    fields: dict[str, Any]
    external_id: str = ""
    created_s: float = 0.0
    modified_s: float = 0.0
    #: Whether a request made it, rather than the seed.
    requested: bool = False
    #: The record type of an item that is no inventory item.
    type: str = ""

    @property
    def name(self) -> str:
        """What a reference to it shows as ``refName``."""
        for field in ("symbol", "entityId", "itemId", "periodName", "name"):
            if field in self.fields:
                return str(self.fields[field])
        return self.id
