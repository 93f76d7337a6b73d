"""Expressions of ``$filter`` and ``$orderby`` cut into tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gameday_fakes.odata import literals
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import Value
from gameday_fakes.odata.model import Version

#: The longest expression, in characters.
LONGEST = 30_000


class Token(NamedTuple):
    """``kind`` is ``literal``, ``name``, ``end``, or the character itself; ``at`` is its place."""

    kind: str
    at: int
    text: str = ""
    value: Value | None = None


_BLANK = r"(?P<blank>[ \t\r\n]+)"
_COMMON = (
    r"(?P<typed>[A-Za-z_][\w.]*'(?:[^']|'')*')",
    r"(?P<string>'(?:[^']|'')*')",
    r"(?P<name>[A-Za-z_$@][\w.]*)",
    r"(?P<mark>[(),/:*=-])",
)
_V4 = (
    r"(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-]))",
    r"(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2}))",
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-]))",
    r"(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?(?!\w))",
    r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.]))",
)
_V2 = (r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[LlMmDdFf]?(?![\w.]))",)
_PATTERNS: dict[Version, re.Pattern[str]] = {
    "2.0": re.compile("|".join((_BLANK, *_V2, *_COMMON))),
    "4.0": re.compile("|".join((_BLANK, *_V4, *_COMMON))),
}
_READERS: dict[str, Callable[[str], Value]] = {
    "guid": literals.guid,
    "moment": literals.moment,
    "date": literals.date,
    "time": literals.time,
    "number": literals.number,
}
_WORDS = {"null": Value("null"), "true": Value("Edm.Boolean", True), "false": Value("Edm.Boolean", False)}


def unquoted(text: str) -> str:
    """The text in quotes."""
    return text[1:-1].replace("''", "'")


def tokens(text: str, version: Version) -> Iterator[Token]:
    """The tokens of an expression, the last one of kind ``end``. Raises ODataError."""
    if len(text) > LONGEST:
        raise ODataError("bad_filter", f"The expression is longer than {LONGEST} characters.")
    pattern, at = _PATTERNS[version], 0
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:
            raise ODataError("bad_filter", f"Syntax error: character '{text[at]}' is not valid at position {at}.")
        kind, found = str(match.lastgroup), match.group()
        at = match.end()
        if kind == "blank":
            continue
        yield _token(kind, found, match.start(), version)
    yield Token("end", len(text))


def _token(kind: str, found: str, at: int, version: Version) -> Token:
    match kind:
        case "mark":
            return Token(found, at, found)
        case "name":
            word = _WORDS.get(found)
            return Token("literal" if word else "name", at, found, word)
        case "string":
            return Token("literal", at, found, Value("Edm.String", unquoted(found)))
        case "typed":
            prefix, _, rest = found.partition("'")
            return Token("literal", at, found, literals.typed(prefix, unquoted(f"'{rest}"), version))
    return Token("literal", at, found, _READERS[kind](found))
