"""Patterns as languages: whether one lets through all that another does, and where nothing is claimed."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gameday.contracts.compatibility.patterns import lets_through
from support.rows import rows
from support.thorough import examples


@rows(
    ("larger", "smaller"),
    [
        ("^[A-Z]{3,4}$", "^[A-Z]{3}$"),
        ("^[A-Z]+$", "^[A-Z]{3}$"),
        ("^[A-Za-z]{3}$", "^[A-Z]{3}$"),
        ("[A-Z]", "^[A-Z]{3}$"),
        ("^006", "^006[A-Za-z0-9]{12,15}$"),
        (r"^\w+$", r"^[a-z_\d]+$"),
        ("^(?:EUR|USD|GBP)$", "^(EUR|USD)$"),
        ("^(ab)*$", "^(abab)*$"),
        (r"^\d+(\.\d{1,3})?$", r"^\d+(\.\d{1,2})?$"),
        ("^.*$", "^[^\\n\\r\\u2028\\u2029]+$"),
        ("", "^a$"),
        ("a|b", "^b$"),
        ("^a{0,1000}$", "^a{0,999}$"),
    ],
)
def test_one_lets_more_through_than_the_other(larger: str, smaller: str) -> None:
    assert lets_through(larger, smaller) is True
    assert lets_through(smaller, larger) is False


@rows(
    ("one", "other"),
    [
        (r"^\d$", "^[0-9]$"),
        ("^aa*$", "^a+$"),
        ("^(a|b)$", "^[ab]$"),
        ("^a{2}$", "^aa$"),
        ("^a+?$", "^a+$"),
        ("a", "^[^]*a".replace("[^]", "(.|[\\n\\r\\u2028\\u2029])")),
        (r"^\x41\u0042$", "^AB$"),
    ],
)
def test_two_ways_of_writing_one_pattern(one: str, other: str) -> None:
    assert lets_through(one, other) is True
    assert lets_through(other, one) is True


@rows(
    "pattern",
    [
        r"^(a)\1$", "^(?=a)", "^(?!a)b", r"\bword", r"^\p{L}+$", "a^", "$a", "(^a)", "(a", "[a", "a**", "^a{5,2}$",
        "[]", r"\cA", "^(?<name>a)$", "a" * 500, "^a{9999}$", "[z-a]", "*",
    ],
)  # fmt: skip
def test_nothing_is_concluded_about_unreadable_patterns(pattern: str) -> None:
    assert lets_through(pattern, "^a$") is None
    assert lets_through("^a$", pattern) is None


@rows("pattern", ["^(a|b)*a(a|b){14}$", "^((a?){1000}){1000}$", "^(.*a.*b.*c.*d.*e.*f.*)*$"])
def test_what_would_take_too_long_is_not_claimed(pattern: str) -> None:
    assert lets_through(pattern, pattern.replace("a", "(a|aa)")) is not True


_ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\d", "[a-c]", "ab"])

_COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    )


_PATTERNS = st.recursive(_ATOMS, _grown, max_leaves=5).map(lambda inner: f"^({inner})$")


@pytest.mark.slow
@settings(max_examples=examples(80))
@given(_PATTERNS, _PATTERNS, st.data())
def test_a_claim_holds_for_texts_of_the_pattern(larger: str, smaller: str, data: st.DataObject) -> None:
    assume(lets_through(larger, smaller))
    for _ in range(5):
        text = data.draw(st.from_regex(smaller.replace("$", r"\Z").replace(r"\d", "[0-9]")))
        assume(not set(text) & set("\r\u2028\u2029"))  # ends of lines to ECMA 262, but not to this engine
        assert re.search(larger.replace("$", r"\Z").replace(r"\d", "[0-9]"), text)


_TEXTS = ["".join(letters) for length in range(5) for letters in itertools.product("abc1\n", repeat=length)]


@settings(max_examples=examples(80))
@given(_PATTERNS, _PATTERNS)
@pytest.mark.slow
def test_every_short_text_that_only_the_other_accepts_is_found(one: str, other: str) -> None:
    first, second = (re.compile(pattern.replace("$", r"\Z")) for pattern in (one, other))
    if any(second.search(text) and not first.search(text) for text in _TEXTS):
        assert lets_through(one, other) is False
