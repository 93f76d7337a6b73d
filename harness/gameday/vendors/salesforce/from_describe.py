"""From describes of Salesforce to the objects of an organisation."""

from __future__ import annotations

import re
from typing import Any

from gameday.contracts.organisations.imported import Imported, unserved
from gameday.vendors.salesforce.describe import Describe, DescribedField, read_describe
from gameday.vendors.salesforce.sfdx_field import default_of
from gameday_fakes.organisation import FieldSpec, ObjectSpec, RecordTypeSpec
from gameday_fakes.salesforce.field import FIELD_TYPES
from gameday_fakes.salesforce.fields import OBJECTS
from gameday_fakes.salesforce.formula_tree import LONGEST
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.stages import Stages

#: Types of which the parts are fields of their own, and those that a fake cannot hold.
_COMPOUND = frozenset({"address", "location"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_LONGEST_VALUE = 255


def take_describe(imported: Imported, document: Any, origin: str) -> None:
    """Take one describe as decoded JSON. Raises GamedayError naming the origin of anything else."""
    described = read_describe(document, origin)
    if not _NAME.fullmatch(described.name):
        imported.note(f"{origin}: {described.name[:80]}", "not taken: this cannot be the name of an object")
        return
    fields = {}
    for field in described.fields:
        taken = _field(imported, described, field)
        if taken is not None:
            fields[field.name] = taken
    for child in described.child_relationships:
        if child.field and child.relationship_name and _NAME.fullmatch(child.relationship_name):
            imported.children[child.child_s_object, child.field] = child.relationship_name
    spec = ObjectSpec(
        described.name,
        (described.label or "")[:255],
        (described.label_plural or "")[:255],
        described.key_prefix if re.fullmatch(r"[A-Za-z0-9]{3}", described.key_prefix or "") else "",  # type: ignore[arg-type]  # matched
        fields,
        record_types=_record_types(described),
    )
    imported.add(MANIFEST.name, spec)


def _field(imported: Imported, described: Describe, field: DescribedField) -> FieldSpec | None:
    what = f"{described.name}.{field.name}"
    if field.name == "Id":
        return None
    if not _NAME.fullmatch(field.name):
        imported.note(what[:160], "not taken: this cannot be the name of a field")
        return None
    if field.type in _COMPOUND:
        imported.note(what, f"not taken: a compound {field.type} is not served; its parts are, as fields of their own")
        return None
    if field.type not in FIELD_TYPES or field.type == "id":
        imported.note(what, unserved(field.type, (each for each in FIELD_TYPES if each != "id")))
        return None
    standard = OBJECTS[described.name].fields.get(field.name) if described.name in OBJECTS else None
    number = ""
    if field.auto_number and not field.createable:
        number = "{0}"
        imported.note(what, "its numbers are 1, 2, 3: a describe does not say their format; 'auto_number' does")
    named = [to for to in field.reference_to if _NAME.fullmatch(to)]
    known = [to for to in named if to in OBJECTS] or named
    if standard is None and len(field.reference_to) > 1:
        imported.note(what, f"it can refer to several objects; only {known[0]} is taken")
    if field.type == "reference" and not known:
        imported.note(what, "not taken: it does not say what it refers to")
        return None
    values = [value.value for value in field.picklist_values if value.active]
    if any(len(value) > _LONGEST_VALUE for value in values):
        imported.note(what, f"a value of more than {_LONGEST_VALUE} characters is not taken")
        values = [value for value in values if len(value) <= _LONGEST_VALUE]
    if what == "Opportunity.StageName" and Stages().won not in values:
        imported.note(what, f"it has no {Stages().won!r}; name the stage of won deals in settings.json (won_stage)")
    default = _default(field)
    read_only = not (field.createable or field.updateable)
    return FieldSpec(
        field.type,
        (field.label or "")[:255],
        length=_digits(field.length, 2_000_000),
        precision=_digits(field.precision, 18),
        scale=_digits(field.scale, 17),
        required=_is_required(field, known=bool(default)),
        unique=field.unique,
        external_id=field.external_id,
        values=tuple(dict.fromkeys(values)),
        restricted=field.restricted_picklist and bool(values),
        refers_to=known[0] if known and field.type == "reference" else "",
        relationship=name if (name := field.relationship_name) and _NAME.fullmatch(name) else "",
        calculated=field.calculated,
        read_only=read_only and not field.calculated,
        create_only=field.createable and not field.updateable,
        formula=(field.calculated_formula or "")[:LONGEST] if field.calculated else "",
        blank_as_zero=field.calculated and field.formula_treat_null_number_as_zero,
        auto_number=number,
        **default,
    )


def _record_types(described: Describe) -> dict[str, RecordTypeSpec]:
    return {
        each.developer_name: RecordTypeSpec(
            each.name[:255], default=each.default_record_type_mapping and each.active, active=each.active
        )
        for each in described.record_type_infos
        if not each.master and each.developer_name and _NAME.fullmatch(each.developer_name)
    }


def _is_required(field: DescribedField, *, known: bool) -> bool:
    """Whether a new record needs it; one that the vendor fills is required only where its default is ``known``."""
    filled = field.defaulted_on_create and not known
    return not field.nillable and field.createable and not filled and field.type != "boolean"


def _digits(number: int, most: int) -> int:
    return number if 0 <= number <= most else 0


def _default(field: DescribedField) -> dict[str, Any]:
    """The attributes of a field's default."""
    if not field.createable:
        return {}
    if field.type in ("picklist", "multipicklist", "combobox"):
        chosen = next((value.value for value in field.picklist_values if value.default_value and value.active), None)
        return {} if chosen is None else {"default": chosen}
    given = field.default_value
    if isinstance(given, str | int | float | bool) and given not in ("", False):
        return {"default": given if isinstance(given, str | bool) else str(given)}
    return default_of(field.default_value_formula or "", field.type)
