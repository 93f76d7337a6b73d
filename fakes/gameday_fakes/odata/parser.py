"""Reading expressions of ``$filter`` and ``$orderby``, and writing them again.

Source: "OData Version 4.01. Part 2: URL Conventions", section 5.1.1.14 "Operator Precedence"; version 2 has the same
order and fewer operators.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.odata import literals
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
from gameday_fakes.odata.model import Version
from gameday_fakes.odata.tokens import Token, tokens

#: How deep expressions may be nested, and how many tokens one may have.
DEEPEST, MOST_TOKENS = 60, 4000

#: Operators from those that bind least, with their strength.
_STRENGTH = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("eq", "ne"), 3),
    **dict.fromkeys(("gt", "ge", "lt", "le"), 4),
    **dict.fromkeys(("add", "sub"), 5),
    **dict.fromkeys(("mul", "div", "divby", "mod"), 6),
    **dict.fromkeys(("has", "in"), 8),
}
_UNARY = 7
_ONLY_V4 = ("divby", "has", "in")
_LISTS: dict[str, type[AllOf] | type[AnyOf]] = {"and": AllOf, "or": AnyOf}


def parse(text: str, version: Version) -> Expression:
    """An expression. Raises ODataError, which says what is wrong at which position."""
    parser = _Parser(text, version)
    found = parser.expression(0)
    parser.expect("end")
    return found


def parse_orderby(text: str, version: Version) -> tuple[tuple[Expression, bool], ...]:
    """Expressions to order by, each with whether it is descending. Raises ODataError."""
    parser, found = _Parser(text, version), []
    while True:
        by = parser.expression(0)
        descending = False
        if parser.next.kind == "name" and parser.next.text in ("asc", "desc"):
            descending = parser.take().text == "desc"
        found.append((by, descending))
        if parser.next.kind != ",":
            break
        parser.take()
    parser.expect("end")
    return tuple(found)


class _Parser:
    """Precedence climbing over tokens."""

    def __init__(self, text: str, version: Version) -> None:
        self._version = version
        self._tokens = list(tokens(text, version))
        if len(self._tokens) > MOST_TOKENS:
            raise ODataError("bad_filter", f"The expression has more than {MOST_TOKENS} parts.")
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The next token, which is then past."""
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def expect(self, kind: str) -> Token:
        """The next token, which must be of a kind. Raises ODataError."""
        if self.next.kind != kind:
            raise self._refused("the end" if kind == "end" else f"'{kind}'")
        return self.take()

    def expression(self, least: int) -> Expression:
        """An expression of operators that bind at least so much."""
        self._deeper()
        before, left = self._depth, self._unary()
        while self.next.kind == "name":
            name = self.next.text
            strength = _STRENGTH.get(name, 0)
            if strength <= least or (self._version == "2.0" and name in _ONLY_V4):
                break
            self.take()
            if name in _LISTS:
                left = self._list(name, left, strength)
            elif name == "in":
                left = In(left, self._items())
            else:
                # A chain of operators is as deep as it is long.
                self._deeper()
                right = self.expression(strength)
                kind: Callable[..., Expression] = Compare if strength in (3, 4, 8) else Calculate
                left = kind(name, left, right)
        self._depth = before - 1
        return left

    def _list(self, name: str, first: Expression, strength: int) -> Expression:
        operands = [first, self.expression(strength)]
        while self.next.kind == "name" and self.next.text == name:
            self.take()
            operands.append(self.expression(strength))
        return _LISTS[name](tuple(operands))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ODataError("bad_filter", f"The expression is nested more than {DEEPEST} levels deep.")

    def _unary(self) -> Expression:
        token = self.next
        if token.kind == "name" and token.text == "not" and self._tokens[self._at + 1].kind not in ("/", ","):
            self.take()
            return Not(self._operand())
        if token.kind == "-":
            self.take()
            # The sign of a number is part of it, so it binds more than any operator.
            if self.next.value is not None and self.next.text[:1].isdigit():
                return self._negated(self._primary())
            return Negative(self._operand())
        return self._primary()

    def _operand(self) -> Expression:
        self._deeper()
        found = self.expression(_UNARY)
        self._depth -= 1
        return found

    def _negated(self, literal: Expression) -> Expression:
        if not isinstance(literal, Value) or not isinstance(literal.value, int | Decimal):
            raise self._refused("a number after '-'")
        return msgspec.structs.replace(literal, value=-literal.value)

    def _primary(self) -> Expression:
        token = self.take()
        match token.kind:
            case "literal" if token.value is not None:
                return token.value
            case "(":
                found = self.expression(0)
                self.expect(")")
                return found
            case "name":
                return self._named(token)
        raise self._refused("an expression", token)

    def _named(self, token: Token) -> Expression:
        if self.next.kind == "(":
            return Call(token.text, self._arguments())
        segments = [token.text]
        while self.next.kind == "/":
            self.take()
            name = self.expect("name").text
            if name in ("any", "all") and self._version == "4.0" and self.next.kind == "(":
                return self._lambda(Path(tuple(segments)), name)
            segments.append(name)
        return Path(tuple(segments))

    def _lambda(self, path: Path, kind: Any) -> Expression:
        self.expect("(")
        if kind == "any" and self.next.kind == ")":
            self.take()
            return Lambda(path, kind)
        variable = self.expect("name").text
        self.expect(":")
        body = self.expression(0)
        self.expect(")")
        return Lambda(path, kind, variable, body)

    def _arguments(self) -> tuple[Expression, ...]:
        self.expect("(")
        found: list[Expression] = []
        while self.next.kind != ")":
            if found:
                self.expect(",")
            found.append(self.expression(0))
        self.take()
        return tuple(found)

    def _items(self) -> tuple[Value, ...]:
        self.expect("(")
        found: list[Value] = []
        while True:
            item = self._unary()
            if not isinstance(item, Value):
                raise self._refused("a literal")
            found.append(item)
            if self.next.kind != ",":
                break
            self.take()
        self.expect(")")
        return tuple(found)

    def _refused(self, expected: str, token: Token | None = None) -> ODataError:
        token = token or self.next
        found = "the end" if token.kind == "end" else f"'{token.text[:40]}'"
        return ODataError("bad_filter", f"Syntax error at position {token.at}: {expected} expected, found {found}.")


