"""The events that the workload and the fakes report: business operations, deliveries, writes, logins, signals.

The rest of the vocabulary, and what the fields' names promise, is in ``gameday.model.events``.
"""

# ruff: noqa: RUF012 - msgspec gives each instance an empty default of its own

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from gameday.model.event import Event
from gameday.model.signal import Signal
from gameday.model.workload import DealLine


class WorkloadEvent(Event, frozen=True, gc=False):
    """A business operation in the CRM: `invoke` when it begins, `ok` when it is done."""

    reported_by: ClassVar[str] = "workload"

    key: str


class DealEvent(WorkloadEvent, frozen=True, gc=False):
    """A business operation on one deal.

    ``key`` is the deal's name in the workload, ``deal`` its id in the CRM (empty in `invoke`).
    """

    deal: str = ""


class DealClosed(DealEvent, frozen=True, gc=False):
    """A deal is won. The fields are those of the workload's operation; `ok` adds ``deal``, the id in the CRM."""

    f: ClassVar[str] = "close_deal"

    name: str = ""
    account: str = ""
    currency: str = ""
    amount: Decimal | None = None
    close_date: str = ""
    lines: tuple[DealLine, ...] = ()


class DealAmended(DealEvent, frozen=True, gc=False):
    """A won deal gets other lines and another amount."""

    f: ClassVar[str] = "amend_deal"

    amount: Decimal | None = None
    lines: tuple[DealLine, ...] = ()


class DealVoided(DealEvent, frozen=True, gc=False):
    """A won deal is taken back."""

    f: ClassVar[str] = "void_deal"


class DealDeleted(DealVoided, frozen=True, gc=False):
    """A won deal is deleted; its order has to go as that of a voided one."""

    f: ClassVar[str] = "delete_deal"


class DealOpened(DealEvent, frozen=True, gc=False):
    """A deal that is not won is added: it must not be ordered. The fields are those of a won one."""

    f: ClassVar[str] = "open_deal"

    name: str = ""
    account: str = ""
    currency: str = ""
    amount: Decimal | None = None
    close_date: str = ""
    lines: tuple[DealLine, ...] = ()


class DealLost(DealEvent, frozen=True, gc=False):
    """A deal that was not won is lost: it must not be ordered."""

    f: ClassVar[str] = "lose_deal"


class Repriced(WorkloadEvent, frozen=True, gc=False):
    """The list price of one SKU changes."""

    f: ClassVar[str] = "reprice"

    sku: str = ""
    currency: str = ""
    price: Decimal | None = None


class AccountsMerged(WorkloadEvent, frozen=True, gc=False):
    """Two accounts become one; both by their keys in the workload."""

    f: ClassVar[str] = "merge_accounts"

    winner: str = ""
    loser: str = ""


class DuplicateMerged(WorkloadEvent, frozen=True, gc=False):
    """The account of a deal and a duplicate of it become one, by the deal's key; its deals have another account now."""

    f: ClassVar[str] = "merge_duplicate"


class DealRestored(DealEvent, frozen=True, gc=False):
    """A deal that was deleted is brought back; it has to be ordered again."""

    f: ClassVar[str] = "restore_deal"


class PeopleActed(WorkloadEvent, frozen=True, gc=False):
    """People do what the scenario says in a ``system``, a role: `ok`, or `fail` if it refuses: ``problem`` says why.

    In another system than the CRM with an `invoke` before it; in the CRM the operation itself is an event, too. ``key``
    names the record, a deal as the workload does, ``record`` its id in the CRM. ``value`` are the operation's
    parameters, ``planned_s`` is the scenario second at which it was to be done.
    """

    f: ClassVar[str] = "act"

    operation: str = ""
    system: str = ""
    value: dict[str, Any] = {}
    problem: str = ""
    record: str = ""
    planned_s: float = 0.0


class FaultHit(Event, frozen=True, gc=False):
    """A fault affected one request or message. ``fault`` is the id of the fault at the fake.

    ``order`` is the deal's id or its business key; null if the request names no deal.
    """

    f: ClassVar[str] = "hit"
    reported_by: ClassVar[str] = "a fake"

    fault: str
    operation: str = ""
    order: str | None = None


class Delivery(Event, frozen=True, gc=False):
    """The CRM sends a message about deals to the stack: `ok`, `fail`, or `info` if no reply came.

    ``status`` is an HTTP status, or says in words why there is none.
    """

    f: ClassVar[str] = "deliver"
    reported_by: ClassVar[str] = "the CRM"

    message: str = ""
    deals: tuple[str, ...] = ()
    attempt: int = 1
    status: int | str = 0
    error: str = ""


