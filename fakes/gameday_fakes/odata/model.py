"""Entity sets as data: their properties, keys and navigation, and the operations on them.

Source: "OData Common Schema Definition Language (CSDL) JSON Representation Version 4.01", sections 6 to 13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

Version = Literal["2.0", "4.0"]


class Property(msgspec.Struct, frozen=True):
    """One property. ``type`` is a primitive type (``Edm.String``), or the name of an ``Enum`` of the schema.

    ``length`` is in characters, 0 for any; ``precision`` and ``scale`` are all digits and those after the point, None
    where they are not stated. One that is ``read_only`` is computed, one that is ``create_only`` keeps what a new
    record was given; ``default`` is what a record has that was not given any. ``upper`` values are kept in upper
    case; of ``unpadded`` ones that are numbers, leading zeros are taken away.
    """

    name: str
    type: str = "Edm.String"
    nullable: bool = True
    length: int = 0
    precision: int | None = None
    scale: int | None = None
    read_only: bool = False
    create_only: bool = False
    required: bool = False
    default: Any = None
    upper: bool = False
    unpadded: bool = False


class Navigation(msgspec.Struct, frozen=True):
    """A way to other records: those of the entity set ``to`` whose ``theirs`` have the values of this record's ``own``.

    ``many`` says whether there can be several; a ``contained`` one goes with its parent: it is inserted with it and
    removed with it.
    """

    name: str
    to: str
    own: tuple[str, ...]
    theirs: tuple[str, ...]
    many: bool = False
    contained: bool = False
    partner: str = ""


class Enum(msgspec.Struct, frozen=True):
    """An enumeration with its members, by name; their numbers are their places."""

    name: str
    members: tuple[str, ...]


class Operation(msgspec.Struct, frozen=True):
    """An action (or, without effects, a function); ``on`` is the entity set to whose records it is bound, if any.

    In version 2 it is a function import, whose parameters are in the query and whose method is ``method``.
    """

    name: str
    on: str = ""
    parameters: tuple[Property, ...] = ()
    returns: str = ""
    method: Literal["GET", "POST"] = "POST"


class EntitySet(msgspec.Struct, frozen=True):
    """An entity set and the type of its records. ``searched`` are the properties that ``$search`` looks at.

    ``renamed`` are the properties that requests and replies call otherwise, by their own name; one that is called
    nothing cannot be seen. Records keep their values under the property's own name. ``etag`` is the property whose
    date and time is the ETag of a record; if it is empty, the ETag is the number of the record's last change, and None
    means that records have none. ``alternate_keys`` are properties whose values together name one record, too.
    """

    name: str
    type: str
    key: tuple[str, ...]
    properties: Mapping[str, Property]
    navigations: Mapping[str, Navigation] = MappingProxyType({})
    creatable: bool = True
    updatable: bool = True
    deletable: bool = True
    searched: tuple[str, ...] = ()
    renamed: Mapping[str, str] = MappingProxyType({})
    etag: str | None = ""
    alternate_keys: tuple[tuple[str, ...], ...] = ()

    def called(self, name: str) -> Property | None:
        """The property that requests call by a name."""
        if self.renamed:
            own = next((own for own, new in self.renamed.items() if new == name), None)
            if own is not None:
                return self.properties[own]
            if name in self.renamed:
                return None
        return self.properties.get(name)

    def seen(self) -> Iterator[tuple[str, Property]]:
        """The properties that can be seen, by what they are called."""
        for own, each in self.properties.items():
            name = self.renamed.get(own, own)
            if name:
                yield name, each

    def key_of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The key of a record."""
        return tuple([values[name] for name in self.key])


class Dialect(msgspec.Struct, frozen=True):
    """What vendors do differently within the standard.

    ``page`` is the most records of a page. ``etags`` says whether records have one, ``needs_if_match`` whether a change
    must name it. ``create_answers`` and ``update_answers`` are whether a create and an update are answered with the
    record. ``bare_deleted_ids``: of deleted records, delta links show the key, not the address. ``or_on_one_field``:
    an ``or`` must be about one property. ``lambdas``: whether ``any`` and ``all`` are understood; else a filter with
    them is ignored. ``stops_at_error``: whether a batch ends at its first refusal unless its header says otherwise.
    """

    page: int = 1000
    etags: bool = True
    needs_if_match: bool = False
    create_answers: bool = True
    update_answers: bool = False
    bare_deleted_ids: bool = False
    or_on_one_field: bool = False
    lambdas: bool = True
    most_in_batch: int = 1000
    stops_at_error: bool = True


class Schema(msgspec.Struct, frozen=True):
    """A service: its entity sets by name, its enumerations and its operations."""

    version: Version
    namespace: str
    container: str
    sets: Mapping[str, EntitySet]
    enums: Mapping[str, Enum] = MappingProxyType({})
    operations: tuple[Operation, ...] = ()
    dialect: Dialect = Dialect()

    @property
    def is_v2(self) -> bool:
        """Whether it speaks version 2."""
        return self.version == "2.0"

    def operation(self, name: str, on: str = "") -> Operation | None:
        """The operation of a name, with or without its namespace, on records of an entity set."""
        prefix, _, bare = name.rpartition(".")
        if prefix not in ("", self.namespace):
            return None
        return next((each for each in self.operations if each.name == bare and each.on == on), None)

    def has_etag(self, of: EntitySet) -> bool:
        """Whether the records of an entity set have an ETag."""
        return self.dialect.etags and of.etag is not None

    def enum_of(self, each: Property) -> Enum | None:
        """The enumeration of a property, None for a primitive one."""
        return self.enums.get(each.type)

    def qualified(self, type_: str) -> str:
        """A type's name with its namespace."""
        return type_ if type_.startswith("Edm.") else f"{self.namespace}.{type_}"

    def to_many(self) -> Iterator[tuple[EntitySet, Navigation]]:
        """Every navigation to several records, with the entity set that has it."""
        for each in self.sets.values():
            for navigation in each.navigations.values():
                if navigation.many:
                    yield each, navigation


def properties(*given: Property) -> Mapping[str, Property]:
    """Properties by name."""
    return MappingProxyType({each.name: each for each in given})


def navigations(*given: Navigation) -> Mapping[str, Navigation]:
    """Navigation properties by name."""
    return MappingProxyType({each.name: each for each in given})
