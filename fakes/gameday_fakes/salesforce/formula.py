"""Formulas of an organisation, compiled: of fields, and of rules that refuse a record.

Salesforce help, "Formula Operators and Functions". A formula is compiled whole or not at all: one that has anything
which is not known raises FormulaError, so nothing is guessed. [R]: a comparison with an empty number or date is false.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.formula_functions import FUNCTIONS, SUMS, Function, rounded
from gameday_fakes.salesforce.formula_logic import SPECIAL, Part, Scene, Value, as_text, kind_of
from gameday_fakes.salesforce.formula_tree import Call, FormulaError, Literal, Name, Node, parse
from gameday_fakes.salesforce.moments import moment

#: The kind that values of each type of field have in formulas; those of other types are not used in them.
KINDS = {
    **dict.fromkeys(("currency", "double", "percent", "int", "long"), "number"),
    **dict.fromkeys(("id", "reference", "string", "textarea", "email", "phone", "url", "combobox"), "text"),
    "picklist": "picklist",
    "multipicklist": "picklists",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_TEXTS = frozenset({"text", "picklist", "picklists"})
_OF_CHANGES = frozenset({"ISCHANGED", "PRIORVALUE", "ISNEW"})
_LITERAL = re.compile(r"true|false|\d{1,15}(\.\d{1,8})?", re.IGNORECASE)
_OF_TIME = frozenset({"NOW", "TODAY"})


class Fields(Protocol):
    """What a formula asks of the objects of an organisation."""

    def object_fields(self, sobject: str) -> Mapping[str, Field]:
        """The fields of an object by name."""

    def reference_to(self, sobject: str, relationship: str) -> Field | None:
        """The reference whose parent is reached under this name."""

    def global_value(self, name: str) -> str | None:
        """What ``$Profile.Name`` and the like are said to be, in any case; None for what is not said."""

    def formula_of(self, sobject: str, field: str) -> Formula | None:
        """The formula of a field; None for a field without. Raises FormulaError for one that is not computed."""


class Formula(msgspec.Struct, frozen=True):
    """A compiled formula. ``paths`` are the fields of the record and of its parents that its value depends on."""

    value: Value
    paths: tuple[tuple[str, ...], ...]


def compiled_rule(text: str, sobject: str, fields: Fields) -> Formula:
    """A formula that says whether a record is refused. Raises FormulaError."""
    compiler = _Compiler(sobject, fields, rule=True, blank_as_zero=False)
    part = compiler.part(parse(text))
    if part.kind != "boolean":
        raise FormulaError("it is neither true nor false")
    return Formula(part.value, tuple(compiler.paths))


def compiled_default(text: str, sobject: str, field: Field, fields: Fields) -> Formula:
    """A formula for what a new record has in a field; the record's own fields cannot be in it. Raises FormulaError."""
    compiler = _Compiler(sobject, fields, rule=True, blank_as_zero=False)
    formula = _of_field(compiler, text, field)
    if formula.paths:
        raise FormulaError(f"the field {'.'.join(formula.paths[0])} of a record that is not there yet")
    return formula


def compiled_field(text: str, sobject: str, field: Field, fields: Fields, *, blank_as_zero: bool) -> Formula:
    """A formula whose value is kept in a field, in the form in which records keep it. Raises FormulaError."""
    if not text:
        raise FormulaError("what it is calculated from is not in the file")
    return _of_field(_Compiler(sobject, fields, rule=False, blank_as_zero=blank_as_zero), text, field)


def _of_field(compiler: _Compiler, text: str, field: Field) -> Formula:
    part = compiler.part(parse(text))
    kind = KINDS.get(field.type, "")
    if part.kind != kind and not {part.kind, kind} <= _TEXTS and part.kind != "blank":
        raise FormulaError(f"it gives a {part.kind}, which a field of the type {field.type} cannot hold")
    return Formula(lambda scene: _kept(field, part.value(scene)), tuple(compiler.paths))


def _kept(field: Field, value: Any) -> Any:
    """A value in the form in which records keep it; a number with the digits of the field."""
    if field.is_number and value is not None:
        return rounded(value * 100 if field.type == "percent" else value, field.scale)
    if isinstance(value, datetime.datetime):
        return moment(value.timestamp())
    if isinstance(value, datetime.date):
        return value.isoformat()
    return bool(value) if field.type == "boolean" else value or None


def taken(field: Field, value: Any, *, blank_as_zero: bool = False) -> Any:
    """A value of a record as formulas have it: percentages as fractions, ids with 15 characters."""
    kind = KINDS[field.type]
    if value is None:
        return "" if kind in _TEXTS else Decimal(0) if blank_as_zero and kind == "number" else None
    match kind:
        case "number":
            return value / 100 if field.type == "percent" else value
        case "date":
            return datetime.date.fromisoformat(value)
        case "datetime":
            return datetime.datetime.fromisoformat(value)
    return value[:15] if field.type in ("id", "reference") else value


