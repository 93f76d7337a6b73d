"""One contract file as a tree of elements with their line numbers, so that messages can point at them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.contracts.compatibility.lines import Lines, Place, read_lines
from gameday.contracts.standard import standard_problems

Side = Literal["crm", "erp", ""]
Kind = Literal["object", "field", "items", "key", "value"]

#: Names the files on disk in place of a git revision; no revision can have this name.
WORK_TREE = "."
#: Words in the names of money fields, and words of fields that only concern money. The custom property ``money``
#: overrides both.
_MONEY = frozenset(
    {
        "amount",
        "balance",
        "charge",
        "cost",
        "currency",
        "discount",
        "fee",
        "freight",
        "payment",
        "price",
        "rate",
        "revenue",
        "subtotal",
        "tax",
        "total",
    }
)
_ABOUT_MONEY = frozenset(
    {
        "book",
        "category",
        "code",
        "date",
        "id",
        "key",
        "kind",
        "list",
        "method",
        "name",
        "status",
        "term",
        "terms",
        "type",
    }
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


class Source(msgspec.Struct, frozen=True):
    """The source of a document: a path, and the git revision if it was not read from disk.

    ``unread`` are the places of keys that were left out because they break the standard.
    """

    side: Side
    path: str
    lines: Lines
    revision: str = ""
    unread: frozenset[Place] = frozenset()

    @property
    def label(self) -> str:
        """The path, and the revision if it is an older one."""
        return labelled(self.path, self.revision)


class Where(msgspec.Struct, frozen=True):
    """A part of a contract: its source and place there, its path in words, and whether it is about money."""

    source: Source
    place: Place
    path: str
    money: bool = False
    wire: str = ""

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return self.source.lines.of(self.place)


class Element(msgspec.Struct, frozen=True):
    """An object or property of the schema.

    ``name`` is the contract's own name, ``wire`` the physical name used in records; ``path`` and ``wire_path`` are the
    same from the object down. ``raw`` is the element as the file has it. ``used``: whether the flow uses it.
    """

    source: Source
    kind: Kind
    place: Place
    name: str
    wire: str
    path: str
    wire_path: str
    raw: dict[str, Any]
    used: bool
    children: tuple[Element, ...] = ()

    def where(self, *key: str | int) -> Where:
        """The element's place, or that of one of its keys."""
        return Where(self.source, (*self.place, *key), self.path, self.money, self.wire_path)

    def custom(self, name: str) -> Any:
        """The value of a custom property, or None."""
        return custom_properties(self.raw).get(name)

    def where_custom(self, name: str) -> Where:
        """The place of a custom property, or where it would be."""
        items = self.raw.get("customProperties") or ()
        index = next((index for index, item in enumerate(items) if item["property"] == name), None)
        return self.where("customProperties", *(() if index is None else (index,)))

    @property
    def type(self) -> str:
        """The logical type, or nothing."""
        return str(self.raw.get("logicalType", ""))

    @property
    def options(self) -> dict[str, Any]:
        """The logical type's options."""
        return dict(self.raw.get("logicalTypeOptions") or {})

    @property
    def money(self) -> bool:
        """Whether it holds money or a currency: as declared, else by its name."""
        said = self.custom("money")
        if isinstance(said, bool):
            return said
        if self.kind == "object" or self.type in ("boolean", "date", "timestamp", "time"):
            return False
        words = words_of(self.name) | words_of(self.wire.rpartition(".")[2])
        return "currency" in words or bool(words & _MONEY and not words & _ABOUT_MONEY)


class Document(msgspec.Struct, frozen=True):
    """One contract file and its objects."""

    source: Source
    raw: dict[str, Any]
    objects: tuple[Element, ...]

    def where(self, *place: str | int) -> Where:
        """A part of the document outside of its schema."""
        path = ".".join(str(step) for step in place if isinstance(step, str))
        return Where(self.source, place, path)

    @property
    def version(self) -> str:
        """The version that the file declares."""
        return str(self.raw["version"])

    def elements(self) -> Iterator[Element]:
        """Every element, depth first."""
        yield from _walk(self.objects)


