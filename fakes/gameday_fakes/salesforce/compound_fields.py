"""Compound fields: those whose parts are fields of their own, and which change events have as one.

Salesforce, "Change Data Capture Developer Guide", "Get Compound Fields in Change Events"; "Object Reference", "Address
Compound Fields". Records, queries and writes have the parts; the compounds themselves are in change events only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Part(NamedTuple):
    """A field as a part of a compound one."""

    compound: str
    name: str


#: The kinds of compound fields as Avro names them, with all parts that they have.
ADDRESS, PERSON = "Address", "PersonName"
PARTS = {
    ADDRESS: (
        *("Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode"),
        *("Latitude", "Longitude", "Xyz", "GeocodeAccuracy"),
    ),
    PERSON: ("Salutation", "FirstName", "LastName", "MiddleName", "Suffix"),
}
NUMBERS = frozenset({"Latitude", "Longitude"})
_ADDRESSES = ("Billing", "Shipping", "Mailing", "Other")
#: Objects whose records are people; their names are made of parts.
_PEOPLE = frozenset({"Contact", "Lead"})
_NAME = "Name"


def part_of(sobject: str, field: str) -> Part | None:
    """The compound field that a field is a part of; None if it stands alone."""
    if sobject in _PEOPLE and field in PARTS[PERSON]:
        return Part(_NAME, field)
    prefix = next((each for each in _ADDRESSES if field.startswith(each)), "")
    rest = field.removeprefix(prefix)
    return Part(f"{prefix}Address", rest) if prefix and rest in PARTS[ADDRESS] else None


def is_compound(sobject: str, field: str) -> bool:
    """Whether a field is made of parts, so that an event has these."""
    return sobject in _PEOPLE and field == _NAME


def kind_of(compound: str) -> str:
    """The kind of a compound field."""
    return PERSON if compound == _NAME else ADDRESS


def nested(sobject: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with the parts of compound ones below these."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        part = part_of(sobject, name)
        if part is None:
            found[name] = value
        else:
            found.setdefault(part.compound, {})[part.name] = value
    return found


def dotted(sobject: str, field: str) -> str:
    """How a change event's header names a field: ``BillingAddress.City``."""
    return ".".join(part_of(sobject, field) or (field,))
