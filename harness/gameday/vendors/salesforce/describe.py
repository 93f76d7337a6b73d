"""Reads Salesforce's describe of an object, for drafts of contracts and for organisations.

Source: Salesforce REST API Developer Guide, "sObject Describe"; field types: SOAP API Developer Guide, "Data Types".
"""

from __future__ import annotations

from typing import Any

import msgspec

from gameday.base.errors import GamedayError


class DescribedValue(msgspec.Struct, rename="camel"):
    """One value of a picklist."""

    value: str
    active: bool = True
    default_value: bool = False


class DescribedField(msgspec.Struct, rename="camel"):
    """One field, with the attributes that are read here."""

    name: str
    type: str
    label: str | None = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    unique: bool = False
    external_id: bool = False
    calculated: bool = False
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    default_value: Any = None
    default_value_formula: str | None = None
    auto_number: bool = False
    calculated_formula: str | None = None
    formula_treat_null_number_as_zero: bool = False
    reference_to: list[str] = []
    relationship_name: str | None = None
    picklist_values: list[DescribedValue] = []
    restricted_picklist: bool = False


class DescribedChild(msgspec.Struct, rename="camel"):
    """One relationship to children: their object, the field in them, and the name under which a query reaches them."""

    child_s_object: str = msgspec.field(name="childSObject", default="")
    field: str | None = None
    relationship_name: str | None = None


class DescribedRecordType(msgspec.Struct, rename="camel"):
    """One record type."""

    developer_name: str | None = None
    name: str = ""
    active: bool = True
    master: bool = False
    default_record_type_mapping: bool = False


class Describe(msgspec.Struct, rename="camel"):
    """The describe of one object."""

    name: str
    fields: list[DescribedField]
    label: str | None = ""
    label_plural: str | None = ""
    key_prefix: str | None = None
    child_relationships: list[DescribedChild] = []
    record_type_infos: list[DescribedRecordType] = []


def read_describe(document: Any, origin: str) -> Describe:
    """A describe as decoded JSON. Raises GamedayError naming the origin of anything else."""
    try:
        return msgspec.convert(document, Describe)
    except (msgspec.ValidationError, ValueError) as problem:
        raise GamedayError(
            f"{origin} is not a describe of Salesforce: {str(problem)[:200]}",
            hint="save what /services/data/vNN.0/sobjects/Opportunity/describe answers",
        ) from None