class _Compiler:
    def __init__(self, sobject: str, fields: Fields, *, rule: bool, blank_as_zero: bool) -> None:
        self._object = sobject
        self._fields = fields
        self._rule = rule
        self._blank_as_zero = blank_as_zero
        self.paths: dict[tuple[str, ...], None] = {}

    def part(self, node: Node) -> Part:
        """A part of the tree. Raises FormulaError."""
        match node:
            case Literal(value):
                return Part(kind_of(value), lambda _: value)
            case Name(path):
                return self._named(path)
            case Call(function, arguments):
                return self._called(function, arguments)

    # -- fields --------------------------------------------------------------------------------------

    def _named(self, path: tuple[str, ...]) -> Part:
        first = path[0].upper()
        if first == "$USER" and len(path) == 2:
            field = self._field("User", path[1])
            return Part(KINDS[field.type], lambda scene: taken(field, scene.user.get(field.name)))
        if first == "$RECORDTYPE" and len(path) == 2:
            return self._named(("RecordType", path[1]))
        if first.startswith("$"):
            return self._global(".".join(path))
        return self._of_record(path)

    def _global(self, name: str) -> Part:
        text = self._fields.global_value(name)
        if text is None:
            raise FormulaError(name[:60])
        value = parse(text) if _LITERAL.fullmatch(text) else Literal(text)
        return self.part(value)

    def _of_record(self, path: tuple[str, ...]) -> Part:
        sobject, references = self._object, []
        for relationship in path[:-1]:
            reference = self._fields.reference_to(sobject, relationship)
            if reference is None:
                raise FormulaError(f"the unknown relationship {relationship[:60]} of {sobject}")
            references.append(reference.name)
            sobject = reference.refers_to
        field = self._field(sobject, path[-1])
        if references and field.type == "currency":
            raise FormulaError(f"{'.'.join(path)[:60]}, an amount in the currency of another record")
        steps = (*references, field.name)
        formula = self._fields.formula_of(sobject, field.name)
        self.paths[steps] = None
        self.paths |= dict.fromkeys((*references, *inner) for inner in formula.paths) if formula else {}
        zero = self._blank_as_zero

        def value(scene: Scene) -> Any:
            fields: Mapping[str, Any] | None = scene.fields
            for name in references:
                fields = scene.parent(fields[name]) if fields and fields[name] else None
            if fields is None:
                return taken(field, None, blank_as_zero=zero)
            kept = formula.value(scene.of(fields) if references else scene) if formula else fields[field.name]
            return taken(field, kept, blank_as_zero=zero)

        return Part(KINDS[field.type], value)

    def _field(self, sobject: str, name: str) -> Field:
        known = self._fields.object_fields(sobject)
        field = next((each for each in known.values() if each.name.lower() == name.lower()), None)
        if field is None:
            raise FormulaError(f"the unknown field {name[:60]} of {sobject}")
        if field.type not in KINDS:
            raise FormulaError(f"{name[:60]}, a field of the type {field.type}")
        return field

    # -- functions -----------------------------------------------------------------------------------

    def _called(self, function: str, arguments: tuple[Node, ...]) -> Part:
        if function in _OF_CHANGES:
            return self._of_change(function, arguments)
        if function in _OF_TIME and not self._rule:
            raise FormulaError(f"{function}, whose value changes without a write")
        parts = [self.part(each) for each in arguments]
        special = SPECIAL.get(function)
        if special is not None:
            return special(function, parts)
        if function in ("+", "-"):
            known = SUMS.get((function, *(as_text(part.kind) for part in parts)))  # type: ignore[arg-type]  # two parts
            if known is None:
                raise FormulaError(f"{function} between a {parts[0].kind} and a {parts[1].kind}")
            return _applied(known, parts)
        if function not in FUNCTIONS:
            raise FormulaError(f"the function {function[:40]}")
        _check(function, FUNCTIONS[function], parts)
        return _applied(FUNCTIONS[function], parts)

    def _of_change(self, function: str, arguments: tuple[Node, ...]) -> Part:
        if not self._rule:
            raise FormulaError(f"{function}, which only rules have")
        if function == "ISNEW":
            return Part("boolean", lambda scene: scene.before is None)
        if len(arguments) != 1 or not isinstance(arguments[0], Name) or len(arguments[0].path) != 1:
            raise FormulaError(f"{function} of anything but a field of the record")
        part = self.part(arguments[0])

        def before(scene: Scene) -> Any:
            return part.value(msgspec.structs.replace(scene, fields=scene.before) if scene.before else scene)

        if function == "PRIORVALUE":
            return Part(part.kind, before)
        return Part("boolean", lambda scene: part.value(scene) != before(scene))


def _check(name: str, function: Function, parts: list[Part]) -> None:
    takes = list(function.takes)
    if takes and takes[-1].endswith("*"):
        takes += [takes[-1]] * (len(parts) - len(takes))
    least = sum(not each.endswith(("?", "*")) for each in takes)
    if not least <= len(parts) <= len(takes):
        raise FormulaError(f"{name} of {len(parts)} values")
    for part, wanted in zip(parts, takes, strict=False):
        kinds = wanted.rstrip("?*").split("|")
        fits = part.kind in kinds or part.kind == "blank" or ("text" in kinds and part.kind == "picklist")
        if not fits:
            raise FormulaError(f"{name} of a {part.kind}")


def _applied(function: Function, parts: list[Part]) -> Part:
    values = [part.value for part in parts]

    def value(scene: Scene) -> Any:
        found = [each(scene) for each in values]
        return None if None in found else function.call(*found)

    return Part(function.gives, value)
