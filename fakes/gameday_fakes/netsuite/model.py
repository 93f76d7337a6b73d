"""The record types of one organisation: the standard ones, and what its folder adds to them and changes.

Queries ask here for tables (``record_types``) and their columns (``fields``, ``further`` and ``further_lines``); the
rows are in the store, which has the model as ``model``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.netsuite.field import FIELD_KINDS, Field, Form, RecordType
from gameday_fakes.netsuite.standard import LINES, STANDARD, TRANSACTIONS, first_fields
from gameday_fakes.organisation.model import FieldSpec, FormSpec, ObjectSpec, Organisation, OrganisationError

#: Records that workloads and the calendar make.
_OWN_RECORDS = ("customer", "inventoryItem", "pricing", "accountingPeriod", "currency")
#: What fields can have in an organisation and one of NetSuite cannot.
_NOT_HERE = (
    *("unique", "external_id", "precision", "scale", "relationship", "children", "restricted", "create_only"),
    *("formula", "blank_as_zero", "default_formula", "auto_number", "summary"),
)
CUSTOM_FORM = "customForm"


class Model:
    """The record types by name, and what follows from them. Raises OrganisationError where a file makes no sense."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        specs = {name.lower(): spec for name, spec in organisation.of("netsuite").items()}
        given = dict(specs)
        own = {spec.name.lower(): spec.name for spec in specs.values()}
        self._names = {**own, **{standard.name.lower(): standard.name for standard in STANDARD}}
        self.record_types: dict[str, RecordType] = {}
        for standard in STANDARD:
            spec = specs.pop(standard.name.lower(), None)
            self.record_types[standard.name] = self._extended(standard, spec) if spec else standard
        for spec in specs.values():
            self.record_types[spec.name] = self._extended(RecordType(spec.name, spec.name, first_fields()), spec)
        #: What the account has of each record type whose file gives records, as requests write them.
        self.planted = {
            name: given[name.lower()].records
            for name in self.record_types
            if getattr(given.get(name.lower()), "records", ())
        }
        self.by_lower_name = {name.lower(): kind for name, kind in self.record_types.items()}
        #: The record type of each word in fault operations.
        self.of_operation = {kind.operation: kind.name for kind in self.record_types.values()}
        #: For the catalogue; fields of lines have their path (``item.rate``).
        self.catalogued = tuple(map(_catalogued, self.record_types.values()))

    def _extended(self, standard: RecordType, spec: ObjectSpec) -> RecordType:
        if spec.lines and not standard.lines:
            raise OrganisationError(f"{self._place(spec)}: records of this type have no lines")
        for part in ("validation_rules", "record_types"):
            if getattr(spec, part):
                raise OrganisationError(f"{self._place(spec)} has {part!r}, which record types of NetSuite do not have")
        if spec.records and standard.name in (*TRANSACTIONS, *_OWN_RECORDS):
            raise OrganisationError(f"{self._place(spec)}: records of this type cannot be given")
        given = dict(spec.fields)
        if spec.forms:
            given[CUSTOM_FORM] = _of_forms(self._place(spec), spec.forms)
        fields, further = self._merged(spec, standard.fields, given, standard.further)
        lines, further_lines = self._merged(spec, standard.lines, spec.lines, standard.further_lines)
        mandatory = [
            name for name, each in fields.items() if name not in further and _only_here(standard.fields, name, each)
        ]
        mandatory += [
            f"{LINES}.{name}"
            for name, each in lines.items()
            if name not in further_lines and _only_here(standard.lines, name, each)
        ]
        extended = msgspec.structs.replace(
            standard,
            fields=fields,
            further=further,
            lines=lines,
            further_lines=further_lines,
            mandatory=tuple(mandatory),
            forms=tuple(Form(each.id, each.required) for each in spec.forms.values()),
        )
        for name, form in spec.forms.items():
            for field in form.required:
                if required_field(extended, field) is None:
                    raise OrganisationError(
                        f"{self._place(spec)}: the form {name!r} requires the unknown field {field!r}"
                    )
        return extended

    def _merged(
        self, spec: ObjectSpec, standard: dict[str, Field], given: dict[str, FieldSpec], kept: dict[str, Field]
    ) -> tuple[dict[str, Field], dict[str, Field]]:
        """All fields, and those of them that are kept like what the account adds."""
        fields, further = dict(standard), dict(kept)
        for name, each in given.items():
            if name not in standard:
                fields[name] = further[name] = self._field(spec, name, each)
            elif not standard[name].read_only and name != LINES:
                known = standard[name]
                required = known.required or each.required
                fields[name] = msgspec.structs.replace(known, required=required, label=each.label or known.label)
                if name in kept:
                    further[name] = fields[name]
        return fields, further

    def _field(self, spec: ObjectSpec, name: str, given: FieldSpec) -> Field:
        place = f"{self._place(spec)}: {name}"
        if given.type not in FIELD_KINDS:
            raise OrganisationError(f"{place} has the unknown type {given.type!r}; known: {', '.join(FIELD_KINDS)}")
        if given.type == "reference" and not given.refers_to:
            raise OrganisationError(f"{place} is a reference without 'refers_to'", hint="name the record type")
        if given.type == "select" and not given.values:
            raise OrganisationError(f"{place} is a select without 'values'", hint="list them in the order of their ids")
        for attribute in _NOT_HERE:
            if getattr(given, attribute):
                raise OrganisationError(f"{place} has {attribute!r}, which fields of NetSuite do not have")
        ids = given.ids or tuple(map(str, range(1, len(given.values) + 1)))
        if len(ids) != len(given.values) or len({*ids}) < len(ids) or (given.ids and given.type != "select"):
            raise OrganisationError(f"{place} does not have one id of its own for each value")
        default: Any = given.default
        if given.type == "select" and default is not None:
            if default not in given.values:
                raise OrganisationError(f"{place} has the default {default!r}, which is none of its values")
            default = ids[given.values.index(str(default))]
        return Field(
            given.type,  # type: ignore[arg-type]  # checked above
            self._names.get(given.refers_to.lower(), given.refers_to),
            read_only=given.calculated or given.read_only,
            required=given.required,
            label=given.label or name,
            values=given.values,
            ids=ids,
            length=given.length,
            default=default,
        )

    def _place(self, spec: ObjectSpec) -> str:
        return self._organisation.place("netsuite", spec.name)


def _of_forms(place: str, forms: Mapping[str, FormSpec]) -> FieldSpec:
    """The field in which a record names its form."""
    preferred = [name for name, form in forms.items() if form.preferred]
    if len(preferred) != 1:
        raise OrganisationError(f"{place}: one of its forms has to be 'preferred'")
    return FieldSpec(
        "select",
        "Custom Form",
        values=tuple(forms),
        ids=tuple(form.id for form in forms.values()),
        default=preferred[0],
    )


def _only_here(standard: Mapping[str, Field], name: str, field: Field) -> bool:
    """Whether only this account requires a standard field."""
    return field.required and name in standard and not standard[name].required


def required_field(kind: RecordType, path: str) -> Field | None:
    """The field of a path as forms and rules name it, None for one that is not there."""
    sublist, _, name = path.rpartition(".")
    return (kind.lines if sublist == LINES else {} if sublist else kind.fields).get(name)


def _catalogued(kind: RecordType) -> ObjectType:
    fields = {**kind.fields, **{f"{LINES}.{name}": field for name, field in kind.lines.items()}}
    return ObjectType(
        kind.name,
        tuple(
            ObjectField(name, field.kind, required=field.required, read_only=field.read_only, refers_to=field.to)
            for name, field in fields.items()
        ),
        writable=kind.writable,
    )
