"""The subset of JQL that syncs ask with: conditions joined by AND, OR, NOT and parentheses, and ORDER BY.

Known: ``=``, ``!=``, ``in``, ``not in``, ``is``, ``is not``; for texts ``~`` and ``!~``, which match a text that has
all words of the query (``word*`` for a beginning, quotes within the query for a phrase); for dates ``>``, ``>=``,
``<`` and ``<=`` (see ``jql_values``). As in Jira, ``!=``, ``not in`` and ``!~`` match nothing where the field is
empty. What Jira has beyond that raises Unsupported: no part of a query is ignored, and none counts as the client's
mistake.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from gameday_fakes.jira.jql_text import bare, patterns, word
from gameday_fakes.jira.jql_values import Asking, Unsupported, moment_of, person

Values = Mapping[str, Collection[str]]
Test = Callable[[Values], bool]

TEXTS = ("summary", "description", "text", "comment")
DATES = ("created", "updated")
#: Fields of Jira that no issue of the fake has.
OTHER_FIELDS = frozenset(
    {
        *(
            "affectedversion",
            "attachments",
            "category",
            "creator",
            "due",
            "duedate",
            "environment",
            "epiclink",
            "filter",
        ),
        *("fixversion", "hierarchylevel", "issuelinktype", "lastviewed", "level", "originalestimate", "parent"),
        *(
            "remainingestimate",
            "resolved",
            "resolutiondate",
            "sprint",
            "statuscategorychangeddate",
            "timespent",
            "voter",
        ),
        *("votes", "watcher", "watchers", "worklogauthor", "worklogcomment", "worklogdate", "workratio"),
    }
)
_TOKENS = re.compile(
    r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|!=|!~|>=|<=|&&|\|\||[=~<>!(),]|(?:[^\s=!~<>(),"'&|\\]|\\.)+|\S""", re.DOTALL
)
_ORDERED = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_OPERATORS = ("=", "!=", "~", "!~", "in", "not in", "is", "is not", *_ORDERED)
_SAME = {"&&": "and", "||": "or", "!": "not"}
_OVER_TIME = ("was", "changed")
#: How many parentheses and NOTs may stand within each other.
DEEPEST = 50


class Query(NamedTuple):
    """What to look for. ``order`` are names of fields, each with whether it descends.

    ``bounded`` is whether there is any condition.
    """

    test: Test
    order: tuple[tuple[str, bool], ...]
    bounded: bool = True


def parse(jql: str, fields: Collection[str], asking: Asking | None = None) -> Query:
    """Read a query about these fields, as it is ``asking``.

    Raises ValueError with Jira's sentence for what is wrong, Unsupported for what the fake lacks.
    """
    reader = _Reader(_TOKENS.findall(jql), fields, asking or Asking())
    bounded = reader.peek() not in ("", "order")
    test: Test = reader.alternatives() if bounded else lambda _: True
    return Query(test, reader.order(), bounded)


class _Reader:
    """Reads a query's tokens one by one."""

    def __init__(self, tokens: list[str], fields: Collection[str], asking: Asking) -> None:
        self._tokens = [_SAME.get(token, token) for token in tokens]
        self._fields = fields
        self._asking = asking
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

    def alternatives(self, depth: int = 0) -> Test:
        tests = [self.conjunction(depth)]
        while self.took("or"):
            tests.append(self.conjunction(depth))
        return lambda values: any(test(values) for test in tests)

    def conjunction(self, depth: int) -> Test:
        tests = [self.clause(depth)]
        while self.took("and"):
            tests.append(self.clause(depth))
        return lambda values: all(test(values) for test in tests)

    def clause(self, depth: int) -> Test:
        if depth > DEEPEST:
            raise ValueError("Error in the JQL Query: it is nested too deeply.")
        if self.took("not"):
            denied = self.clause(depth + 1)
            return lambda values: not denied(values)
        if not self.took("("):
            return self.condition()
        inner = self.alternatives(depth + 1)
        if not self.took(")"):
            raise ValueError("Error in the JQL Query: Expecting ')'.")
        return inner

    def condition(self) -> Test:
        name = self.field()
        said = self.take().lower()
        if said in ("not", "is") and self.peek() in ("in", "not"):
            said = f"{said} {self.take().lower()}"
        if said in _OVER_TIME:
            raise Unsupported(f"operator {said}")
        if said not in _OPERATORS:
            raise ValueError(f"Error in the JQL Query: Expecting operator but got '{said}'.")
        of_text = said in ("~", "!~")
        if said in ("is", "is not"):
            return self._emptiness(name, said)
        if of_text is not (name in TEXTS) or (said in _ORDERED and name not in DATES):
            raise ValueError(f"The operator '{said}' is not supported by the '{name}' field.")
        if of_text:
            pattern = patterns(self.value(name))
            has = said == "~"
            return lambda values: any(values[name]) and any(_has(text, pattern) for text in values[name]) is has
        if name in DATES:
            return self._of_time(name, said)
        wanted = self.values(name) if said in ("in", "not in") else {self.value(name).lower()}
        if wanted & {"empty", "null"}:
            raise Unsupported(f"{said} EMPTY")
        inside = said in ("=", "in")
        return lambda values: any(values[name]) and _is_one_of(values[name], wanted) is inside

    def _emptiness(self, name: str, said: str) -> Test:
        if self.value(name).lower() not in ("empty", "null"):
            raise ValueError(f"The operator '{said}' only supports EMPTY.")
        return lambda values: any(values[name]) is (said == "is not")

    def _of_time(self, name: str, said: str) -> Test:
        if said not in _ORDERED:
            raise Unsupported(f"operator {said} of dates")
        compare = _ORDERED[said]
        limit = moment_of(self.value(name), self._asking)
        return lambda values: any(compare(moment_of(value, self._asking), limit) for value in values[name])

    def field(self) -> str:
        """A field's name. Raises ValueError for an unknown one."""
        written = bare(self.take())
        name = written.lower()
        if name == "cf" or name.startswith("cf[") or name.replace(" ", "") in OTHER_FIELDS:
            raise Unsupported(f"field {name[:40]}")
        if name not in self._fields:
            raise ValueError(f"Field '{name}' does not exist or you do not have permission to view it.")
        return name

    def value(self, name: str) -> str:
        token = self.take()
        if token in ("(", ")", ","):
            raise ValueError(f"Error in the JQL Query: '{token}' is a reserved JQL character.")
        if token[0] not in "\"'" and self.took("("):
            arguments = []
            while not self.took(")"):
                arguments.append(self.take())
            return self._function(token.lower(), arguments, name)
        return word(token)

    def _function(self, called: str, arguments: list[str], name: str) -> str:
        if called == "currentuser" and not arguments and name in ("assignee", "reporter"):
            return person(self._asking)
        if called in ("now", "startofday") and not arguments and name in DATES:
            return f"{called}()"
        raise Unsupported(f"function {called[:40]}")

    def values(self, name: str) -> set[str]:
        if not self.took("("):
            if self._tokens[self._at + 1 : self._at + 2] == ["("]:
                raise Unsupported(f"function {self.peek()[:40]}")
            raise ValueError("Error in the JQL Query: Expecting '(' after 'in'.")
        values = {self.value(name).lower()}
        while self.took(","):
            values.add(self.value(name).lower())
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


def _is_one_of(values: Collection[str], wanted: Collection[str]) -> bool:
    return any(value.lower() in wanted for value in values)


def _has(text: str, patterns: list[re.Pattern[str]]) -> bool:
    return all(pattern.search(text) for pattern in patterns)
