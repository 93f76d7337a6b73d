"""WHERE: which rows satisfy a condition, and how to find them without reading all rows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from gameday_fakes.like import like
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.moments import canonical as canonical_moment
from gameday_fakes.salesforce.moments import is_date
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.soql_tree import Comparison, Condition, Group, Name, Not, Value

Predicate = Callable[[Record], bool]

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: The kinds of literal that a field type can be compared with, besides null; other types: strings.
_LITERALS = {
    "boolean": ("boolean",),
    "currency": ("number",),
    "double": ("number",),
    "percent": ("number",),
    "int": ("number",),
    "date": ("date",),
    "datetime": ("datetime",),
}


class Conditions:
    """The conditions of one statement on one object. Raises Refused for values that cannot be compared."""

    def __init__(self, store: SalesforceStore, paths: Paths, sobject: str) -> None:
        self._store = store
        self._paths = paths
        self._sobject = sobject

    def rows(self, where: Condition | None, *, with_deleted: bool = False) -> Iterator[Record]:
        """The rows that satisfy a condition (None: all)."""
        holds = self.predicate(where)
        candidates = self._candidates(where)
        if with_deleted:
            candidates = chain(candidates, self._store.bin[self._sobject].values())
        return filter(holds, candidates)

    def predicate(self, where: Condition | None) -> Predicate:
        """A condition as a function of a row."""
        match where:
            case None:
                return lambda _: True
            case Not(condition):
                inner = self.predicate(condition)
                return lambda record: not inner(record)
            case Group(joint, conditions):
                parts = [self.predicate(condition) for condition in conditions]
                if joint == "AND":
                    return lambda record: all(part(record) for part in parts)
                return lambda record: any(part(record) for part in parts)
            case Comparison():
                return self._comparison(where)

    def _comparison(self, comparison: Comparison) -> Predicate:
        path = self._paths.path(self._sobject, comparison.name)
        value = path.value
        if comparison.operator == "LIKE":
            return self._like(comparison, path)
        wanted = [self._operand(path.field, literal, comparison.name) for literal in comparison.values]
        fold = _folded if _literals(path.field) == ("string",) and not _is_id(path.field) else _same
        if comparison.operator in _ORDERINGS:
            compare, right = _ORDERINGS[comparison.operator], fold(wanted[0])
            if path.field.type == "boolean":
                raise self._bad_operator(comparison, path)
            if right is None:
                return lambda _: False

            def ordered(record: Record) -> bool:
                left = value(record)
                return left is not None and compare(fold(left), right)

            return ordered
        accepted = {fold(one) for one in wanted}
        if comparison.operator in ("=", "IN"):
            return lambda record: fold(value(record)) in accepted
        return lambda record: fold(value(record)) not in accepted

    def _like(self, comparison: Comparison, path: Path) -> Predicate:
        (literal,) = comparison.values
        if literal.kind != "string" or _literals(path.field) != ("string",) or _is_id(path.field):
            raise self._bad_operator(comparison, path)
        pattern = re.compile(like(str(literal.value)), re.IGNORECASE | re.DOTALL)
        return lambda record: pattern.fullmatch(path.value(record) or "") is not None

    def _operand(self, field: Field, literal: Value, name: Name) -> Any:
        """A literal in the form in which records keep values."""
        if literal.kind == "null":
            return None
        kinds = _literals(field)
        if literal.kind not in kinds:
            quotes = "and should not be enclosed in quotes" if literal.kind == "string" else ""
            shown = {"datetime": "dateTime", "currency": "double", "percent": "double"}.get(field.type, field.type)
            message = f"value of filter criterion for field '{name.path[-1]}' must be of type {shown} {quotes}".rstrip()
            raise self._paths.refused(name, message)
        text = str(literal.value)
        if field.type == "datetime":
            try:
                return canonical_moment(text)
            except ValueError:
                raise self._paths.refused(name, f"invalid dateTime: {text}", "MALFORMED_QUERY") from None
        if field.type == "date" and not is_date(text):
            raise self._paths.refused(name, f"invalid date: {text}", "MALFORMED_QUERY")
        if _is_id(field):
            # A malformed id matches nothing in a reference; compared with Id it is refused.
            known = canonical(text)
            if known is None:
                raise self._paths.refused(name, f"invalid ID field: {text}", "INVALID_QUERY_FILTER_OPERATOR")
            return known
        return literal.value

    def _bad_operator(self, comparison: Comparison, path: Path) -> Refused:
        message = f"invalid operator on {path.shown}: {comparison.operator}"
        return self._paths.refused(comparison.name, message, "INVALID_QUERY_FILTER_OPERATOR")

    # -- finding rows --------------------------------------------------------------------------------

    def _candidates(self, where: Condition | None) -> Iterable[Record]:
        """All rows that may satisfy a condition: few, if one of its conjuncts is indexed."""
        conjuncts = where.conditions if isinstance(where, Group) and where.joint == "AND" else (where,)
        since = None
        for conjunct in conjuncts:
            if not isinstance(conjunct, Comparison):
                continue
            path = self._paths.path(self._sobject, conjunct.name)
            if path.hops:
                continue
            if conjunct.operator in ("=", "IN"):
                rows = self._indexed(path.field, conjunct)
                if rows is not None:
                    return rows
            elif conjunct.operator in (">", ">=") and path.field.name == "SystemModstamp":
                since = self._operand(path.field, conjunct.values[0], conjunct.name)
        table = self._store.tables[self._sobject]
        return list(table.values()) if since is None else _since(table, since)

    def _indexed(self, field: Field, comparison: Comparison) -> list[Record] | None:
        values = [self._operand(field, literal, comparison.name) for literal in comparison.values]
        if None in values:
            return None
        if field.type == "id":
            records = (self._store.find(self._sobject, value) for value in dict.fromkeys(values))
            return [record for record in records if record is not None]
        if field.refers_to and self._store.is_indexed(self._sobject, field.name):
            return [
                record
                for value in dict.fromkeys(values)
                for record in self._store.matching(self._sobject, field.name, value)
            ]
        return None


def _since(table: dict[str, Record], since: str) -> list[Record]:
    """The rows changed since; the table is in the order of change, so they are at its end."""
    records = []
    for record in reversed(table.values()):
        if record.fields["SystemModstamp"] < since:
            break
        records.append(record)
    records.reverse()
    return records


def _is_id(field: Field) -> bool:
    return field.type in ("id", "reference")


def _literals(field: Field) -> tuple[str, ...]:
    return _LITERALS.get(field.type, ("string",))


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _same(value: Any) -> Any:
    return value
