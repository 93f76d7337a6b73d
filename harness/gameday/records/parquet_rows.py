"""Records of a Parquet file: columns by physical names (one row a line item), or a row with nested values a record."""

from __future__ import annotations

import datetime
import importlib
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError
from gameday.records.names import names_shown
from gameday.records.normal import Normaliser, NotARecord, encode_record
from gameday.records.record import Progress, Record, Rejected
from gameday.records.rows import Columns, RowGrouper
from gameday.records.tree import Shape

_ROWS_AT_ONCE = 1024


def read_parquet(path: Path, shape: Shape, progress: Progress | None) -> Iterator[Record | Rejected]:
    """The records of a Parquet file; ``line`` is the number of the row, from 1. Row groups are read one by one.

    Raises GamedayError if pyarrow is missing, if it is not a Parquet file, or if it has no column of the contract.
    """
    pa, file = _open(path)
    with file:
        names = file.schema_arrow.names
        columns = Columns(shape)
        if not any(name in shape.elements or columns.place(name) for name in names):
            raise GamedayError(f"{path} has no column of the contract; its columns: {names_shown(names)}")
        nested = shape.main.name in names
        row, size = 1, path.stat().st_size
        grouper, normaliser = RowGrouper(shape), Normaliser(shape)
        for group in range(file.num_row_groups):
            first, rows_of_group = row, file.metadata.row_group(group).num_rows
            try:
                for batch in file.iter_batches(_ROWS_AT_ONCE, row_groups=[group]):
                    for values in batch.to_pylist():
                        yield from _read_row(row, values, nested, grouper, normaliser)
                        row += 1
            except (pa.ArrowException, OSError, ValueError):
                yield from grouper.add_broken(row, f"row group {group + 1} of the Parquet file is broken from here on")
            row = first + rows_of_group
            if progress:
                progress(size * (group + 1) // file.num_row_groups, size)
        yield from grouper.finish()


def column_names(path: Path) -> list[str]:
    """The names of the columns of a Parquet file. Raises GamedayError as read_parquet does."""
    _, file = _open(path)
    with file:
        return list(file.schema_arrow.names)


def _open(path: Path) -> tuple[Any, Any]:
    """The library, and the opened file."""
    try:
        # It has no type information and is an optional dependency.
        pa: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise GamedayError(f"cannot read {path}: pyarrow is missing", hint="pip install pyarrow") from None
    try:
        return pa, parquet.ParquetFile(path, pre_buffer=False)
    except (pa.ArrowException, OSError) as problem:
        raise GamedayError(f"cannot read {path} as Parquet: {str(problem)[:200]}") from None


def _read_row(
    row: int, values: dict[str, Any], nested: bool, grouper: RowGrouper, normaliser: Normaliser
) -> Iterator[Record | Rejected]:
    try:
        own = {name: plain(value) for name, value in values.items()}
        if nested:
            found = normaliser.read(encode_record(own))
            if isinstance(found, bytes):
                yield Record(row, found)
            return
    except NotARecord as problem:
        yield from grouper.add_broken(row, str(problem))
        return
    yield from grouper.add(row, own)


def plain(value: Any) -> Any:
    """A value of Parquet as one of JSON. Raises NotARecord for a value that JSON cannot hold."""
    match value:
        case float():
            if not math.isfinite(value):
                raise NotARecord("has a number that is not finite")
            return Decimal(repr(value))
        case Decimal():
            return value
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise NotARecord("has a text that is not UTF-8") from None
        case dict():
            return {name: plain(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [plain(inner) for inner in value]
    return value