def words_of(name: str) -> set[str]:
    """The words of a name in any of the usual spellings, in lower case.

    >>> sorted(words_of("Total_NetAmount__c"))
    ['amount', 'c', 'net', 'total']
    """
    return {word.lower() for word in _WORD.findall(name)}


def custom_properties(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The custom properties of a part of a contract by their names."""
    return {item["property"]: item["value"] for item in raw.get("customProperties") or ()}


def labelled(path: str, revision: str) -> str:
    """A path as a message names it: with the revision, unless that is the work tree."""
    return path if revision in ("", WORK_TREE) else f"{revision}:{path}"


def parse_document(data: bytes, *, path: str, revision: str = "") -> Document:
    """One contract. Raises GamedayError with file and line if it is not YAML or does not keep the standard."""
    label = labelled(path, revision)
    raw = read_yaml(data, where=label)
    if not isinstance(raw, dict):
        raise GamedayError(
            f"{label} is {'empty' if raw is None else shown(raw)}, not a contract", hint="begin with kind: DataContract"
        )
    lines = read_lines(data)
    problems = list(standard_problems(raw, where=label))
    if problems:
        place, message = max(problems, key=lambda problem: len(problem[0]))
        dotted = ".".join(map(str, place)) or "the whole file"
        raise GamedayError(f"{label}:{lines.of(place)}: {dotted}: {message}", hint="by ODCS 3")
    return make_document(raw, Source(side_of(raw, path), path, lines, revision))


def make_document(raw: dict[str, Any], source: Source) -> Document:
    """The tree of a contract that keeps the standard."""
    objects = tuple(
        _element(item, source, "object", ("schema", index), ("", ""), True)
        for index, item in enumerate(raw.get("schema") or ())
    )
    return Document(source, raw, objects)


def side_of(raw: Mapping[str, Any], path: str) -> Side:
    """The side of a contract: by the file's name, else by its id, else by the roles of its team."""
    for named in (re.sub(r"\.ya?ml$", "", path), str(raw.get("id", ""))):
        if named.endswith(".crm"):
            return "crm"
        if named.endswith(".erp"):
            return "erp"
    roles = {role for role, _ in team_members(raw)}
    if ("source" in roles) != ("sink" in roles):
        return "crm" if "source" in roles else "erp"
    return ""


def team_members(raw: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each team member with a role, in the standard's newer or older form."""
    team = raw.get("team") or ()
    for member in (team.get("members") or ()) if isinstance(team, dict) else team:
        if member.get("role"):
            yield member["role"], member


def _element(
    raw: dict[str, Any], source: Source, kind: Kind, place: Place, above: tuple[str, str], used: bool
) -> Element:
    name = str(raw.get("name", "")) if kind in ("object", "field") else f"[{kind}]"
    wire = str(raw.get("physicalName") or name)
    if kind in ("object", "field"):
        path, wire_path = (f"{base}.{own}" if base else own for base, own in zip(above, (name, wire), strict=True))
        below = (path, wire_path)
    else:
        path, wire_path, below = f"{above[0]}{name}", above[1], above
    used = used and custom_properties(raw).get("used") is not False
    children = tuple(_children(raw, source, place, below, used))
    return Element(source, kind, place, name, wire, path, wire_path, raw, used, children)


def _children(
    raw: Mapping[str, Any], source: Source, place: Place, above: tuple[str, str], used: bool
) -> Iterator[Element]:
    for index, item in enumerate(raw.get("properties") or ()):
        yield _element(item, source, "field", (*place, "properties", index), above, used)
    if raw.get("items"):
        yield _element(raw["items"], source, "items", (*place, "items"), above, used)
    parts: tuple[Kind, ...] = ("key", "value")
    for part in parts:
        if (raw.get("map") or {}).get(part):
            yield _element(raw["map"][part], source, part, (*place, "map", part), above, used)


def _walk(elements: tuple[Element, ...]) -> Iterator[Element]:
    for element in elements:
        yield element
        yield from _walk(element.children)