class ErpWrite(Event, frozen=True, gc=False):
    """A write of an order or an invoice at the ERP."""

    reported_by: ClassVar[str] = "the ERP"

    order: str | None = None
    deal: str | None = None
    keys: dict[str, str] = {}
    operation: str = ""
    status: int | str = 0
    total: Decimal | None = None
    currency: str = ""
    state: str = "open"
    error: str = ""
    content: str = ""
    held_s: float = 0.0


class OrderWrite(ErpWrite, frozen=True, gc=False):
    """An order is created, changed, cancelled or deleted: `ok` committed, `fail` refused, `info` reply lost.

    ``order`` is the ERP's id, ``deal`` the deal's id or business key if the request names one, ``keys`` the order's
    external references, ``state`` is open, cancelled or deleted after the write. ``content`` is a hash
    of what has to agree with the deal: equal as long as nothing of it changes. A refusal has no ``total``. ``held_s``
    is for how long a fault had kept the request from being carried out.
    """

    f: ClassVar[str] = "order_write"


class InvoiceWrite(ErpWrite, frozen=True, gc=False):
    """An invoice is created, changed or deleted, with the fields of an order; ``invoice`` is its id in the ERP.

    What credit memos have taken back of it stands at the end of its ``content``: ``3f2a less 100.5``.
    """

    f: ClassVar[str] = "invoice_write"

    invoice: str = ""


class RecordSent(Event, frozen=True, gc=False):
    """The stack sends a record to the ERP, whatever becomes of it. Reported only where the fault ``check_writes`` asks.

    ``record`` is its type, ``deal`` the deal's id or business key if the request names one, ``body`` the JSON as
    a text, without what is null or empty. ``supplied`` are required fields that the record has without the body.
    """

    f: ClassVar[str] = "record_sent"
    reported_by: ClassVar[str] = "the ERP"

    record: str
    deal: str | None = None
    body: str = ""
    supplied: tuple[str, ...] = ()


class Exchange(Event, frozen=True, gc=False):
    """A request and its reply: `fail` refused or without a reply, `info` changed by a fault, `ok` the last good one.

    Kept are the first few of each operation, status and error, and of each operation and fault; before them the last
    good one of the operation, or the next if there was none. ``at_s`` is when it was over. ``request`` and ``reply``
    are bodies, redacted by the contract's classification, and shortened; ``request_fields`` and ``reply_fields`` are
    the paths of their fields with their values, if they have any. ``fault`` is the id of a fault that had an effect.
    """

    f: ClassVar[str] = "exchange"
    reported_by: ClassVar[str] = "a fake"

    operation: str
    at_s: float = 0.0
    deal: str | None = None
    method: str = ""
    path: str = ""
    status: int = 0
    error: str = ""
    fault: str = ""
    request: str = ""
    reply: str = ""
    request_fields: dict[str, str] = {}
    reply_fields: dict[str, str] = {}


class Login(Event, frozen=True, gc=False):
    """The stack logs in at a fake: `ok` or `fail`."""

    f: ClassVar[str] = "login"
    reported_by: ClassVar[str] = "a fake"

    operation: str = ""
    grant: str = ""
    reason: str = ""
    error: str = ""


class UnsupportedCall(Event, frozen=True, gc=False):
    """The stack asked for something that the vendor may have and its fake lacks. Outcome `fail`.

    ``call`` names it without ids and values: a method and a path, an object, a record type, a table.
    """

    f: ClassVar[str] = "unsupported"
    reported_by: ClassVar[str] = "a fake"

    call: str


class SignalEvent(Event, frozen=True, gc=False):
    """An alert or a ticket from the stack.

    ``raw`` is the vendor's own event. ``signal`` is what the harness read in it; missing if it could not be read, then
    ``problem`` says why.
    """

    signal: Signal | None = None
    raw: Any = None
    problem: str = ""


class AlertRaised(SignalEvent, frozen=True, gc=False):
    """An alert: ``raw`` as the vendor sent it, ``signal`` as it was read, ``problem`` if it could not be read."""

    f: ClassVar[str] = "alert"
    reported_by: ClassVar[str] = "the pager"


class TicketRaised(SignalEvent, frozen=True, gc=False):
    """A ticket, with the same fields."""

    f: ClassVar[str] = "ticket"
    reported_by: ClassVar[str] = "the ticket system"
