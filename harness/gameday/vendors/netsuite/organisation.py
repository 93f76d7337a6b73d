"""An organisation of NetSuite: from metadata catalogues and the ERP's side of contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday.contracts.organisations.from_contract import Given, fields_of, name_of, properties_of
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.vendor import OrganisationImport
from gameday.vendors.netsuite.from_catalogue import take_catalogue
from gameday_fakes.netsuite.fields import LINES
from gameday_fakes.netsuite.manifest import MANIFEST
from gameday_fakes.netsuite.model import Model
from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation

#: The vendor's types by those of contracts.
_TYPES = {"string": "string", "number": "number", "integer": "integer", "boolean": "boolean", "date": "date"}
_TYPES |= {"timestamp": "date-time"}


class NetSuiteImport(OrganisationImport):
    """Takes metadata catalogues and contracts."""

    sources = "a metadata catalogue (.json)"

    def takes(self, document: Mapping[str, Any]) -> bool:
        return "openapi" in document or "properties" in document

    def refusal(self, document: Any) -> str:
        details = document.get("o:errorDetails") if isinstance(document, dict) else None
        first = details[0] if isinstance(details, list) and details else None
        return str(first.get("detail") or document["o:errorDetails"]) if isinstance(first, dict) else ""

    def take(self, imported: Imported, document: Mapping[str, Any], origin: str) -> None:
        take_catalogue(imported, document, origin)

    def take_element(self, imported: Imported, element: Mapping[str, Any]) -> None:
        name = name_of(imported, element, "a record type")
        if not name:
            return
        types = Model(Organisation()).record_types
        standard = next((kind for each, kind in types.items() if each.lower() == name.lower()), None)
        known = {each.lower() for each in standard.fields} if standard else set()
        fields = fields_of(imported, name, element, _TYPES, known, _field)
        known_lines = {line.lower() for line in standard.lines} if standard else set()
        lines: dict[str, FieldSpec] = {}
        for each in properties_of(element):
            inner = each.get("items")
            if known_lines and each.get("physicalName") == LINES and isinstance(inner, dict):
                lines = fields_of(imported, f"{name}.{LINES}", inner, _TYPES, known_lines, _field)
        imported.add(MANIFEST.name, ObjectSpec(standard.name if standard else name, fields=fields, lines=lines))


def _field(given: Given) -> FieldSpec:
    return FieldSpec(
        "select" if given.values else given.type,
        length=0 if given.values else given.length,
        required=given.required,
        values=given.values,
    )
