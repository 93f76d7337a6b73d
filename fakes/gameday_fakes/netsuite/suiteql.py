"""The part of SuiteQL that syncs use: one table, its columns, conditions, order and paging.

``SELECT [*|COUNT(*)|column [AS name], BUILTIN.DF(column), TO_CHAR(column, 'format'), ...] FROM table [alias]
[WHERE ...] [ORDER BY column [ASC|DESC], ...] [OFFSET n ROWS] [FETCH FIRST n ROWS ONLY | LIMIT n]`` with
``= != <> < > <= >= IN LIKE BETWEEN IS NULL AND OR NOT``, and ``TO_DATE('...', 'format')`` on the right of a
comparison. No joins.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_token = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_][\w]*(?:\.[A-Za-z_*][\w]*)*)
      | (?P<sign><=|>=|<>|!=|\|\||[=<>(),*;+-])
    )""",
    re.VERBOSE,
).match

_COMPARISONS = {"=", "!=", "<>", "<", ">", "<=", ">="}

#: Words that end the alias of a select list's column or of a table.
_RESERVED = {"FROM", "WHERE", "ORDER", "OFFSET", "FETCH", "LIMIT", "AND", "OR", "AS", "ASC", "DESC", "GROUP", "JOIN"}


class QueryError(ValueError):
    """The query cannot be understood; one line."""


class Operand(msgspec.Struct, frozen=True):
    """A column.

    ``call`` is empty, or ``DF`` for its display value, ``TO_CHAR`` for its text in a ``format``, or ``COUNT``.
    """

    column: str
    call: str = ""
    format: str = ""


class DateLiteral(msgspec.Struct, frozen=True):
    """``TO_DATE('text', 'format')``."""

    text: str
    format: str


class Comparison(msgspec.Struct, frozen=True):
    """``column operator values``; operators as in SQL, in capitals: one value, two for BETWEEN, any number for IN."""

    operand: Operand
    operator: str
    values: tuple[Any, ...]
    negated: bool = False


class Group(msgspec.Struct, frozen=True):
    """Conditions joined by ``AND`` or ``OR``, or one that is negated."""

    joint: str
    members: tuple[Any, ...]


class Query(msgspec.Struct, frozen=True):
    """A query as written: names of columns in lower case."""

    columns: tuple[tuple[Operand, str], ...]
    table: str
    where: Comparison | Group | None = None
    order_by: tuple[tuple[Operand, bool], ...] = ()
    offset: int = 0
    limit: int | None = None


