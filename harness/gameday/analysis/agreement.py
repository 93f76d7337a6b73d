"""While a deal and its open documents agreed, by the writes that the ERP recorded.

The ledgers show the end only. A duplicate that was cancelled after an hour was there for an hour, and an order that was
right until a fault was not wrong before it: so every write is followed, as far as it was recorded. All times are
scenario seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from gameday.analysis.writes import Write

#: The kind of a document, and its id in the ERP.
Document = tuple[str, str]
#: What a write says of a document: its total, and the hash of what has to agree with the deal.
Held = tuple[Decimal | None, str]


class Period(NamedTuple):
    """A time during which a deal and its documents agreed; without a break until ``end_s``.

    ``held``: what ended it was a write that a fault had held back.
    """

    start_s: float
    end_s: float
    held: bool = False


def closed_s(writes: Sequence[Write]) -> dict[Document, float]:
    """When each document was closed that is open no more: cancelled, deleted, or credited in full.

    What is written to a closed document changes nothing.
    """
    closed: dict[Document, float] = {}
    # Most deals have nothing that was ever closed.
    if [write for write in writes if write.state != "open"]:
        for write, document in _documents(writes):
            if write.state == "open":
                closed.pop(document, None)
            else:
                closed.setdefault(document, write.time_s)
    return closed


def last_held(writes: Sequence[Write], document: Document) -> Held | None:
    """What the last write left of a document; None without one."""
    return next((_held(write) for write, of in reversed([*_documents(writes)]) if of == document), None)


def periods(
    writes: Sequence[Write],
    order: Callable[[Held], bool],
    invoice: Callable[[Held], bool],
    *,
    void: bool,
    invoiced: bool,
    nothing: bool,
    changed_s: float,
) -> list[Period]:
    """The times from ``changed_s`` on at which the open documents of a deal were what they have to be.

    Those are one open order and one invoice (``invoiced``; without it, one at most) for which these functions hold; of
    a ``void`` deal none. Where a deal comes to ``nothing``, one that was credited in full is an invoice too.
    """
    found: list[Period] = []
    opened: dict[Document, Held] = {}
    credited = False
    since_s = changed_s if void else None
    for write, document in _documents(writes):
        if write.state == "open":
            opened[document] = _held(write)
        else:
            opened.pop(document, None)
            credited = credited or write.state == "credited"
        orders = [held for of, held in opened.items() if of[0] == "order_write"]
        bills = [held for of, held in opened.items() if of[0] != "order_write"]
        agrees = (
            not opened
            if void
            else len(orders) == 1
            and len(bills) in ((0, 1) if not invoiced or (nothing and credited) else (1,))
            and all(map(order, orders))
            and all(map(invoice, bills))
        )
        if agrees and since_s is None:
            since_s = max(write.time_s, changed_s)
        elif not agrees and since_s is not None:
            if write.time_s > since_s:
                found.append(Period(since_s, write.time_s, held=write.held_s > 0))
            since_s = None
    return found if since_s is None else [*found, Period(since_s, math.inf)]


def broke_s(found: Sequence[Period], due_s: float, limit_s: float, repaired_s: float | None) -> float | None:
    """When a deal that was right when it was due ceased to be so, the last time; None if it was not right then.

    It is due at ``due_s``, and still in time until ``limit_s``. ``repaired_s`` is since when it is right again, but for
    moments; None if it is not. One that is not, and by its writes should be, gives no answer.
    """
    if not any(period.start_s <= limit_s and period.end_s > due_s for period in found):
        return None
    if repaired_s is None:
        return found[-1].end_s if math.isfinite(found[-1].end_s) else None
    ends_s = [period.end_s for period in found if period.start_s < repaired_s and math.isfinite(period.end_s)]
    return max(ends_s, default=None)


def opened(writes: Sequence[Write]) -> set[Document]:
    """The documents that a write shows to have been open."""
    return {document for write, document in _documents(writes) if write.state == "open"}


def _documents(writes: Sequence[Write]) -> Iterator[tuple[Write, Document]]:
    """The writes that changed a document, each with the document."""
    for write in writes:
        name = write.invoice if write.f == "invoice_write" else write.order
        if write.committed and name:
            yield write, (write.f, name)


def _held(write: Write) -> Held:
    return write.total, write.content
