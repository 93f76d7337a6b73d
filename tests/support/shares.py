"""The order of the tests, so that several workers end at about the same time.

A game day mostly waits, and so does whoever waits for room for one (room.py). So half of the workers begin with the
modules that give commands, which carry out the game days, and the other half with the slow tests that compute. Whoever
is done takes over what others have not begun, from the end of their list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

Module = list[pytest.Item]


def in_shares(items: Sequence[pytest.Item], shares: int) -> list[pytest.Item]:
    """The tests in ``shares`` parts of about one length, in each of which those that take longest come first.

    The tests of a module stay together, in their order: what they share is made once.
    """
    if shares < 2:
        return list(items)
    modules: dict[str, Module] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    parts: list[list[Module]] = [[] for _ in range(shares)]
    days, others, fast = [], [], []
    for module in modules.values():
        (fast if not _slow(module) else days if _gives_commands(module[0]) else others).append(module)
    _spread(days, parts[: shares // 2], _slow)
    for part in parts[: shares // 2]:
        # The fewer there are of them in a module, the longer one takes, and one that is begun is taken over by nobody.
        part.sort(key=_slow)
    _spread(others, parts[shares // 2 :], _slow)
    _spread(fast, parts, len)
    return [item for part in parts for module in part for item in module]


def _spread(modules: Iterable[Module], parts: Sequence[list[Module]], weight: Callable[[Module], int]) -> None:
    """Add each module to the lightest part, the heaviest first."""
    for module in sorted(modules, key=weight, reverse=True):
        min(parts, key=lambda part: sum(map(weight, part))).append(module)


def _slow(module: Module) -> int:
    return sum(item.get_closest_marker("slow") is not None for item in module)


def _gives_commands(item: pytest.Item) -> bool:
    """Whether a module has the commands, or something of them, imported."""
    names = vars(getattr(item, "module", None) or object).values()
    return any("support.commands" in (getattr(each, "__module__", ""), getattr(each, "__name__", "")) for each in names)
