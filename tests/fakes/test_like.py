"""LIKE as SQL has it, in time that a hostile pattern cannot multiply."""

from __future__ import annotations

import re
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.like import like

LETTERS = st.text(alphabet="ab%_", max_size=8)


def by_definition(pattern: str, text: str) -> bool:
    """Whether a text is like a pattern, tried in every way."""

    @cache
    def holds(at: int, of: int) -> bool:
        if at == len(pattern):
            return of == len(text)
        if pattern[at] == "%":
            return any(holds(at + 1, later) for later in range(of, len(text) + 1))
        return of < len(text) and pattern[at] in ("_", text[of]) and holds(at + 1, of + 1)

    return holds(0, 0)


@given(LETTERS, st.text(alphabet="ab\n", max_size=10))
def test_like_is_what_its_definition_says(pattern: str, text: str) -> None:
    assert (re.fullmatch(like(pattern), text, re.DOTALL) is not None) == by_definition(pattern, text)


def test_a_pattern_of_many_wildcards_ends() -> None:
    # Tried in every way, it would take longer than anybody waits.
    assert re.fullmatch(like("%a" * 30 + "%b"), "a" * 5000, re.DOTALL) is None
