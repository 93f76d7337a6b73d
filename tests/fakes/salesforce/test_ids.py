"""Ids: 15 characters or 18, and the checksum between them."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.salesforce.ids import canonical, make_id, to_18
from support.rows import rows

ID15 = st.text(string.ascii_letters + string.digits, min_size=15, max_size=15)


@rows("id18", ["001D000000IRFmaIAH", "003000000000000AAA"])
def test_the_checksum_is_the_vendors(id18: str) -> None:
    assert to_18(id18[:15]) == id18


@given(ID15)
def test_an_id_of_15_characters_becomes_the_one_of_18(id15: str) -> None:
    assert canonical(id15) == to_18(id15) == canonical(to_18(id15))


@given(ID15)
def test_the_checksum_tells_ids_apart_that_differ_only_in_case(id15: str) -> None:
    swapped = id15.swapcase()
    assert (to_18(swapped)[15:] != to_18(id15)[15:]) == (swapped != id15)


@given(st.text(max_size=20))
def test_text_that_is_no_id_is_none(text: str) -> None:
    known = canonical(text)
    assert known is None or known[:15].lower() == text[:15].lower()


@given(ID15, st.integers(0, 2**18))
def test_an_id_of_18_characters_is_known_in_any_case(id15: str, mask: int) -> None:
    id18 = to_18(id15)
    other = "".join(char.swapcase() if mask >> at & 1 else char for at, char in enumerate(id18))
    assert canonical(other) == id18


@rows("id18", ["001D000000IRFmaBAH", "001D000000IRFmaIA9", "001D000000IRFmaI9H"])
def test_an_id_whose_checksum_is_wrong_is_none(id18: str) -> None:
    assert canonical(id18) is None


def test_an_id_of_15_characters_in_another_case_is_another_id() -> None:
    assert canonical("001d000000irfma") != canonical("001D000000IRFma")


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_ids_differ_as_their_numbers_do(one: int, other: int) -> None:
    assert (make_id("006", one) == make_id("006", other)) == (one == other)
