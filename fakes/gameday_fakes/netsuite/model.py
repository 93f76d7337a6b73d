"""The record types of one organisation: the standard ones, and what its folder adds to them and changes."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.netsuite.field import FIELD_KINDS, Field, RecordType
from gameday_fakes.netsuite.standard import LINES, STANDARD, first_fields
from gameday_fakes.organisation.model import FieldSpec, ObjectSpec, Organisation, OrganisationError

#: What a field of Salesforce can have and one of NetSuite cannot.
_NOT_HERE = ("unique", "external_id", "precision", "scale", "relationship", "children", "restricted", "create_only")


class Model:
    """The record types by name, and what follows from them. Raises OrganisationError where a file makes no sense."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        specs = {name.lower(): spec for name, spec in organisation.of("netsuite").items()}
        own = {spec.name.lower(): spec.name for spec in specs.values()}
        self._names = {**own, **{standard.name.lower(): standard.name for standard in STANDARD}}
        self.record_types: dict[str, RecordType] = {}
        for standard in STANDARD:
            spec = specs.pop(standard.name.lower(), None)
            self.record_types[standard.name] = self._extended(standard, spec) if spec else standard
        for spec in specs.values():
            self.record_types[spec.name] = self._extended(RecordType(spec.name, spec.name, first_fields()), spec)
        self.by_lower_name = {name.lower(): kind for name, kind in self.record_types.items()}
        #: The record type of each word in fault operations.
        self.of_operation = {kind.operation: kind.name for kind in self.record_types.values()}
        #: For the catalogue; fields of lines have their path (``item.rate``).
        self.catalogued = tuple(map(_catalogued, self.record_types.values()))

    def _extended(self, standard: RecordType, spec: ObjectSpec) -> RecordType:
        if spec.lines and not standard.lines:
            raise OrganisationError(f"{self._place(spec)}: records of this type have no lines")
        fields, further = self._merged(spec, standard.fields, spec.fields)
        lines, further_lines = self._merged(spec, standard.lines, spec.lines)
        return msgspec.structs.replace(
            standard, fields=fields, further=further, lines=lines, further_lines=further_lines
        )

    def _merged(
        self, spec: ObjectSpec, standard: dict[str, Field], given: dict[str, FieldSpec]
    ) -> tuple[dict[str, Field], dict[str, Field]]:
        """All fields, and those of them that are not standard."""
        fields, further = dict(standard), {}
        for name, each in given.items():
            if name not in standard:
                fields[name] = further[name] = self._field(spec, name, each)
            elif not standard[name].read_only and name != LINES:
                known = standard[name]
                required = known.required or each.required
                fields[name] = msgspec.structs.replace(known, required=required, label=each.label or known.label)
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
        default: Any = given.default
        if given.type == "select" and default is not None:
            if default not in given.values:
                raise OrganisationError(f"{place} has the default {default!r}, which is none of its values")
            default = str(given.values.index(str(default)) + 1)
        return Field(
            given.type,  # type: ignore[arg-type]  # checked above
            self._names.get(given.refers_to.lower(), given.refers_to),
            read_only=given.calculated or given.read_only,
            required=given.required,
            label=given.label or name,
            values=given.values,
            length=given.length,
            default=default,
        )

    def _place(self, spec: ObjectSpec) -> str:
        return self._organisation.place("netsuite", spec.name)


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
