"""Properties: what a record of an object can have, and how the properties API describes it."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.catalogue import ObjectField


class Option(msgspec.Struct, frozen=True, rename="camel", omit_defaults=False):
    """One value of an enumeration."""

    value: str
    label: str
    display_order: int = -1
    hidden: bool = False
    description: str = ""

    def described(self) -> dict[str, Any]:
        """As the properties API shows it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class Property(msgspec.Struct, frozen=True):
    """One property; ``type`` is one of string, number, date, datetime, enumeration and bool.

    The values of a property that is ``read_only`` are set by HubSpot. ``external`` options are in another API: those of
    ``dealstage`` are the stages of the pipelines. One that is ``hubspot_defined`` cannot be archived.
    """

    name: str
    label: str
    type: str = "string"
    field_type: str = ""
    group: str = ""
    options: tuple[Option, ...] = ()
    unique: bool = False
    read_only: bool = False
    external: bool = False
    refers_to: str = ""
    hubspot_defined: bool = True
    required: bool = False
    description: str = ""
    hidden: bool = False
    form_field: bool = False
    display_order: int = -1
    archived: bool = False
    currency: bool = False
    created: str = "2024-01-01T00:00:00.000Z"
    updated: str = "2024-01-01T00:00:00.000Z"

    def described(self) -> dict[str, Any]:
        """As the properties API shows it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type or _FIELD_TYPES.get(self.type, "text"),
            "description": self.description,
            "groupName": self.group,
            "options": [option.described() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.read_only and self.type == "number",
            "externalOptions": self.external,
            "archived": self.archived,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.hubspot_defined,
            "showCurrencySymbol": self.currency,
            "formField": self.form_field,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyOptions": self.hubspot_defined,
                "readOnlyValue": self.read_only,
            },
            **({"referencedObjectType": self.refers_to} if self.refers_to else {}),
        }

    def catalogued(self) -> ObjectField:
        """As the catalogue of the fake lists it, by the words that faults use for types."""
        type_ = {"enumeration": "picklist", "bool": "boolean"}.get(self.type, self.type)
        return ObjectField(
            self.name,
            type_,
            required=self.required,
            read_only=self.read_only,
            refers_to=self.refers_to,
            removable=self.name != "hs_object_id",
        )


_FIELD_TYPES = {
    "number": "number",
    "date": "date",
    "datetime": "date",
    "enumeration": "select",
    "bool": "booleancheckbox",
}


class Group(msgspec.Struct, frozen=True, rename="camel"):
    """A group of properties."""

    name: str
    label: str
    display_order: int = -1
    archived: bool = False
