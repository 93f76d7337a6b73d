"""Aggregates: one row for each group of rows, with GROUP BY and HAVING."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.paths import Path
from gameday_fakes.salesforce.query_tables import kind_of
from gameday_fakes.salesforce.soql_dates import FUNCTIONS
from gameday_fakes.salesforce.soql_format import formatted
from gameday_fakes.salesforce.soql_shared import compared, negated
from gameday_fakes.salesforce.soql_sql import Rows
from gameday_fakes.salesforce.soql_tree import Call, Comparison, Condition, Group, Name, Not, Query, Selected, Value
from gameday_fakes.sql.database import all_joined
from gameday_fakes.sql.numbers import NoNumber
from gameday_fakes.sql.numbers import key as number_key

#: "SOQL and SOSL Limits": the most groups; there are no pages of them.
MOST_GROUPS = 2_000
_OF_NUMBERS = {"SUM": "num_total", "AVG": "num_mean", "MIN": "num_first", "MAX": "num_last"}

Convert = Callable[[Any], Any]


class Aggregate(NamedTuple):
    """A function over a group, for the engine: as it is shown and as it is compared, and the field in it."""

    text: str
    key: str
    field: Field | None


class Groups:
    """One aggregate statement on the rows of one object. Raises Refused."""

    def __init__(self, query: Query, rows: Rows) -> None:
        self._query = query
        self._rows = rows
        self._keys = {_name(one): self._key(one) for one in query.group_by}
        #: The names of the columns, what the engine computes, and the value in a reply.
        self.columns: list[tuple[str, str, Convert]] = []
        self._aliases: dict[str, str] = {}
        unnamed = 0
        for one in query.selected:
            name, text, convert = self._column(one)
            if not name:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            self.columns.append((name, text, convert))

    def statement(self, where: str) -> str:
        """The whole statement for the engine."""
        query = self._query
        having = f" HAVING {self._having(query.having)}" if query.having is not None else ""
        order = self._rows.sorted_by(query.order_by, self._order_key)
        selected = ", ".join(text for _, text, _ in self.columns)
        groups = f" GROUP BY {', '.join(self._keys.values())}" if self._keys else ""
        keys = [*order, *self._keys.values()]
        sorted_by = f" ORDER BY {', '.join(keys)}" if keys else ""
        return f"SELECT {selected} FROM {self._rows.source}{where}{groups}{having}{sorted_by}"  # noqa: S608 - translated

    def row(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """A row of a reply."""
        row: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for (name, _, convert), value in zip(self.columns, values, strict=True):
            row[name] = convert(value)
        return row

    # -- what is selected ----------------------------------------------------------------------------

    def _column(self, one: Selected) -> tuple[str, str, Convert]:
        what = one.what
        if isinstance(what, Call) and what.aggregates:
            inner = what.argument if what.function == "FORMAT" and isinstance(what.argument, Call) else what
            found = self._aggregate(inner)
            convert = _converter(found.field)
            if inner is not what and found.field is not None:
                field = found.field
                return one.alias, found.text, lambda value: formatted(field, convert(value), None)
            return one.alias, found.text, convert
        if not isinstance(what, Name | Call):
            raise self._refused("", one.position, "unexpected token: '('")
        key = self._keys.get(_name(what))
        if key is None:
            raise self._refused(_name(what), one.position, f"Field must be grouped or aggregated: {_shown(what)}")
        if one.alias:
            self._aliases[one.alias.lower()] = key
        if isinstance(what, Name):
            path = self._rows.path(what)
            return one.alias or path.shown, self._rows.column(path), _converter(path.field)
        return one.alias, key, _same

    def _aggregate(self, call: Call) -> Aggregate:
        if call.field is None:
            raise self._refused("", call.position, f"unexpected token: {call.function}()")
        path = self._rows.path(call.field)
        column = self._rows.column(path)
        if call.function == "COUNT":
            return Aggregate(f"count({column})", f"count({column})", None)
        if call.function == "COUNT_DISTINCT":
            text = f"count(DISTINCT {self._rows.compared(path)})"
            return Aggregate(text, text, None)
        if kind_of(path.field) == "number":
            text = f"{_OF_NUMBERS[call.function]}(group_concat({column}))"
            return Aggregate(text, f"num_key({text})", path.field)
        if call.function in ("SUM", "AVG"):
            message = f"field {path.shown} does not support aggregate operator {call.function}"
            raise self._refused(path.shown, call.field.position, message)
        text = f"{call.function.lower()}({column})"
        return Aggregate(text, f"fold({text})", path.field)

    def _key(self, one: Name | Call) -> str:
        if isinstance(one, Name):
            return self._rows.column(self._groupable(one))
        if one.function not in FUNCTIONS:
            raise self._refused(one.function, one.position, f"unexpected token: '{one.function}'")
        return self._rows.date_part(one)

    def _groupable(self, name: Name) -> Path:
        return self._rows.path(name)

    def _order_key(self, what: Name | Call) -> str:
        if isinstance(what, Call) and what.aggregates:
            return self._aggregate(what).key
        if isinstance(what, Name) and len(what.path) == 1 and what.path[0].lower() in self._aliases:
            return self._aliases[what.path[0].lower()]
        key = self._keys.get(_name(what))
        if key is None:
            # Whether there is such a field at all comes first.
            self._rows.key(what)
            message = f"Ordered field must be grouped or aggregated: {_shown(what)}"
            raise self._refused(_name(what), what.position, message)
        return self._rows.key(what)

    # -- HAVING --------------------------------------------------------------------------------------

    def _having(self, condition: Condition) -> str:
        match condition:
            case Not(inner):
                return negated(self._having(inner))
            case Group(joint, conditions):
                return all_joined(joint, [self._having(one) for one in conditions])
            case Comparison(left=Call() as call) if call.aggregates:
                return self._of_aggregate(call, condition)
            case Comparison():
                if _name(condition.left) not in self._keys:
                    message = f"Field must be grouped or aggregated: {_shown(condition.left)}"
                    raise self._refused(_name(condition.left), condition.left.position, message)
                return self._rows.condition(condition)

    def _of_aggregate(self, call: Call, comparison: Comparison) -> str:
        found = self._aggregate(call)
        is_number = found.field is None or kind_of(found.field) == "number"
        if comparison.operator in ("LIKE", "INCLUDES", "EXCLUDES") or comparison.query is not None:
            message = f"invalid operator on {call.function}: {comparison.operator}"
            raise self._refused(call.function, call.position, message, "INVALID_QUERY_FILTER_OPERATOR")
        if is_number:
            texts = [self._number(value, call) for value in comparison.values]
            return compared(f"num_key({found.text})", comparison.operator, texts)
        texts = [
            None if value.kind == "null" else self._rows.shared.put(str(value.value).casefold())
            for value in comparison.values
        ]
        return compared(found.key, comparison.operator, texts)

    def _number(self, value: Value, call: Call) -> str | None:
        if value.kind == "null":
            return None
        if not isinstance(value.value, Decimal):
            message = f"value of filter criterion for function {call.function} must be of type double"
            raise self._refused(call.function, call.position, message, "INVALID_FIELD")
        try:
            return self._rows.shared.put(number_key(value.value))
        except NoNumber:
            message = f"value of filter criterion for function {call.function} is outside of the valid range"
            raise self._refused(call.function, call.position, message, "NUMBER_OUTSIDE_VALID_RANGE") from None

    def _refused(self, name: str, position: int, message: str, code: str = "MALFORMED_QUERY") -> Refused:
        return self._rows.refused(Name((name,), position), message, code)


def _name(what: Name | Call) -> str:
    """What tells one key from another, whatever its case."""
    return _shown(what).lower()


def _shown(what: Name | Call) -> str:
    if isinstance(what, Name):
        return ".".join(what.path)
    return f"{what.function}({_shown(what.argument) if what.argument else ''})"


def _same(value: Any) -> Any:
    return value


def _converter(field: Field | None) -> Convert:
    """From what the engine computes to the value in a reply."""
    kind = kind_of(field) if field is not None else "integer"
    if kind == "number":
        return lambda value: None if value is None else Decimal(value)
    if kind == "boolean":
        return lambda value: None if value is None else bool(value)
    return _same
