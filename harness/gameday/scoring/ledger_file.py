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


_InvoiceText = _like(Invoice, total=msgspec.Raw, lines=tuple[msgspec.Raw, ...])
_EntryText = _like(
    Entry, total=msgspec.Raw, lines=tuple[msgspec.Raw, ...], invoices=GenericAlias(tuple, (_InvoiceText, ...))
)
_LedgerText = _like(Ledger, entries=tuple[msgspec.Raw, ...])
_INVOICE = {name: place for place, name in enumerate(Invoice.__struct_fields__)}
_ENTRY = {name: place for place, name in enumerate(Entry.__struct_fields__)}


class LedgerReader:
    """Reads several ledgers, of which equal parts are shared."""

    def __init__(self) -> None:
        self._entry = msgspec.json.Decoder(_EntryText).decode
        self._line = msgspec.json.Decoder(Line).decode
        self._figure = msgspec.json.Decoder(Decimal).decode
        self._lines: dict[bytes, Line] = {}
        self._figures: dict[bytes, Decimal] = {}
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
        values[_ENTRY["keys"]] = {key: self._once(value, value) for key, value in text.keys.items()}
        values[_ENTRY["invoices"]] = tuple([Invoice(*self._shared(each, _INVOICE)) for each in text.invoices])
        if text.changed_s == text.time_s:
            values[_ENTRY["changed_s"]] = text.time_s
        return Entry(*values)

    def _shared(self, text: Any, places: dict[str, int]) -> list[Any]:
        """The values of a record in the order of its fields: those that entries and invoices have, shared."""
        values = list(astuple(text))
        for name in ("id", "customer", "currency", "date"):
            value = values[places[name]]
            values[places[name]] = self._once(value, value)
        values[places["total"]] = self._total(text.total)
        values[places["lines"]] = tuple(map(self._read_line, text.lines))
        if not text.fields:
            values[places["fields"]] = self._no_fields
        return values

    def _read_line(self, data: msgspec.Raw) -> Line:
        text = bytes(data)
        if text not in self._lines:
            self._lines[text] = self._line(text)
        return self._lines[text]

    def _total(self, data: msgspec.Raw) -> Decimal:
        text = bytes(data)
        if text not in self._figures:
            self._figures[text] = self._figure(text)
        return self._figures[text]
