"""The objects of one organisation: the standard ones, and what its folder adds to them and changes.

Queries ask here for tables (``objects``), their columns (``fields``) and their joins (``reference_to``, ``children``);
the rows are in the store. A store and a schema have the model as ``model``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gameday_fakes.catalogue import ObjectField, ObjectType
from gameday_fakes.organisation.model import FieldSpec, ObjectSpec, Organisation, OrganisationError
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import FIELD_TYPES, Field, Object
from gameday_fakes.salesforce.house_model import RECORD_TYPE, RECORD_TYPE_ID, HouseModel
from gameday_fakes.salesforce.ids import PREFIXES, WELL_KNOWN
from gameday_fakes.salesforce.standard import STANDARD, SYSTEM, UNTOUCHABLE, first_fields
from gameday_fakes.salesforce.values import coerce

_SYSTEM_NAMES = frozenset(field.name for field in SYSTEM)
#: Types whose length is the platform's own where a file names none.
_LENGTHS = {"email": 80, "phone": 40, "url": 255, "textarea": 255, "string": 255, "picklist": 255, "reference": 18}
#: What a describe names among an event's fields and a message has elsewhere.
_OF_EVENTS = ("ReplayId", "EventUuid", "CreatedDate", "CreatedById")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Model:
    """The objects by name, and what follows from them. Raises OrganisationError where a file makes no sense."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        specs = {name.lower(): _with_record_types(spec) for name, spec in organisation.of("salesforce").items()}
        self._names: dict[str, str] = {}
        #: Platform events by name: they are published, and no records.
        self.events = {spec.name: self._event(spec) for spec in specs.values() if spec.name.endswith("__e")}
        specs = {name: spec for name, spec in specs.items() if spec.name not in self.events}
        given = tuple(specs.values())
        own = {name: spec.name for name, spec in specs.items()}
        self._names = {**own, **{standard.name.lower(): standard.name for standard in STANDARD}}
        self.objects: dict[str, Object] = {}
        for standard in STANDARD:
            spec = specs.pop(standard.name.lower(), None)
            self.objects[standard.name] = self._extended(standard, spec) if spec else standard
        for spec in specs.values():
            self.objects[spec.name] = self._added(spec)
        self.by_lower_name = {name.lower(): name for name in self.objects}
        self.prefixes = self._prefixes(organisation.of("salesforce"))
        #: The object of an id, by how the id begins.
        self.object_of = {prefix: name for name, prefix in self.prefixes.items()}
        #: Of each object: by the name of a relationship its children's object and the field that refers to it.
        self.children = self._children()
        #: Fields with an index.
        self.indexed: dict[str, tuple[str, ...]] = {
            name: tuple(field.name for field in sobject.fields.values() if _is_indexed(field))
            for name, sobject in self.objects.items()
        }
        self.blank: dict[str, dict[str, Any]] = {
            name: {field.name: False if field.type == "boolean" else None for field in sobject.fields.values()}
            for name, sobject in self.objects.items()
        }
        #: What a new record has unless it says otherwise.
        self.defaults: dict[str, dict[str, Any]] = {
            name: {field.name: field.default for field in sobject.fields.values() if field.default is not None}
            for name, sobject in self.objects.items()
        }
        #: The custom fields that people can give a record, for ledgers.
        self.custom: dict[str, tuple[str, ...]] = {
            name: tuple(field.name for field in sobject.fields.values() if _is_custom(field))
            for name, sobject in self.objects.items()
        }
        #: The organisation's own rules.
        self.house = HouseModel(
            given,
            self.objects,
            self.prefixes,
            self.reference_to,
            lambda name: organisation.place("salesforce", name),
            _texts(organisation.settings.get("salesforce", {}).get("formula_values")),
        )
        for sobject, defaults in self.defaults.items():
            for field, values in self.house.allowed(sobject).items():
                # A record type has a default of its own.
                if defaults.get(field) not in (None, *values):
                    del defaults[field]
        self.catalogued = tuple(map(_catalogued, self.objects.values()))

    def event(self, name: str) -> Object | None:
        """A platform event by its name in any case."""
        return next((event for known, event in self.events.items() if known.lower() == name.lower()), None)

    def canonical(self, name: str) -> str | None:
        """An object's name in the right case, or None."""
        return name if name in self.objects else self.by_lower_name.get(name.lower())

    def reference_to(self, sobject: str, relationship: str) -> Field | None:
        """The reference whose parent is reached under this name, in any case; None if its object is not served."""
        lower = relationship.lower()
        for field in self.objects[sobject].fields.values():
            if field.relationship.lower() == lower and field.refers_to in self.objects:
                return field
        return None

    # -- from the files ------------------------------------------------------------------------------

    def _extended(self, standard: Object, spec: ObjectSpec) -> Object:
        own = {name: field for name, field in standard.fields.items() if name not in _SYSTEM_NAMES}
        by_lower = {name.lower(): name for name in standard.fields}
        for name, given in spec.fields.items():
            known = by_lower.get(name.lower())
            if known is None:
                own[name] = self._field(spec, name, given)
            elif known in own:
                own[known] = self._changed(spec, own[known], given)
        system = {name: field for name, field in standard.fields.items() if name in _SYSTEM_NAMES}
        return msgspec.structs.replace(
            standard, fields={**own, **system}, label=spec.label, label_plural=spec.label_plural
        )

    def _added(self, spec: ObjectSpec) -> Object:
        fields = {field.name: field for field in first_fields(custom=spec.name.endswith("__c"))}
        by_lower = {name.lower(): name for name in (*fields, *_SYSTEM_NAMES)}
        for name, given in spec.fields.items():
            known = by_lower.get(name.lower(), name)
            if known not in UNTOUCHABLE and known not in _SYSTEM_NAMES:
                # An automatic number in place of a name is another field.
                own = fields.get(known) if not given.read_only else None
                fields[known] = self._changed(spec, own, given) if own else self._field(spec, known, given)
        fields |= {field.name: field for field in SYSTEM}
        return Object(spec.name, fields, label=spec.label, label_plural=spec.label_plural)

    def _event(self, spec: ObjectSpec) -> Object:
        own = {name: self._field(spec, name, given) for name, given in spec.fields.items() if name not in _OF_EVENTS}
        stamps = {field.name: field for field in SYSTEM if field.name in ("CreatedDate", "CreatedById")}
        return Object(spec.name, {**own, **stamps}, label=spec.label, label_plural=spec.label_plural)

    def _changed(self, spec: ObjectSpec, field: Field, given: FieldSpec) -> Field:
        """A standard field with what an organisation can change of it: label, length, values, required, default."""
        if given.type != field.type and not {given.type, field.type} <= _TEXTS:
            place = self._organisation.place("salesforce", spec.name)
            raise OrganisationError(
                f"{place}: {field.name} has the type {given.type[:40]!r}; as a standard field it is a {field.type}"
            )
        if field.calculated or not (field.createable or field.updateable):
            return msgspec.structs.replace(field, title=given.label)
        changed = msgspec.structs.replace(
            field,
            title=given.label,
            length=given.length or field.length,
            nillable=field.nillable and not given.required,
            values=given.values or field.values,
            restricted=given.restricted if given.values else field.restricted,
            unique=field.unique or given.unique,
            external_id=field.external_id or given.external_id,
        )
        return self._with_default(spec, changed, given)

    def _field(self, spec: ObjectSpec, name: str, given: FieldSpec) -> Field:
        place = f"{self._organisation.place('salesforce', spec.name)}: {name}"
        if given.type not in FIELD_TYPES or given.type == "id":
            known = ", ".join(each for each in FIELD_TYPES if each != "id")
            raise OrganisationError(f"{place} has the unknown type {given.type!r}; known: {known}")
        if given.type == "reference" and not given.refers_to:
            raise OrganisationError(f"{place} is a reference without 'refers_to'", hint="name the object that it names")
        if given.ids:
            raise OrganisationError(f"{place} has 'ids', which values of Salesforce do not have")
        fixed = given.calculated or given.read_only
        field = Field(
            name,
            given.type,  # type: ignore[arg-type]  # checked above
            length=given.length or _LENGTHS.get(given.type, 0),
            scale=given.scale,
            nillable=not given.required or fixed,
            createable=not fixed,
            updateable=not (fixed or given.create_only),
            external_id=given.external_id,
            unique=given.unique,
            refers_to=self._names.get(to.lower(), to) if (to := given.refers_to) and given.type == "reference" else "",
            relationship=given.relationship or (_relationship(name) if given.type == "reference" else ""),
            children=given.children,
            values=given.values,
            restricted=given.restricted,
            calculated=given.calculated,
            title=given.label,
            precision=given.precision,
        )
        return self._with_default(spec, field, given)

    def _with_default(self, spec: ObjectSpec, field: Field, given: FieldSpec) -> Field:
        if given.default_formula and field.createable:
            return msgspec.structs.replace(field, default_is_computed=True)
        if given.default is None or given.calculated or given.read_only:
            return field
        try:
            value = coerce(field, given.default, field.name)
        except Refused as refused:
            place = self._organisation.place("salesforce", spec.name)
            raise OrganisationError(f"{place}: {field.name} has a default that it refuses: {refused.message}") from None
        return msgspec.structs.replace(field, default=value)

    # -- what follows --------------------------------------------------------------------------------

    def _prefixes(self, specs: Mapping[str, ObjectSpec]) -> dict[str, str]:
        """How ids begin: as the platform has it, as a file says, else ``a00`` and so on as for custom objects."""
        prefixes = {name: PREFIXES[name] for name in self.objects if name in PREFIXES}
        for name in self.objects:
            own = specs[name].key_prefix if name in specs else ""
            if name not in prefixes and (given := own or WELL_KNOWN.get(name, "")):
                other = next((each for each, prefix in prefixes.items() if prefix == given), "")
                if other:
                    place = self._organisation.place("salesforce", name)
                    raise OrganisationError(f"{place}: key_prefix {given!r} is that of {other}")
                prefixes[name] = given
        taken = {*prefixes.values(), *WELL_KNOWN.values(), *PREFIXES.values()}
        free = (f"a{first}{second}" for first in _ALPHABET for second in _ALPHABET if f"a{first}{second}" not in taken)
        for name in self.objects:
            if name not in prefixes:
                prefixes[name] = next(free)
        return {name: prefixes[name] for name in self.objects}

    def _children(self) -> dict[str, dict[str, tuple[str, str]]]:
        children: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in self.objects}
        for sobject in self.objects.values():
            for field in sobject.fields.values():
                if field.children and field.refers_to in children:
                    children[field.refers_to].setdefault(field.children, (sobject.name, field.name))
        return children


