"""Reads the ledgers of a run so that what they have in common is in memory once.

A hundred thousand deals and their orders are 90 MB of text and took 480 MiB as objects, most of them the same figures
and names again: an order's lines are those of its deal, its keys the deal's id. So a part whose text was read before,
in the same ledger or in the other, is the same object.
"""

from __future__ import annotations

from decimal import Decimal
from types import GenericAlias
from typing import Any

import msgspec
from msgspec.structs import astuple

from gameday.base import json_text
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line


def _like(kind: type[msgspec.Struct], **types: Any) -> Any:
    """A type for the JSON of ``kind``, in which some fields have another type, for instance their text."""
    fields: list[Any] = []
    for each in msgspec.structs.fields(kind):
        type_ = types.get(each.name, each.type)
        if each.default is not msgspec.NODEFAULT:
            fields.append((each.name, type_, each.default))
        elif each.default_factory is not msgspec.NODEFAULT:
            fields.append((each.name, type_, msgspec.field(default_factory=each.default_factory)))
        else:
            fields.append((each.name, type_))
    return msgspec.defstruct(kind.__name__, fields, gc=False)


#: Amounts and lines as they are written: what was read before need not be read again.
_InvoiceText = _like(Invoice, total=msgspec.Raw, lines=msgspec.Raw)
_EntryText = _like(Entry, total=msgspec.Raw, lines=msgspec.Raw, invoices=GenericAlias(tuple, (_InvoiceText, ...)))
_LedgerText = _like(Ledger, entries=tuple[msgspec.Raw, ...])


class _Places:
    """Where a record has the fields that are shared."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        place = {name: place for place, name in enumerate(kind.__struct_fields__)}
        self.names = tuple(place[name] for name in ("id", "customer", "currency", "date"))
        self.total, self.lines, self.fields = place["total"], place["lines"], place["fields"]


_INVOICE, _ENTRY = _Places(Invoice), _Places(Entry)
_KEYS, _INVOICES, _CHANGED = (Entry.__struct_fields__.index(name) for name in ("keys", "invoices", "changed_s"))


class LedgerReader:
    """Reads several ledgers, of which equal parts are shared."""

    def __init__(self) -> None:
        self._entry = msgspec.json.Decoder(_EntryText).decode
        self._lines_decoder = msgspec.json.Decoder(tuple[msgspec.Raw, ...]).decode
        self._line = msgspec.json.Decoder(Line).decode
        self._figure = msgspec.json.Decoder(Decimal).decode
        self._line_of: dict[bytes, Line] = {}
        self._lines_of: dict[bytes, tuple[Line, ...]] = {}
        self._figure_of: dict[bytes, Decimal] = {}
        texts: dict[str, str] = {}
        self._once = texts.setdefault
        self._no_fields: dict[str, str] = {}

    def read(self, data: bytes) -> Ledger:
        """A ledger from its JSON. Raises gameday.base.json_text.Unreadable."""
        try:
            shell = msgspec.json.decode(data, type=_LedgerText)
            entries = tuple(map(self._read_entry, shell.entries))
        except json_text.DECODER_ERRORS:
            # Read as a whole, it is said where in the file the mistake is.
            return json_text.decode(data, Ledger)
        ledger = Ledger(**{**msgspec.structs.asdict(shell), "entries": entries})
        json_text.check_figures(data, ledger)
        return ledger

    def _read_entry(self, data: msgspec.Raw) -> Entry:
        text = self._entry(data)
        values = self._shared(text, _ENTRY)
        once = self._once
        values[_KEYS] = {key: once(value, value) for key, value in text.keys.items()}
        if text.invoices:
            values[_INVOICES] = tuple([Invoice(*self._shared(each, _INVOICE)) for each in text.invoices])
        if text.changed_s == text.time_s:
            values[_CHANGED] = text.time_s
        return Entry(*values)

    def _shared(self, text: Any, places: _Places) -> list[Any]:
        """The values of a record in the order of its fields: those that entries and invoices have, shared."""
        values = list(astuple(text))
        once = self._once
        for place in places.names:
            value = values[place]
            values[place] = once(value, value)
        total = bytes(text.total)
        values[places.total] = self._figure_of.get(total) or self._read_figure(total)
        if text.lines:
            lines = bytes(text.lines)
            values[places.lines] = self._lines_of.get(lines) or self._read_lines(lines)
        if not text.fields:
            values[places.fields] = self._no_fields
        return values

    def _read_figure(self, text: bytes) -> Decimal:
        return self._figure_of.setdefault(text, self._figure(text))

    def _read_lines(self, text: bytes) -> tuple[Line, ...]:
        return self._lines_of.setdefault(text, tuple(map(self._read_line, self._lines_decoder(text))))

    def _read_line(self, data: msgspec.Raw) -> Line:
        text = bytes(data)
        if text not in self._line_of:
            self._line_of[text] = self._line(text)
        return self._line_of[text]
