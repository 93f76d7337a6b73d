"""Whole numbers in texts that come from a client."""

from __future__ import annotations

from gameday_fakes.whole_numbers import whole_number
from support.rows import rows


@rows(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_ascii_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@rows("text", ["", "-1", "+1", "1.0", "1_000", " 1", "²", "٣", "9" * 19, "9" * 5000])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None
