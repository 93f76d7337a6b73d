"""What the files of an organisation say of its own rules, compiled: formulas, validation rules, record types, numbers.

A formula that has anything which is not known is not evaluated, and ``lacking`` says why; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from gameday_fakes.organisation.model import FieldSpec, ObjectSpec, OrganisationError, RecordTypeSpec, RuleSpec
from gameday_fakes.salesforce.field import Field, Object
from gameday_fakes.salesforce.formula import Formula, compiled_default, compiled_field, compiled_rule
from gameday_fakes.salesforce.formula_tree import FormulaError
from gameday_fakes.salesforce.ids import make_id
from gameday_fakes.salesforce.roll_ups import RollUp, roll_up_of
from gameday_fakes.salesforce.standard import NUMBERS

RECORD_TYPE = "RecordType"
RECORD_TYPE_ID = "RecordTypeId"
#: The record type of records that have none ("Record Type" of the Object Reference).
MASTER_ID = "012000000000000AAA"

#: "Auto-Number Fields": digits, and parts of the date.
_NUMBER = re.compile(r"\{(0{1,10}|YYYY|YY|MM|DD)\}")
_LONGEST_NUMBER = 30


def is_number_format(text: str) -> bool:
    """Whether automatic numbers can be written so."""
    return len(text) <= _LONGEST_NUMBER and sum(part.startswith("0") for part in _NUMBER.findall(text)) == 1


class Rule(msgspec.Struct, frozen=True):
    """A validation rule; without a ``formula`` it is not evaluated, and ``lacks`` says why."""

    name: str
    message: str
    field: str
    formula: Formula | None = None
    lacks: str = ""


class KnownType(msgspec.Struct, frozen=True):
    """A record type with its id and the values of each restricted picklist that its records can have."""

    id: str
    name: str
    label: str
    active: bool
    default: bool
    values: Mapping[str, frozenset[str]]


class Follower(msgspec.Struct, frozen=True):
    """Records whose formulas follow from a parent: each step is an object and the reference in it, up to the parent."""

    steps: tuple[tuple[str, str], ...]


class HouseModel:
    """The rules of every object. Raises OrganisationError where a file makes no sense."""

    def __init__(
        self,
        specs: Iterable[ObjectSpec],
        objects: Mapping[str, Object],
        prefixes: Mapping[str, str],
        reference_to: Callable[[str, str], Field | None],
        place: Callable[[str], str],
        global_values: Iterable[str] = (),
    ) -> None:
        self._objects = objects
        self._place = place
        self.reference_to = reference_to
        pairs = (each.partition("=") for each in global_values)
        self._globals = {name.strip().lower(): value.strip() for name, _, value in pairs}
        by_name = {spec.name.lower(): spec for spec in specs}
        self._specs = {name: by_name[name.lower()] for name in objects if name.lower() in by_name}
        #: Formulas that are not computed, by object and field: why.
        self.lacking: dict[tuple[str, str], str] = {}
        self._compiled: dict[tuple[str, str], Formula | None] = {}
        #: The formulas of an object by field.
        self.formulas: dict[str, dict[str, Formula]] = {}
        self.numbers: dict[str, dict[str, str]] = {name: dict(found) for name, found in NUMBERS.items()}
        #: The formulas of what new records have, by object and field; and why others are not computed.
        self.defaults: dict[str, dict[str, Formula]] = {}
        self.lacking_defaults: dict[tuple[str, str], str] = {}
        self.rules: dict[str, tuple[Rule, ...]] = {}
        self.record_types: dict[str, tuple[KnownType, ...]] = {}
        self.followers: dict[str, list[Follower]] = {}
        #: The summaries that follow from the records of an object.
        self.roll_ups: dict[str, list[RollUp]] = {}
        for name, spec in self._specs.items():
            self._read_fields(name, spec)
        for name, spec in self._specs.items():
            self.rules[name] = tuple(self._rule(name, rule, given) for rule, given in spec.validation_rules.items())
        self._read_record_types(prefixes.get(RECORD_TYPE, ""))
        typed = {name for name, known in self.record_types.items() if known}
        #: Objects of which a new record has more than it was given; and those whose changes something follows from.
        summed = (each for found in self.roll_ups.values() for each in found if each.function in ("count", "sum"))
        #: The summaries of an object that are 0 without children.
        self.sums: dict[str, list[str]] = {}
        for each in summed:
            self.sums.setdefault(each.parent, []).append(each.name)
        self.fills = frozenset(
            {*self.numbers, *self.defaults, *(of for of, _ in self.lacking_defaults), *typed, *self.sums}
        )
        ruled = {name for name, rules in self.rules.items() if rules}
        self.settles = frozenset({*typed, *ruled, *self.formulas, *self.followers, *self.roll_ups})

    def problems(self) -> list[tuple[str, str]]:
        """What is not evaluated: its place, and why."""
        fields = [
            (f"{name}.{field}", f"its {what} is not computed: {why}")
            for what, lacking in (("formula", self.lacking), ("default", self.lacking_defaults))
            for (name, field), why in lacking.items()
        ]
        rules = [
            (f"{name}.{rule.name}", f"this validation rule is not evaluated, so it refuses nothing: {rule.lacks}")
            for name, rules in self.rules.items()
            for rule in rules
            if rule.lacks
        ]
        return fields + rules

    def allowed(self, sobject: str) -> dict[str, tuple[str, ...]]:
        """The values that a new record's type allows, in the order of the picklist, by restricted field."""
        by_default = next((each for each in self.record_types.get(sobject, ()) if each.default), None)
        fields = self._objects[sobject].fields
        given = by_default.values.items() if by_default else ()
        return {name: tuple(value for value in fields[name].values if value in values) for name, values in given}

    def described(self, sobject: str, field: str) -> dict[str, Any]:
        """What a describe says of a field besides."""
        spec = self._spec_of(sobject, field)
        if spec is None:
            return {"autoNumber": True} if field in self.numbers.get(sobject, {}) else {}
        if spec.formula:
            return {"calculatedFormula": spec.formula, "formulaTreatNullNumberAsZero": spec.blank_as_zero}
        if spec.default_formula:
            return {"defaultValueFormula": spec.default_formula}
        return {"autoNumber": True} if spec.auto_number else {}

    # -- what formulas ask for -----------------------------------------------------------------------

    def object_fields(self, sobject: str) -> Mapping[str, Field]:
        """The fields of an object by name."""
        return self._objects[sobject].fields

    def global_value(self, name: str) -> str | None:
        """What the organisation says of ``$Profile.Name`` and the like."""
        return self._globals.get(name.lower())

    def formula_of(self, sobject: str, field: str) -> Formula | None:
        """The formula of a field; None for a field that is not calculated. Raises FormulaError."""
        spec = self._spec_of(sobject, field)
        if spec is None or not spec.calculated or (spec.summary is not None and (sobject, field) not in self.lacking):
            return None
        if (sobject, field) in self._compiled:
            known = self._compiled[sobject, field]
            if known is None:
                raise FormulaError(self.lacking.get((sobject, field), f"{field}, which follows from itself"))
            return known
        self._compiled[sobject, field] = None
        of = self._objects[sobject].fields[field]
        try:
            formula = compiled_field(spec.formula, sobject, of, self, blank_as_zero=spec.blank_as_zero)
        except FormulaError as problem:
            self.lacking[sobject, field] = str(problem)
            raise
        self._compiled[sobject, field] = formula
        return formula

    def _spec_of(self, sobject: str, field: str) -> FieldSpec | None:
        spec = self._specs.get(sobject)
        return spec.fields.get(field) if spec else None

    # -- from the files ------------------------------------------------------------------------------

    def _read_fields(self, name: str, spec: ObjectSpec) -> None:
        for field, given in spec.fields.items():
            known = self._objects[name].fields.get(field)
            if given.formula and not given.calculated:
                raise OrganisationError(f"{self._place(name)}: {field} has a formula and is not 'calculated'")
            if given.auto_number:
                if not is_number_format(given.auto_number) or given.type != "string" or not given.read_only:
                    hint = "such as A-{0000}, of a read-only string"
                    raise OrganisationError(
                        f"{self._place(name)}: {field} cannot have the automatic number {given.auto_number!r}",
                        hint=hint,
                    )
                self.numbers.setdefault(name, {})[field] = given.auto_number
            if known is not None and known.default_is_computed:
                self._read_default(name, known, given.default_formula)
            if given.summary is not None:
                self._read_summary(name, field, given)
            if known is None or not known.calculated or not given.calculated or given.summary is not None:
                continue
            try:
                formula = self.formula_of(name, field)
            except FormulaError:
                continue
            if formula is not None:
                self.formulas.setdefault(name, {})[field] = formula
                self._follow(name, formula)

    def _read_summary(self, name: str, field: str, given: FieldSpec) -> None:
        known = self._objects[name].fields[field]
        if not given.calculated or given.formula or given.summary is None:
            raise OrganisationError(f"{self._place(name)}: {field} has a summary and is not only 'calculated'")
        try:
            found = roll_up_of(
                name, field, known, given.summary, self._objects, lambda text, child: compiled_rule(text, child, self)
            )
        except (FormulaError, ValueError) as problem:
            # A project can sum up what it does not have.
            self.lacking[name, field] = str(problem)
        else:
            self.roll_ups.setdefault(found.child, []).append(found)

    def _read_default(self, name: str, field: Field, text: str) -> None:
        try:
            self.defaults.setdefault(name, {})[field.name] = compiled_default(text, name, field, self)
        except FormulaError as problem:
            self.lacking_defaults[name, field.name] = str(problem)

    def _follow(self, name: str, formula: Formula) -> None:
        """Note the parents on whose fields a formula depends."""
        for path in formula.paths:
            steps, sobject = [], name
            for reference in path[:-1]:
                steps.append((sobject, reference))
                sobject = self._objects[sobject].fields[reference].refers_to
                follower = Follower(tuple(steps))
                if follower not in self.followers.setdefault(sobject, []):
                    self.followers[sobject].append(follower)

    def _rule(self, name: str, rule: str, given: RuleSpec) -> Rule:
        if given.field and given.field not in self._objects[name].fields:
            raise OrganisationError(f"{self._place(name)}: {rule} has the unknown field {given.field!r}")
        try:
            return Rule(rule, given.message, given.field, compiled_rule(given.formula, name, self))
        except FormulaError as problem:
            return Rule(rule, given.message, given.field, lacks=str(problem))

    def _read_record_types(self, prefix: str) -> None:
        number = 0
        for name, spec in self._specs.items():
            known = []
            for each, given in spec.record_types.items():
                number += 1
                known.append(self._record_type(name, each, given, make_id(prefix, number)))
            if sum(each.default for each in known) > 1:
                raise OrganisationError(f"{self._place(name)}: several record types are the default")
            self.record_types[name] = tuple(known)

    def _record_type(self, name: str, record_type: str, given: RecordTypeSpec, id_: str) -> KnownType:
        fields = self._objects[name].fields
        for field, values in given.values.items():
            if field not in fields or not fields[field].type.endswith("picklist"):
                raise OrganisationError(
                    f"{self._place(name)}: {record_type} has values of {field!r}, which is no picklist"
                )
            unknown = [value for value in values if fields[field].restricted and value not in fields[field].values]
            if unknown:
                raise OrganisationError(f"{self._place(name)}: {record_type}: {field} has no value {unknown[0]!r}")
        restricted = {field: frozenset(each) for field, each in given.values.items() if fields[field].restricted}
        label = given.label or record_type.replace("_", " ")
        return KnownType(id_, record_type, label, given.active, given.default and given.active, restricted)
