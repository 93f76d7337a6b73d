"""What a field and an object are, with the attributes of a describe."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

FieldType = Literal[
    "id",
    "string",
    "textarea",
    "picklist",
    "multipicklist",
    "combobox",
    "email",
    "phone",
    "url",
    "encryptedstring",
    "boolean",
    "currency",
    "double",
    "percent",
    "int",
    "long",
    "date",
    "datetime",
    "time",
    "reference",
]
FIELD_TYPES: tuple[str, ...] = get_args(FieldType)


class Field(msgspec.Struct, frozen=True):
    """A field under its own name, whatever its current name is; the attributes are those of describe."""

    name: str
    type: FieldType
    length: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    external_id: bool = False
    unique: bool = False
    #: Of a reference: the object, the name under which the parent is reached, and the parent's name for its children.
    refers_to: str = ""
    relationship: str = ""
    children: str = ""
    values: tuple[str, ...] = ()
    restricted: bool = False
    #: Whether the platform computes it: writes to it are refused.
    calculated: bool = False
    #: The label, where it does not follow from the name; all digits of a number, 0 for as many as any field has.
    title: str = ""
    precision: int = 0
    #: What a new record has, in the form in which records keep values.
    default: Any = None
    #: Whether a formula says what a new record has.
    default_is_computed: bool = False
    #: The type in which records keep its values, where that is no longer its type.
    kept_as: str = ""

    @property
    def label(self) -> str:
        """The label that users see."""
        return self.title or self.name.removesuffix("__c").replace("_", " ")

    @property
    def is_number(self) -> bool:
        """Whether its values are Decimals."""
        return self.type in ("currency", "double", "percent", "int", "long")

    @property
    def is_required(self) -> bool:
        """Whether a client that creates a record has to give it."""
        return not self.nillable and self.createable and not self.has_default

    @property
    def has_default(self) -> bool:
        """Whether a new record has a value that nobody gave."""
        return self.type == "boolean" or self.name == "OwnerId" or self.default is not None or self.default_is_computed


class Object(msgspec.Struct, frozen=True):
    """An object with its fields by name, in the order in which they are described."""

    name: str
    fields: dict[str, Field]
    writable: bool = True
    label: str = ""
    label_plural: str = ""
