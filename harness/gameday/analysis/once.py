"""Remembers what a pure function gave for an argument that is too large to be hashed or compared."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class _Identity(Generic[A]):
    """Equal to itself only: the argument is too large to be hashed or compared."""

    def __init__(self, argument: A) -> None:
        self.argument = argument

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.argument is other.argument

    def __hash__(self) -> int:
        return id(self.argument)


def once_for_each(function: Callable[[A], R]) -> Callable[[A], R]:
    """Cache a pure function's results for the last two arguments, compared by identity."""

    @functools.lru_cache(maxsize=2)
    def remembered(identity: _Identity[A]) -> R:
        return function(identity.argument)

    @functools.wraps(function)
    def once(argument: A) -> R:
        return remembered(_Identity(argument))

    return once
