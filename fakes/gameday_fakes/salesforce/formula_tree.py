"""The syntax of formulas: text in, tree out. Salesforce help, "Formula Operators and Functions".

Operators are calls of functions whose names are the operators themselves.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import msgspec

#: "Formula Field Limits and Restrictions": characters of a formula; and how deep ours may nest.
LONGEST = 5_000
DEEPEST = 60

_TOKEN = re.compile(
    r"""\s+|/\*.*?\*/
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<name>\$?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    |(?P<mark>&&|\|\||<>|!=|==|<=|>=|[-+*/^&=<>!(),])""",
    re.DOTALL | re.VERBOSE,
)
#: From the weakest to the strongest.
_BINARY = (("||",), ("&&",), ("=", "<>"), ("<", "<=", ">", ">="), ("+", "-", "&"), ("*", "/"))
_SAME = {"==": "=", "!=": "<>"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class FormulaError(ValueError):
    """A formula that is not evaluated; the text says in a few words what it has that is not known."""


class Literal(msgspec.Struct, frozen=True):
    """A number, a text, true or false, or null."""

    value: Decimal | str | bool | None


class Name(msgspec.Struct, frozen=True):
    """A field, by its dotted path; one that begins with ``$`` is of something but the record."""

    path: tuple[str, ...]


class Call(msgspec.Struct, frozen=True):
    """A function, in capitals, or an operator."""

    function: str
    arguments: tuple[Node, ...]


Node = Literal | Name | Call


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Node:
    """The tree of a formula. Raises FormulaError."""
    if len(text) > LONGEST:
        raise FormulaError(f"it has more than {LONGEST:,} characters")
    parser = _Parser(_tokens(text))
    node = parser.expression(0)
    parser.need("end")
    return node


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise FormulaError(f"the sign {text[position]!r}")
        if found.lastgroup:
            tokens.append(_Token(found.lastgroup, found[0]))
        position = found.end()
    return [*tokens, _Token("end", "")]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def expression(self, level: int) -> Node:
        """Operators of this strength and of stronger ones."""
        if level == len(_BINARY):
            return self._power()
        left = self.expression(level + 1)
        while (mark := _SAME.get(self._next.text, self._next.text)) in _BINARY[level] and self._next.kind == "mark":
            self._position += 1
            left = Call(mark, (left, self.expression(level + 1)))
        return left

    def need(self, kind: str, text: str = "") -> None:
        """Take a token that has to be there. Raises FormulaError."""
        if (self._next.kind, self._next.text) != (kind, text):
            shown = self._next.text[:40]
            raise FormulaError(f"{shown!r} where it cannot be" if shown else "it ends too early")
        self._position += 1

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _power(self) -> Node:
        left = self._sign()
        while self._next == ("mark", "^"):
            self._position += 1
            left = Call("^", (left, self._sign()))
        return left

    def _sign(self) -> Node:
        if self._next.kind == "mark" and self._next.text in "-+!":
            mark = self._next.text
            self._position += 1
            with _Deeper(self):
                of = self._sign()
            return of if mark == "+" else Call("NOT" if mark == "!" else "NEGATED", (of,))
        return self._operand()

    def _operand(self) -> Node:
        kind, text = self._next
        self._position += kind != "end"
        match kind:
            case "number":
                return Literal(Decimal(text))
            case "text":
                return Literal(re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1]))
            case "name" if self._next == ("mark", "("):
                return Call(text.upper(), self._arguments())
            case "name":
                word = text.upper()
                return Literal({"TRUE": True, "FALSE": False, "NULL": None}[word]) if word in _WORDS else _name(text)
            case "mark" if text == "(":
                with _Deeper(self):
                    inner = self.expression(0)
                self.need("mark", ")")
                return inner
        raise FormulaError(f"{text[:40]!r} where it cannot be" if text else "it ends too early")

    def _arguments(self) -> tuple[Node, ...]:
        self.need("mark", "(")
        found: list[Node] = []
        with _Deeper(self):
            while self._next != ("mark", ")"):
                if found:
                    self.need("mark", ",")
                found.append(self.expression(0))
        self.need("mark", ")")
        return tuple(found)

    def enter(self) -> None:
        """Go one step deeper. Raises FormulaError."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError(f"more than {DEEPEST} nested parts")

    def leave(self) -> None:
        """Come back."""
        self._depth -= 1


class _Deeper:
    def __init__(self, parser: _Parser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        self._parser.enter()

    def __exit__(self, *_: object) -> None:
        self._parser.leave()


_WORDS = frozenset({"TRUE", "FALSE", "NULL"})


def _name(text: str) -> Name:
    return Name(tuple(text.split(".")))