def text_of(expression: Expression, version: Version) -> str:
    """An expression as URLs have it; reading it again gives the same."""
    return _text(expression, version, 0)


def _text(expression: Expression, version: Version, least: int) -> str:
    match expression:
        case Value():
            return literals.text_of(expression, version)
        case Path(segments):
            return "/".join(segments)
        case Call(name, arguments):
            return f"{name}({','.join(_text(each, version, 0) for each in arguments)})"
        case Lambda(path, kind, variable, body):
            inside = f"{variable}:{_text(body, version, 0)}" if body is not None else ""
            return f"{'/'.join(path.segments)}/{kind}({inside})"
    strength, text = _operator_text(expression, version)
    return f"({text})" if strength <= least else text


def _operator_text(expression: Expression, version: Version) -> tuple[int, str]:
    match expression:
        case AllOf(operands) | AnyOf(operands):
            name = "and" if isinstance(expression, AllOf) else "or"
            strength = _STRENGTH[name]
            return strength, f" {name} ".join(_text(each, version, strength) for each in operands)
        case Not(operand):
            return _UNARY, f"not {_text(operand, version, _UNARY)}"
        case Negative(operand):
            return _UNARY, f"-({_text(operand, version, 0)})"
        case In(left, items):
            return _STRENGTH["in"], f"{_text(left, version, 7)} in ({','.join(_text(i, version, 0) for i in items)})"
        case Compare(name, left, right) | Calculate(name, left, right):
            strength = _STRENGTH[name]
            return strength, f"{_text(left, version, strength - 1)} {name} {_text(right, version, strength)}"
    raise AssertionError(expression)
