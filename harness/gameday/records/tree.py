"""The shape of a record according to a contract: objects, lists and leaves by their physical names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.contract import Field
from gameday.records.classification import hidden_fields

#: The kinds of values without inner fields.
SCALARS = frozenset({"string", "number", "integer", "boolean", "date", "time", "timestamp"})

#: The kinds that may have fields below them.
_HOLDERS = ("object", "array", "map", "")


class Node(msgspec.Struct):
    """One place of a record. ``path`` is its full physical name, ``logical`` the contract's own name for it.

    ``implied``: no field declares it; it is an element of the schema, or the parent in ``PricebookEntry.Name``. It is
    required if something below it is. ``hidden``: messages show only the form of its values.
    """

    name: str
    path: str
    logical: str = ""
    kind: str = "object"
    required: bool = False
    hidden: bool = True
    implied: bool = True
    constraints: Mapping[str, Any] = {}
    children: dict[str, Node] = {}

    @property
    def is_list(self) -> bool:
        """Whether it is a list; its children are then those of each item."""
        return self.kind == "array"

    def walk(self) -> Iterator[Node]:
        """This node and all below, depth first."""
        yield self
        for child in self.children.values():
            yield from child.walk()


class Shape(msgspec.Struct):
    """The whole record: an object whose children are the elements of the schema. ``main`` is the record itself."""

    top: Node
    main: Node

    @property
    def elements(self) -> dict[str, Node]:
        """The elements of the schema by their physical names: the record, and the lists of its children."""
        return self.top.children


def read_shape(fields: Sequence[Field]) -> Shape:
    """The shape that these fields describe. Raises GamedayError if there are none, or two with one name.

    The first element is the record itself, and an object; every other one is a list of its children.
    """
    if not fields:
        raise GamedayError("the contract has no fields, so no record can be checked against it")
    top = Node("", "")
    hidden = hidden_fields(fields)
    for field in fields:
        _place(top, field, hidden=bool(hidden[field.physical_name or field.name]))
    for place, element in enumerate(top.children.values()):
        if element.implied:
            element.kind = "array" if place else "object"
    for node in list(top.walk())[::-1]:
        if node.children and node.kind not in _HOLDERS:
            raise GamedayError(f"the field {node.path!r} of the contract is a {node.kind} but has fields below it")
        if node.children and node.kind != "array":
            node.kind = "object"
        if node.implied:
            node.required = any(child.required for child in node.children.values())
    main = next(iter(top.children.values()))
    main.required = True
    return Shape(top, main)


def _place(top: Node, field: Field, *, hidden: bool) -> None:
    path = field.physical_name or field.name
    if "." not in path:
        raise GamedayError(f"the field {path!r} of the contract does not belong to an element of its schema")
    node = top
    for name in path.split("."):
        full = f"{node.path}.{name}" if node.path else name
        node = node.children.setdefault(name, Node(name, full))
    if not node.implied:
        raise GamedayError(f"the contract has two fields named {path!r}")
    node.implied = False
    node.logical = field.name
    node.kind = field.logical_type
    node.required = field.required
    node.hidden = hidden
    node.constraints = field.constraints
