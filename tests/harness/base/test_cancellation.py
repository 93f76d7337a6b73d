"""What was put up is taken down to the end, however often somebody is impatient."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from gameday.base.cancellation import finish, run_interruptible


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


async def healing(done: list[str]) -> None:
    for step in ("fault", "stack", "fakes"):
        # Each time the loop goes round there is one interruption more to hear of.
        interrupt()
        await asyncio.sleep(0.01)
        done.append(step)


def test_repeated_interruptions_do_not_cut_healing_short() -> None:
    done: list[str] = []

    async def running() -> None:
        try:
            interrupt()
            await asyncio.sleep(60)
        finally:
            await finish(healing(done))

    with pytest.raises(KeyboardInterrupt):
        run_interruptible(running())
    assert done == ["fault", "stack", "fakes"]


def test_what_is_not_interrupted_returns() -> None:
    async def running() -> int:
        return 7

    assert run_interruptible(running()) == 7


def test_what_cancels_itself_is_not_an_interruption() -> None:
    async def running() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_interruptible(running())


def test_an_interruption_afterwards_works_as_usual() -> None:
    async def running() -> None:
        return

    run_interruptible(running())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
