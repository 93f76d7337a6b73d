"""The events of a history: one frozen struct for each kind, with the fields of its value in ``history.jsonl``.

This module is the whole vocabulary. The table in docs/interfaces.md is generated from it. Times (``_s``) are scenario
seconds unless a field says real seconds; money is a decimal; a field that may be left out has a default. A fake of a
plug-in may report kinds that are not here: they are read as ``OtherEvent``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from gameday.model.signal import Signal
from gameday.model.workload import DealLine


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What happened. ``f`` is the kind's name in the file, ``reported_by`` the process that reports it."""

    f: ClassVar[str] = ""
    reported_by: ClassVar[str] = ""


class OtherEvent(Event, frozen=True, gc=False):
    """A kind that this version does not know: a plug-in's own, or a newer version's. It is kept, and nobody judges it."""

    name: str
    value: dict[str, Any] = {}


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


class FaultEvent(Event, frozen=True, gc=False):
    """A fault begins or ends. ``injection`` is its number in the scenario, from 0; ``target`` is a role."""

    reported_by: ClassVar[str] = "harness"

    injection: int
    fault: str
    target: str = ""
    params: dict[str, Any] = {}
    layer: str = ""


class FaultInjected(FaultEvent, frozen=True, gc=False):
    """A fault is injected: `invoke`, then `ok`, or `fail` if it did not take effect."""

    f: ClassVar[str] = "inject"


class FaultHealed(FaultEvent, frozen=True, gc=False):
    """A fault is healed: `invoke`, then `ok` or `fail`."""

    f: ClassVar[str] = "heal"


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
    """A write at the ERP: `ok` committed, `fail` refused, `info` committed but the reply was lost.

    ``order`` is the ERP's id, ``deal`` the deal's id or business key if the request names one, ``keys`` the order's
    external references. ``total`` is missing if the ERP refused. After the write ``state`` is open, cancelled or
    deleted.
    """

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


class OrderWrite(ErpWrite, frozen=True, gc=False):
    """An order is created, changed, cancelled or deleted: `ok` committed, `fail` refused, `info` reply lost."""

    f: ClassVar[str] = "order_write"


class InvoiceWrite(ErpWrite, frozen=True, gc=False):
    """An invoice is created or deleted, with the same fields; ``invoice`` is its id in the ERP."""

    f: ClassVar[str] = "invoice_write"

    invoice: str = ""


class Login(Event, frozen=True, gc=False):
    """The stack logs in at a fake: `ok` or `fail`."""

    f: ClassVar[str] = "login"
    reported_by: ClassVar[str] = "a fake"

    operation: str = ""
    grant: str = ""
    reason: str = ""
    error: str = ""


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


class HarnessEvent(Event, frozen=True, gc=False):
    """Something that the harness did or measured."""

    reported_by: ClassVar[str] = "harness"


class PhaseBegan(HarnessEvent, frozen=True, gc=False):
    """A phase begins: steady state, injection, recovery or verification. Outcome `info`."""

    f: ClassVar[str] = "phase"

    phase: str


class StackAct(HarnessEvent, frozen=True, gc=False):
    """The stack's process: start, kill, pause, resume or ready."""

    f: ClassVar[str] = "stack"

    act: str


class Intervention(HarnessEvent, frozen=True, gc=False):
    """A manual intervention: ``act`` says which; ``ids`` are the dead letters of a replay (null: all)."""

    f: ClassVar[str] = "human"

    act: str
    deal: str = ""
    target: str = ""
    ids: tuple[str, ...] | None = None


class LedgerRead(HarnessEvent, frozen=True, gc=False):
    """The ledger of one system was read, with so many entries."""

    f: ClassVar[str] = "ledger"

    system: str
    entries: int = 0
    phase: str = ""


class DeadLettersCounted(HarnessEvent, frozen=True, gc=False):
    """How many dead letters the stack holds open at the verification."""

    f: ClassVar[str] = "dead_letters"

    open: int = 0


class HistoryClosed(HarnessEvent, frozen=True, gc=False):
    """The history is closed: the live board takes no more notes. Outcome `info`."""

    f: ClassVar[str] = "closed"


class Load(HarnessEvent, frozen=True, gc=False):
    """How the machine kept up, about once a second. All fields are in real seconds. Outcome `info`.

    ``real_s`` is how long this reading covers, ``waited_s`` how long each process, by name, was ready to run and had no
    processor, ``stalled_s`` how long the whole machine stood still.
    """

    f: ClassVar[str] = "load"

    real_s: float
    waited_s: dict[str, float] = {}
    stalled_s: float = 0.0


class Remark(HarnessEvent, frozen=True, gc=False):
    """Something said at the live board; ``by`` is empty if the harness itself wrote it. Outcome `info`."""

    by: str = ""
    text: str = ""


class Note(Remark, frozen=True, gc=False):
    """A note: of the harness, or of an operator (``by``) at the live board."""

    f: ClassVar[str] = "note"


class Revealed(Remark, frozen=True, gc=False):
    """In a blind drill an operator asked what was injected."""

    f: ClassVar[str] = "reveal"


class Stopped(Remark, frozen=True, gc=False):
    """An operator, or the abort budget, stopped the run."""

    f: ClassVar[str] = "stop"


#: Every kind that this version knows, in the order of the documentation.
KINDS: tuple[type[Event], ...] = (
    PhaseBegan,
    DealClosed,
    DealAmended,
    DealVoided,
    Repriced,
    AccountsMerged,
    FaultInjected,
    FaultHealed,
    FaultHit,
    Delivery,
    OrderWrite,
    InvoiceWrite,
    Login,
    AlertRaised,
    TicketRaised,
    StackAct,
    Intervention,
    DeadLettersCounted,
    LedgerRead,
    Note,
    Revealed,
    Stopped,
    HistoryClosed,
    Load,
)
BY_NAME: Mapping[str, type[Event]] = {kind.f: kind for kind in KINDS}
_DECODERS = {name: msgspec.json.Decoder(kind).decode for name, kind in BY_NAME.items()}
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode


def decode_event(f: str, value: bytes | msgspec.Raw) -> Event:
    """The event of kind ``f`` with this JSON value. Raises msgspec.MsgspecError if the value does not fit the kind."""
    decode = _DECODERS.get(f)
    return OtherEvent(f, _decode_any(value)) if decode is None else decode(value)
