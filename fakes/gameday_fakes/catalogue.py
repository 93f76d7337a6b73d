"""The catalogue of a fake as plain data: what it answers to, what can go wrong there and what can be changed.

``Fake.catalogue()`` derives it from what the fake works with. ``check_rule`` decides whether a fault rule makes sense
at a fake. The fake itself calls it when a fault is injected, so that a check before the run and the run agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from gameday_fakes.changed_types import possible_types
from gameday_fakes.parameters import Parameter, check_parameters

Role = Literal["crm", "erp", "pager", "tickets"]


#: The types of fields whose values an admin lists.
PICKLISTS = ("picklist", "multipicklist", "combobox")


class ErrorKind(msgspec.Struct, frozen=True):
    """One kind of error: its HTTP status and the vendor's code, empty where the body has none."""

    name: str
    status: int
    code: str = ""


class ObjectField(msgspec.Struct, frozen=True):
    """One field of an object; the field of a line has its path (``item.rate``). ``type`` is the vendor's word.

    ``refers_to`` is the object of a reference. A field that is not ``removable`` can be neither renamed nor hidden.
    """

    name: str
    type: str
    required: bool = False
    read_only: bool = False
    refers_to: str = ""
    removable: bool = True


class ObjectType(msgspec.Struct, frozen=True):
    """One type of record."""

    name: str
    fields: tuple[ObjectField, ...]
    writable: bool = True


class FaultKindEntry(msgspec.Struct, frozen=True):
    """One fault kind with its parameters."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]


#: What the key of a business operation names.
About = Literal["", "deal", "order", "alert", "ticket"]


class OperationEntry(msgspec.Struct, frozen=True):
    """One business operation with its parameters, and what its key names."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    about: About = ""


class Catalogue(msgspec.Struct, frozen=True):
    """All that a fake knows. ``operations`` are those of its URL table; ``tables`` those of its query language."""

    fake: str
    role: Role
    api_version: str
    operations: tuple[str, ...]
    errors: tuple[ErrorKind, ...]
    objects: tuple[ObjectType, ...]
    tables: tuple[str, ...]
    fault_kinds: tuple[FaultKindEntry, ...]
    settings: tuple[Parameter, ...]
    business_operations: tuple[OperationEntry, ...]

    def check_rule(self, rule: Mapping[str, Any]) -> None:
        """Raise ValueError, with one line that names the bad value and the known ones, if a rule makes no sense here.

        A rule is ``{"kind": ..., parameter: value, ...}``, as it is injected.
        """
        kind = rule.get("kind", "")
        entry = next((each for each in self.fault_kinds if each.name == kind), None)
        if entry is None:
            known = ", ".join(sorted(each.name for each in self.fault_kinds))
            raise ValueError(f"{self.fake} knows no fault {kind!r}; known: {known}")
        given = {name: value for name, value in rule.items() if name != "kind"}
        try:
            check_parameters(entry.parameters, given)
            for parameter in entry.parameters:
                if parameter.names and given.get(parameter.name) is not None:
                    self._check_name(parameter, str(given[parameter.name]), entry.parameters, given)
        except ValueError as problem:
            raise ValueError(f"fault {kind!r} at {self.fake}: {problem}") from None

    def knows_operation(self, operation: str) -> bool:
        """Whether an operation, or a class of them (``order``, ``write``, ``*``), is one of this fake's."""
        return operation == "*" or any(operation == name or operation in name.split(".") for name in self.operations)

    def object(self, name: str) -> ObjectType | None:
        """The type of record of that name, or None."""
        return next((each for each in self.objects if each.name == name), None)

    def _check_name(
        self, parameter: Parameter, value: str, parameters: tuple[Parameter, ...], given: Mapping[str, Any]
    ) -> None:
        match parameter.names:
            case "operation":
                _need(parameter.name, value, sorted(self.operations), self.knows_operation)
            case "error":
                _need(parameter.name, value, sorted(error.name for error in self.errors))
            case "error with a code":
                _need(parameter.name, value, sorted(error.name for error in self.errors if error.code))
            case "object":
                _need(parameter.name, value, sorted(each.name for each in self.objects))
            case "field" | "new field" | "new type" | "picklist":
                named = {each.names: str(given[each.name]) for each in parameters if each.names}
                of = self.object(named["object"])
                if parameter.names == "new type":
                    _need_type(value, of, named["field"])
                else:
                    _need_field(parameter, value, of)


def _need_type(value: str, of: ObjectType | None, name: str) -> None:
    field = next((each for each in of.fields if each.name == name), None) if of is not None else None
    if of is None or field is None:
        return
    possible = possible_types(field.type)
    if value not in possible:
        rest = f"it can become: {', '.join(possible)}" if possible else "its type cannot change"
        raise ValueError(f"{of.name}.{name} is a {field.type} and no {value} can be made of it; {rest}")


def _need(
    what: str, value: str, known: Iterable[str], is_known: Callable[[str], bool] | None = None, of: str = ""
) -> None:
    known = list(known)
    if not (is_known(value) if is_known else value in known):
        raise ValueError(f"unknown {what} {value!r}{of}; known: {', '.join(known)}")


def _need_field(parameter: Parameter, value: str, of: ObjectType | None) -> None:
    if of is None:
        return
    if parameter.names == "field":
        known = sorted(field.name for field in of.fields if field.removable)
        _need(parameter.name, value, known, of=f" of {of.name}")
    elif parameter.names == "picklist":
        known = sorted(field.name for field in of.fields if field.type in PICKLISTS)
        _need("picklist", value, known, of=f" of {of.name}")
    elif not value.isidentifier() or any(field.name == value for field in of.fields):
        raise ValueError(f"{value!r} cannot be the name of a field of {of.name}")
