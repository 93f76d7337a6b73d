"""Reads the rows of a registry of flows, YAML or CSV, each value with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.bounded_yaml import MAX_BYTES, read_yaml, read_yaml_nodes
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import SHOWN, shown

#: A spreadsheet reads a cell that starts with one of these as a formula; an export puts an apostrophe before it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class Row(msgspec.Struct, frozen=True):
    """One row as it was written: texts by column, the line of each and that of the row (from 1)."""

    values: dict[str, str]
    lines: dict[str, int]
    line: int


def read_rows(path: Path, columns: Collection[str], others: Collection[str] = ()) -> Iterator[Row]:
    """The rows of a file, by its suffix; ``others`` are keys that a YAML file may have beside its flows.

    Raises GamedayError naming the file, the line and the unknown column.
    """
    if path.suffix not in (".yaml", ".yml", ".csv"):
        raise GamedayError(f"{path} is not a registry of flows", hint="the file name ends in .yaml or .csv")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GamedayError(f"{path} has more than {MAX_BYTES:,} bytes", hint="is it a registry of flows?")
        data = path.read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read the registry of flows {path}: {problem.strerror}") from None
    if path.suffix == ".csv":
        return _csv_rows(data, str(path), columns)
    return _yaml_rows(data, str(path), columns, ("flows", *others))


def _yaml_rows(data: bytes, where: str, columns: Collection[str], keys: Collection[str]) -> Iterator[Row]:
    document = read_yaml(data, where=where, what="a registry of flows")
    if not isinstance(document, dict) or not isinstance(document.get("flows"), list):
        raise GamedayError(f"{where} is not a registry of flows", hint="begin with flows: and a list of them")
    for key in document:
        if key not in keys:
            raise unknown("key", str(key)[:SHOWN], keys, where=where)
    root: Any = read_yaml_nodes(data, where=where, what="a registry of flows")
    nodes = next(value for key, value in root.value if key.value == "flows").value
    for entry, node in zip(document["flows"], nodes, strict=True):
        line = node.start_mark.line + 1
        if not isinstance(entry, dict):
            raise GamedayError(f"{where}:{line}: {shown(entry)} is not a flow", hint="write flow: <name> and so on")
        lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
        # As it was written: the version 1.10 is not the number 1.1, nor 250000.00 the number 250000.0.
        written = {key.value: scalar.value for key, scalar in node.value}
        values = {}
        for column, value in entry.items():
            place = f"{where}:{lines.get(column, line)}"
            if column not in columns:
                raise unknown("column", column[:SHOWN], columns, where=place)
            if isinstance(value, dict | list | bool):
                raise GamedayError(f"{place}: {column}: {shown(value)} is neither a text nor a number")
            values[column] = "" if value is None else written[column].strip()
        yield Row(values, lines, line)


def _csv_rows(data: bytes, where: str, columns: Collection[str]) -> Iterator[Row]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise GamedayError(f"{where} is not UTF-8 (byte {problem.start})") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        for column in header:
            if column not in columns:
                raise unknown("column", column[:SHOWN], columns, where=f"{where}:1")
        if not header:
            raise GamedayError(f"{where} has no header", hint=f"begin with {','.join(columns)}")
        if len(set(header)) < len(header):
            twice = next(name for place, name in enumerate(header) if name in header[:place])
            raise GamedayError(f"{where}:1: the header names the column {twice!r} twice")
        last = reader.line_num
        for cells in reader:
            line, last = last + 1, reader.line_num
            if not any(cells):
                continue
            if len(cells) != len(header):
                raise GamedayError(f"{where}:{line}: {len(cells)} cells under {len(header)} columns")
            yield Row(dict(zip(header, map(_unescaped, cells), strict=True)), {}, line)
    except csv.Error as problem:
        raise GamedayError(f"{where}:{reader.line_num}: not CSV: {problem}") from None


def escaped(cell: str) -> str:
    """A cell that no spreadsheet reads as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _unescaped(cell: str) -> str:
    bare = cell.strip()
    return bare[1:] if bare.startswith("'") and bare[1:].startswith(FORMULA_STARTS) else bare
