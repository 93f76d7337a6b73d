"""What a table of SuiteQL consists of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import msgspec

from gameday_fakes.sql import Kind, Watched

#: The hidden columns of every table: the record type of a row, and the name that references to it show.
RECORD, NAME = "#record", "#name"


class Column(msgspec.Struct, frozen=True):
    """A column: how its values compare, how to get one from a row, and the record type that it refers to.

    ``field`` is the field of the record that it shows. ``display`` is the column with the values' names, ``names`` are
    those of a list, by value. ``coded`` is the column of values with their type's code before them (``SalesOrd:B``),
    which conditions may use instead.
    """

    kind: Kind
    get: Callable[[Any], Any]
    to: str = ""
    field: str = ""
    display: str = ""
    coded: str = ""
    indexed: bool = False
    names: Mapping[str, str] = {}


class Table(msgspec.Struct, frozen=True):
    """A table.

    ``watched`` are its records and ``rows_of`` the rows of one; ``records`` are the record types whose permission it
    needs, ``within`` the sublist that its fields are in. ``state`` is what values depend on besides the records;
    ``altered`` are the columns that faults give other values, and ``note_altered`` notes these faults.
    """

    columns: Mapping[str, Column]
    watched: tuple[Watched[Any], ...]
    records: tuple[str, ...]
    state: Callable[[], Hashable]
    rows_of: Callable[[Any], Iterable[Any]] = lambda row: (row,)
    within: str = ""
    altered: frozenset[str] = frozenset()
    note_altered: Callable[[], None] = lambda: None
