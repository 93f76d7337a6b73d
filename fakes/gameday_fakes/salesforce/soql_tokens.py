"""The words and signs of SOQL, and reading them one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import msgspec

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.soql_dates import is_literal
from gameday_fakes.salesforce.soql_tree import Name, Value, located

#: "SOQL and SOSL Limits for Search Queries": the longest statement.
LONGEST = 100_000

_T = TypeVar("_T")


class Unsupported(Refused):
    """What Salesforce may have and this fake lacks; refused as a malformed query. ``what`` names it."""

    def __init__(self, what: str, message: str) -> None:
        super().__init__("MALFORMED_QUERY", message)
        self.what = what


class Token(msgspec.Struct, frozen=True):
    """A word or sign and where it is."""

    kind: str
    text: str
    position: int


_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d(?![\w:]))
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![\w]))
    |(?P<dates>[A-Za-z_]+:\d{1,9}(?!\w))
    |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<operator><=|>=|!=|<>|[=<>(),])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_money = re.compile(r"[A-Za-z]{3}\d+").fullmatch
_escape = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)|[\\%_]", re.DOTALL)

#: Words that are no names.
WORDS = frozenset(
    {"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "BY", "LIMIT", "OFFSET", "AND", "OR", "NOT", "IN", "LIKE", "HAVING"}
)
#: Words before which no alias stands.
ENDS = WORDS | {"USING", "WITH", "FOR", "ALL", "UPDATE", "INCLUDES", "EXCLUDES", "ASC", "DESC", "NULLS"}


class Reader:
    """Reads a statement. Raises Refused (MALFORMED_QUERY)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._scan())
        self._next = 0

    def _scan(self) -> list[Token]:
        if len(self._text) > LONGEST:
            raise Refused("MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST} characters.")
        tokens = []
        position = 0
        while position < len(self._text):
            match = _TOKENS.match(self._text, position)
            if match is None:
                raise self.refused(position, f"unexpected token: '{self._text[position]}'")
            if match.lastgroup != "space":
                tokens.append(Token(match.lastgroup or "", match.group(), position))
            position = match.end()
        tokens.append(Token("end", "<EOF>", len(self._text)))
        return tokens

    def listed(self, one: Callable[[], _T]) -> list[_T]:
        """Several, between commas."""
        items = [one()]
        while self.take(","):
            items.append(one())
        return items

    def name(self) -> Name:
        """A field or an object."""
        token = self.advance()
        if token.kind != "name" or token.text.upper() in WORDS:
            raise self.refused(token.position, f"unexpected token: '{token.text}'")
        return Name(tuple(token.text.split(".")), token.position)

    def object_name(self) -> Name:
        """What is read: an object, which may be called like a keyword, or a relationship to children."""
        token = self.peek()
        if token.kind == "name" and token.text.upper() in ("ORDER", "GROUP"):
            return Name((self.advance().text,), token.position)
        return self.name()

    def literal(self) -> Value:
        """A value."""
        token = self.advance()
        match token.kind:
            case "string":
                text = token.text[1:-1]
                pattern = _escape.sub(_for_like, text)
                return Value("string", _escape.sub(_meaning, text), token.position, pattern)
            case "number":
                return Value("number", Decimal(token.text), token.position)
            case "date" | "datetime":
                return Value(token.kind, token.text, token.position)
            case "name" if token.text.lower() in ("true", "false"):
                return Value("boolean", token.text.lower() == "true", token.position)
            case "name" if token.text.lower() == "null":
                return Value("null", None, token.position)
            case "name" | "dates" if is_literal(token.text):
                return Value("dates", token.text.upper(), token.position)
            case "name" if _money(token.text):
                return self._money(token)
        raise self.refused(token.position, f"unexpected token: '{token.text}'")

    def _money(self, token: Token) -> Value:
        """An amount in a currency: ``USD5000.50``, which is read as a name and a number."""
        digits, behind = token.text[3:], self.peek()
        if behind.kind == "number" and behind.text[0] == "." and behind.position == token.position + len(token.text):
            digits += self.advance().text
        return Value("money", Decimal(digits), token.position, token.text[:3].upper())

    def whole_number(self) -> int:
        """A number of rows."""
        token = self.advance()
        if token.kind != "number" or not token.text.isdigit():
            raise self.refused(token.position, f"unexpected token: '{token.text}'")
        return int(token.text[:9])

    def alias(self) -> str:
        """An alias, if there is one."""
        token = self.peek()
        if token.kind == "name" and "." not in token.text and token.text.upper() not in ENDS:
            return self.advance().text
        return ""

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or one behind it."""
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Take the next token."""
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def take(self, word: str) -> bool:
        """Take the next token if it is this word."""
        token = self.peek()
        if token.kind in ("name", "operator") and token.text.upper() == word:
            self.advance()
            return True
        return False

    def need(self, word: str) -> None:
        """Take this word."""
        if not self.take(word):
            raise self.unexpected()

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek().kind != "end":
            raise self.unexpected()

    def unexpected(self) -> Refused:
        """The refusal of the next token."""
        token = self.peek()
        return self.refused(token.position, f"unexpected token: '{token.text}'")

    def lacks(self, what: str, token: Token) -> Unsupported:
        """The refusal of what this fake lacks."""
        return Unsupported(what, located(self._text, token.position, f"unexpected token: '{token.text}'"))

    def refused(self, position: int, message: str, code: str = "MALFORMED_QUERY") -> Refused:
        """A refusal that points at a position."""
        return Refused(code, located(self._text, position, message))


def _meaning(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped is None:
        return match[0]
    return chr(int(escaped[1:], 16)) if len(escaped) > 1 else _ESCAPES.get(escaped, escaped)


def _for_like(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped is None:
        return match[0]
    meaning = _meaning(match)
    return f"\\{meaning}" if meaning in "%_\\" else meaning
