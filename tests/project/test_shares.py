"""Several workers of the tests get equal shares, slow tests first; half of them begin with game days."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from support import commands
from support.rows import rows
from support.shares import in_shares

#: How many tests a module has, how many of them are slow, and what it has imported.
MODULES: list[tuple[int, int, object]] = [
    (9, 0, None),
    (4, 4, commands.gameday),
    (5, 1, None),
    (8, 0, commands),
    (6, 3, None),
    (2, 2, commands.Gameday),
    (7, 0, None),
    (3, 3, commands),
    (3, 0, None),
]


class Item(NamedTuple):
    nodeid: str
    slow: bool
    module: object

    def get_closest_marker(self, name: str) -> object:
        return self.slow if name == "slow" and self.slow else None


def items() -> Iterator[Any]:
    for module, (number, slow, imported) in enumerate(MODULES):
        for test in range(number):
            yield Item(f"tests/test_{module}.py::test_{test}", test < slow, SimpleNamespace(imported=imported))


def module_of(item: Item) -> str:
    return item.nodeid.partition("::")[0].removeprefix("tests/test_").removesuffix(".py")


def test_one_worker_keeps_the_order() -> None:
    assert in_shares([*items()], 1) == [*items()]


@rows("shares", [2, 3])
def test_every_test_is_there_once_and_a_module_stays_together(shares: int) -> None:
    found: Any = in_shares([*items()], shares)
    assert sorted(found, key=repr) == sorted(items(), key=repr)
    modules = [module_of(item) for item in found]
    assert sum(a != b for a, b in itertools.pairwise(modules)) == len(set(modules)) - 1


def test_one_half_begins_with_the_longest_game_days_and_the_other_with_what_computes() -> None:
    found: Any = in_shares([*items()], 2)
    order = [*dict.fromkeys(map(module_of, found))]
    assert order == ["5", "7", "1", "0", "6", "4", "2", "3", "8"]
