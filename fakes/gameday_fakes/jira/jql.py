"""The subset of JQL that syncs ask with: conditions joined by AND and OR (AND first), and ORDER BY.

Known: ``=``, ``!=``, ``in``, ``not in``, ``is``, ``is not``, and for texts ``~`` and ``!~``, which match a text
that has all words of the query (``word*`` for a beginning, quotes within the query for a phrase). As in Jira, ``!=``,
``not in`` and ``!~`` match nothing where the field is empty. Parentheses, functions and dates are refused with 400, so
that no part of a query is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

Values = Mapping[str, Collection[str]]
Test = Callable[[Values], bool]

TEXTS = ("summary", "description", "text")
_TOKENS = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|!=|!~|=|~|[(),]|[^\s=!~(),"']+|\S""", re.DOTALL)
_OPERATORS = ("=", "!=", "~", "!~", "in", "not in", "is", "is not")


class Query(NamedTuple):
    """What to look for. ``order`` are names of fields, each with whether it descends."""

    test: Test
    order: tuple[tuple[str, bool], ...]


def parse(jql: str, fields: Collection[str]) -> Query:
    """Read a query about these fields. Raises ValueError with Jira's sentence for what is wrong."""
    reader = _Reader(_TOKENS.findall(jql), fields)
    test: Test = reader.alternatives() if reader.peek() not in ("", "order") else lambda _: True
    return Query(test, reader.order())


class _Reader:
    """Reads a query's tokens one by one."""

    def __init__(self, tokens: list[str], fields: Collection[str]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._at = 0

    def peek(self) -> str:
        """The next token in lower case; empty at the end."""
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def take(self) -> str:
        """The next token as written."""
        if self._at == len(self._tokens):
            raise ValueError("Error in the JQL Query: it ends before it is complete.")
        self._at += 1
        return self._tokens[self._at - 1]

    def took(self, word: str) -> bool:
        """Whether the next token is this word; if so, it is consumed."""
        matches = self.peek() == word
        self._at += matches
        return matches

    def alternatives(self) -> Test:
        tests = [self.conjunction()]
        while self.took("or"):
            tests.append(self.conjunction())
        return lambda values: any(test(values) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.condition()]
        while self.took("and"):
            tests.append(self.condition())
        return lambda values: all(test(values) for test in tests)

    def condition(self) -> Test:
        name = self.field()
        operator = self.take().lower()
        if operator in ("not", "is") and self.peek() in ("in", "not"):
            operator = f"{operator} {self.take().lower()}"
        if operator not in _OPERATORS:
            raise ValueError(f"Error in the JQL Query: Expecting operator but got '{operator}'.")
        of_text = operator in ("~", "!~")
        if of_text is not (name in TEXTS) and operator not in ("is", "is not"):
            raise ValueError(f"The operator '{operator}' is not supported by the '{name}' field.")
        if of_text:
            pattern = _patterns(self.value())
            has = operator == "~"
            return lambda values: any(values[name]) and any(_has(text, pattern) for text in values[name]) is has
        wanted = self.values() if operator in ("in", "not in") else {self.value().lower()}
        if operator in ("is", "is not"):
            if not wanted & {"empty", "null"}:
                raise ValueError(f"The operator '{operator}' only supports EMPTY.")
            return lambda values: any(values[name]) is (operator == "is not")
        wanted_inside = operator in ("=", "in")
        return lambda values: any(values[name]) and _is_one_of(values[name], wanted) is wanted_inside

    def field(self) -> str:
        """A field's name. Raises ValueError for an unknown one."""
        name = _bare(self.take()).lower()
        if name not in self._fields:
            raise ValueError(f"Field '{name}' does not exist or you do not have permission to view it.")
        return name

    def value(self) -> str:
        token = self.take()
        if token in ("(", ")", ","):
            raise ValueError(f"Error in the JQL Query: '{token}' is a reserved JQL character.")
        return _bare(token)

    def values(self) -> set[str]:
        if not self.took("("):
            raise ValueError("Error in the JQL Query: Expecting '(' after 'in'.")
        values = {self.value().lower()}
        while self.took(","):
            values.add(self.value().lower())
        if not self.took(")"):
            raise ValueError("Error in the JQL Query: Expecting ')' or ','.")
        return values

    def order(self) -> tuple[tuple[str, bool], ...]:
        """The fields after ORDER BY. Raises ValueError if anything else follows."""
        fields = []
        if self.took("order"):
            if not self.took("by"):
                raise ValueError("Error in the JQL Query: Expecting 'by' after 'order'.")
            more = True
            while more:
                name = self.field()
                descending = self.took("desc")
                fields.append((name, descending))
                if not descending:
                    self.took("asc")
                more = self.took(",")
        if self.peek():
            raise ValueError(f"Error in the JQL Query: Expecting the end of the query but got '{self.peek()}'.")
        return tuple(fields)


def _bare(token: str) -> str:
    if token[0] in "\"'":
        if len(token) < 2:
            raise ValueError("Error in the JQL Query: the quoted string has not been completed.")
        return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)
    return token


def _is_one_of(values: Collection[str], wanted: Collection[str]) -> bool:
    return any(value.lower() in wanted for value in values)


def _patterns(query: str) -> list[re.Pattern[str]]:
    """The patterns that a text must match: words, beginnings, phrases. Raises ValueError for a query without any."""
    patterns = []
    asked = re.findall(r'"([^"]+)"|([^\s"]+)', query)
    if not asked or any(word.startswith(("*", "?")) for _, word in asked):
        raise ValueError(f"The text query '{query}' is not allowed: it has no beginning.")
    for phrase, word in asked:
        text = re.escape(phrase or word.rstrip("*"))
        end = "" if word.endswith("*") else r"(?!\w)"
        patterns.append(re.compile(rf"(?<!\w){text}{end}", re.IGNORECASE))
    return patterns


def _has(text: str, patterns: list[re.Pattern[str]]) -> bool:
    return all(pattern.search(text) for pattern in patterns)
