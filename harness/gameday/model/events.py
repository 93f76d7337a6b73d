"""The events of a history: one frozen struct for each kind, with the fields of its value in ``history.jsonl``.

``KINDS`` is the whole vocabulary, and the table in docs/interfaces.md is generated from it. Here are the events that
the harness itself reports; those of the workload and the fakes are in ``gameday.model.system_events``, those of the
stack's processes in ``gameday.model.process_events``, and what people say is in ``gameday.model.remarks``, and
what the abort conditions find in ``gameday.model.safety_events``. Times
(``_s``) are scenario seconds unless a field says real seconds; money is a decimal; a field that may be left out has a
default. A fake of a plug-in may report kinds that are not here: they are
read as ``OtherEvent``.
"""

# ruff: noqa: RUF012 - msgspec gives each instance an empty default of its own

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from gameday.model.event import Event, HarnessEvent, OtherEvent
from gameday.model.process_events import (
    BatchEnded,
    ClockIgnored,
    HostTried,
    MetricsRead,
    ProcessEnded,
    ServerExited,
    Skipped,
    StackEvent,
    StackExited,
)
from gameday.model.remarks import Note, Remark, Revealed, Stopped
from gameday.model.safety_events import Aborted, ConditionsRead
from gameday.model.system_events import (
    AccountsMerged,
    AlertRaised,
    DealAmended,
    DealClosed,
    DealDeleted,
    DealEvent,
    DealLost,
    DealOpened,
    DealRestored,
    DealVoided,
    Delivery,
    DuplicateMerged,
    ErpWrite,
    Exchange,
    FaultHit,
    InvoiceWrite,
    Login,
    OrderWrite,
    PeopleActed,
    RecordSent,
    Repriced,
    SignalEvent,
    TicketRaised,
    UnsupportedCall,
    WorkloadEvent,
)

__all__ = [
    "KINDS",
    "Aborted",
    "AccountsMerged",
    "AlertRaised",
    "BatchEnded",
    "ClockIgnored",
    "ConditionsRead",
    "DeadLettersCounted",
    "DealAmended",
    "DealClosed",
    "DealDeleted",
    "DealEvent",
    "DealLost",
    "DealOpened",
    "DealRestored",
    "DealVoided",
    "Delivery",
    "DuplicateMerged",
    "ErpWrite",
    "Event",
    "Exchange",
    "FaultEvent",
    "FaultHealed",
    "FaultHit",
    "FaultInjected",
    "HarnessEvent",
    "HeldBack",
    "HistoryClosed",
    "HostTried",
    "Intervention",
    "InvoiceWrite",
    "LedgerRead",
    "LinkUsed",
    "Load",
    "Login",
    "MetricsRead",
    "Note",
    "OrderWrite",
    "OtherEvent",
    "PeopleActed",
    "PhaseBegan",
    "ProcessEnded",
    "RecordSent",
    "Remark",
    "Repriced",
    "RequestsCounted",
    "Revealed",
    "ServerExited",
    "SignalEvent",
    "Skipped",
    "StackEvent",
    "StackExited",
    "Stopped",
    "TicketRaised",
    "UnsupportedCall",
    "WorkloadEvent",
    "decode_event",
]


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


class PhaseBegan(HarnessEvent, frozen=True, gc=False):
    """A phase begins: steady state, injection, recovery or verification. Outcome `info`."""

    f: ClassVar[str] = "phase"

    phase: str


class LinkUsed(HarnessEvent, frozen=True, gc=False):
    """What passed a link while a network fault was active on it, counted at the fake behind it. Outcome `info`.

    ``open`` connections were there when it was injected, ``opened`` came later; ``received`` and ``sent`` are the bytes
    of requests and of the replies' bodies.
    """

    f: ClassVar[str] = "link"

    injection: int
    link: str
    open: int = 0
    opened: int = 0
    received: int = 0
    sent: int = 0


class HeldBack(HarnessEvent, frozen=True, gc=False):
    """How many deliveries or requests each fault still held back when the ledgers were read. Outcome `info`.

    ``faults`` has the count of each, by the fault's id at the fake.
    """

    f: ClassVar[str] = "held"

    faults: dict[str, int] = {}


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


class RequestsCounted(HarnessEvent, frozen=True, gc=False):
    """How many requests of the stack arrived at one system until the ledgers were read. Outcome `info`.

    ``operations`` has their number by the operation of the fake: reads, writes, logins; ``refused`` those that were
    answered with a status from 400 on, or not at all, among them. ``refusals`` has these by operation and status.
    """

    f: ClassVar[str] = "requests"

    system: str
    operations: dict[str, int] = {}
    refused: int = 0
    refusals: dict[str, dict[str, int]] = {}


class HistoryClosed(HarnessEvent, frozen=True, gc=False):
    """The history is closed: the live board takes no more notes. Outcome `info`."""

    f: ClassVar[str] = "closed"


class Load(HarnessEvent, frozen=True, gc=False):
    """How the machine kept up, about once a second. All fields are in real seconds. Outcome `info`.

    ``real_s`` is how long this reading covers, ``waited_s`` how long each process, by name, was ready to run and had no
    processor, ``stalled_s`` how long the whole machine stalled.
    """

    f: ClassVar[str] = "load"

    real_s: float
    waited_s: dict[str, float] = {}
    stalled_s: float = 0.0

    @property
    def way_waited_s(self) -> float:
        """What the processes on a deal's way waited, all but the harness itself: they carry it one after the other, so
        their waits add up, to no more than the time that passed.
        """
        waits = (wait_s for name, wait_s in self.waited_s.items() if name != self.reported_by)
        return min(self.real_s, sum(waits))


#: Every kind that this version knows, in the order of the documentation.
KINDS: tuple[type[Event], ...] = (
    PhaseBegan,
    *(DealClosed, DealAmended, DealVoided, DealDeleted, DealOpened, DealLost),
    *(Repriced, AccountsMerged, DuplicateMerged, DealRestored, PeopleActed),
    FaultInjected,
    FaultHealed,
    FaultHit,
    Delivery,
    OrderWrite,
    InvoiceWrite,
    RecordSent,
    Exchange,
    Login,
    UnsupportedCall,
    AlertRaised,
    TicketRaised,
    *(StackEvent, StackExited, BatchEnded, ServerExited, ClockIgnored, Skipped),
    HostTried,
    MetricsRead,
    LinkUsed,
    HeldBack,
    Intervention,
    DeadLettersCounted,
    RequestsCounted,
    LedgerRead,
    Note,
    Revealed,
    Stopped,
    ConditionsRead,
    Aborted,
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
