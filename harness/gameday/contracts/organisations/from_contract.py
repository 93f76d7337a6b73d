"""From a contract (ODCS 3) to the fields of an organisation: what it names, with the types that it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.contracts.organisations.imported import Imported
from gameday_fakes.netsuite.model import Model as NetSuiteModel
from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation
from gameday_fakes.salesforce.model import Model as SalesforceModel

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_CRM = {"string": "string", "number": "double", "integer": "int", "boolean": "boolean", "date": "date"}
_CRM |= {"timestamp": "datetime", "time": "time"}
_ERP = {"string": "string", "number": "number", "integer": "integer", "boolean": "boolean", "date": "date"}
_ERP |= {"timestamp": "date-time"}
#: Text without a length in a contract; the longest that a text field of Salesforce has.
_LONGEST = 255


def take_contract(imported: Imported, path: Path) -> None:
    """Take the fields of one side of a contract. Raises GamedayError naming the file."""
    try:
        document = read_yaml(path.read_bytes(), where=str(path))
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, list):
        raise GamedayError(f"{path} is not a contract: it has no schema")
    side = "erp" if path.name.endswith((".erp.yaml", ".erp.yml")) else "crm"
    for element in schema:
        if isinstance(element, dict):
            take = _take_crm if side == "crm" else _take_erp
            take(imported, element)


def _take_crm(imported: Imported, element: dict[str, Any]) -> None:
    name = str(element.get("physicalName") or element.get("name") or "")
    if not _NAME.fullmatch(name):
        imported.note(name[:80] or "an element", "not taken: this cannot be the name of an object")
        return
    standard = SalesforceModel(Organisation()).objects.get(name)
    known = standard.fields if standard else {}
    fields = _fields(imported, name, element, _CRM, {each.lower() for each in known})
    imported.add("salesforce", ObjectSpec(name, fields=fields))


def _take_erp(imported: Imported, element: dict[str, Any]) -> None:
    name = str(element.get("physicalName") or element.get("name") or "")
    if not _NAME.fullmatch(name):
        imported.note(name[:80] or "an element", "not taken: this cannot be the name of a record type")
        return
    types = NetSuiteModel(Organisation()).record_types
    standard = next((kind for each, kind in types.items() if each.lower() == name.lower()), None)
    known = {each.lower() for each in standard.fields} if standard else set()
    fields = _fields(imported, name, element, _ERP, known)
    lines: dict[str, FieldSpec] = {}
    for each in _listed(element):
        inner = each.get("items")
        if standard is not None and standard.lines and each.get("physicalName") == "item" and isinstance(inner, dict):
            lines = _fields(imported, f"{name}.item", inner, _ERP, {line.lower() for line in standard.lines})
    imported.add("netsuite", ObjectSpec(standard.name if standard else name, fields=fields, lines=lines))


def _listed(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    properties = element.get("properties")
    return [each for each in properties if isinstance(each, dict)] if isinstance(properties, list) else []


def _fields(
    imported: Imported, name: str, element: Mapping[str, Any], types: Mapping[str, str], known: set[str]
) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    for each in _listed(element):
        field = str(each.get("physicalName") or each.get("name") or "")
        kind = str(each.get("logicalType") or "")
        if field.lower() in known or "." in field:
            # A standard field, or one of a parent, which the parent's own object has.
            continue
        if not _NAME.fullmatch(field):
            imported.note(f"{name}.{field}"[:160], "not taken: this cannot be the name of a field")
        elif kind not in types:
            imported.note(f"{name}.{field}", f"not taken: the contract's type {kind[:40]!r} says too little")
        else:
            found[field] = _field(each, types[kind], crm=types is _CRM)
    return found


def _field(given: Mapping[str, Any], kind: str, *, crm: bool) -> FieldSpec:
    options = given.get("logicalTypeOptions")
    longest = options.get("maxLength") if isinstance(options, dict) else None
    listed = given.get("enum")
    values = (
        [each.get("value") if isinstance(each, dict) else each for each in listed] if isinstance(listed, list) else []
    )
    texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str) and 0 < len(value) <= 255))
    length = longest if isinstance(longest, int) and 0 < longest <= 131_072 else 0
    if kind != "string":
        texts, length = (), 0
    if crm:
        return FieldSpec(
            "picklist" if texts else kind,
            length=length or (_LONGEST if kind == "string" else 0),
            precision=18 if kind == "double" else 0,
            scale=2 if kind == "double" else 0,
            required=given.get("required") is True and kind != "boolean",
            unique=given.get("unique") is True and kind == "string",
            values=texts,
            restricted=bool(texts),
        )
    return FieldSpec(
        "select" if texts else kind, length=0 if texts else length, required=given.get("required") is True, values=texts
    )
