"""A file of rows as DuckDB reads it: every value as a text, and in the form in which two are compared.

Two forms are equal only if the judge takes the values for equal. Where that cannot be said without it, as of a number
in an unusual notation, the form names its side, so that it equals nothing and its deal is judged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gameday.model.contract import Field
from gameday.reconcile.columns import Column
from gameday.reconcile.exports import Rows, full_name, suffix_of
from gameday.reconcile.values import Days
from gameday.records.lines import LONGEST_LINE
from gameday.records.meaning import read_meaning
from gameday.records.rows import Columns, Place
from gameday.records.tree import read_shape

#: The amounts that are compared as decimals: 20 digits before the point and 18 after it.
DECIMAL = "DECIMAL(38, 18)"
#: A text that is not there.
NONE = "CAST(NULL AS VARCHAR)"
_NUMBER = "[-+]?[0-9]{1,20}([.][0-9]{1,18})?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LOCAL = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
_ZONE = "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_TYPES = ("VARCHAR", "BOOLEAN", "DATE", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL")
_GLOB = frozenset("*?[]{}")
#: About so many bytes of CSV are a row; of a compressed file, so many are one.
_ROW_BYTES = {".csv": 80, ".tsv": 80, ".gz": 12}


class Unfit(Exception):
    """A file that DuckDB is not to read; it is read row by row then, which also finds the words for a mistake."""


class Source(NamedTuple):
    """A column of the file: its name in DuckDB, its name and place in a record, its place in a row, and its type."""

    sql: str
    name: str
    place: Place
    at: int
    kind: str = "VARCHAR"


class RowFile:
    """One file. ``relation`` is what DuckDB reads, ``sources`` the columns that matter to the contract.

    ``own`` are all columns that are of a document rather than of its lines. ``side`` is the word for the file in a
    form that equals nothing.
    """

    def __init__(
        self,
        path: Path,
        fields: Sequence[Field],
        rows: Rows,
        side: str,
        days: Days,
        date: Column | None,
        connection: Any,
    ) -> None:
        self.path, self.fields, self.rows, self.side, self.days = path, fields, rows, side, days
        self._date = date
        if _GLOB & set(str(path)):
            raise Unfit("its name would be taken for a pattern")
        quoted = literal(str(path))
        if rows.reader is not None:
            names = [f"c{index}" for index in range(rows.reader.width)]
            columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
            self.relation = (
                f"read_csv({quoted}, auto_detect = false, header = true, columns = {{{columns}}}, "
                f"delim = '{rows.delimiter}', quote = '\"', escape = '\"', strict_mode = true, "
                f"max_line_size = {LONGEST_LINE})"
            )
            self.sources = [Source(f"c{index}", name, place, index) for index, name, place in rows.reader.wanted]
            self.own = [source.sql for source in self.sources if not source.place.items]
            # A row of nothing is no record.
            self.where = f"concat({', '.join(names)}) <> ''"
        elif suffix_of(path) == ".parquet":
            self.where = "true"
            self.sources = self._of_parquet(f"read_parquet({quoted})", connection)
        else:
            raise Unfit("no file of rows")
        self._by_name = {full_name(source.place): source for source in self.sources}

    def _of_parquet(self, relation: str, connection: Any) -> list[Source]:
        shape = read_shape(self.fields)
        columns, found, names = Columns(shape), list[Source](), list[str]()
        self.own = list[str]()
        described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608
        for index, (name, kind, *_) in enumerate(described):
            place = columns.place(name)
            if name in shape.elements:
                raise Unfit("nested records")
            if place is not None and kind.partition("(")[0] not in (*_TYPES, *self._moment(place)):
                raise Unfit(f"a column of the type {kind}")
            quoted = '"' + name.replace('"', '""') + '"'
            # A column may have the name of one of ours.
            names.append(f"{quoted} AS c{index}")
            self.own += [] if place is not None and place.items else [f"c{index}"]
            if place is not None:
                found.append(Source(f"c{index}", name, place, index, kind))
        self.relation = f"(SELECT {', '.join(names)} FROM {relation})"  # noqa: S608 - names of the file, quoted
        return found

    def _moment(self, place: Place) -> tuple[str, ...]:
        """The further types of a column: that of the date may be a moment without a zone."""
        return ("TIMESTAMP",) if self._date is not None and full_name(place) == self._date.name else ()

    def number_of_rows(self, connection: Any) -> int:
        """About how many rows there are, without reading them."""
        if self.rows.reader is None:
            return int(connection.execute(f"SELECT count(*) FROM {self.relation}").fetchone()[0])  # noqa: S608
        return self.path.stat().st_size // _ROW_BYTES[self.path.suffix.lower()]

    @property
    def has_lines(self) -> bool:
        """Whether a row may be one of several of a document."""
        return any(source.place.items for source in self.sources)

    def marked(self, more: str, *, numbered: bool = False) -> str:
        """The rows with some expressions ``more``, and whether a document begins with each (``start``).

        ``fresh`` says whether a row has another header than the one before, ``place`` is its number in the file: in a
        file of one row for each document only if rows are ``numbered``, which is slower.
        """
        if not self.has_lines:
            place = "row_number() OVER ()" if numbered else "0"
            return (
                f"SELECT *, {more}, {place} AS place, true AS start, true AS fresh "  # noqa: S608 - names of our own
                f"FROM {self.relation} WHERE {self.where}"
            )
        # As in gameday.records.rows: rows that follow each other and have one key are one document.
        whole = f"hash({', '.join(self.own)})"
        rows = (
            f"SELECT *, {more}, row_number() OVER () AS place, {self._grouped_by} AS grouped, "  # noqa: S608
            f"{whole} AS whole, {self.is_line} AS is_line FROM {self.relation} WHERE {self.where}"
        )
        fresh = "lag(whole) OVER () IS DISTINCT FROM whole"
        return (
            f"SELECT *, (lag(grouped) OVER () IS DISTINCT FROM grouped OR NOT is_line "  # noqa: S608
            f"OR (grouped IS NULL AND {fresh})) AS start, {fresh} AS fresh FROM ({rows})"
        )

    @property
    def _grouped_by(self) -> str:
        """The column by which the rows of a document are known; NULL where nothing but all of them says it."""
        key = read_meaning(read_shape(self.fields)).key
        source = self._by_name.get(key.path) if key is not None else None
        return self._value(source) if source is not None else "NULL"

    @property
    def is_line(self) -> str:
        """Whether a row has a line of its document."""
        return " OR ".join(f"{self._value(s)} IS NOT NULL" for s in self.sources if s.place.items) or "false"

    def has_value(self, column: Column) -> str:
        """Whether a column has a value in a row; an empty text of Parquet is one."""
        source = self._by_name.get(column.name)
        return f"{self._value(source)} IS NOT NULL" if source is not None else "false"

    def _value(self, source: Source) -> str:
        """A value as the record has it: an empty cell of CSV is none."""
        text = f"CAST({source.sql} AS VARCHAR)"
        return f"nullif({text}, '')" if self.rows.reader is not None else text

    def text(self, column: Column | None) -> str:
        """A column as text; NULL where it is empty, or where the file does not have it."""
        source = self._by_name.get(column.name) if column is not None else None
        if source is None:
            return NONE
        return f"nullif({source.sql if source.kind == 'VARCHAR' else f'CAST({source.sql} AS VARCHAR)'}, '')"

    def number(self, column: Column | None) -> tuple[str, str]:
        """A column as a decimal, and as a text with its side where it is none."""
        source = self._by_name.get(column.name) if column is not None else None
        if source is not None and _is_exact(source.kind):
            return f"CAST({source.sql} AS {DECIMAL})", NONE
        text = f"trim({self.text(column)})"
        if self.rows.delimiter == ";":
            text = f"CASE WHEN contains({text}, '.') THEN {text} ELSE replace({text}, ',', '.') END"
        number = f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') THEN CAST({text} AS {DECIMAL}) END"
        return number, f"CASE WHEN {number} IS NULL THEN '{self.side} ' || {text} END"

    def day(self, column: Column | None) -> str:
        """A column as a day in the time zone of the field, or as a text with its side where it is written otherwise."""
        text = self.text(column)
        source = self._by_name.get(column.name) if column is not None else None
        if self.days.is_usual and source is not None and source.kind in ("DATE", "TIMESTAMP"):
            return f"CAST(CAST({source.sql} AS DATE) AS VARCHAR)"
        if not self.days.is_usual:
            return f"'{self.side} ' || {text}"
        moment = f"timezone({literal(self.days.zone)}, TRY_CAST(replace({text}, 'Z', '+00:00') AS TIMESTAMPTZ))"
        return (
            f"CASE WHEN regexp_full_match({text}, '{_DAY}') THEN {text} "
            f"ELSE coalesce(CASE WHEN regexp_full_match({text}, '{_LOCAL}') "
            f"THEN CAST(CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE) AS VARCHAR) "
            f"WHEN regexp_full_match({text}, '{_LOCAL}{_ZONE}') THEN CAST(CAST({moment} AS DATE) AS VARCHAR) END, "
            f"'{self.side} ' || {text}) END"
        )


def _is_exact(kind: str) -> bool:
    """Whether the values of a type are decimals of at most 18 decimals; the database refuses one that is too large."""
    found = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)
    return int(found[1]) <= 18 if found else kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
