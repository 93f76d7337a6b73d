"""The conditions and sort keys of SOQL in the engine's language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.moments import canonical as canonical_moment
from gameday_fakes.salesforce.moments import is_date
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.query_tables import is_folded, kind_of
from gameday_fakes.salesforce.soql_dates import FUNCTIONS, OF_MOMENTS, dates_of
from gameday_fakes.salesforce.soql_shared import Shared, compared, negated
from gameday_fakes.salesforce.soql_tree import (
    Call,
    Comparison,
    Condition,
    Group,
    Name,
    Not,
    OrderBy,
    Query,
    Value,
)
from gameday_fakes.sql.database import all_joined, quoted
from gameday_fakes.sql.numbers import NoNumber
from gameday_fakes.sql.numbers import key as number_key
from gameday_fakes.sql.source import KEY

_ORDERINGS = frozenset({"<", "<=", ">", ">="})
#: The kinds of literal that a field type can be compared with, besides null; other types: strings.
_LITERALS = {
    "boolean": ("boolean",),
    "currency": ("number",),
    "double": ("number",),
    "percent": ("number",),
    "int": ("number",),
    "long": ("number",),
    "date": ("date", "dates"),
    "datetime": ("datetime", "dates"),
}


class Rows:
    """The rows of one object in a statement, with their parents. Raises Refused."""

    def __init__(
        self, shared: Shared, paths: Paths, sobject: str, within: Callable[[Query], tuple[str, Field]] | None = None
    ) -> None:
        self.shared = shared
        self._paths = paths
        self._sobject = sobject
        self._within = within
        self.alias = shared.alias()
        shared.use(sobject, "Id")
        self._parents: dict[tuple[str, ...], str] = {(): self.alias}
        self._joins: list[str] = []

    @property
    def source(self) -> str:
        """The tables, joined."""
        return f"{quoted(self._sobject)} AS {self.alias}{''.join(self._joins)}"

    def path(self, name: Name) -> Path:
        """A field by its name."""
        return self._paths.path(self._sobject, name)

    def column(self, path: Path, suffix: str = "") -> str:
        """A field's values."""
        hops: tuple[str, ...] = ()
        sobject = self._sobject
        for hop in path.hops:
            reached = (*hops, hop.name)
            if reached not in self._parents:
                alias = self._parents[reached] = self.shared.alias()
                self.shared.use(sobject, hop.name)
                self.shared.use(hop.refers_to, "Id")
                child = f"{self._parents[hops]}.{quoted(hop.name)}"
                parent = f"{quoted(hop.refers_to)} AS {alias}"
                self._joins.append(f' LEFT JOIN {parent} ON {alias}."Id" = {child} AND {alias}."IsDeleted" = 0')
            hops, sobject = reached, hop.refers_to
        self.shared.use(sobject, path.field.name + suffix)
        return f"{self._parents[hops]}.{quoted(path.field.name + suffix)}"

    def compared(self, path: Path) -> str:
        """A field's values as they compare and sort."""
        has_key = is_folded(path.field) or kind_of(path.field) == "number"
        return self.column(path, KEY if has_key else "")

    def date_part(self, call: Call) -> str:
        """A date function of a field."""
        name = call.field or Name(("",), call.position)
        path = self.path(name)
        wanted = ("datetime",) if call.function in OF_MOMENTS else ("date", "datetime")
        if path.field.type not in wanted:
            raise self._paths.refused(name, f"field {path.shown} does not support function {call.function}")
        return f"date_part('{call.function}', {self.column(path)})"

    def sorted_by(self, order_by: tuple[OrderBy, ...], key: Callable[[Name | Call], str] | None = None) -> list[str]:
        """Sort keys; nulls are first unless the statement says otherwise."""
        keys = []
        for order in order_by:
            text = key(order.key) if key else self.key(order.key)
            way, nulls = ("DESC" if order.descending else "ASC"), ("LAST" if order.nulls_last else "FIRST")
            keys.append(f"{text} {way} NULLS {nulls}")
        return keys

    def key(self, what: Name | Call) -> str:
        """What a field, or a function of one, is compared and sorted by."""
        if isinstance(what, Name):
            return self.compared(self.path(what))
        if what.function in FUNCTIONS:
            return self.date_part(what)
        if what.function == "TOLABEL" and what.field is not None:
            return self.compared(self.path(what.field))
        message = f"unexpected token: '{what.function}'"
        raise self.refused(Name((what.function,), what.position), message, "MALFORMED_QUERY")

    def refused(self, name: Name, message: str, code: str = "INVALID_FIELD") -> Refused:
        """A refusal that points at a name."""
        return self._paths.refused(name, message, code)

    # -- conditions ----------------------------------------------------------------------------------

    def condition(self, where: Condition) -> str:
        """A condition."""
        match where:
            case Not(condition):
                return negated(self.condition(condition))
            case Group(joint, conditions):
                return all_joined(joint, [self.condition(one) for one in conditions])
            case Comparison():
                return self._comparison(where)

    def _comparison(self, comparison: Comparison) -> str:
        left = comparison.left
        if isinstance(left, Call) and left.function != "TOLABEL":
            return self._of_function(left, comparison)
        path = self.path(comparison.name)
        if comparison.query is not None:
            return self._joined(path, comparison)
        if comparison.operator == "LIKE":
            return self._like(comparison, path)
        if comparison.operator in ("INCLUDES", "EXCLUDES"):
            return self._includes(comparison, path)
        if any(value.kind == "dates" for value in comparison.values):
            return self._within_dates(comparison, path)
        wanted = [self._operand(path.field, literal, comparison.name) for literal in comparison.values]
        if comparison.operator in _ORDERINGS and path.field.type == "boolean":
            raise self._bad_operator(comparison, path)
        column = self.compared(path)
        keys = [value if value is None else self._key(value, comparison.name) for value in dict.fromkeys(wanted)]
        texts: list[str | None] = [*self.shared.put_all([key for key in keys if key is not None])]
        return compared(column, comparison.operator, texts + [None] * (None in keys))

    def _of_function(self, call: Call, comparison: Comparison) -> str:
        key = self.key(call)
        texts: list[str | None] = []
        for value in comparison.values:
            fits = value.kind in (("date",) if call.function == "DAY_ONLY" else ("number",))
            if not fits or comparison.operator in ("LIKE", "INCLUDES", "EXCLUDES"):
                message = f"value of filter criterion for function {call.function} is of the wrong type"
                raise self._paths.refused(comparison.name, message)
            texts.append(self.shared.put(str(value.value) if call.function == "DAY_ONLY" else float(str(value.value))))
        return compared(key, comparison.operator, texts)

    def _key(self, value: Any, name: Name) -> Any:
        """A value of a field as the engine compares it. That too large a number is refused so is unconfirmed."""
        if not isinstance(value, Decimal):
            return value
        try:
            return number_key(value)
        except NoNumber:
            message = f"value of filter criterion for field '{name.path[-1]}' is outside of the valid range"
            raise self._paths.refused(name, message, "NUMBER_OUTSIDE_VALID_RANGE") from None

    def _like(self, comparison: Comparison, path: Path) -> str:
        (literal,) = comparison.values
        if literal.kind != "string" or not is_folded(path.field):
            raise self._bad_operator(comparison, path)
        pattern = self.shared.put(literal.pattern.casefold())
        return f"text_like(coalesce({self.column(path, KEY)}, ''), {pattern}, '\\')"

    def _includes(self, comparison: Comparison, path: Path) -> str:
        if path.field.type not in _MULTIPLE:
            raise self._bad_operator(comparison, path)
        values = [str(self._operand(path.field, literal, comparison.name) or "") for literal in comparison.values]
        column = self.column(path)
        found = " OR ".join(f"has_all({column}, {self.shared.put(value)})" for value in values)
        return f"({found})" if comparison.operator == "INCLUDES" else negated(found)

    def _within_dates(self, comparison: Comparison, path: Path) -> str:
        """A comparison with literals like TODAY, each of which means several days."""
        column = self.column(path)
        found = []
        for literal in comparison.values:
            if literal.kind != "dates":
                text = self._operand(path.field, literal, comparison.name)
                found.append(compared(column, "=", [None if text is None else self.shared.put(text)]))
                continue
            first, end = self._days(path.field, literal, comparison.name)
            match comparison.operator:
                case "<" | ">=":
                    return compared(column, comparison.operator, [first])
                case ">":
                    return compared(column, ">=", [end])
                case "<=":
                    return compared(column, "<", [end])
            found.append(f"({column} >= {first} AND {column} < {end})")
        either = f"({' OR '.join(found)})"
        return either if comparison.operator in ("=", "IN") else negated(either)

    def _days(self, field: Field, literal: Value, name: Name) -> tuple[str, str]:
        if "dates" not in _literals(field):
            raise self._wrong_type(field, literal, name)
        try:
            days = dates_of(str(literal.value), self.shared.today)
        except ValueError:
            raise self._paths.refused(name, f"invalid date: {literal.value}", "MALFORMED_QUERY") from None
        form = "{}" if field.type == "date" else "{}T00:00:00.000+0000"
        first, end = (self.shared.put(form.format(day.isoformat())) for day in days)
        return first, end

    def _joined(self, path: Path, comparison: Comparison) -> str:
        """A semi-join or anti-join."""
        if path.field.type not in ("id", "reference") or comparison.query is None or self._within is None:
            message = f"The left operand of the semi join '{path.shown}' should be an ID or reference"
            raise self._paths.refused(comparison.name, message, "MALFORMED_QUERY")
        inner, _ = self._within(comparison.query)
        column = self.column(path)
        if comparison.operator == "IN":
            return f"{column} IN ({inner})"
        return negated(f"{column} IN ({inner})")

    def _operand(self, field: Field, literal: Value, name: Name) -> Any:
        """A literal in the form in which the engine has the field's values."""
        if literal.kind == "null":
            return None
        if literal.kind not in _literals(field):
            raise self._wrong_type(field, literal, name)
        text = str(literal.value)
        if field.type == "datetime":
            try:
                return canonical_moment(text)
            except ValueError:
                raise self._paths.refused(name, f"invalid dateTime: {text}", "MALFORMED_QUERY") from None
        if field.type == "date" and not is_date(text):
            raise self._paths.refused(name, f"invalid date: {text}", "MALFORMED_QUERY")
        if field.type in ("id", "reference"):
            known = canonical(text)
            if known is None:
                raise self._paths.refused(name, f"invalid ID field: {text}", "INVALID_QUERY_FILTER_OPERATOR")
            return known
        if field.type == "boolean":
            return int(bool(literal.value))
        return text.casefold() if is_folded(field) and field.type not in _MULTIPLE else literal.value

    def _wrong_type(self, field: Field, literal: Value, name: Name) -> Refused:
        quotes = "and should not be enclosed in quotes" if literal.kind == "string" else ""
        shown = {"datetime": "dateTime", "currency": "double", "percent": "double"}.get(field.type, field.type)
        message = f"value of filter criterion for field '{name.path[-1]}' must be of type {shown} {quotes}".rstrip()
        return self._paths.refused(name, message)

    def _bad_operator(self, comparison: Comparison, path: Path) -> Refused:
        message = f"invalid operator on {path.shown}: {comparison.operator}"
        return self._paths.refused(comparison.name, message, "INVALID_QUERY_FILTER_OPERATOR")


#: The types of fields with several values.
_MULTIPLE: frozenset[str] = frozenset({"multipicklist"})


def _literals(field: Field) -> tuple[str, ...]:
    return _LITERALS.get(field.type, ("string",))
