"""Reads an export of invoices, and puts them to the orders from which they were made.

A row is an invoice, which names its order, or a credit memo, which names the invoice that it takes back. Everything is
joined by sorting, so memory does not grow with the files.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday.reconcile.columns import Column
from gameday.reconcile.documents import States, Stored
from gameday.reconcile.exports import ExportFile, rows_of, sorted_by_key
from gameday.reconcile.invoices import InvoiceLayout
from gameday.reconcile.values import Days, amount_at, at, put_at, text
from gameday.records.deal_roles import plain
from gameday.records.normal import encode_record
from gameday.records.read import read_records
from gameday.records.record import Progress, Rejected

#: How exports call a credit memo, without case, blanks and punctuation.
CREDITS = ("creditmemo", "creditnote", "custcred", "credit")
_KEY = attrgetter("key")
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class InvoiceFile:
    """A file of invoices. Raises GamedayError for one that does not say of which order each is, or its total."""

    def __init__(self, path: Path, layout: InvoiceLayout) -> None:
        self.path, self.layout = path, layout
        #: How its rows are read, if it has any.
        self.rows = rows_of(path, layout.fields, lambda _: {})
        self.days = Days(layout.columns.get("date"), layout.fields, str(path))
        there = self.rows.there
        for column, what in ((layout.order, "the order"), (layout.columns["total"], "the total")):
            if there is not None and column.name not in there:
                name = column.name.partition(".")[2]
                problem = f"{path} has no column {name} with {what} of an invoice"
                raise GamedayError(problem, hint="name the column as the contract names the field")

    def by_order(self, documents: Iterable[bytes], stack: ExitStack) -> Iterator[Stored]:
        """The invoices of some documents, sorted by the order that they name, less what credit memos took back."""
        return sorted_by_key(self._invoices(sorted_by_key(map(self._by_invoice, documents), stack)), stack)

    def documents(self, progress: Progress | None = None) -> Iterator[bytes]:
        """Invoices and credit memos in the order of the file. Raises GamedayError for one that cannot be read."""
        for item in read_records(self.path, self.layout.fields, progress=progress):
            if isinstance(item, Rejected):
                hint = "everything has to be read: an invoice that is skipped would count as missing"
                raise GamedayError(f"{self.path}:{item.line}: {item.reason}", hint=hint)
            yield item.data

    def _by_invoice(self, document: bytes) -> Stored:
        """A document by the invoice that it is or takes back."""
        record = _DECODER.decode(document)
        own = self.layout.order if self._is_credit(record) else self.layout.own
        return Stored(text(at(record, own.path)), document)

    def _is_credit(self, record: Mapping[str, Any]) -> bool:
        return plain(text(at(record, self.layout.kind.path)), whole=True) in CREDITS

    def _invoices(self, rows: Iterable[Stored]) -> Iterator[Stored]:
        """The invoices of rows that are sorted by them, each by its order."""
        layout = self.layout
        for id_, group in itertools.groupby(rows, _KEY):
            records = [_DECODER.decode(stored.data) for stored in group]
            memos = [self._amount(each, layout.columns["total"]) for each in records if self._is_credit(each)]
            # A credit memo that names no invoice takes nothing back, and two invoices of one id are not credited twice.
            credited = sum(map(abs, memos), NOTHING) if id_ else NOTHING
            for record in (each for each in records if not self._is_credit(each)):
                order = text(at(record, layout.order.path))
                if credited:
                    whole = self._amount(record, layout.credited) + credited
                    put_at(record, layout.credited.path, whole)
                    credited = NOTHING
                yield Stored(order, encode_record(record))

    def _amount(self, record: Mapping[str, Any], column: Column) -> Decimal:
        return amount_at(record, column, str(self.path), "an invoice") or NOTHING


def with_invoices(
    orders: ExportFile, stored: Iterable[Stored], invoices: Iterator[Stored], states: States, stack: ExitStack
) -> Iterator[Stored]:
    """Some orders of an export, each with its invoices; one without its order is there as a cancelled order.

    ``invoices`` are as ``InvoiceFile.by_order`` gives them.
    """
    layout = orders.layout
    element = layout.invoices.element if layout.invoices is not None else ""
    by_number = (Stored(text(at(_DECODER.decode(each.data), layout.own.path)), each.data) for each in stored)
    waiting = itertools.groupby(invoices, _KEY)
    bills = next(waiting, None)
    for number, group in itertools.groupby(sorted_by_key(by_number, stack), _KEY):
        while bills is not None and bills[0] < number:
            yield from _alone(orders, element, states, bills[0], _decoded(bills[1], element))
            bills = next(waiting, None)
        own = _decoded(bills[1], element) if bills and bills[0] == number else []
        bills = next(waiting, None) if bills and bills[0] == number else bills
        if not number:
            # Neither names the other.
            yield from _alone(orders, element, states, "", own)
            own = []
        for each in group:
            yield orders.documents.store(encode_record(_DECODER.decode(each.data) | {element: own}), 0)
            own = []
    while bills is not None:
        yield from _alone(orders, element, states, bills[0], _decoded(bills[1], element))
        bills = next(waiting, None)


def _decoded(invoices: Iterable[Stored], element: str) -> list[Any]:
    return [_DECODER.decode(each.data)[element] for each in invoices]


def _alone(orders: ExportFile, element: str, states: States, number: str, invoices: Iterable[Any]) -> Iterator[Stored]:
    for invoice in invoices:
        record: dict[str, Any] = {element: [invoice]}
        put_at(record, orders.layout.own.path, number)
        for column in orders.layout.states:
            put_at(record, column.path, states.cancelled[0])
        yield orders.documents.store(encode_record(record), 0)
