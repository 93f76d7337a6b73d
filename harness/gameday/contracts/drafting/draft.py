"""The data of a draft, before it is written as YAML."""

from __future__ import annotations

import functools
import re
from typing import Any, Literal

import msgspec

from gameday_fakes.manifests import manifests

Side = Literal["crm", "erp"]


@functools.cache
def _own_names() -> dict[str, str]:
    """The contract's own names for some vendor fields: business rules find their fields by these."""
    return {field: name for each in manifests().values() for field, name in each.contract_names.items()}


class Property(msgspec.Struct, frozen=True):
    """One field. ``notes`` become comments: guesses, and questions that people have to answer.

    ``options`` are ODCS's logicalTypeOptions. Without a ``classification`` its values are
    pseudonyms in recordings. ``properties`` are those of each item of a list. A field without a logical type cannot be
    written in ODCS: only its notes are.
    """

    physical_name: str
    logical_type: str = ""
    physical_type: str = ""
    required: bool = False
    primary_key: bool = False
    unique: bool = False
    options: dict[str, Any] = {}
    enum: tuple[Any, ...] = ()
    classification: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()

    @property
    def name(self) -> str:
        """The contract's own name."""
        return logical_name(self.physical_name)

    @property
    def is_filled(self) -> bool:
        """Whether its items have anything to write."""
        return any(each.logical_type for each in self.properties)


class Element(msgspec.Struct, frozen=True):
    """One element of the schema: the record itself, or a list of its children."""

    physical_name: str
    physical_type: str
    properties: tuple[Property, ...]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The contract's own name."""
        return logical_name(self.physical_name)

    @property
    def is_filled(self) -> bool:
        """Whether it has anything to write."""
        return any(each.logical_type for each in self.properties)

    def names(self) -> set[str]:
        """The physical names of its fields."""
        return {each.physical_name for each in self.properties}


class Draft(msgspec.Struct, frozen=True):
    """One side of a contract. ``system`` is what emits or accepts it; ``origin`` is its source, in words."""

    side: Side
    system: str
    origin: str
    elements: tuple[Element, ...] = ()


def logical_name(physical: str) -> str:
    """The contract's name for a vendor's field: camel case, without the suffix of custom fields.

    >>> logical_name("ERP_Order_Id__c"), logical_name("PricebookEntry.ProductCode"), logical_name("tranDate")
    ('erpOrderId', 'pricebookEntryProductCode', 'date')
    """
    if physical in _own_names():
        return _own_names()[physical]
    bare = re.sub(r"__[a-z]{1,4}\b", "", physical)
    words = re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+|[^\W\d_]+", bare)
    return words[0].lower() + "".join(word[0].upper() + word[1:].lower() for word in words[1:]) if words else physical
