"""Makes ledger entries of the records of an export. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.reconcile.invoices import InvoiceDocuments
from gameday.reconcile.layout import Layout
from gameday.reconcile.values import Days, LineReader, amount_at, at, has_value, text
from gameday_fakes.ledger import Entry, Line

#: What a won deal is in by its stage (as in gameday_fakes), and the states of an order that is not to be delivered.
WON_STAGE = "Closed Won"
CANCELLED = ("cancelled", "canceled", "closed", "void", "voided")
#: How exports write whether a deal is won.
FLAGS = {"true": True, "1": True, "false": False, "0": False}
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class States(NamedTuple):
    """Which values say that a deal is won, and that an order is cancelled; all others say that it is not."""

    won: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = CANCELLED

    def is_won(self, stage: str) -> bool:
        """Whether a deal in this stage is won."""
        return stage in self.won if self.won else stage.startswith(WON_STAGE)

    def is_cancelled(self, status: str) -> bool:
        """Whether an order in this status is not to be delivered; what precedes a colon is the kind of document."""
        return status.rpartition(":")[2].strip(" ").lower() in self.cancelled


class Stored(NamedTuple):
    """A record of an export by the id of its deal (empty if it names none); ``data`` is its JSON."""

    key: str
    data: bytes


class Documents:
    """Reads the records of one side. ``where`` is the file, for errors.

    ``header`` are the columns that a file of rows has; without one, a column is there once a record has a value in it.
    """

    def __init__(
        self, layout: Layout, contract: Contract, states: States, where: str, header: frozenset[str] | None = None
    ) -> None:
        self._layout, self._contract, self._states, self._where = layout, contract, states, where
        self.days = Days(layout.columns.get("date"), layout.fields, where)
        #: The columns in which no record has had a value so far.
        self._unseen = {column.name: column for column in layout.all_columns()} if header is None else {}
        #: What the header of CSV calls the deal's id.
        self.header_of_reference = ""
        # A file without records lacks nothing.
        self._header = header
        self._is_empty = True
        of_lines = {name: column for (part, name), column in layout.further.items() if part.endswith("line")}
        self._pairs = {name: column for (part, name), column in layout.further.items() if not part.endswith("line")}
        self._lines = LineReader(layout.columns, of_lines, where)
        #: What reads the invoices that orders have; None where the contract says nothing of them.
        self.invoices = InvoiceDocuments(layout.invoices, where) if layout.invoices is not None else None

    @property
    def there(self) -> frozenset[str]:
        """The columns that the export has; of a file without a header, once all records are read."""
        of_invoices = self.invoices.there if self.invoices is not None else frozenset()
        if self._header is not None:
            return self._header | of_invoices
        known = frozenset(column.name for column in self._layout.all_columns())
        return (known if self._is_empty else known - self._unseen.keys()) | of_invoices

    def store(self, data: bytes, line: int) -> Stored:
        """A record with its key. Raises GamedayError for a deal without an id, and for a header within the file."""
        record = _DECODER.decode(data)
        self._is_empty = False
        for name, column in [*self._unseen.items()]:
            if has_value(record, column):
                del self._unseen[name]
        if self.invoices is not None:
            self.invoices.see(record)
        reference = text(at(record, self._layout.reference.path))
        if reference and reference == self.header_of_reference:
            raise GamedayError(f"{self._where}:{line}: the header again", hint="is the export in the file twice?")
        if self._layout.side == "erp":
            return Stored(self._contract.referred(reference), data)
        if not reference:
            problem = f"{self._where}:{line}: a deal without an id, in {self._layout.reference.name}"
            raise GamedayError(problem, hint="the file of the CRM comes first, then that of the ERP")
        return Stored(reference, data)

    def entry(self, stored: Stored) -> Entry:
        """The ledger entry of a record. Raises GamedayError for a value that cannot be what it has to be."""
        record, layout, columns = _DECODER.decode(stored.data), self._layout, self._layout.columns
        reference, what = text(at(record, layout.reference.path)), stored.key or "an order without a deal"
        crm = layout.side == "crm"
        keys = {"Id" if crm else self._contract.match: reference}
        live = self.is_live(record, stored.key)
        state = ("void", "won")[live] if crm else ("cancelled", "open")[live]

        def of(name: str) -> str:
            return text(at(record, columns[name].path)) if name in columns else ""

        fields = {name: value for name, column in self._pairs.items() if (value := text(at(record, column.path)))}
        lines = self._lines.lines(record, what)
        return Entry(
            id=text(at(record, layout.own.path)),
            keys=keys,
            state=state,  # type: ignore[arg-type]
            customer=of("customer"),
            currency=of("currency"),
            total=self._total(record, lines, what),
            lines=lines,
            time_s=0.0,
            changed_s=0.0,
            date=self.days.day(of("date")),
            invoices=self.invoices.of(record, what) if self.invoices is not None else (),
            subsidiary=of("subsidiary"),
            terms=of("terms"),
            fields=fields,
        )

    def _total(self, record: Mapping[str, Any], lines: Iterable[Line], what: str) -> Decimal:
        if self._layout.sums_lines:
            return sum((line.amount for line in lines), NOTHING)
        return amount_at(record, self._layout.columns["total"], self._where, what) or NOTHING

    def account(self, stored: Stored) -> dict[str, str]:
        """The fields of the deal's account that the export has."""
        record = _DECODER.decode(stored.data)
        return {name: text(at(record, column.path)) for name, column in self._layout.account.items()}

    def is_live(self, record: Mapping[str, Any], key: str) -> bool:
        """Whether a deal is won, or an order open. Raises GamedayError for a deal that does not say it."""
        flags, states = (
            [value for column in columns if (value := text(at(record, column.path)))]
            for columns in (self._layout.flags, self._layout.states)
        )
        if self._layout.side == "erp":
            return not any(map(self._states.is_cancelled, states))
        if not self._states.won:
            if not self.has_state:
                return True
            for flag in flags:
                if (won := FLAGS.get(flag.strip(" ").lower())) is not None:
                    return won
                raise GamedayError(f"{self._where}: deal {key!r}: whether it is won is neither true nor false")
        if not states:
            raise GamedayError(f"{self._where}: deal {key!r} does not say whether it is won", hint="see --won")
        return any(map(self._states.is_won, states))

    @property
    def has_state(self) -> bool:
        """Whether the export says at all which deals are won."""
        return bool(self.there & {column.name for column in (*self._layout.flags, *self._layout.states)})
