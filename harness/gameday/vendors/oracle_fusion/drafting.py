"""Drafts the ERP's side from Oracle Fusion's descriptions of its REST resources.

``GET /fscmRestApi/resources/11.13.18.05/salesOrdersForOrderHub/describe`` answers with the attributes of the resource
and of its children: type, length, whether they are mandatory and can be changed. Source: docs.oracle.com, "Access
Metadata" and "Working with the Resource Catalog".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gameday.base.errors import GamedayError, unknown
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import Ask, VendorDrafting
from gameday_fakes.oracle_fusion.account import SCM, VERSION
from gameday_fakes.oracle_fusion.manifest import MANIFEST
from gameday_fakes.oracle_fusion.resources import ROOTS

HINT = "save what .../salesOrdersForOrderHub/describe answers"
_MEDIA = "application/vnd.oracle.adf.description+json, application/json"
_LOGICAL_TYPES = {"number": "number", "integer": "integer", "boolean": "boolean", "string": "string"}
_LOGICAL_TYPES |= {"date": "date", "datetime": "timestamp", "dateTime": "timestamp"}
_OPTIONS: dict[str, dict[str, Any]] = {"date": {"format": "yyyy-MM-dd"}, "timestamp": {"timezone": True}}
_PLAIN = ("number", "integer", "date", "timestamp")
#: Endings of the names of amounts.
_MONEY = ("Amount", "Price", "Total", "Cost")
#: How deep children are in children: components are within charges, within lines, within orders.
_DEEPEST = 3
#: How the names of an organisation's own attributes end (Application Composer).
_OWN = "_c"


class _Attribute(msgspec.Struct, frozen=True, rename="camel"):
    """What the API says of an attribute. Lengths are numbers or texts of them."""

    name: str
    type: str = ""
    title: str = ""
    mandatory: bool = False
    updatable: bool = True
    allow_changes: str = ""
    max_length: int | str | None = None
    precision: int | str | None = None

    @property
    def is_written(self) -> bool:
        """Whether a client may write it, at least when it creates a record."""
        return self.updatable or self.allow_changes not in ("", "never")


class _Resource(msgspec.Struct, frozen=True):
    attributes: list[_Attribute]
    children: dict[str, Any] = {}


class OracleFusionDrafting(VendorDrafting):
    """Drafts from descriptions of resources."""

    api_version = VERSION

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        for name in objects or MANIFEST.objects[:1]:
            yield Ask(f"{ROOTS.get(name, SCM)}/{version}/{name}/describe", _MEDIA)

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        if not documents:
            raise GamedayError("no description of a resource to draft from", hint=HINT)
        known = {name: (each, origin) for origin, document in documents for name, each in _listed(document, origin)}
        origins = ", ".join(origin for origin, _ in documents)
        for name in objects:
            if name not in known:
                raise unknown("resource", name, known, where=origins, hint="see --object")
        # The catalogue of a whole pod has hundreds of them.
        usual = [name for name in MANIFEST.objects if name in known][:1] or list(known)[:1]
        chosen = objects or (list(known) if len(known) == len(documents) else usual)
        elements = tuple(Element(name, "record", tuple(_properties(*known[name]))) for name in chosen)
        return Draft("erp", MANIFEST.name, f"the descriptions in {origins}", elements)


def _listed(document: Any, origin: str) -> Iterator[tuple[str, Any]]:
    resources = document.get("Resources") if isinstance(document, dict) else None
    if not isinstance(resources, dict) or not resources:
        raise GamedayError(f"{origin} describes no resources", hint=HINT)
    yield from resources.items()


def _properties(described: Any, origin: str, depth: int = 0) -> Iterator[Property]:
    """The attributes of a resource, then its children. Raises GamedayError naming the origin of anything else."""
    try:
        resource = msgspec.convert(described, _Resource)
    except msgspec.ValidationError as problem:
        raise GamedayError(f"{origin} describes no resource: {problem}", hint=HINT) from None
    yield from map(_property, resource.attributes)
    for name, child in resource.children.items() if depth < _DEEPEST else ():
        if isinstance(child, Mapping) and isinstance(child.get("attributes"), list):
            inner = tuple(_properties(child, origin, depth + 1))
            yield Property(name, "array", "child", classification="internal", properties=inner)


def _property(each: _Attribute) -> Property:
    kind = _LOGICAL_TYPES.get(each.type, "")
    classification, why = classify(each.name, money=each.name.endswith(_MONEY), proof=_proof(each, kind))
    length = _whole(each.max_length) or (_whole(each.precision) if kind == "string" else 0)
    title = each.title.rstrip(".") if each.title.replace(" ", "").lower() != each.name.lower() else ""
    sentences = (title, "" if each.is_written else "Created by the ERP")
    return Property(
        physical_name=each.name,
        logical_type=kind,
        physical_type=each.type,
        # What the ERP creates cannot be required of those who write.
        required=each.mandatory and each.is_written,
        options={"maxLength": length} if kind == "string" and length else _OPTIONS.get(kind, {}),
        classification=classification,
        description="".join(f"{sentence}. " for sentence in sentences if sentence).rstrip(),
        notes=tuple(note for note in (why, "" if kind else "its type is not known") if note),
    )


def _proof(each: _Attribute, kind: str) -> str:
    """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
    if kind == "boolean":
        return "its type has no words of people"
    standard = kind in _PLAIN and not each.name.endswith(_OWN) and not is_of_people(each.name)
    return f"a standard attribute of the type {kind}" if standard else ""


def _whole(given: int | str | None) -> int:
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