_TEXTS = frozenset({"string", "textarea", "picklist", "combobox", "email", "phone", "url"})


def _relationship(name: str) -> str:
    return f"{name.removesuffix('__c')}__r" if name.endswith("__c") else name.removesuffix("Id")


def _with_record_types(spec: ObjectSpec) -> ObjectSpec:
    """An object whose records have a record type has the field that names it."""
    for part in ("forms", "records"):
        if getattr(spec, part):
            raise OrganisationError(f"{spec.name} has {part!r}, which no object of Salesforce can have")
    if not spec.record_types or RECORD_TYPE_ID in spec.fields:
        return spec
    field = FieldSpec("reference", "Record Type ID", refers_to=RECORD_TYPE, relationship=RECORD_TYPE)
    return msgspec.structs.replace(spec, fields={**spec.fields, RECORD_TYPE_ID: field})


def _texts(value: Any) -> tuple[str, ...]:
    """The texts of a setting; a value of another kind is refused where the settings are read."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()


def _is_indexed(field: Field) -> bool:
    return field.external_id or field.unique or bool(field.refers_to and field.refers_to != "User")


def _is_custom(field: Field) -> bool:
    return field.name.endswith("__c") and field.createable


def _catalogued(sobject: Object) -> ObjectType:
    fields: Iterable[Field] = sobject.fields.values()
    return ObjectType(
        sobject.name,
        tuple(
            ObjectField(
                field.name,
                field.type,
                required=not field.nillable and field.createable and field.type != "boolean",
                read_only=not (field.createable or field.updateable),
                refers_to=field.refers_to,
                removable=field.name not in UNTOUCHABLE,
            )
            for field in fields
        ),
        writable=sobject.writable,
    )
