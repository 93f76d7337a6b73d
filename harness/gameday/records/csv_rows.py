"""Rows of a CSV file whose header has physical names, with the types of the contract's fields."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from gameday.base.errors import GamedayError
from gameday.records.explain import decode
from gameday.records.lines import read_lines
from gameday.records.names import names_shown
from gameday.records.numbers import LARGEST
from gameday.records.record import Progress, Record, Rejected
from gameday.records.rows import Columns, Place, RowGrouper
from gameday.records.tree import Node, Shape

_DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?\Z")


class _Broken(Exception):
    """A line that cannot be read; reading continues after it."""


class _Texts:
    """The lines of the file as the csv module wants them; ``line`` is the number of the last one given."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        self._lines = read_lines(path, progress)
        self.line = 0

    def __iter__(self) -> _Texts:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if isinstance(line, Rejected):
            self.line = line.line
            raise _Broken(line.reason)
        self.line, data = line
        try:
            return data.decode() + "\n"
        except UnicodeDecodeError:
            raise _Broken("not UTF-8; it may be Latin-1 or Windows-1252") from None


#: From the headers of a file to the physical names of those that mean a field by another name.
FindNames = Callable[[Sequence[str]], Mapping[str, tuple[str, ...]]]


def read_csv(
    path: Path, shape: Shape, progress: Progress | None, find_names: FindNames = lambda _: {}
) -> Iterator[Record | Rejected]:
    """The records of a CSV file. Raises GamedayError if its header names no field of the contract."""
    texts = _Texts(path, progress)
    names, delimiter = _header(path, texts)
    read_row = RowReader(path, names, find_names(names), shape, comma=delimiter == ";").read
    grouper = RowGrouper(shape)
    rows = csv.reader(texts, delimiter=delimiter, strict=True)
    while True:
        line = texts.line + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except (csv.Error, _Broken) as problem:
            yield from grouper.add_broken(
                line, f"not CSV: {problem}" if isinstance(problem, csv.Error) else str(problem)
            )
            continue
        if not any(row):
            continue
        if len(row) != len(names):
            reason = f"{len(row)} columns where the header has {len(names)}; is a quotation mark missing?"
            yield from grouper.add_broken(line, reason)
            continue
        try:
            values = read_row(row)
        except _Broken as problem:
            yield from grouper.add_broken(line, str(problem))
            continue
        yield from grouper.add(line, values)
    yield from grouper.finish()


class CsvHeader(NamedTuple):
    """The names in a header, and the character between them."""

    names: list[str]
    delimiter: str


def read_header(path: Path) -> CsvHeader:
    """The header of a CSV file. Raises GamedayError if it is none."""
    return _header(path, _Texts(path, None))


def _header(path: Path, texts: _Texts) -> CsvHeader:
    try:
        header = next(texts, "")
    except _Broken as problem:
        raise GamedayError(f"{path}: its header cannot be read: {problem}") from None
    delimiter = max(_DELIMITERS, key=re.sub(r'"[^"]*"', "", header).count)
    try:
        return CsvHeader([name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])], delimiter)
    except csv.Error as problem:
        raise GamedayError(f"{path}: its header is not CSV: {problem}") from None


class RowReader:
    """Finds the values of a row's texts by header; columns that the contract does not know are left out.

    ``wanted`` has the place of each column in a row, its name and its place in a record; ``width`` counts all columns.
    """

    def __init__(
        self, path: Path, names: list[str], meant: Mapping[str, tuple[str, ...]], shape: Shape, *, comma: bool
    ) -> None:
        columns = Columns(shape)
        self._comma = comma
        self.width = len(names)
        self.wanted: list[tuple[int, str, Place]] = []
        for index, header in enumerate(names):
            for name in meant.get(header, (header,)):
                place = columns.place(name)
                if place is not None:
                    self.wanted.append((index, name, place))
        seen = set[str]()
        for _, name, place in self.wanted:
            if name in seen:
                raise GamedayError(f"{path}: its header has {place.node.path if place.node else 'a name'} twice")
            seen.add(name)
        if not any(place.node for *_, place in self.wanted):
            raise GamedayError(
                f"{path} has no column of the contract; its header: {names_shown(names)}",
                hint=f"the first line has physical names such as {next(_leaves(shape)).path}",
            )

    def read(self, row: Sequence[str]) -> dict[str, Any]:
        """The values by name. Raises an exception with the reason, as a clause, for a number that is out of range."""
        return {name: _value(row[index], place.node, name, self._comma) for index, name, place in self.wanted}


def _leaves(shape: Shape) -> Iterator[Node]:
    return (node for node in shape.main.walk() if not node.children)


def _value(text: str, node: Node | None, name: str, comma: bool) -> Any:
    """A text as a value of the field's type; unchanged if it is not one, so that the validator reports it."""
    if not text:
        return None
    match node.kind if node else "":
        case "number" | "integer":
            written = text.strip().replace(",", ".") if comma and "." not in text else text.strip()
            if not _NUMBER.match(written):
                return text
            number = Decimal(written)
            if abs(number) > LARGEST:
                raise _Broken(f"the number in {name} is out of range")
            return int(number) if number == number.to_integral_value() and "." not in written else number
        case "boolean":
            return {"true": True, "false": False}.get(text.strip().lower(), text)
        case "object" | "array" | "map" | "vector":
            try:
                return decode(text.encode())
            except ValueError:
                return text
    return text
