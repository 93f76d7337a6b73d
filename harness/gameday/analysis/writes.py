"""The order and invoice writes that the ERP recorded, by the deals that they are about."""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from typing import ClassVar

import msgspec

from gameday.model.events import ErpWrite, Event, InvoiceWrite
from gameday.model.history import Seen
from gameday_fakes.manifests import known_id

_by_index = operator.attrgetter("index")
_HYPHENATED = re.compile(r"[A-Za-z0-9-]+")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")


class Write(msgspec.Struct, frozen=True, gc=False):
    """One order or invoice write at the ERP. ``total`` is None where the ERP refused and stated none.

    ``invoice`` is the invoice's id, empty for an order. ``content`` changes with what has to agree with the deal.
    ``state`` is what the document was after it: open, cancelled, credited or deleted. For ``held_s`` a fault had held
    it back.
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
    held_s: float = 0.0

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
        parts = (name, *_HYPHENATED.findall(name), *_SEPARATORS.split(name))
        self[name] = next(filter(None, (known_id(part, self._ids) for part in parts)), name)
        return self[name]


class Writes:
    """Collects the writes by the names that they have for their deals: ids, keys, or none."""

    kinds: ClassVar[tuple[type[Event], ...]] = (ErpWrite,)

    def __init__(self) -> None:
        self._by_name: dict[str, list[Write]] = {}
        # A million writes name the same few orders; each name is kept once.
        self._once = dict[str, str]().setdefault

    def add(self, seen: Seen[ErpWrite]) -> None:
        """Take one write, in the order of the history."""
        if seen.outcome == "invoke":
            return
        event, once = seen.event, self._once
        order, content, name = event.order or "", event.content, event.deal or ""
        series = self._by_name.get(name)
        if series is None:
            series = self._by_name[name] = []
        invoice = event.invoice if isinstance(event, InvoiceWrite) else ""
        write = Write(
            event.f,
            once(order, order),
            seen.outcome,
            seen.time_s,
            seen.index,
            _same(series[-1].total, event.total) if name and series else event.total,
            invoice and once(invoice, invoice),
            content and once(content, content),
            event.state and once(event.state, event.state),
            event.held_s,
        )
        series.append(write)

    def by_deal(self, deal_of: DealNames) -> dict[str, list[Write]]:
        """The writes of each deal in order of time, under ``""`` those that name none."""
        # The names have been collected: what kept each once is memory that nothing needs any more.
        self._once = dict[str, str]().setdefault
        writes: dict[str, list[Write]] = {}
        for name, series in self._by_name.items():
            if name:
                deal = deal_of[name]
                writes[deal] = [*writes[deal], *series] if deal in writes else series
        orphans = self._by_name.get("", ())
        named = {write.order for write in orphans} - {""}
        # An order is that of the deal which a write of it named last.
        last: dict[str, tuple[int, str]] = {}
        for deal, series in writes.items() if named else ():
            last |= {w.order: max(last.get(w.order, (-1, "")), (w.index, deal)) for w in series if w.order in named}
        by_order: dict[str, list[Write]] = {}
        for write in orphans:
            by_order.setdefault(last.get(write.order, (-1, ""))[1], []).append(write)
        for deal, series in by_order.items():
            writes[deal] = [*writes.get(deal, ()), *series]
        for series in writes.values():
            if len(series) > 1:
                series.sort(key=_by_index)
        return writes


def _same(before: Decimal | None, total: Decimal | None) -> Decimal | None:
    """The total, as the object that it was before: an order, its invoice and a second write have the same."""
    return before if before is not None and total is not None and not before.compare_total(total) else total
