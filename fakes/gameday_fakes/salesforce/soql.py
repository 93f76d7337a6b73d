"""SOQL: from text to a syntax tree. Only what syncs use; everything else is refused as Salesforce refuses it.

Known: SELECT of fields, parents' fields by dots and one level of child queries; COUNT(), COUNT(field), SUM, MIN, MAX
and AVG with GROUP BY; WHERE with comparisons, IN, NOT IN, LIKE, AND, OR, NOT and parentheses; ORDER BY, LIMIT, OFFSET.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.soql_tree import (
    Aggregate,
    Comparison,
    Condition,
    Group,
    Name,
    Not,
    OrderBy,
    Query,
    Value,
    located,
)

#: "SOQL and SOSL Limits for Search Queries": the longest statement.
LONGEST = 100_000
#: How deep conditions may be nested; real queries are never deeper.
DEEPEST = 40

_T = TypeVar("_T")


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    position: int


_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d(?![\w:]))
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![\w]))
    |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<operator><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_FUNCTIONS = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG"})
_WORDS = frozenset(
    {"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "BY", "LIMIT", "OFFSET", "AND", "OR", "NOT", "IN", "LIKE"}
)


def parse(text: str) -> Query:
    """Read a statement. Raises Refused (MALFORMED_QUERY)."""
    if len(text) > LONGEST:
        raise Refused("MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST} characters.")
    parser = _Parser(text)
    query = parser.query(top=True)
    parser.end()
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._scan())
        self._next = 0
        self._depth = 0

    def _scan(self) -> list[_Token]:
        tokens = []
        position = 0
        while position < len(self._text):
            match = _TOKENS.match(self._text, position)
            if match is None:
                raise self._refused(position, f"unexpected token: '{self._text[position]}'")
            if match.lastgroup != "space":
                tokens.append(_Token(match.lastgroup or "", match.group(), position))
            position = match.end()
        tokens.append(_Token("end", "<EOF>", len(self._text)))
        return tokens

    # -- the grammar ---------------------------------------------------------------------------------

    def query(self, *, top: bool) -> Query:
        self._need("SELECT")
        counts, fields = self._selected(top=top)
        self._need("FROM")
        sobject = self._name()
        where = self._condition() if self._take("WHERE") else None
        group_by: tuple[Name, ...] = ()
        if self._take("GROUP"):
            self._need("BY")
            group_by = tuple(self._listed(self._name))
        order_by: tuple[OrderBy, ...] = ()
        if self._take("ORDER"):
            self._need("BY")
            order_by = tuple(self._listed(self._order))
        limit = self._whole_number() if self._take("LIMIT") else None
        offset = self._whole_number() if self._take("OFFSET") else 0
        return Query(
            text=self._text,
            fields=fields,
            object=".".join(sobject.path),
            object_position=sobject.position,
            where=where,
            group_by=group_by,
            order_by=order_by,
            limit=limit,
            offset=offset,
            counts=counts,
        )

    def end(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected()

    def _selected(self, *, top: bool) -> tuple[bool, tuple[Name | Aggregate | Query, ...]]:
        fields = self._listed(lambda: self._selected_one(top=top))
        for field in fields:
            if isinstance(field, Aggregate) and field.argument is None:
                if len(fields) > 1:
                    raise self._refused(field.position, "unexpected token: COUNT()")
                return True, ()
        seen = set()
        for field in fields:
            if isinstance(field, Name):
                path = ".".join(field.path)
                if path.lower() in seen:
                    raise self._refused(field.position, f"duplicate field selected: {path}", "INVALID_FIELD")
                seen.add(path.lower())
        return False, tuple(fields)

    def _selected_one(self, *, top: bool) -> Name | Aggregate | Query:
        token = self._peek()
        if token.text == "(" and top:
            self._advance()
            inner = self.query(top=False)
            self._need(")")
            return inner
        name = self._name()
        if self._peek().text != "(":
            return name
        function = name.path[0].upper()
        if len(name.path) > 1 or function not in _FUNCTIONS or not top:
            raise self._unexpected()
        self._advance()
        argument = None if function == "COUNT" and self._peek().text == ")" else self._name()
        self._need(")")
        alias = ""
        if self._peek().kind == "name" and self._peek().text.upper() not in _WORDS:
            alias = self._advance().text
        return Aggregate(function, argument, alias, token.position)

    def _condition(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refused(self._peek().position, "the conditions are nested too deeply")
        first = self._single()
        conditions = [first]
        joint = self._peek().text.upper()
        while joint in ("AND", "OR") and self._take(joint):
            conditions.append(self._single())
            following = self._peek().text.upper()
            if following in ("AND", "OR") and following != joint:
                # Salesforce wants parentheses where AND and OR meet.
                raise self._unexpected()
        self._depth -= 1
        return first if len(conditions) == 1 else Group("AND" if joint == "AND" else "OR", tuple(conditions))

    def _single(self) -> Condition:
        if self._take("NOT"):
            self._depth += 1
            if self._depth > DEEPEST:
                raise self._refused(self._peek().position, "the conditions are nested too deeply")
            turned = Not(self._single())
            self._depth -= 1
            return turned
        if self._take("("):
            inner = self._condition()
            self._need(")")
            return inner
        name = self._name()
        token = self._advance()
        word = token.text.upper()
        if word == "NOT" and self._take("IN"):
            return Comparison(name, "NOT IN", self._values())
        if word == "IN":
            return Comparison(name, "IN", self._values())
        operator = {"<>": "!=", **{o: o for o in ("=", "!=", "<", "<=", ">", ">=", "LIKE")}}.get(word)
        if operator is None:
            raise self._refused(token.position, f"unexpected token: '{token.text}'")
        return Comparison(name, operator, (self._literal(),))  # type: ignore[arg-type]

    def _values(self) -> tuple[Value, ...]:
        self._need("(")
        values = tuple(self._listed(self._literal))
        self._need(")")
        return values

    def _literal(self) -> Value:
        token = self._advance()
        match token.kind:
            case "string":
                value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), token.text[1:-1], flags=re.DOTALL)
                return Value("string", value, token.position)
            case "number":
                return Value("number", Decimal(token.text), token.position)
            case "date" | "datetime":
                return Value(token.kind, token.text, token.position)
            case "name" if token.text.lower() in ("true", "false"):
                return Value("boolean", token.text.lower() == "true", token.position)
            case "name" if token.text.lower() == "null":
                return Value("null", None, token.position)
        raise self._refused(token.position, f"unexpected token: '{token.text}'")

    def _order(self) -> OrderBy:
        name = self._name()
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        nulls_last = False
        if self._take("NULLS"):
            nulls_last = self._take("LAST")
            if not nulls_last:
                self._need("FIRST")
        return OrderBy(name, descending, nulls_last)

    def _whole_number(self) -> int:
        token = self._advance()
        if token.kind != "number" or not token.text.isdigit():
            raise self._refused(token.position, f"unexpected token: '{token.text}'")
        return int(token.text[:9])

    # -- tokens --------------------------------------------------------------------------------------

    def _listed(self, one: Callable[[], _T]) -> list[_T]:
        items = [one()]
        while self._take(","):
            items.append(one())
        return items

    def _name(self) -> Name:
        token = self._advance()
        if token.kind != "name" or token.text.upper() in _WORDS:
            raise self._refused(token.position, f"unexpected token: '{token.text}'")
        return Name(tuple(token.text.split(".")), token.position)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _take(self, word: str) -> bool:
        token = self._peek()
        if token.kind in ("name", "operator") and token.text.upper() == word:
            self._advance()
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected()

    def _unexpected(self) -> Refused:
        token = self._peek()
        return self._refused(token.position, f"unexpected token: '{token.text}'")

    def _refused(self, position: int, message: str, code: str = "MALFORMED_QUERY") -> Refused:
        return Refused(code, located(self._text, position, message))
