"""Skipping ahead on the clock of the fakes, while nothing happens at them: what they are about, and the skip itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError


class Quiet(msgspec.Struct, frozen=True):
    """What the fakes are about at scenario second ``now_s``.

    ``due_s`` is the scenario second of their first timer, None without one: a retry of a message, the end of a delay.
    ``busy`` is how many requests and messages are under way. ``requests`` is how many have arrived since the last
    reset.
    """

    now_s: float
    due_s: float | None
    busy: int
    requests: int


class _Skip(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float
    requests: int


class _Fake(Protocol):
    @property
    def stats(self) -> Mapping[str, Counter[int]]: ...


def quiet(clock: Clock, fakes: Mapping[str, _Fake]) -> Quiet:
    """What the fakes of this clock are about."""
    requests = sum(sum(counts.values()) for fake in fakes.values() for counts in fake.stats.values())
    return Quiet(clock.now_s(), clock.due_s, clock.busy, requests)


def skip(clock: Clock, fakes: Mapping[str, _Fake], body: Any) -> Quiet:
    """Go ahead by ``{"seconds": s, "requests": n}``: scenario seconds, and how many requests had arrived before.

    Raises ControlError unless nothing is under way or due until then, and no other request has arrived: it may have
    changed everything.
    """
    try:
        asked = msgspec.convert(body, _Skip)
    except msgspec.ValidationError as problem:
        raise ControlError(f"a skip is not understood: {problem}") from None
    found = quiet(clock, fakes)
    if found.busy or found.requests != asked.requests:
        raise ControlError("the clock cannot skip: a request has come, or is under way")
    if found.due_s is not None and found.due_s < found.now_s + asked.seconds:
        raise ControlError(f"the clock cannot skip over what is due at {found.due_s:.3f} s")
    try:
        clock.skip(asked.seconds)
    except ValueError as problem:
        raise ControlError(f"the clock cannot skip: {problem}") from None
    return quiet(clock, fakes)
