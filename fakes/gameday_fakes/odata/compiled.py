"""Expressions made into functions of a record. No HTTP here.

What an expression is about is checked when it is compiled: unknown properties, functions and operands that cannot be
compared are refused before any record is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import DecimalException
from typing import Any, NamedTuple

from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import (
    AllOf,
    AnyOf,
    Calculate,
    Call,
    Compare,
    Expression,
    In,
    Lambda,
    Negative,
    Not,
    Path,
    Value,
)
from gameday_fakes.odata.functions import FUNCTIONS, Kind
from gameday_fakes.odata.model import EntitySet, Navigation, Property, Schema
from gameday_fakes.odata.operators import (
    COMPARE,
    Evaluate,
    Values,
    alike,
    all_of,
    any_of,
    calculate,
    equality,
    result_of,
)

#: The records that a navigation of a record leads to.
Related = Callable[[EntitySet, Values, Navigation], Sequence[Values]]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("Edm.String",), "string"),
    **dict.fromkeys(
        ("Edm.Decimal", "Edm.Double", "Edm.Single", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte", "Edm.SByte"),
        "number",
    ),
    "Edm.Boolean": "boolean",
    "Edm.Date": "date",
    "Edm.DateTime": "moment",
    "Edm.DateTimeOffset": "moment",
    "Edm.TimeOfDay": "time",
    "Edm.Time": "duration",
    "Edm.Duration": "duration",
    "Edm.Guid": "guid",
    "Edm.Binary": "binary",
    "null": "null",
}
#: Kinds that can be compared although they differ.
_ALIKE = ({"date", "moment"}, {"string", "guid"}, {"string", "enum"})
_DATED = {"date", "moment", "any"}
_ORDERED: tuple[Kind, ...] = ("string", "number", "date", "moment", "time", "duration", "guid", "any", "null", "enum")


class Compiled(NamedTuple):
    """What an expression became: its function, and the kind of value that it gives."""

    of: Evaluate
    kind: Kind


def kind_of(each: Property) -> Kind:
    """The kind of a property's values."""
    return _KINDS.get(each.type, "enum")


