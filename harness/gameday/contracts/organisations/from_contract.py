"""From a contract (ODCS 3) to the fields of an organisation: what it names, with the types that it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gameday.base.bounded_yaml import read_yaml
from gameday.base.errors import GamedayError
from gameday.contracts.organisations.imported import Imported
from gameday.contracts.organisations.vendor import imports
from gameday.contracts.pair import pair_of
from gameday.contracts.servers import named_vendor, server_names
from gameday_fakes.organisation import FieldSpec

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")


class Given(NamedTuple):
    """What a contract says of one field: the vendor's type, the longest text (0: unknown) and the listed values."""

    type: str
    length: int
    values: tuple[str, ...]
    required: bool
    unique: bool


def take_contract(imported: Imported, path: Path) -> None:
    """Take the fields of one side of a contract. Raises GamedayError naming the file."""
    try:
        document = read_yaml(path.read_bytes(), where=str(path))
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, list):
        raise GamedayError(f"{path} is not a contract: it has no schema")
    vendor = _vendor(document, "erp" if path.name.endswith((".erp.yaml", ".erp.yml")) else "crm")
    taking = imports().get(vendor)
    if taking is None:
        imported.note(str(path), f"not taken: no organisation is made for {vendor}")
        return
    for element in schema:
        if isinstance(element, dict):
            taking.take_element(imported, element)


def _vendor(document: dict[str, Any], side: str) -> str:
    return named_vendor(server_names(document), "erp" if side == "erp" else "crm") or pair_of().of(side)


def name_of(imported: Imported, element: Mapping[str, Any], what: str) -> str:
    """The vendor's name of an element; empty, and noted, if it cannot be one of ``what``."""
    name = str(element.get("physicalName") or element.get("name") or "")
    if NAME.fullmatch(name):
        return name
    imported.note(name[:80] or "an element", f"not taken: this cannot be the name of {what}")
    return ""


def properties_of(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The properties of an element."""
    properties = element.get("properties")
    return [each for each in properties if isinstance(each, dict)] if isinstance(properties, list) else []


def fields_of(
    imported: Imported,
    name: str,
    element: Mapping[str, Any],
    types: Mapping[str, str],
    known: set[str],
    make: Callable[[Given], FieldSpec],
) -> dict[str, FieldSpec]:
    """The fields of an element that the vendor does not have anyway.

    ``types`` are the vendor's by the contract's, ``known`` the vendor's own fields in lower case.
    """
    found: dict[str, FieldSpec] = {}
    for each in properties_of(element):
        field = str(each.get("physicalName") or each.get("name") or "")
        kind = str(each.get("logicalType") or "")
        if field.lower() in known or "." in field:
            # A standard field, or one of a parent, which the parent's own object has.
            continue
        if not NAME.fullmatch(field):
            imported.note(f"{name}.{field}"[:160], "not taken: this cannot be the name of a field")
        elif kind not in types:
            imported.note(f"{name}.{field}", f"not taken: the contract's type {kind[:40]!r} says too little")
        else:
            found[field] = make(_given(each, kind, types[kind]))
    return found


def _given(given: Mapping[str, Any], kind: str, type_: str) -> Given:
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
    return Given(type_, length, texts, required=given.get("required") is True, unique=given.get("unique") is True)
