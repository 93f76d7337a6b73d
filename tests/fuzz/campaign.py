"""Runs the mutations of one target, each in bounded time; an input that breaks it is made as small as it can be."""

from __future__ import annotations

import contextlib
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz.mutations import mutated
from fuzz.target import Target, check

#: No input may take more processor time, nor, waiting for something, more real time (seconds).
LONGEST_S = 10
LONGEST_REAL_S = 60


#: How often a failing input is tried with a part left out.
MOST_TRIES = 400
_ANY_SEED = st.integers(0, 2**64 - 1)


class TooLong(AssertionError):
    """An input that takes longer than any may."""


class Broken(AssertionError):
    """An input breaks its target; the text shows it."""


def run(target: Target, *, examples: int, first: int) -> None:
    """Try so many inputs, decided by the seed ``first``. Raises Broken with the smallest failing one that was found."""

    @seed(first)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        # A seed cannot be shrunk: the input is, below.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(_ANY_SEED)
    def tried(number: int) -> None:
        # One draw for each input: to draw every step of a mutation takes ten times as long as most inputs do.
        data = mutated(random.Random(number), target.samples)
        problem = broken_by(target, data)
        if problem is not None:
            data = smallest(data, lambda less: type(broken_by(target, less)) is type(problem))
            raise Broken(f"seed {number}: {data[:2000]!r}: {type(problem).__name__}: {problem}") from problem

    tried()


def broken_by(target: Target, data: bytes) -> Exception | None:
    """What an input raises that it may not."""
    try:
        with _limited(), tempfile.TemporaryDirectory(prefix="gameday-fuzz-") as folder:
            check(target, data, Path(folder))
    except Exception as problem:  # noqa: BLE001 - any of them breaks the promise
        return problem
    return None


def smallest(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """The input with parts left out, large ones first, as long as it fails alike."""
    size, tries = len(data) // 2, 0
    while size and tries < MOST_TRIES:
        at = 0
        while at < len(data) and tries < MOST_TRIES:
            less = data[:at] + data[at + size :]
            tries += 1
            if fails(less):
                data = less
            else:
                at += size
        size //= 2
    return data


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
