"""What a field and a record type are."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

Kind = Literal["string", "number", "integer", "boolean", "date", "date-time", "reference", "select", "lines"]
#: The types that a file may give a field.
FIELD_KINDS: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind != "lines")


class Field(msgspec.Struct, frozen=True):
    """One field; ``to`` is the record type of a reference; ``label`` is what error texts call it.

    ``values`` are those of a ``select``, whose ids are their places in it, from 1 on. ``length`` is the longest text,
    0 for any. ``default`` is what a new record has.
    """

    kind: Kind = "string"
    to: str = ""
    read_only: bool = False
    required: bool = False
    label: str = ""
    values: tuple[str, ...] = ()
    length: int = 0
    default: Any = None


class RecordType(msgspec.Struct, frozen=True):
    """One record type; ``operation`` is its word in fault operations, ``writable`` whether clients may change it.

    ``lines`` are the fields of its lines. ``further`` and ``further_lines`` are the fields that the account adds.
    """

    name: str
    operation: str
    fields: dict[str, Field]
    writable: bool = True
    lines: dict[str, Field] = {}
    further: dict[str, Field] = {}
    further_lines: dict[str, Field] = {}
