"""A file of rows as DuckDB reads it: every value as a text, and in the form in which two are compared.

Two forms are equal only if the judge takes the values for equal. Where that cannot be said without it, as of a number
in an unusual notation, the form names its side, so that it equals nothing and its deal is judged.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from gameday.model.contract import Contract
from gameday.reconcile.columns import Column
from gameday.reconcile.documents import FLAGS, WON_STAGE, States
from gameday.reconcile.exports import ExportFile, full_name, suffix_of
from gameday.reconcile.layout import NUMBERS
from gameday.reconcile.terms import Terms
from gameday.records.lines import LONGEST_LINE
from gameday.records.meaning import read_meaning
from gameday.records.rows import Columns, Place
from gameday.records.tree import read_shape

#: The amounts that are compared as decimals: 20 digits before the point and 18 after it.
DECIMAL = "DECIMAL(38, 18)"
_NUMBER = "[-+]?[0-9]{1,20}([.][0-9]{1,18})?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LOCAL = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
_ZONE = "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_TYPES = ("VARCHAR", "BOOLEAN", "DATE", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL")
_GLOB = frozenset("*?[]{}")


class Unfit(Exception):
    """A file that DuckDB is not to read; it is read row by row then, which also finds the words for a mistake."""


class Source(NamedTuple):
    """A column of the file: its name in DuckDB, its name and place in a record, its place in a row, and its type."""

    sql: str
    name: str
    place: Place
    at: int
    kind: str = "VARCHAR"


class Scan:
    """One file. ``relation`` is what DuckDB reads, ``sources`` the columns that matter to the contract.

    ``own`` are all columns that are of a document rather than of its lines.
    """

    def __init__(self, file: ExportFile, connection: Any) -> None:
        self.file = file
        path = str(file.path)
        if _GLOB & set(path):
            raise Unfit("its name would be taken for a pattern")
        quoted = "'" + path.replace("'", "''") + "'"
        if file.rows is not None:
            names = [f"c{index}" for index in range(file.rows.width)]
            columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
            self.relation = (
                f"read_csv({quoted}, auto_detect = false, header = true, columns = {{{columns}}}, "
                f"delim = '{file.delimiter}', quote = '\"', escape = '\"', strict_mode = true, "
                f"max_line_size = {LONGEST_LINE})"
            )
            self.sources = [Source(f"c{index}", name, place, index) for index, name, place in file.rows.wanted]
            self.own = [source.sql for source in self.sources if not source.place.items]
            # A row of nothing is no record.
            self.where = f"concat({', '.join(names)}) <> ''"
        elif suffix_of(file.path) == ".parquet":
            self.relation, self.where = f"read_parquet({quoted})", "true"
            self.sources = self._of_parquet(connection)
        else:
            raise Unfit("no file of rows")
        self._by_name = {full_name(source.place): source for source in self.sources}

    def _of_parquet(self, connection: Any) -> list[Source]:
        shape = read_shape(self.file.layout.fields)
        columns, found = Columns(shape), list[Source]()
        self.own = list[str]()
        described = connection.execute(f"DESCRIBE SELECT * FROM {self.relation}").fetchall()  # noqa: S608
        for index, (name, kind, *_) in enumerate(described):
            place = columns.place(name)
            if name in shape.elements:
                raise Unfit("nested records")
            if place is not None and kind.partition("(")[0] not in (*_TYPES, *self._moment(place)):
                raise Unfit(f"a column of the type {kind}")
            quoted = '"' + name.replace('"', '""') + '"'
            self.own += [] if place is not None and place.items else [quoted]
            if place is not None:
                found.append(Source(quoted, name, place, index, kind))
        return found

    def _moment(self, place: Place) -> tuple[str, ...]:
        """The further types of a column: that of the date may be a moment without a zone."""
        date = self.file.layout.columns.get("date")
        return ("TIMESTAMP",) if date is not None and full_name(place) == date.name else ()

    @property
    def has_lines(self) -> bool:
        """Whether a row may be one of several of a document."""
        return any(source.place.items for source in self.sources)

    @property
    def grouped_by(self) -> str:
        """The column by which the rows of a document are known; NULL where nothing but all of them says it."""
        key = read_meaning(read_shape(self.file.layout.fields)).key
        source = self._by_name.get(key.path) if key is not None else None
        return self._value(source) if source is not None else "NULL"

    @property
    def is_line(self) -> str:
        """Whether a row has a line of its document."""
        return " OR ".join(f"{self._value(s)} IS NOT NULL" for s in self.sources if s.place.items) or "false"

    def _value(self, source: Source) -> str:
        """A value as the record has it: an empty cell of CSV is none."""
        text = f"CAST({source.sql} AS VARCHAR)"
        return f"nullif({text}, '')" if self.file.rows is not None else text

    def text(self, column: Column | None) -> str:
        """A column as text; NULL where it is empty, or where the file does not have it."""
        source = self._by_name.get(column.name) if column is not None else None
        return f"nullif(CAST({source.sql} AS VARCHAR), '')" if source is not None else "CAST(NULL AS VARCHAR)"

    def number(self, column: Column | None) -> tuple[str, str]:
        """A column as a decimal, and as a text with its side where it is none."""
        source = self._by_name.get(column.name) if column is not None else None
        if source is not None and _is_exact(source.kind):
            return f"CAST({source.sql} AS {DECIMAL})", "CAST(NULL AS VARCHAR)"
        text, side = f"trim({self.text(column)})", self.file.layout.side
        if self.file.delimiter == ";":
            text = f"CASE WHEN contains({text}, '.') THEN {text} ELSE replace({text}, ',', '.') END"
        number = f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') THEN CAST({text} AS {DECIMAL}) END"
        return number, f"CASE WHEN {number} IS NULL THEN '{side} ' || {text} END"

    def day(self, column: Column | None) -> str:
        """A column as a day in the time zone of the field, or as a text with its side where it is written otherwise."""
        text, side, days = self.text(column), self.file.layout.side, self.file.documents.days
        source = self._by_name.get(column.name) if column is not None else None
        if days.is_usual and source is not None and source.kind in ("DATE", "TIMESTAMP"):
            return f"CAST(CAST({source.sql} AS DATE) AS VARCHAR)"
        if not days.is_usual:
            return f"'{side} ' || {text}"
        moment = f"timezone({literal(days.zone)}, TRY_CAST(replace({text}, 'Z', '+00:00') AS TIMESTAMPTZ))"
        return (
            f"CASE WHEN regexp_full_match({text}, '{_DAY}') THEN {text} "
            f"ELSE coalesce(CASE WHEN regexp_full_match({text}, '{_LOCAL}') "
            f"THEN CAST(CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE) AS VARCHAR) "
            f"WHEN regexp_full_match({text}, '{_LOCAL}{_ZONE}') THEN CAST(CAST({moment} AS DATE) AS VARCHAR) END, "
            f"'{side} ' || {text}) END"
        )

    def key(self, contract: Contract) -> str:
        """The id of the deal; empty where an order names none."""
        text = self.text(self.file.layout.reference)
        before, _, after = contract.match_pattern.partition("{deal}")
        if self.file.layout.side == "crm" or not (before or after):
            return f"coalesce({text}, '')"
        inner = f"substr({text}, {len(before) + 1}, length({text}) - {len(before) + len(after)})"
        fits = f"starts_with({text}, {literal(before)}) AND ends_with({text}, {literal(after)})"
        return f"CASE WHEN {fits} AND length({text}) > {len(before) + len(after)} THEN {inner} ELSE '' END"

    def customer(self, contract: Contract) -> str:
        """What has to be equal of an account and a customer."""
        layout = self.file.layout
        text = self.text(layout.columns.get("customer"))
        if layout.side == "erp" or not contract.customer_match:
            return text
        before, _, rest = contract.customer_pattern.partition("{")
        after = rest.partition("}")[2]
        named = self.text(next(iter(layout.account.values()))) if layout.account else text
        return f"coalesce({literal(before)} || {named} || {literal(after)}, {text})"

    def live(self, states: States) -> str:
        """Whether a deal is won, or an order open; NULL where the judge has to look."""
        layout, documents = self.file.layout, self.file.documents
        texts, flags = ([self.text(column) for column in each] for each in (layout.states, layout.flags))
        if layout.side == "erp":
            words = ", ".join(map(literal, states.cancelled))
            each = [f"coalesce(lower(trim(regexp_replace({t}, '.*:', '', 's'))) IN ({words}), false)" for t in texts]
            return f"NOT ({' OR '.join(each)})" if each else "true"
        if not states.won and not documents.has_state:
            return "true"
        if states.won:
            won = [f"{t} IN ({', '.join(map(literal, states.won))})" for t in texts]
        else:
            won = [f"starts_with({t}, {literal(WON_STAGE)})" for t in texts]
        by_stage = f"CASE WHEN coalesce({', '.join([*texts, 'NULL'])}) IS NULL THEN NULL ELSE "
        by_stage += f"{' OR '.join(f'coalesce({each}, false)' for each in won) or 'false'} END"
        if states.won:
            return by_stage
        cases = " ".join(f"WHEN {literal(word)} THEN {value}" for word, value in FLAGS.items())
        flag = f"coalesce({', '.join([*flags, 'NULL'])})"
        return f"CASE WHEN {flag} IS NULL THEN {by_stage} ELSE CASE lower(trim({flag})) {cases} END END"

    def header(self, terms: Terms) -> list[str]:
        """The forms of the compared fields of a document."""
        layout, forms = self.file.layout, list[str]()
        for field in terms.fields:
            column = layout.columns.get(field)
            if not field.startswith("line."):
                forms += self._form(field, column, terms.contract)
        return forms + self._further(terms, "order")

    def line(self, terms: Terms) -> list[str]:
        """The forms of the compared fields of a line."""
        if not terms.lines:
            return []
        # A row may be a line of which no compared field is filled in.
        columns, forms = self.file.layout.columns, [self.is_line, self.text(self.file.layout.columns["line.sku"])]
        for field in terms.fields:
            if field.startswith("line."):
                forms += self.number(columns.get(field))
        return forms + self._further(terms, "line")

    def _form(self, field: str, column: Column | None, contract: Contract) -> list[str]:
        if field in NUMBERS:
            return [*self.number(column)]
        if field == "date":
            return [self.day(column)]
        return [self.customer(contract) if field == "customer" else self.text(column)]

    def _further(self, terms: Terms, part: str) -> list[str]:
        forms = list[str]()
        for pair in terms.contract.pairs:
            if pair.part == part:
                name = pair.crm if self.file.layout.side == "crm" else pair.erp
                column = self.file.layout.further[part, name]
                forms += self.number(column) if pair.kind == "number" else [self.text(column)]
        return forms


def _is_exact(kind: str) -> bool:
    """Whether the values of a type are decimals of at most 18 decimals; the database refuses one that is too large."""
    found = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)
    return int(found[1]) <= 18 if found else kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
