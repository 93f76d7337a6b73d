"""The order of the tests, so that several workers end at about the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest


def in_shares(items: Sequence[pytest.Item], shares: int) -> list[pytest.Item]:
    """The tests in ``shares`` parts of about one length, with as many slow ones in each, which come first.

    The tests of a module stay together, in their order: what they share is made once.
    """
    if shares < 2:
        return list(items)
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    parts: list[list[list[pytest.Item]]] = [[] for _ in range(shares)]
    slow = [0] * shares
    for module in sorted(modules.values(), key=_slow, reverse=True):
        if _slow(module):
            part = min(range(shares), key=slow.__getitem__)
            slow[part] += _slow(module)
        else:
            part = min(range(shares), key=lambda each: sum(map(len, parts[each])))
        parts[part].append(module)
    return [item for part in parts for module in part for item in module]


def _slow(module: Iterable[pytest.Item]) -> int:
    return sum(item.get_closest_marker("slow") is not None for item in module)