def parse(text: str) -> Query:
    """Read a query. Raises QueryError."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip().rstrip(";").rstrip()
        while at < len(text):
            token = _token(text, at)
            if token is None:
                raise QueryError(f"unexpected character at {text[at : at + 20]!r}")
            kind = token.lastgroup or ""
            self._tokens.append((kind, token[kind]))
            at = token.end()
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        self._expect("SELECT")
        columns = [self._selected()]
        while self._take(","):
            columns.append(self._selected())
        self._expect("FROM")
        table = self._word().lower()
        self._take("AS")
        if self._kind() == "word" and self._peek() not in _RESERVED:
            self._word()
        where = self._disjunction() if self._take("WHERE") else None
        order_by = self._order_by() if self._take("ORDER") else ()
        offset, limit = self._paging()
        if self._peek():
            raise QueryError(f"unexpected {self._tokens[self._at][1]!r}")
        return Query(tuple(columns), table, where, order_by, offset, limit)

    # -- tokens --------------------------------------------------------------------------------------

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _peek(self) -> str:
        """The token's text, in capitals unless it is a string; empty at the end."""
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind == "string" else text.upper()

    def _take(self, *words: str) -> bool:
        if self._kind() != "string" and self._peek() in words:
            self._at += 1
            return True
        return False

    def _expect(self, *words: str) -> None:
        if not self._take(*words):
            raise QueryError(f"{' or '.join(words)} expected, found {self._peek() or 'the end'!r}")

    def _of_kind(self, kind: str) -> str:
        if self._kind() != kind:
            raise QueryError(f"a {kind} expected, found {self._peek() or 'the end'!r}")
        text = self._tokens[self._at][1]
        self._at += 1
        return text

    def _word(self) -> str:
        return self._of_kind("word")

    def _string(self) -> str:
        return self._of_kind("string")[1:-1].replace("''", "'")

    # -- parts ---------------------------------------------------------------------------------------

    def _selected(self) -> tuple[Operand, str]:
        if self._take("*"):
            return Operand("*"), ""
        operand = self._operand()
        named = self._take("AS") or (self._kind() == "word" and self._peek() not in _RESERVED)
        name = self._word().lower() if named else _name_of(operand)
        return operand, name

    def _operand(self) -> Operand:
        word = self._word()
        call = word.upper().removeprefix("BUILTIN.")
        if not self._take("("):
            return Operand(word.rpartition(".")[2].lower())
        if call == "COUNT":
            self._expect("*")
            self._expect(")")
            return Operand("*", "COUNT")
        if call not in ("DF", "TO_CHAR"):
            raise QueryError(f"unknown function {word!r}")
        column = self._word().rpartition(".")[2].lower()
        wanted = self._string() if call == "TO_CHAR" and self._take(",") else ""
        self._expect(")")
        return Operand(column, call, wanted)

    def _order_by(self) -> tuple[tuple[Operand, bool], ...]:
        self._expect("BY")
        keys = []
        while True:
            operand = self._operand()
            descending = self._take("DESC")
            self._take("ASC")
            keys.append((operand, descending))
            if not self._take(","):
                return tuple(keys)

    def _paging(self) -> tuple[int, int | None]:
        offset, limit = 0, None
        while self._take("OFFSET"):
            offset = self._count()
            self._take("ROWS", "ROW")
        if self._take("FETCH"):
            self._expect("FIRST", "NEXT")
            limit = self._count()
            self._expect("ROWS", "ROW")
            self._expect("ONLY")
        elif self._take("LIMIT"):
            limit = self._count()
        return offset, limit

    def _count(self) -> int:
        text = self._of_kind("number")
        if not text.isdigit() or len(text) > 9:
            raise QueryError(f"a number of rows expected, found {text[:40]!r}")
        return int(text)

    def _disjunction(self) -> Comparison | Group:
        members = [self._conjunction()]
        while self._take("OR"):
            members.append(self._conjunction())
        return members[0] if len(members) == 1 else Group("OR", tuple(members))

    def _conjunction(self) -> Comparison | Group:
        members = [self._condition()]
        while self._take("AND"):
            members.append(self._condition())
        return members[0] if len(members) == 1 else Group("AND", tuple(members))

    def _condition(self) -> Comparison | Group:
        self._depth += 1
        if self._depth > 50:
            raise QueryError("conditions are nested too deeply")
        try:
            if self._take("NOT"):
                return Group("NOT", (self._condition(),))
            if self._take("("):
                inner = self._disjunction()
                self._expect(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Comparison:
        operand = self._operand()
        if self._take("IS"):
            negated = self._take("NOT")
            self._expect("NULL")
            return Comparison(operand, "NULL", (), negated)
        negated = self._take("NOT")
        if self._take("IN"):
            self._expect("(")
            values = [self._value()]
            while self._take(","):
                values.append(self._value())
            self._expect(")")
            return Comparison(operand, "IN", tuple(values), negated)
        if self._take("LIKE"):
            return Comparison(operand, "LIKE", (self._string(),), negated)
        if self._take("BETWEEN"):
            low = self._value()
            self._expect("AND")
            return Comparison(operand, "BETWEEN", (low, self._value()), negated)
        sign = self._peek()
        self._expect(*sorted(_COMPARISONS))
        return Comparison(operand, "!=" if sign == "<>" else sign, (self._value(),), negated)

    def _value(self) -> Any:
        if self._kind() == "string":
            return self._string()
        if self._take("-"):
            return f"-{self._of_kind('number')}"
        if self._kind() == "number":
            return self._of_kind("number")
        word = self._word().upper()
        if word not in ("TO_DATE", "TO_TIMESTAMP"):
            raise QueryError(f"a value expected, found {word!r}")
        self._expect("(")
        text = self._string()
        wanted = self._string() if self._take(",") else ""
        self._expect(")")
        return DateLiteral(text, wanted)


def _name_of(operand: Operand) -> str:
    return {"": operand.column, "COUNT": "expr1"}.get(operand.call, operand.column)
