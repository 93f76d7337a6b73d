"""An organisation of Salesforce: from describes, sfdx projects and the CRM's side of contracts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.organisations.from_contract import Given, fields_of, name_of
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.vendor import OrganisationImport
from gameday.vendors.salesforce.from_describe import take_describe
from gameday.vendors.salesforce.from_sfdx import is_project, take_project
from gameday.vendors.salesforce.house_rules import finish_rules
from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.values import coerce

#: The vendor's types by those of contracts.
_TYPES = {"string": "string", "number": "double", "integer": "int", "boolean": "boolean", "date": "date"}
_TYPES |= {"timestamp": "datetime", "time": "time"}
#: Text without a length in a contract; the longest that a text field has.
_LONGEST = 255


class SalesforceImport(OrganisationImport):
    """Takes describes (also as the vendor's command line prints them with --json), sfdx projects and contracts."""

    sources = "a describe (.json), an sfdx project (a folder)"

    def takes_folder(self, folder: Path) -> bool:
        return is_project(folder)

    def take_folder(self, imported: Imported, folder: Path) -> None:
        take_project(imported, folder)

    def takes(self, document: Mapping[str, Any]) -> bool:
        if "fields" in _describe_of(document):
            return True
        if "sobjects" in document:
            raise GamedayError("it lists objects without fields", hint="save .../sobjects/Opportunity/describe")
        return False

    def refusal(self, document: Any) -> str:
        # A list of {message, errorCode}; a refused login has an object of its own.
        first = document[0] if isinstance(document, list) and document else document
        for code, text in (("errorCode", "message"), ("error", "error_description")):
            if isinstance(first, dict) and isinstance(first.get(code), str) and "name" not in first:
                return str(first.get(text) or first[code])
        return ""

    def take(self, imported: Imported, document: Mapping[str, Any], origin: str) -> None:
        take_describe(imported, _describe_of(document), origin)

    def take_element(self, imported: Imported, element: Mapping[str, Any]) -> None:
        if name := name_of(imported, element, "an object"):
            standard = Model(Organisation()).objects.get(name)
            known = {each.lower() for each in standard.fields} if standard else set()
            fields = fields_of(imported, name, element, _TYPES, known, _field)
            imported.add(MANIFEST.name, ObjectSpec(name, fields=fields))

    def finish(self, imported: Imported) -> None:
        """Name the children of parents, and leave out defaults and rules that nothing would take."""
        objects = imported.objects[MANIFEST.name]
        for (name, field), children in imported.children.items():
            spec = objects.get(name)
            if spec is not None and field in spec.fields and not spec.fields[field].children:
                changed = msgspec.structs.replace(spec.fields[field], children=children)
                objects[name] = msgspec.structs.replace(spec, fields={**spec.fields, field: changed})
        for name, spec in objects.items():
            fields = {each: _with_good_default(imported, f"{name}.{each}", it) for each, it in spec.fields.items()}
            objects[name] = msgspec.structs.replace(spec, fields=fields)
        finish_rules(objects, imported.note)


def _describe_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A describe, which the vendor's command line wraps as ``result``."""
    result = document.get("result")
    return result if isinstance(result, dict) and "fields" in result else document


def _field(given: Given) -> FieldSpec:
    is_text, is_number = given.type == "string", given.type == "double"
    return FieldSpec(
        "picklist" if given.values else given.type,
        length=given.length or (_LONGEST if is_text else 0),
        precision=18 if is_number else 0,
        scale=2 if is_number else 0,
        required=given.required and given.type != "boolean",
        unique=given.unique and is_text,
        values=given.values,
        restricted=bool(given.values),
    )


def _with_good_default(imported: Imported, what: str, spec: FieldSpec) -> FieldSpec:
    """The field without a default that it would itself refuse."""
    if spec.default is None:
        return spec
    attributes = {name: getattr(spec, name) for name in ("length", "scale", "precision", "values", "restricted")}
    try:
        coerce(Field(what, spec.type, **attributes), spec.default, what)  # type: ignore[arg-type]  # of a describe
    except Refused:
        shown = str(spec.default)[:60]
        imported.note(what, f"its default {shown!r} is none that it takes, so new records do not have it")
        return msgspec.structs.replace(spec, default=None)
    return spec
