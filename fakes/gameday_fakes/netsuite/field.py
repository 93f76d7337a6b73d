"""What a field and a record type are."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

Kind = Literal[
    "string",
    "number",
    "integer",
    "boolean",
    "date",
    "date-time",
    "reference",
    "select",
    "lines",
    "addresses",
    "members",
]
#: Those of a sublist.
SUBLISTS = ("lines", "addresses", "members")
#: The types that a file may give a field.
FIELD_KINDS: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind not in SUBLISTS)


class Field(msgspec.Struct, frozen=True):
    """One field; ``to`` is the record type of a reference; ``label`` is what error texts call it.

    ``values`` are those of a ``select`` and ``ids`` their ids. ``length`` is the longest text, 0 for any. ``default``
    is what a new record has.
    """

    kind: Kind = "string"
    to: str = ""
    read_only: bool = False
    required: bool = False
    label: str = ""
    values: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    length: int = 0
    default: Any = None

    def id_of(self, value: str) -> str | None:
        """The id of a value of a ``select``, None for another text."""
        return next((id_ for id_, each in zip(self.ids, self.values, strict=True) if each == value), None)

    def name_of(self, id_: str) -> str | None:
        """What a value of a ``select`` is called, None for an id that is none."""
        return next((each for known, each in zip(self.ids, self.values, strict=True) if known == id_), None)


class Form(msgspec.Struct, frozen=True):
    """A form, and the fields without which it saves no record (``item.custcol_note`` of each line)."""

    id: str
    required: tuple[str, ...]


class RecordType(msgspec.Struct, frozen=True):
    """One record type; ``operation`` is its word in fault operations, ``writable`` whether clients may change it.

    ``lines`` are the fields of its lines. ``further`` and ``further_lines`` are the fields that the account adds, and
    those standard ones that are kept like them. ``mandatory`` are standard fields, with their path, that only this
    account requires.
    """

    name: str
    operation: str
    fields: dict[str, Field]
    writable: bool = True
    lines: dict[str, Field] = {}
    further: dict[str, Field] = {}
    further_lines: dict[str, Field] = {}
    mandatory: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
