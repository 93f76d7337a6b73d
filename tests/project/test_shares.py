"""Several workers of the tests get equal shares, slow tests first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from support.shares import in_shares


class Item(NamedTuple):
    nodeid: str
    slow: bool

    def get_closest_marker(self, name: str) -> object:
        return self.slow if name == "slow" and self.slow else None


def items() -> Iterator[Any]:
    for module, (number, slow) in enumerate([(9, 0), (4, 4), (5, 1), (8, 0), (6, 3), (2, 2), (7, 0), (3, 0)]):
        for test in range(number):
            yield Item(f"tests/test_{module}.py::test_{test}", test < slow)


def test_one_worker_keeps_the_order() -> None:
    assert in_shares([*items()], 1) == [*items()]


@pytest.mark.parametrize("shares", [2, 3])
def test_every_test_is_there_once_and_a_module_stays_together(shares: int) -> None:
    found: Any = in_shares([*items()], shares)
    assert sorted(found) == sorted(items())
    modules = [item.nodeid.partition("::")[0] for item in found]
    assert sum(a != b for a, b in itertools.pairwise(modules)) == len(set(modules)) - 1


def test_slow_tests_are_in_both_halves_and_come_first_there() -> None:
    found: Any = in_shares([*items()], 2)
    half = len(found) // 2
    for part in (found[:half], found[half:]):
        slow = [place for place, item in enumerate(part) if item.slow]
        assert len(slow) == 5
        assert max(slow) < half / 2 + 3
