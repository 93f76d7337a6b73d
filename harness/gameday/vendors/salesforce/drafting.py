"""Drafts the CRM's side from Salesforce's describe of its objects, and reads who changed them.

The describe is the answer to ``GET /services/data/vNN.0/sobjects/X/describe``. Source: Salesforce REST API Developer
Guide, "sObject Describe"; field types: SOAP API Developer Guide, "Data Types".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from gameday.base.errors import GamedayError
from gameday.contracts.audit_trail import Entry
from gameday.contracts.drafting.classification import classify, is_of_people
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drafting.vendor import Ask, VendorDrafting
from gameday.records.personal import NAME, Looks
from gameday.vendors.salesforce.audit_trail import QUERY, read_audit
from gameday.vendors.salesforce.describe import DescribedField, read_describe
from gameday_fakes.salesforce.manifest import MANIFEST

#: The logical type of ODCS for each Salesforce type; all others become strings.
_LOGICAL_TYPES = {
    **{
        "boolean": "boolean",
        "int": "integer",
        "long": "integer",
        "date": "date",
        "datetime": "timestamp",
        "time": "time",
    },
    **dict.fromkeys(("currency", "double", "percent"), "number"),
    **dict.fromkeys(("address", "location", "complexvalue"), "object"),
    "anyType": "",
}
_PERSONAL = frozenset({"email", "phone", "address", "location", "textarea"})
#: Objects that are people.
_OF_PEOPLE = frozenset({"User", "Contact", "Lead", "Person", "Individual", "Group"})
#: Types that the vendor's own fields use for facts, if their names do not say otherwise.
_STANDARD = frozenset({"date", "datetime", "int", "long", "double", "percent", "picklist"})
#: A picklist with more values is not written as an enumeration.
MOST_VALUES = 50


class SalesforceDrafting(VendorDrafting):
    """Drafts from describes."""

    api_version = "v62.0"

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        return [Ask(f"/services/data/{version}/sobjects/{name}/describe") for name in objects or MANIFEST.objects]

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> Draft:
        return draft_describes(documents)

    def trail_ask(self, version: str) -> Ask:
        return Ask(f"/services/data/{version}/query?q={quote(QUERY)}")

    def read_trail(self, document: Any, origin: str) -> tuple[Entry, ...]:
        return read_audit(document, origin)


def draft_describes(documents: Iterable[tuple[str, Any]]) -> Draft:
    """The CRM's side, from describes with their origins; the first object is the record itself.

    A document may also be a list of describes. Raises GamedayError naming the origin of anything else.
    """
    elements, origins = [], []
    for origin, document in documents:
        for described in document if isinstance(document, list) else [document]:
            read = read_describe(described, origin)
            elements.append(Element(read.name, "object", tuple(map(_property, read.fields))))
        origins.append(origin)
    if not elements:
        raise GamedayError("no describe to draft from", hint="save what .../sobjects/Opportunity/describe answers")
    return Draft("crm", MANIFEST.name, f"the describes in {', '.join(origins)}", tuple(elements))


def _property(field: DescribedField) -> Property:
    kind = field.type
    values = [value.value for value in field.picklist_values if value.active]
    looks = _looks(field)
    classification, why = classify(
        field.name, money=kind == "currency", personal=kind in _PERSONAL, looks=looks, proof=_proof(field)
    )
    return Property(
        physical_name=field.name,
        logical_type=_LOGICAL_TYPES.get(kind, "string"),
        physical_type=_physical_type(field),
        required=not field.nillable,
        primary_key=kind == "id",
        unique=kind == "id" or field.unique,
        options=_options(field),
        enum=tuple(values) if field.restricted_picklist and 0 < len(values) <= MOST_VALUES and not looks else (),
        classification=classification,
        description=_description(field),
        notes=tuple(note for note in (why, _note_of_values(field, values, looks)) if note),
    )


def _proof(field: DescribedField) -> str:
    """Why the values say nothing of people, by the vendor's type; empty if the type does not prove it."""
    if field.type in ("id", "boolean"):
        return "its type has no words of people"
    if field.type == "reference" and field.reference_to:
        people = _OF_PEOPLE.intersection(field.reference_to) or is_of_people(field.name)
        return "" if people else "the id of another record"
    if field.restricted_picklist and field.type in ("picklist", "multipicklist"):
        return "its values are a list of the CRM's"
    # People name and use custom fields as they like.
    standard = field.type in _STANDARD and "__" not in field.name
    return f"a standard field of the type {field.type}" if standard else ""


def _looks(field: DescribedField) -> tuple[str, ...]:
    """What the values of a picklist look like, such as names of people."""
    looks = Looks(field.name)
    for value in field.picklist_values:
        looks.add(value.value)
    return tuple(looks.found()) or ((NAME,) if field.picklist_values and is_of_people(field.name) else ())


def _physical_type(field: DescribedField) -> str:
    if _LOGICAL_TYPES.get(field.type) == "number" and field.precision:
        return f"{field.type}({field.precision},{field.scale})"
    return f"{field.type}({field.length})" if field.length else field.type


def _options(field: DescribedField) -> dict[str, Any]:
    kind = _LOGICAL_TYPES.get(field.type, "string")
    if field.type in ("id", "reference"):
        return {"minLength": 15, "maxLength": 18, "pattern": "^[A-Za-z0-9]+$"}
    if kind == "string":
        return {"maxLength": field.length} if field.length else {}
    if kind == "date":
        return {"format": "yyyy-MM-dd"}
    if kind == "timestamp":
        return {"timezone": True}
    return {}


def _description(field: DescribedField) -> str:
    sentences = []
    if field.label and field.label.replace(" ", "") != field.name:
        sentences.append(field.label.rstrip("."))
    if field.reference_to:
        sentences.append(f"The id of {' or '.join(field.reference_to)}")
    if field.external_id:
        sentences.append("An external id")
    if field.calculated:
        sentences.append("Computed by the CRM")
    return "".join(f"{each}. " for each in sentences).rstrip()


def _note_of_values(field: DescribedField, values: Sequence[str], looks: Sequence[str]) -> str:
    if looks:
        return f"no enum: {len(values)} values, and some look like {' and '.join(looks)}"
    if not values or (field.restricted_picklist and len(values) <= MOST_VALUES):
        return ""
    some = ", ".join(values[:12]) + (f" and {len(values) - 12} more" if len(values) > 12 else "")
    reason = "too many to list" if field.restricted_picklist else "not restricted by the CRM, so no enum"
    return f"{reason}; today: {some}"
