"""Runs the mutations of one target, each in bounded time, and finds the smallest input that breaks it."""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.mutations import mutated
from fuzz.target import Target, check

#: No input may take longer (real seconds).
LONGEST_S = 10


class TooLong(AssertionError):
    """An input that takes longer than any may."""


def run(target: Target, *, examples: int, first: int) -> None:
    """Try so many inputs, decided by the seed ``first``. Raises what the smallest failing one raises."""

    @seed(first)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(mutated(target.samples))
    def tried(data: bytes) -> None:
        with _limited(), tempfile.TemporaryDirectory(prefix="gameday-fuzz-") as folder:
            check(target, data, Path(folder))

    tried()


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def ended(_: int, __: FrameType | None) -> None:
        raise TooLong(f"more than {LONGEST_S} s")

    before = signal.signal(signal.SIGALRM, ended)
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
