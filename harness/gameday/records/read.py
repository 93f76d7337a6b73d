"""Reads a file of records in any supported format, one record at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.model.contract import Field
from gameday.records.csv_rows import read_csv
from gameday.records.headers import physical_names
from gameday.records.lines import read_lines
from gameday.records.normal import Normaliser, NotARecord
from gameday.records.record import Progress, Record, Rejected
from gameday.records.rows import RowGrouper
from gameday.records.tree import Shape, read_shape
from gameday.records.validator import Examined, Validator

_FORMATS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")


def read_records(
    path: Path,
    fields: Sequence[Field],
    *,
    progress: Progress | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Record | Rejected]:
    """The records of a file in the shape of a contract's fields, and the rejected parts, in file order.

    The suffix decides the format: JSON lines (``.jsonl``, ``.ndjson``, ``.json``), CSV (``.csv``, ``.tsv``), either
    one possibly followed by ``.gz``, or Parquet (``.parquet``). A line of JSON is a record in the contract's shape, a
    record from a SOQL answer, or a flat row with dotted names. The headers of CSV may be those of an export
    (gameday.records.headers), or of the table ``columns``: headers by role. Broken parts are returned as Rejected, and
    reading continues after them. Raises GamedayError, at the latest with the first record, if the file cannot be read
    or is not a file of records at all.
    """
    return _read(path, fields, progress, None, columns or {})


def examine_records(
    path: Path,
    validator: Validator,
    *,
    progress: Progress | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, Examined] | Rejected]:
    """The same file with each record already examined, and the line where it begins."""
    for item in _read(path, validator.fields, progress, validator.examine_line, columns or {}):
        yield (item.line, validator.examine(item.data)) if isinstance(item, Record) else item


AtOnce = Callable[[bytes], Examined | None]


def _read(
    path: Path,
    fields: Sequence[Field],
    progress: Progress | None,
    at_once: AtOnce | None,
    columns: Mapping[str, str],
) -> Iterator[Any]:
    """Records and Rejected; for JSON lines that are examined at once, their line and Examined instead."""
    shape = read_shape(fields)
    suffix = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if path.is_dir():
        raise GamedayError(f"{path} is a folder, not a file of records")
    if suffix in (".json", ".jsonl", ".ndjson"):
        return _read_json_lines(path, shape, progress, at_once)
    if suffix in (".csv", ".tsv"):
        return read_csv(path, shape, progress, lambda headers: physical_names(headers, fields, columns, path))
    if suffix == ".parquet":
        from gameday.records.parquet_rows import read_parquet

        return read_parquet(path, shape, progress)
    raise unknown(
        "format", suffix, _FORMATS, where=str(path), hint="the suffix decides the format of a file of records"
    )


def _read_json_lines(path: Path, shape: Shape, progress: Progress | None, at_once: AtOnce | None) -> Iterator[Any]:
    read = Normaliser(shape).read
    grouper = RowGrouper(shape)
    for item in read_lines(path, progress):
        if isinstance(item, Rejected):
            yield from grouper.add_broken(item.line, item.reason)
            continue
        line, data = item
        if at_once is not None and (examined := at_once(data)) is not None:
            if grouper.is_open:
                yield from grouper.finish()
            yield line, examined
            continue
        if not data or data.isspace():
            continue
        if line == 1 and (data.lstrip()[:1] == b"[" or data.strip() == b"{"):
            raise GamedayError(
                f"{path} is one JSON document, not one record a line",
                hint=f"such as jq -c '.[]' {path.name} makes of it",
            )
        try:
            found = read(data)
        except NotARecord as problem:
            yield from grouper.add_broken(line, str(problem))
            continue
        if isinstance(found, bytes):
            if grouper.is_open:
                yield from grouper.finish()
            yield Record(line, found)
        else:
            yield from grouper.add(line, found)
    yield from grouper.finish()
