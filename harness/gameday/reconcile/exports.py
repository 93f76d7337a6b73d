"""Reads the documents of an export, one by one, and sorts them by the id of their deal."""

from __future__ import annotations

import heapq
import itertools
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract, Field
from gameday.reconcile.columns import Column
from gameday.reconcile.documents import Documents, States, Stored
from gameday.reconcile.layout import Layout
from gameday.reconcile.terms import Export
from gameday.records.csv_rows import RowReader, read_header
from gameday.records.deal_roles import plain
from gameday.records.headers import physical_names
from gameday.records.parquet_rows import column_names
from gameday.records.read import read_records
from gameday.records.record import Progress, Rejected
from gameday.records.rows import Columns, Place
from gameday.records.tree import read_shape

_KEY = attrgetter("key")
#: So many documents are sorted in memory; more are sorted on disk.
IN_MEMORY = 200_000
#: How the ERP's exports call the order's own number, without case, blanks and punctuation.
_NUMBERS = ("id", "internalid", "orderid", "ordernumber", "documentnumber", "tranid")
_ROWS = (".csv", ".tsv", ".parquet")


class ExportFile:
    """A file of one side. ``columns`` are the headers of an order book by role, as in ``[deals]`` of gameday.toml."""

    def __init__(
        self, path: Path, layout: Layout, contract: Contract, states: States, columns: Mapping[str, str] | None = None
    ) -> None:
        self.path, self.layout, self.columns = path, layout, dict(columns or {})
        #: How its rows are read, if it has any.
        self.rows = rows_of(path, layout.fields, self._named)
        self.documents = Documents(layout, contract, states, str(path), self.rows.there)
        self.documents.header_of_reference = self.rows.header_of(layout.reference)

    @property
    def export(self) -> Export:
        """The file with its columns; of JSON, once all of it is read."""
        return Export(self.path, self.layout, self.documents.there)

    def stored(self, progress: Progress | None = None) -> Iterator[Stored]:
        """The documents in the order of the file.

        Raises GamedayError for the first part that cannot be read: what may be missing is not to be compared.
        """
        for item in read_records(self.path, self.layout.fields, progress=progress, columns=self.columns):
            if isinstance(item, Rejected):
                hint = "everything has to be read: an order that is skipped would count as missing"
                raise GamedayError(f"{self.path}:{item.line}: {item.reason}", hint=hint)
            yield self.documents.store(item.data, item.line)

    def _named(self, header: Sequence[str]) -> Mapping[str, str]:
        if self.layout.side == "erp":
            self.columns = _own_number(header)
        return self.columns


class Rows(NamedTuple):
    """A file of rows: the columns of the contract that it has (None of nested records), and how CSV is read.

    ``delimiter`` is what separates the columns of CSV, ``header`` its first row.
    """

    there: frozenset[str] | None
    reader: RowReader | None = None
    delimiter: str = ""
    header: Sequence[str] = ()

    def header_of(self, column: Column) -> str:
        """What the header of CSV calls a column; empty without one."""
        wanted = self.reader.wanted if self.reader is not None else ()
        return next((self.header[index] for index, _, place in wanted if full_name(place) == column.name), "")


def rows_of(path: Path, fields: Sequence[Field], named: Callable[[Sequence[str]], Mapping[str, str]]) -> Rows:
    """What the header of a file says; ``named`` gives headers by role. Raises GamedayError."""
    if suffix_of(path) not in _ROWS:
        return Rows(None)
    shape = read_shape(fields)
    if suffix_of(path) == ".parquet":
        columns, names = Columns(shape), column_names(path)
        places = [place for name in names if (place := columns.place(name)) is not None]
        return Rows(None if shape.main.name in names else frozenset(map(full_name, places)))
    header, delimiter = read_header(path)
    meant = physical_names(header, fields, named(header), path)
    reader = RowReader(path, header, meant, shape, comma=delimiter == ";")
    return Rows(frozenset(full_name(place) for *_, place in reader.wanted), reader, delimiter, header)


def full_name(place: Place) -> str:
    """The full physical name of a column."""
    return ".".join((*place.items, *place.path))


def _own_number(header: Sequence[str]) -> dict[str, str]:
    """The column of an order's own number, where it has one of the usual names."""
    named = {plain(name, whole=True): name for name in reversed(header)}
    found = next((named[name] for name in _NUMBERS if name in named), "")
    return {"order": found} if found else {}


def suffix_of(path: Path) -> str:
    """The suffix that says the format, without that of a compression."""
    return path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def sorted_by_key(documents: Iterable[Stored], stack: ExitStack) -> Iterator[Stored]:
    """The documents sorted by the id of their deal: in memory, or if they are many, on disk as long as the stack.

    All of them are read before it returns.
    """
    waiting = iter(documents)
    first = list(itertools.islice(waiting, IN_MEMORY))
    first.sort(key=_KEY)
    if len(first) < IN_MEMORY:
        return iter(first)
    return _sorted_on_disk(first, waiting, stack)


def _sorted_on_disk(first: list[Stored], waiting: Iterator[Stored], stack: ExitStack) -> Iterator[Stored]:
    """The same by parts that are sorted one by one and then merged (external merge sort)."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gameday-reconcile-")))
    database = stack.enter_context(closing(sqlite3.connect(folder / "documents", isolation_level=None)))
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE TABLE documents (place INTEGER, key TEXT, data BLOB)")
    part = first
    while part:
        database.execute("BEGIN")
        rows = ((place, *stored) for place, stored in enumerate(part))
        database.executemany("INSERT INTO documents VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
        part = sorted(itertools.islice(waiting, IN_MEMORY), key=_KEY)
    starts = [row for (row,) in database.execute("SELECT rowid FROM documents WHERE place = 0 ORDER BY rowid")]
    ends = [*starts[1:], database.execute("SELECT max(rowid) + 1 FROM documents").fetchone()[0]]
    query = "SELECT key, data FROM documents WHERE rowid >= ? AND rowid < ? ORDER BY rowid"
    runs = (map(Stored._make, database.execute(query, between)) for between in zip(starts, ends, strict=True))
    return heapq.merge(*runs, key=_KEY)
