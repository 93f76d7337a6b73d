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

#: No input may take more processor time, nor, waiting for something, more real time (seconds).
LONGEST_S = 10
LONGEST_REAL_S = 60


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
    def ended(number: int, _: FrameType | None) -> None:
        raise TooLong(f"more than {LONGEST_S} s" if number == signal.SIGPROF else f"waits for {LONGEST_REAL_S} s")

    before = {number: signal.signal(number, ended) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    signal.alarm(LONGEST_REAL_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
