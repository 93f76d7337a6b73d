"""What an organisation's own rules need that was not imported, and what of them is not evaluated: one line each."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gameday_fakes.organisation import FieldSpec, ObjectSpec, Organisation, OrganisationError, RecordTypeSpec
from gameday_fakes.salesforce.fields import OBJECTS
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.model import Model

Note = Callable[[str, str], None]


def finish_rules(objects: dict[str, ObjectSpec], note: Note) -> None:
    """Leave out what rules and record types say of fields that are not there, and note what is not evaluated."""
    for name, spec in objects.items():
        standard = OBJECTS[name].fields if name in OBJECTS else {}
        known = {*spec.fields, *standard}
        rules = {
            each: rule if rule.field in known else msgspec.structs.replace(rule, field="")
            for each, rule in spec.validation_rules.items()
        }
        types = {
            each: _with_known(f"{name}.{each}", given, spec.fields, note) for each, given in spec.record_types.items()
        }
        objects[name] = msgspec.structs.replace(spec, validation_rules=rules, record_types=types)
        if types and not any(given.default for given in types.values()):
            note(
                name, "new records have no record type: none is the default; 'default' among 'record_types' says which"
            )
    try:
        problems = Model(Organisation("", {MANIFEST.name: objects})).house.problems()
    except OrganisationError:
        # Said when it is written.
        return
    for place, why in problems:
        note(place, f"{why}, so it is empty in every record" if why.startswith("its formula") else why)


def _with_known(what: str, given: RecordTypeSpec, fields: dict[str, FieldSpec], note: Note) -> RecordTypeSpec:
    """A record type with the values of picklists that are there, and that have these values."""
    values = {}
    for field, wanted in given.values.items():
        spec = fields.get(field)
        if spec is None or not spec.type.endswith("picklist"):
            note(what, f"the values of {field} are not taken: it is no picklist that is imported")
            continue
        values[field] = tuple(value for value in wanted if value in spec.values or not spec.restricted)
    return msgspec.structs.replace(given, values=values)
