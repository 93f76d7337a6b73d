"""Reads the metadata documents of OData services of versions 2 and 4, for vendors that describe their records so.

Sources: "OData Version 2.0: Conceptual Schema Definition File Format", www.odata.org, with "SAP Annotations for OData
Version 2.0"; "OData Common Schema Definition Language (CSDL) XML Representation Version 4.01", with its vocabulary
"Core" (Computed). Elements and attributes are read by their names without prefixes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday_fakes.protocols.soap import BadXml, read_elements

_MOST_ELEMENTS = 400_000


class CsdlProperty(msgspec.Struct, frozen=True):
    """A property of an entity type; ``length`` and ``scale`` are 0 where they are not stated."""

    name: str
    type: str
    nullable: bool = True
    length: int = 0
    scale: int = 0
    creatable: bool = True
    updatable: bool = True
    label: str = ""


class EntityType(msgspec.Struct):
    """An entity type. ``many`` are the types to which it has navigations of several records, by their names."""

    name: str
    key: list[str] = []
    properties: list[CsdlProperty] = []
    many: dict[str, str] = {}


class Csdl(msgspec.Struct):
    """A service: its entity types by name, the type of each entity set, and the members of each enumeration."""

    types: dict[str, EntityType] = {}
    sets: dict[str, str] = {}
    enums: dict[str, list[str]] = {}

    def of_set(self, name: str) -> EntityType | None:
        """The type of an entity set."""
        return self.types.get(self.sets.get(name, ""))


def read_csdl(data: bytes, origin: str) -> Csdl:
    """A metadata document. Raises GamedayError naming its origin for anything else."""
    reader = _Reader()
    try:
        read_elements(data, reader.start, lambda *_: None)
    except BadXml as problem:
        raise GamedayError(f"{origin} is no metadata document: {problem}", hint=HINT) from None
    found = reader.found()
    if not found.sets:
        raise GamedayError(f"{origin} describes no entity sets", hint=HINT)
    return found


HINT = "save what the service answers to GET .../$metadata"


class _Reader:
    def __init__(self) -> None:
        self._csdl = Csdl()
        self._type: EntityType | None = None
        #: Navigations by type, name, and the association with the role at its end.
        self._links: list[tuple[str, str, str, str]] = []
        #: What an association has at its ends, by its name and the role: the type, and whether there can be several.
        self._ends: dict[tuple[str, str], tuple[str, bool]] = {}
        self._association = ""
        self._enum = ""
        self._count = 0

    def start(self, path: list[str], attributes: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise BadXml("it has too many elements")
        given = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        match path[-2:]:
            case [*_, "EntityType"]:
                self._type = EntityType(given.get("Name", ""))
                self._csdl.types[self._type.name] = self._type
            case [("Key" | "EntityType" | "Property"), name] if self._type is not None:
                self._of_type(self._type, name, given)
            case [*_, "EnumType"]:
                self._enum = given.get("Name", "")
            case ["EnumType", "Member"]:
                self._csdl.enums.setdefault(self._enum, []).append(given.get("Name", ""))
            case [*_, "Association"]:
                self._association = given.get("Name", "")
            case ["Association", "End"]:
                end = _local(given.get("Type", "")), given.get("Multiplicity", "") == "*"
                self._ends[self._association, given.get("Role", "")] = end
            case ["EntityContainer", "EntitySet"]:
                self._csdl.sets[given.get("Name", "")] = _local(given.get("EntityType", ""))
            case _:
                pass

    def _of_type(self, of: EntityType, element: str, given: Mapping[str, str]) -> None:
        """A part of an entity type, or of its key or its last property."""
        match element:
            case "PropertyRef":
                of.key.append(given.get("Name", ""))
            case "Property":
                of.properties.append(_property(given))
            case "Annotation" if of.properties:
                self._annotate(of.properties, given)
            case "NavigationProperty" if "Type" in given:
                # Version 4 says itself where a navigation leads to.
                if given["Type"].startswith("Collection("):
                    of.many[given.get("Name", "")] = _local(given["Type"].removesuffix(")"))
            case "NavigationProperty":
                association = _local(given.get("Relationship", ""))
                self._links.append((of.name, given.get("Name", ""), association, given.get("ToRole", "")))

    @staticmethod
    def _annotate(properties: list[CsdlProperty], given: Mapping[str, str]) -> None:
        """What an annotation says of the last property."""
        term = given.get("Term", "").rpartition(".")[2]
        if term in ("Computed", "Immutable") and given.get("Bool", "true") == "true":
            creatable = properties[-1].creatable and term != "Computed"
            properties[-1] = msgspec.structs.replace(properties[-1], creatable=creatable, updatable=False)

    def found(self) -> Csdl:
        for type_, name, association, role in self._links:
            to, many = self._ends.get((association, role), ("", False))
            if many and to in self._csdl.types:
                self._csdl.types[type_].many[name] = to
        for each in self._csdl.types.values():
            each.many = {name: to for name, to in each.many.items() if to in self._csdl.types}
        return self._csdl


def _property(given: Mapping[str, Any]) -> CsdlProperty:
    return CsdlProperty(
        given.get("Name", ""),
        given.get("Type", ""),
        nullable=given.get("Nullable", "true") != "false",
        length=_number(given.get("MaxLength", "")),
        scale=_number(given.get("Scale", "")),
        creatable=given.get("creatable", "true") != "false",
        updatable=given.get("updatable", "true") != "false",
        label=given.get("label", ""),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _local(name: str) -> str:
    return name.rpartition(".")[2]


def parts_of(csdl: Csdl, of: EntityType, *, deepest: int) -> Iterator[tuple[str, EntityType]]:
    """The records within a record: navigations to several, as far as ``deepest`` allows."""
    if deepest > 0:
        yield from ((name, csdl.types[to]) for name, to in of.many.items() if to != of.name)
