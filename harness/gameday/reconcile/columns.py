"""The columns of an export: where each is in a record, and as what its values are read. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from gameday.model.contract import Field
from gameday.records.deal_roles import plain
from gameday.records.rows import Columns, Place
from gameday.records.tree import read_shape

#: The types of which a field keeps its own: how it is written, and in which time zone, is the contract's.
MOMENTS = ("date", "timestamp")


class Column(NamedTuple):
    """One field of an export: its full physical name, and where it is in a record.

    ``items`` is the list that it is a field of (the lines), empty for a field of the document itself; ``path`` is its
    place below that, or below the record.
    """

    name: str
    items: tuple[str, ...]
    path: tuple[str, ...]


class Finder:
    """Finds the columns of records with these fields."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._places = Columns(read_shape(fields))

    def __call__(self, name: str) -> Column:
        """The column of a full physical name."""
        place = self._places.place(name) or Place((), tuple(name.split(".")), None)
        return Column(name, place.items, place.path)


def type_of(field: Field, numbers: Collection[str], fields: Iterable[Field]) -> str:
    """As what a field is read: an id is a text, whatever the contract says. ``numbers`` are full physical names."""
    if any(other.physical_name.startswith(f"{field.physical_name}.") for other in fields):
        return field.logical_type
    if field.logical_type in MOMENTS:
        return field.logical_type
    return "number" if field.physical_name in numbers else "string"


def is_one_of(field: Field, names: Collection[str]) -> bool:
    """Whether a field has one of these names, without case, blanks and punctuation."""
    return plain(field.name) in names or plain(field.physical_name) in names
