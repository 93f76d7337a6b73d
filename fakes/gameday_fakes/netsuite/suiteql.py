"""SuiteQL: from text to a syntax tree, by sqlglot with Oracle's grammar, within limits.

What a query may hold is decided by the translation (``suiteql_select`` and the modules beside it), which knows each
node that it accepts; everything else is refused and recorded as unsupported.
"""

from __future__ import annotations

import functools
import re
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import SqlglotError
from sqlglot.parsers.oracle import OracleParser
from sqlglot.transforms import eliminate_join_marks

#: The most characters, words and signs of a query, and how deep its parentheses may be nested.
LONGEST, MOST_TOKENS, DEEPEST = 65_536, 5_000, 40

_token = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^']|'')*')
      | (?P<quoted>"[^"]*")
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_#$][\w#$]*)
      | (?P<sign><=|>=|<>|!=|\|\||[=<>(),*;+./-])""",
    re.VERBOSE | re.DOTALL,
).match


class QueryError(ValueError):
    """The query cannot be run; one line."""


class Unsupported(QueryError):
    """The query asks for what NetSuite may have and this fake lacks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Invalid or unsupported search: {what[:80]}")
        self.what = what[:80]


class _Parser(OracleParser):
    """Leaves calls of functions as they are written: the translation has its own table of functions."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: OracleParser.FUNCTION_PARSERS[name] for name in ("CAST", "EXTRACT", "TRIM")
    }
    NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {"CASE": OracleParser.NO_PAREN_FUNCTION_PARSERS["CASE"]}


class _SuiteQL(Oracle):
    """SuiteQL is a part of Oracle's SQL, with functions of its own below ``BUILTIN``."""

    Parser = _Parser

    class Tokenizer(Oracle.Tokenizer):
        """Without words that are names of values, as SYSDATE is."""

        KEYWORDS: ClassVar[dict[str, Any]] = {
            word: kind
            for word, kind in Oracle.Tokenizer.KEYWORDS.items()
            if word not in ("SYSTIMESTAMP", "LOCALTIMESTAMP")
        }


@functools.lru_cache(maxsize=256)
def parse(text: str) -> exp.Query:
    """Read a query; syncs ask the same ones again and again, so who gets one must not change it. Raises QueryError."""
    text = text.strip().rstrip(";").rstrip()
    last = _check(text)
    try:
        trees = [tree for tree in _SuiteQL().parse(text) if tree is not None]
        (tree,) = trees
        if not isinstance(tree, exp.Query):
            raise QueryError(f"SELECT expected, found '{text.split()[0][:40]}'")
        if any(column.args.get("join_mark") for column in tree.find_all(exp.Column)):
            tree = eliminate_join_marks(tree)
    except SqlglotError as problem:
        raise QueryError(_reason(problem, last)) from None
    except RecursionError:
        raise QueryError("the query is nested too deeply") from None
    except (ValueError, AssertionError, TypeError, AttributeError, IndexError, KeyError) as problem:
        if isinstance(problem, QueryError):
            raise
        raise QueryError("the query cannot be read") from None
    if not isinstance(tree, exp.Query):
        raise QueryError("the query cannot be read")
    return tree


def _check(text: str) -> str:
    """What is seen word by word. Returns the last word or sign. Raises QueryError."""
    if len(text) > LONGEST:
        raise QueryError(f"a query has at most {LONGEST} characters")
    at, depth, tokens, last, first = 0, 0, 0, "", ""
    while at < len(text):
        token = _token(text, at)
        if token is None:
            raise QueryError(f"unexpected character at {text[at : at + 20]!r}")
        at = token.end()
        if token.lastgroup == "space":
            continue
        tokens, last = tokens + 1, token.group()
        first = first or last
        depth += {"(": 1, ")": -1}.get(last, 0)
        if depth > DEEPEST:
            raise QueryError("the query is nested too deeply")
        if last == ";":
            raise QueryError("unexpected ';'")
    if tokens > MOST_TOKENS:
        raise QueryError(f"a query has at most {MOST_TOKENS} words and signs")
    if first.upper() not in ("SELECT", "WITH", "("):
        raise QueryError(f"SELECT expected, found {first[:40] or 'the end'!r}")
    if depth > 0:
        raise QueryError(") expected, found 'the end'")
    if last.upper() in _OPEN:
        raise QueryError("a word expected, found 'the end'")
    return last


#: What no query ends with.
_OPEN = frozenset(
    {"SELECT", "FROM", "WHERE", "BY", "AND", "OR", "NOT", "ON", "JOIN", "HAVING", "AS", "IN", ",", "=", "."}
)


def _reason(problem: SqlglotError, last: str) -> str:
    errors: list[dict[str, Any]] = getattr(problem, "errors", [])
    found = str(errors[0].get("highlight", "")) if errors else ""
    return f"unexpected {(found or last)[:40]!r}"
