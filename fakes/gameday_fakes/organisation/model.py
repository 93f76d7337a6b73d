"""What an organisation's files say, as plain data; what a vendor makes of it is the vendor's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

_Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,79}\Z")]
_OptionalName = Annotated[str, Meta(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,79})?\Z")]
_Text = Annotated[str, Meta(max_length=255)]
#: An id that an account gives.
_Id = Annotated[str, Meta(pattern=r"^-?[0-9]{1,9}\Z")]
_Formula = Annotated[str, Meta(max_length=5_000)]
_Count = Annotated[int, Meta(ge=0, le=2_000_000)]


class OrganisationError(ValueError):
    """A file of an organisation cannot be used. ``hint`` says what to do about it; the text is one line."""

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(problem)
        self.hint = hint


class SummarySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a roll-up summary sums up: records of the object ``of`` that refer to its own record.

    ``by`` is their reference, which may be left out if they have one only; ``field`` is what is summed up, none for a
    ``count``. Only records for which the formula ``when`` is true count.
    """

    function: Literal["count", "sum", "min", "max"]
    of: _Name
    field: _OptionalName = ""
    by: _OptionalName = ""
    when: _Formula = ""


class FieldSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One field as a file has it; ``type`` is the vendor's word.

    ``length`` is in characters; ``precision`` and ``scale`` are all digits of a number and those after the point.
    ``values`` are those of a picklist or of a list, whose ``ids`` are their places from 1 on unless they are given;
    other values are refused if it is ``restricted``. ``default`` is what a new record has, or a ``default_formula``
    gives it. Of a reference: ``refers_to`` is the object, ``relationship`` the name under which a query reaches the
    parent, ``children`` the parent's name for its children. A field that is ``calculated`` or ``read_only`` cannot be
    written, and is empty unless it has a ``formula``, where empty numbers are 0 if it is ``blank_as_zero``, or an
    ``auto_number``, the format in which new records are counted, such as ``A-{0000}``, or a ``summary`` of children.
    One that is ``create_only`` keeps what a new record was given.
    """

    type: Annotated[str, Meta(max_length=40)]
    label: _Text = ""
    length: _Count = 0
    precision: Annotated[int, Meta(ge=0, le=18)] = 0
    scale: Annotated[int, Meta(ge=0, le=17)] = 0
    required: bool = False
    unique: bool = False
    external_id: bool = False
    values: tuple[_Text, ...] = ()
    ids: tuple[_Id, ...] = ()
    restricted: bool = False
    default: str | int | float | bool | None = None
    refers_to: _OptionalName = ""
    relationship: _OptionalName = ""
    children: _OptionalName = ""
    calculated: bool = False
    read_only: bool = False
    create_only: bool = False
    formula: _Formula = ""
    blank_as_zero: bool = False
    default_formula: _Formula = ""
    auto_number: Annotated[str, Meta(max_length=30)] = ""
    summary: SummarySpec | None = None


class RuleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A record for which ``formula`` is true is refused with ``message``, at ``field`` or as a whole."""

    formula: _Formula
    message: _Text
    field: _OptionalName = ""


class RecordTypeSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A record type; the ``default`` one is that of a new record. ``values`` are those of each picklist that it has."""

    label: _Text = ""
    default: bool = False
    active: bool = True
    values: dict[_Name, tuple[_Text, ...]] = {}


class FormSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A form: the fields without which it saves no record, those of lines as ``item.custcol_note``.

    The ``preferred`` one is that of a record which names none.
    """

    id: _Id
    required: tuple[Annotated[str, Meta(max_length=90)], ...] = ()
    preferred: bool = False


class ObjectSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object or record type. ``lines`` are the fields of its lines, ``key_prefix`` how ids of its records begin.

    A vendor takes the parts that it has: ``validation_rules`` and ``record_types`` by developer name, ``forms`` by
    name, and ``records``, which are there from the start, each with its ``id`` and its fields as a request writes them.
    """

    name: _Name
    label: _Text = ""
    label_plural: _Text = ""
    key_prefix: Annotated[str, Meta(pattern=r"^([A-Za-z0-9]{3})?\Z")] = ""
    fields: dict[_Name, FieldSpec] = {}
    lines: dict[_Name, FieldSpec] = {}
    validation_rules: dict[_Name, RuleSpec] = {}
    record_types: dict[_Name, RecordTypeSpec] = {}
    forms: dict[_Text, FormSpec] = {}
    records: tuple[dict[str, Any], ...] = ()


class Organisation(msgspec.Struct, frozen=True):
    """All objects by vendor and name, and the vendors' settings; ``where`` is the folder, for messages.

    ``endpoints`` are the files of the organisation's own endpoints by vendor.
    """

    where: str = ""
    objects: Mapping[str, Mapping[str, ObjectSpec]] = MappingProxyType({})
    settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    endpoints: Mapping[str, Any] = MappingProxyType({})

    def of(self, vendor: str) -> Mapping[str, ObjectSpec]:
        """The vendor's objects by name."""
        return self.objects.get(vendor, {})

    def place(self, vendor: str, name: str) -> str:
        """The file of an object, for messages."""
        return f"{self.where}/{vendor}/{name}.json"
