"""The conditions and sort keys of SOQL in the engine's language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.moments import canonical as canonical_moment
from gameday_fakes.salesforce.moments import is_date
from gameday_fakes.salesforce.paths import Path
from gameday_fakes.salesforce.query_tables import is_folded
from gameday_fakes.salesforce.soql_dates import FUNCTIONS, dates_of
from gameday_fakes.salesforce.soql_rows import JoinedRows
from gameday_fakes.salesforce.soql_shared import compared, negated
from gameday_fakes.salesforce.soql_tree import (
    Call,
    Comparison,
    Condition,
    Group,
    Name,
    Not,
    OrderBy,
    Value,
)
from gameday_fakes.sql.database import all_joined
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


class SortKey(NamedTuple):
    """What rows are sorted by, and in which direction."""

    text: str
    way: str = "ASC"


class Rows(JoinedRows):
    """The rows of one object, with conditions and sort keys. Raises Refused."""

    def sorted_by(
        self, order_by: tuple[OrderBy, ...], key: Callable[[Name | Call], str] | None = None
    ) -> list[SortKey]:
        """Sort keys; nulls are first unless the statement says otherwise. Amounts sort by what they are worth."""
        keys = []
        for order in order_by:
            text = key(order.key) if key else self._sort_key(order.key)
            way, nulls = ("DESC" if order.descending else "ASC"), ("LAST" if order.nulls_last else "FIRST")
            keys.append(SortKey(text, f"{way} NULLS {nulls}"))
        return keys

    def _sort_key(self, what: Name | Call) -> str:
        if isinstance(what, Name) and (path := self.path(what)).field.type == "currency":
            return f"num_key({self.converted(path)})"
        return self.key(what)

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
        if any(value.kind == "money" for value in comparison.values):
            return self._worth(comparison, path)
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

    def _worth(self, comparison: Comparison, path: Path) -> str:
        """A comparison with amounts in a currency, by what they are worth."""
        if path.field.type != "currency" or any(value.kind not in ("money", "null") for value in comparison.values):
            raise self._wrong_type(path.field, comparison.values[0], comparison.name)
        texts: list[str | None] = []
        for value in comparison.values:
            amount = self._operand_worth(value, comparison.name)
            texts.append(amount and self.shared.put(self._key(Decimal(amount), comparison.name)))
        return compared(f"num_key({self.converted(path)})", comparison.operator, texts)

    def _operand_worth(self, value: Value, name: Name) -> str | None:
        if value.kind == "null":
            return None
        try:
            return self._paths.worth(Decimal(str(value.value)), value.pattern)
        except ValueError:
            raise self._paths.refused(name, f"invalid currency: {value.pattern}", "MALFORMED_QUERY") from None

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
