"""Aggregates: one row for each group of rows, with GROUP BY and HAVING."""

from __future__ import annotations

import itertools
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
from gameday_fakes.salesforce.soql_sql import Rows, SortKey
from gameday_fakes.salesforce.soql_tree import (
    GROUPING,
    Call,
    Comparison,
    Condition,
    Group,
    Name,
    Not,
    Query,
    Selected,
    Value,
)
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
    """One aggregate statement on the rows of one object. Raises Refused.

    Subtotals are the same statement once more, grouped by fewer keys: the others are null there ("GROUP BY ROLLUP").
    """

    def __init__(self, query: Query, rows: Rows) -> None:
        self._query = query
        self._rows = rows
        self._keys = {_name(one): self._key(one) for one in query.group_by}
        #: The keys that rows of subtotals are not grouped by, at the moment.
        self._left_out: frozenset[str] = frozenset()
        #: The names of the columns, what the engine computes, and the value in a reply.
        self.columns: list[tuple[str, str, Convert]] = []
        self._aliases: dict[str, str] = {}
        self._columns()

    def _columns(self) -> None:
        self.columns.clear()
        unnamed = 0
        for one in self._query.selected:
            name, text, convert = self._column(one)
            if not name:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            self.columns.append((name, text, convert))

    def statement(self, where: str) -> str:
        """The whole statement for the engine."""
        if not self._query.subtotals:
            order = ", ".join(f"{key} {way}" for key, way in self._sort_keys())
            return self._part(where, [text for _, text, _ in self.columns]) + (order and f" ORDER BY {order}")
        parts: list[str] = []
        directions: list[str] = []
        for left_out in self._sets():
            self._left_out = left_out
            self._columns()
            # The last columns are what the rows of all parts are sorted by.
            keys = self._sort_keys()
            directions = [f"k{number} {key.way}" for number, key in enumerate(keys)]
            texts = [f"{text} AS c{number}" for number, (_, text, _) in enumerate(self.columns)]
            texts += [f"{key.text} AS k{number}" for number, key in enumerate(keys)]
            parts.append(self._part(where, texts))
        shown = ", ".join(f"c{number}" for number in range(len(self.columns)))
        return f"SELECT {shown} FROM ({' UNION ALL '.join(parts)}) ORDER BY {', '.join(directions)}"  # noqa: S608

    def _part(self, where: str, selected: list[str]) -> str:
        having = f" HAVING {self._having(self._query.having)}" if self._query.having is not None else ""
        keys = [key for name, key in self._keys.items() if name not in self._left_out]
        groups = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {', '.join(selected)} FROM {self._rows.source}{where}{groups}{having}"  # noqa: S608 - translated

    def _sort_keys(self) -> list[SortKey]:
        keys = self._rows.sorted_by(self._query.order_by, self._order_key)
        for name, key in self._keys.items():
            # A row of subtotals stands behind those that it sums up.
            keys += [SortKey(str(int(name in self._left_out)))] if self._query.subtotals else []
            keys.append(SortKey(self._shown(name, key)))
        return keys

    def _sets(self) -> list[frozenset[str]]:
        """The keys that are left out, of each part."""
        names = list(self._keys)
        if self._query.subtotals == "ROLLUP":
            return [frozenset(names[count:]) for count in range(len(names), -1, -1)]
        counts = range(len(names) + 1)
        return [frozenset(few) for count in counts for few in itertools.combinations(names, count)]

    def _shown(self, name: str, text: str) -> str:
        """A key, or null where rows are not grouped by it."""
        return "NULL" if name in self._left_out else text

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
        if isinstance(what, Call) and what.function == GROUPING:
            return one.alias, self._grouping(what), _same
        key = self._keys.get(_name(what))
        if key is None:
            raise self._refused(_name(what), one.position, f"Field must be grouped or aggregated: {_shown(what)}")
        if one.alias:
            self._aliases[one.alias.lower()] = _name(what)
        if isinstance(what, Name):
            path = self._rows.path(what)
            text = self._shown(_name(what), self._rows.column(path))
            return one.alias or path.shown, text, _converter(path.field)
        return one.alias, self._shown(_name(what), key), _same

    def _grouping(self, call: Call) -> str:
        """1 in rows of subtotals that are not grouped by a field, else 0."""
        name = _name(call.field) if call.field is not None else ""
        if not self._query.subtotals or name not in self._keys:
            message = f"Field must be grouped with ROLLUP or CUBE: {_shown(call)}"
            raise self._refused(name, call.position, message)
        return str(int(name in self._left_out))

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
            # "Querying Currency Fields in Multi-Currency Orgs": what is put together is in the organisation's currency.
            text = f"{_OF_NUMBERS[call.function]}(group_concat({self._rows.converted(path)}))"
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
        if isinstance(what, Call) and what.function == GROUPING:
            return self._grouping(what)
        if isinstance(what, Name) and len(what.path) == 1 and what.path[0].lower() in self._aliases:
            name = self._aliases[what.path[0].lower()]
            return self._shown(name, self._keys[name])
        key = self._keys.get(_name(what))
        if key is None:
            # Whether there is such a field at all comes first.
            self._rows.key(what)
            message = f"Ordered field must be grouped or aggregated: {_shown(what)}"
            raise self._refused(_name(what), what.position, message)
        return self._shown(_name(what), self._rows.key(what))

    # -- HAVING --------------------------------------------------------------------------------------

    def _having(self, condition: Condition) -> str:
        match condition:
            case Not(inner):
                return negated(self._having(inner))
            case Group(joint, conditions):
                return all_joined(joint, [self._having(one) for one in conditions])
            case Comparison(left=Call() as call) if call.aggregates or call.function == GROUPING:
                return self._of_aggregate(call, condition)
            case Comparison():
                if _name(condition.left) not in self._keys:
                    message = f"Field must be grouped or aggregated: {_shown(condition.left)}"
                    raise self._refused(_name(condition.left), condition.left.position, message)
                text = self._rows.condition(condition)
                if _name(condition.left) in self._left_out:
                    # Constants are parameters, so whatever looks like the key is the key.
                    for key in (self._rows.key(condition.left), self._keys[_name(condition.left)]):
                        text = text.replace(key, "NULL")
                return text

    def _of_aggregate(self, call: Call, comparison: Comparison) -> str:
        grouping = call.function == GROUPING
        found = Aggregate(self._grouping(call), "", None) if grouping else self._aggregate(call)
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
        if value.kind != "number" or not isinstance(value.value, Decimal):
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
