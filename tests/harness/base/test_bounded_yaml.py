"""The two readers of YAML, for values and for places, accept the same files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.bounded_yaml import read_yaml, read_yaml_nodes
from gameday.base.errors import GamedayError
from support.rows import rows

PIECES = ["a: 1\n", "- x\n", "\t", "\tb: 2\n", "[", "]", "{", "}", "&a ", "*a", "<<: ", "'", '"', "# c\n", "\r", ": ",
          "? ", "\x00", "\x85", "|\n ", ">-\n", "!!str ", "---\n", "%YAML 1.2\n", "é", "\ufeff"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_file_with_values_has_places(text: str) -> None:
    data = text.encode()
    try:
        read_yaml(data, where="f")
    except GamedayError:
        return
    read_yaml_nodes(data, where="f")


@rows("text", ["a: 1\n<<: {b: 2}\n<<: {c: 3}\n", "a: &x [*x]\n", "[" * 80 + "]" * 80, "a: \x00"])
def test_what_is_refused_is_one_line(text: str) -> None:
    with pytest.raises(GamedayError) as refused:
        read_yaml(text.encode(), where="f")
    assert "\n" not in str(refused.value)


def test_aliases_and_merge_keys_are_what_they_stand_for() -> None:
    text = "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc:\n  <<: [*x, {q: 4, z: 5}]\nd: *x\n"
    found = read_yaml(text.encode(), where="f")
    assert found == {"a": {"p": 1, "q": 2}, "b": {"q": 3, "p": 1}, "c": {"p": 1, "q": 2, "z": 5}, "d": {"p": 1, "q": 2}}
