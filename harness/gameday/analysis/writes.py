"""The order and invoice writes that the ERP recorded, by the deals that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from gameday.model.events import ErpWrite, InvoiceWrite
from gameday.model.history import Operation

_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")


class Write(msgspec.Struct, frozen=True, gc=False):
    """One order or invoice write at the ERP. ``total`` is None where the ERP refused and stated none.

    ``invoice`` is the invoice's id, empty for an order. ``content`` changes with what has to agree with the deal.
    ``state`` is what the document was after it: open, cancelled, credited or deleted.
    """

    f: str
    order: str
    outcome: str
    time_s: float
    index: int
    total: Decimal | None
    invoice: str = ""
    content: str = ""
    state: str = "open"

    @property
    def committed(self) -> bool:
        """Whether it is in the ERP's ledger; so is one whose reply was lost."""
        return self.outcome != "fail"


class DealNames(dict[str, str]):
    """The deal's id by its key; any other name is taken as it is, or for the one deal's id that is a part of it.

    An order may name its deal with more around the id: ``SFDC_OPP_006...``.
    """

    def __init__(self, by_key: dict[str, str]) -> None:
        self._ids = frozenset(by_key.values())
        super().__init__({**{id_: id_ for id_ in self._ids}, **by_key})

    def __missing__(self, name: str) -> str:
        parts = _SEPARATORS.split(name)
        self[name] = next((part for part in parts if part in self._ids), name)
        return self[name]


def writes_by_deal(operations: Iterable[Operation[ErpWrite]], deal_of: DealNames) -> dict[str, list[Write]]:
    """The writes of each deal in order of time, under ``""`` those that name none."""
    writes: dict[str, list[Write]] = {}
    deal_of_order: dict[str, str] = {}
    orphans: list[Write] = []
    # A million writes name the same few orders; each name is kept once.
    seen: dict[str, str] = {}

    once = seen.setdefault
    for op in operations:
        if op.outcome == "invoke":
            continue
        event = op.event
        order, content = event.order or "", event.content
        deal = deal_of[event.deal] if event.deal else ""
        series = writes.setdefault(deal, []) if deal else orphans
        total = _same(series[-1].total, event.total) if deal and series else event.total
        invoice = event.invoice if isinstance(event, InvoiceWrite) else ""
        write = Write(
            event.f,
            once(order, order),
            op.outcome,
            op.time_s,
            op.index,
            total,
            invoice and once(invoice, invoice),
            content and once(content, content),
            event.state and once(event.state, event.state),
        )
        if deal:
            deal_of_order[write.order] = deal
        series.append(write)
    for write in orphans:
        deal = deal_of_order.get(write.order, "") if write.order else ""
        writes.setdefault(deal, []).append(write)
    for series in writes.values():
        if len(series) > 1:
            series.sort(key=lambda write: write.index)
    return writes


def _same(before: Decimal | None, total: Decimal | None) -> Decimal | None:
    """The total, as the object that it was before: an order, its invoice and a second write have the same."""
    return before if before is not None and total is not None and not before.compare_total(total) else total
