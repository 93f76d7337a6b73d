"""The ``q=`` of record lists: ``lastModifiedDate AFTER "03/15/2026" AND companyName START_WITH "A"``.

Dates are bare days in the account's format and time zone; anything else is refused with the words "failed with date
format", after which clients try another format ("Record Collection Filtering"). That AFTER means the days after is [R].
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.table_shapes import Column

Predicate = Callable[[Any], bool]

_token = re.compile(r'\s*(?:"(?P<string>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"()\[\],]+)|(?P<sign>[()\[\],]))').match

_TEXT: dict[str, Callable[[str, str], bool]] = {
    "IS": lambda value, given: value == given,
    "CONTAIN": lambda value, given: given in value,
    "START_WITH": str.startswith,
    "END_WITH": str.endswith,
}
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda value, given: value == given,
    "GREATER": lambda value, given: value > given,
    "GREATER_OR_EQUAL": lambda value, given: value >= given,
    "LESS": lambda value, given: value < given,
    "LESS_OR_EQUAL": lambda value, given: value <= given,
}
_DAYS: dict[str, Callable[[Any, Any], bool]] = {
    "ON": lambda value, given: value == given,
    "AFTER": lambda value, given: value > given,
    "ON_OR_AFTER": lambda value, given: value >= given,
    "BEFORE": lambda value, given: value < given,
    "ON_OR_BEFORE": lambda value, given: value <= given,
}


def list_filter(text: str, columns: Mapping[str, Column], dates: AccountDates) -> Predicate:
    """The test that a ``q`` expresses. Raises Refused."""
    return _Parser(text, columns, dates).filter()


def _invalid(reason: str) -> Refused:
    return Refused("invalid_parameter", f"Invalid query parameter 'q': {reason}.", path="q")


class _Parser:
    def __init__(self, text: str, columns: Mapping[str, Column], dates: AccountDates) -> None:
        self._columns = columns
        self._dates = dates
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            token = _token(text, at)
            if token is None:
                raise _invalid(f"unexpected {text[at : at + 20]!r}")
            kind = token.lastgroup or ""
            self._tokens.append((kind, token[kind]))
            at = token.end()
        self._tokens.reverse()

    def filter(self) -> Predicate:
        test = self._alternatives(0)
        if self._tokens:
            raise _invalid(f"unexpected {self._tokens[-1][1]!r}")
        return test

    def _next(self, kind: str = "") -> str:
        if not self._tokens or (kind and self._tokens[-1][0] != kind):
            found = self._tokens[-1][1] if self._tokens else "the end"
            raise _invalid(f"{kind or 'a value'} expected, found {found[:40]!r}")
        return self._tokens.pop()[1]

    def _take(self, text: str) -> bool:
        if self._tokens and self._tokens[-1][0] != "string" and self._tokens[-1][1] == text:
            self._tokens.pop()
            return True
        return False

    def _alternatives(self, depth: int) -> Predicate:
        tests = [self._all(depth)]
        while self._take("OR"):
            tests.append(self._all(depth))
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _all(self, depth: int) -> Predicate:
        tests = [self._test(depth)]
        while self._take("AND"):
            tests.append(self._test(depth))
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _test(self, depth: int) -> Predicate:
        if depth > 50:
            raise _invalid("conditions are nested too deeply")
        if self._take("("):
            inner = self._alternatives(depth + 1)
            if not self._take(")"):
                raise _invalid("')' expected")
            return inner
        name = self._next("word")
        column = self._columns.get(name.lower())
        if column is None:
            raise Refused("nonexistent_field", f"Record field '{name[:80]}' was not found.", path="q")
        operator = self._next("word")
        base = operator.removesuffix("_NOT")
        if base == "EMPTY":
            test: Predicate = lambda row: column.get(row) == ""  # noqa: E731 - one of several tests below
        elif base in ("ANY_OF", "BETWEEN"):
            test = self._several(name, column, base)
        else:
            test = self._single(name, column, base)
        return (lambda row: not test(row)) if operator.endswith("_NOT") else test

    def _single(self, name: str, column: Column, operator: str) -> Predicate:
        known = _operators(column)
        compare = known.get(operator)
        if compare is None:
            raise _invalid(f"operator {operator[:40]!r} does not fit '{name}'; known: {', '.join(known)}")
        given = self._value(column, self._next())
        return lambda row: (value := _value(column, row)) is not None and compare(value, given)

    def _several(self, name: str, column: Column, operator: str) -> Predicate:
        if not self._take("["):
            raise _invalid(f"'[' expected after {operator}")
        given = [self._value(column, self._next())]
        while self._take(","):
            given.append(self._value(column, self._next()))
        if not self._take("]"):
            raise _invalid("']' expected")
        if operator == "ANY_OF":
            return lambda row: _value(column, row) in given
        if len(given) != 2:
            raise _invalid(f"BETWEEN takes two values for '{name}'")
        return lambda row: (value := _value(column, row)) is not None and given[0] <= value <= given[1]

    def _value(self, column: Column, text: str) -> Any:
        if column.kind in ("date", "moment"):
            try:
                return self._dates.parse(text).date()
            except ValueError:
                wanted = self._dates.date_format
                raise _invalid(f"the conversion of '{text[:40]}' failed with date format {wanted}") from None
        if column.kind == "flag":
            return "T" if text.lower() in ("true", "t") else "F"
        if column.kind == "text":
            return text
        try:
            return Decimal(text)
        except InvalidOperation:
            raise _invalid(f"'{text[:40]}' is not a number") from None


def _operators(column: Column) -> dict[str, Callable[[Any, Any], bool]]:
    match column.kind:
        case "date" | "moment":
            return _DAYS
        case "text" | "flag":
            return _TEXT
        case _:
            return _ORDERED


def _value(column: Column, row: Any) -> Any:
    value = column.get(row)
    if value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    return Decimal(value) if column.kind in ("integer", "number") else value


def matching(rows: Iterable[Any], test: Predicate) -> list[str]:
    """The ids of the rows that pass."""
    return [row.id for row in rows if test(row)]