class Compiler:
    """Compiles expressions about records of one entity set. ``related`` finds other records."""

    def __init__(self, schema: Schema, of: EntitySet, related: Related) -> None:
        self._schema = schema
        self._of = of
        self._related = related
        self._functions = FUNCTIONS[schema.version]
        #: The variables of the lambdas around, with their entity sets and where their record is now.
        self._variables: dict[str, tuple[EntitySet, list[Values]]] = {}

    def condition(self, expression: Expression) -> Evaluate:
        """A function that says whether a record meets a condition. Raises ODataError."""
        found = self.compile(expression)
        if found.kind not in ("boolean", "any", "null"):
            raise ODataError("bad_filter", "The expression of '$filter' is not a condition: it gives no true or false.")
        return found.of

    def compile(self, expression: Expression) -> Compiled:
        """Raises ODataError."""
        match expression:
            case Value(type_, value):
                return Compiled(lambda _: value, _KINDS.get(type_, "enum"))
            case Path(segments):
                return self._path(segments)
            case AllOf(operands) | AnyOf(operands):
                conditions = [self._boolean(each) for each in operands]
                return Compiled(all_of(conditions) if isinstance(expression, AllOf) else any_of(conditions), "boolean")
            case Not(operand):
                of = self._boolean(operand)
                return Compiled(lambda row: None if (found := of(row)) is None else not found, "boolean")
            case Negative(operand):
                signed = self._need(operand, ("number", "duration"), "-")
                return Compiled(lambda row: None if (found := signed.of(row)) is None else -found, signed.kind)
            case Compare(name, left, right):
                return self._comparison(name, self.compile(left), self.compile(right))
            case Calculate(name, left, right):
                return self._calculation(name, self.compile(left), self.compile(right))
            case In(left, items):
                tests = [self._comparison("eq", self.compile(left), self.compile(item)).of for item in items]
                return Compiled(lambda row: any(test(row) for test in tests), "boolean")
            case Call(name, arguments):
                return self._call(name, arguments)
            case Lambda():
                return self._lambda(expression)
        raise AssertionError(expression)

    def _boolean(self, expression: Expression) -> Evaluate:
        return self._need(expression, ("boolean",), "and, or, not").of

    def _need(self, expression: Expression, kinds: tuple[Kind, ...], where: str) -> Compiled:
        found = self.compile(expression)
        if found.kind not in (*kinds, "any", "null"):
            raise ODataError("bad_filter", f"'{where}' takes no value of the kind '{found.kind}'.")
        return found

    # -- paths ---------------------------------------------------------------------------------------

    def _path(self, segments: tuple[str, ...]) -> Compiled:
        of, start, rest = self._start(segments)
        if not rest:
            return Compiled(start, "any")
        if rest[-1] == "$count":
            many = self._many(of, start, rest[:-1])[1]
            return Compiled(lambda row: len(many(row)), "number")
        of, record = self._one(of, start, rest[:-1])
        each = of.called(rest[-1])
        if each is None:
            raise unknown_property(rest[-1], of, self._schema)
        name = each.name
        if record is _itself:
            return Compiled(lambda row: row[name], kind_of(each))
        return Compiled(lambda row: None if (found := record(row)) is None else found[name], kind_of(each))

    def _start(self, segments: tuple[str, ...]) -> tuple[EntitySet, Evaluate, tuple[str, ...]]:
        """The entity set and the record where a path begins, and what is left of it."""
        first = segments[0]
        if first == "$it":
            return self._of, _itself, segments[1:]
        if first in self._variables:
            of, now = self._variables[first]
            return of, lambda _: now[-1], segments[1:]
        return self._of, _itself, segments

    def _one(self, of: EntitySet, record: Evaluate, path: tuple[str, ...]) -> tuple[EntitySet, Evaluate]:
        for name in path:
            navigation = of.navigations.get(name)
            if navigation is None:
                raise unknown_property(name, of, self._schema)
            if navigation.many:
                raise ODataError("bad_filter", f"'{name}' leads to several records; use 'any' or 'all'.", target=name)
            record = self._follow_one(of, record, navigation)
            of = self._schema.sets[navigation.to]
        return of, record

    def _follow_one(self, of: EntitySet, record: Evaluate, navigation: Navigation) -> Evaluate:
        def follow(row: Values) -> Values | None:
            start = record(row)
            found = () if start is None else self._related(of, start, navigation)
            return found[0] if found else None

        return follow

    def _many(
        self, of: EntitySet, record: Evaluate, path: tuple[str, ...]
    ) -> tuple[EntitySet, Callable[[Values], Sequence[Values]]]:
        of, record = self._one(of, record, path[:-1])
        navigation = of.navigations.get(path[-1]) if path else None
        if navigation is None or not navigation.many:
            name = path[-1] if path else "$it"
            raise ODataError("bad_filter", f"'{name}' does not lead to several records.", target=name)

        def follow(row: Values) -> Sequence[Values]:
            start = record(row)
            return () if start is None else self._related(of, start, navigation)

        return self._schema.sets[navigation.to], follow

    def _lambda(self, expression: Lambda) -> Compiled:
        of, start, rest = self._start(expression.path.segments)
        to, many = self._many(of, start, rest)
        if expression.body is None:
            return Compiled(lambda row: bool(many(row)), "boolean")
        now: list[Values] = []
        if expression.variable in self._variables:
            raise ODataError("bad_filter", f"The variable '{expression.variable}' is used twice.")
        self._variables[expression.variable] = (to, now)
        try:
            body = self._boolean(expression.body)
        finally:
            del self._variables[expression.variable]
        quantifier = any if expression.kind == "any" else all

        def holds(row: Values) -> bool:
            def each(record: Values) -> bool:
                now.append(record)
                try:
                    return bool(body(row))
                finally:
                    now.pop()

            return quantifier(each(record) for record in many(row))

        return Compiled(holds, "boolean")

    # -- operators -----------------------------------------------------------------------------------

    def _comparison(self, name: str, left: Compiled, right: Compiled) -> Compiled:
        kinds = {left.kind, right.kind}
        if not (len(kinds) == 1 or kinds & {"any", "null"} or any(kinds <= alike for alike in _ALIKE)):
            raise ODataError(
                "bad_filter",
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{left.kind}' and '{right.kind}' for the operator '{name}'.",
            )
        if name in ("eq", "ne", "has"):
            return Compiled(equality(COMPARE[name], left.of, right.of, moments=bool(kinds & _DATED)), "boolean")
        if not kinds <= {*_ORDERED}:
            raise ODataError("bad_filter", f"Values of the kind '{left.kind}' have no order, so not '{name}'.")
        compare, first, second = COMPARE[name], left.of, right.of

        def ordered(row: Values) -> bool:
            a, b = first(row), second(row)
            if a is None or b is None:
                return False
            return compare(*alike(a, b))

        return Compiled(ordered, "boolean")

    def _calculation(self, name: str, left: Compiled, right: Compiled) -> Compiled:
        kind = result_of(name, left.kind, right.kind)
        first, second = left.of, right.of

        def calculated(row: Values) -> Any:
            a, b = first(row), second(row)
            if a is None or b is None:
                return None
            try:
                return calculate(name, a, b)
            except (ArithmeticError, DecimalException, TypeError):
                raise ODataError("bad_filter", f"'{name}' cannot be calculated for a record.") from None

        return Compiled(calculated, kind)

    def _call(self, name: str, arguments: Sequence[Expression]) -> Compiled:
        function = self._functions.get(name)
        if function is None:
            known = ", ".join(sorted(self._functions))
            raise ODataError("bad_filter", f"An unknown function with name '{name[:60]}' was found; known: {known}.")
        least, most = len(function.takes) - function.optional, len(function.takes)
        if not least <= len(arguments) <= most:
            raise ODataError("bad_filter", f"'{name}' takes {most} arguments, not {len(arguments)}.")
        given = [self._need(each, kinds, name).of for each, kinds in zip(arguments, function.takes, strict=False)]

        def called(row: Values) -> Any:
            values = [each(row) for each in given]
            return None if None in values else function.apply(*values)

        return Compiled(called, function.gives)


def unknown_property(name: str, of: EntitySet, schema: Schema) -> ODataError:
    """The refusal of a name that an entity type does not have."""
    type_ = schema.qualified(of.type)
    text = f"Could not find a property named '{name[:80]}' on type '{type_}'."
    return ODataError("bad_filter", text, target=name[:80], of=of)


def _itself(row: Values) -> Any:
    return row
