"""Regular expressions without backtracking: they find what Python's own find, and end whatever the expression."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.sql.regex import BadExpression, Regex
from support.rows import rows

PARTS = (
    *("a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "(a|b)", "(ab|c)", "(a*b)?", "(a|b)*", "(b|cc)+", "((a)|b){2}"),
    *("a*", "b+", "c?", "a*?", "(a+?)", "b??", "a{2}", "[a-c]{1,2}", "^", "$", r"\d", r"\W", r"\.", r"[\d.]"),
)


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=6), st.text("abc1.", max_size=8))
def test_the_first_match_is_that_of_a_backtracking_engine(parts: list[str], text: str) -> None:
    pattern = "".join(parts)
    found, expected = Regex(pattern).search(text), re.search(pattern, text)
    assert (found and found[:2]) == (expected and expected.span())


@rows(
    ("pattern", "options", "text", "spans"),
    [
        ("(SO)-([0-9]+)", "c", "see SO-17", (4, 9, 4, 6, 7, 9)),
        ("so", "i", "SO", (0, 2)),
        ("[[:upper:]][[:digit:]]", "c", "aB7", (1, 3)),
        ("a.b", "c", "a\nb", None),
        ("a.b", "n", "a\nb", (0, 3)),
        ("^b$", "m", "a\nb", (2, 3)),
        ("(a)|(b)", "c", "b", (0, 1, -1, -1, 0, 1)),
        ("^(a+)+b$", "c", "a" * 4000, None),
        ("(a|aa)+$", "c", "a" * 3000 + "b", None),
    ],
)
def test_groups_options_and_expressions_that_would_backtrack(
    pattern: str, options: str, text: str, spans: tuple[int, ...] | None
) -> None:
    assert Regex(pattern, options).search(text) == spans


@rows(
    "pattern",
    ["(", ")", "a)", "[a", "*a", "a{2", "a{3,2}", "a{999}", r"(a)\1", "[[:nothing:]]", "\\", "(" * 50, "(a{99}){99}"],
)
def test_what_is_malformed_too_large_or_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(BadExpression):
        Regex(pattern)
    with pytest.raises(BadExpression):
        Regex("a", "z")
