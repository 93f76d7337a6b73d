"""Makes records of an export of ledger entries, so that what was read of a tenant is reconciled as any export. Pure.

Only what the contract compares is in them. A field that the system has, and a document has not, is an empty text: a
field that is left out counts as one that the system does not have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from gameday.model.contract import Contract
from gameday.reconcile.columns import Column
from gameday.reconcile.invoices import InvoiceLayout
from gameday.reconcile.layout import Layout
from gameday.reconcile.values import at, put_at
from gameday_fakes.ledger import Entry, Invoice, Line

_STATUS = {"open": "open", "cancelled": "cancelled", "won": "Closed Won", "void": "Closed Lost"}
#: The attribute of a line by the compared field.
_OF_LINE = {"sku": "sku", "quantity": "quantity", "unitPrice": "unit_price", "discount": "discount", "tax": "tax"}
_OF_LINE |= {"amount": "amount"}
#: What a system states of each document, or does not have at all.
_OPTIONAL = ("date", "customer", "subsidiary", "terms", "line.discount", "line.tax", "period")


class RecordMaker:
    """Makes the records of one side. ``states`` is what its system states of every document, as in a Ledger."""

    def __init__(self, layout: Layout, contract: Contract, states: Collection[str]) -> None:
        self._layout, self._contract, self._states = layout, contract, frozenset(states)

    def record(self, entry: Entry, customers: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """The record of a document; ``customers`` has the fields of its customers by their business keys."""
        layout, record = self._layout, dict[str, Any]()
        crm = layout.side == "crm"
        _put(record, layout.own, entry.id)
        _put(record, layout.reference, entry.id if crm else entry.keys.get(self._contract.match, ""))
        for column in layout.flags:
            _put(record, column, entry.state == "won")
        for column in layout.states if not (crm and layout.flags) else ():
            _put(record, column, _STATUS[entry.state])
        for name, column in layout.columns.items():
            if not column.items and self._is_stated("", name):
                _put(record, column, self._value(entry, name, customers))
        for (part, name), column in layout.further.items():
            if not part.endswith("line"):
                _put_text(record, column, entry.fields.get(name, ""))
        account = customers.get(entry.customer, {})
        for name, column in layout.account.items():
            _put(record, column, account.get(name, ""))
        self._put_lines(record, layout.columns, layout.further, entry.lines, "")
        if layout.invoices is not None:
            record[layout.invoices.element] = [
                self._invoice(layout.invoices, invoice, entry, customers) for invoice in entry.invoices
            ]
        return record

    def _invoice(
        self, layout: InvoiceLayout, invoice: Invoice, order: Entry, customers: Mapping[str, Mapping[str, str]]
    ) -> Any:
        record: dict[str, Any] = {}
        _put(record, layout.own, invoice.id)
        _put(record, layout.order, order.id)
        _put(record, layout.credited, invoice.credited)
        for name, column in layout.columns.items():
            if not column.items and self._is_stated("invoice.", name):
                _put(record, column, self._value(invoice, name, customers))
        for (part, name), column in layout.further.items():
            if not part.endswith("line"):
                _put_text(record, column, invoice.fields.get(name, ""))
        self._put_lines(record, layout.columns, layout.further, invoice.lines, "invoice.")
        return record[layout.element]

    def _value(self, document: Entry | Invoice, name: str, customers: Mapping[str, Mapping[str, str]]) -> Any:
        value = getattr(document, name)
        if name == "customer" and self._layout.side == "erp" and self._contract.customer_match:
            return customers.get(value, {}).get(self._contract.customer_match, "")
        return value

    def _is_stated(self, document: str, name: str) -> bool:
        return name not in _OPTIONAL or f"{document}{name}" in self._states

    def _put_lines(
        self,
        record: dict[str, Any],
        columns: Mapping[str, Column],
        further: Mapping[tuple[str, str], Column],
        lines: Sequence[Line],
        document: str,
    ) -> None:
        named = [(name.removeprefix("line."), column) for name, column in columns.items() if column.items]
        named = [(name, column) for name, column in named if self._is_stated(document, f"line.{name}")]
        pairs = [(name, column) for (part, name), column in further.items() if part.endswith("line") and column.items]
        items = next((column.items for _, column in (*named, *pairs)), None)
        if items is not None:
            put_at(record, items, [dict(_line(line, named, pairs)) for line in lines])


def _line(line: Line, columns: Iterable[tuple[str, Column]], pairs: Iterable[tuple[str, Column]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in columns:
        value = getattr(line, _OF_LINE[name])
        put_at(found, column.path, "" if value is None else value)
    fields = dict(line.fields)
    for name, column in pairs:
        put_at(found, column.path, fields.get(name, ""))
    return found


def _put(record: dict[str, Any], column: Column, value: Any) -> None:
    put_at(record, column.path, value)


def _put_text(record: dict[str, Any], column: Column, value: str) -> None:
    """A further field; the state of a document, which may be one, is there already."""
    if value or at(record, column.path) is None:
        put_at(record, column.path, value)
