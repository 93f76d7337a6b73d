"""Waiting for a condition ends when it holds or when its time is over."""

from __future__ import annotations

import asyncio

import pytest

from gameday.base.errors import GamedayError, RunError
from gameday.run.tasks import first_error, until


class Condition:
    """A condition that holds at the n-th check."""

    def __init__(self, holds_at: int) -> None:
        self.checks = 0
        self._holds_at = holds_at

    async def __call__(self) -> bool:
        self.checks += 1
        await asyncio.sleep(0)
        return self.checks >= self._holds_at


def test_it_checks_until_the_condition_holds() -> None:
    condition = Condition(holds_at=3)
    assert asyncio.run(until(condition, timeout_s=60, poll_s=0.001))
    assert condition.checks == 3


def test_it_gives_up_after_the_timeout() -> None:
    assert not asyncio.run(until(Condition(holds_at=10**9), timeout_s=0.05, poll_s=0.001))


def test_without_any_time_it_does_not_check() -> None:
    condition = Condition(holds_at=1)
    assert not asyncio.run(until(condition, timeout_s=0.0, poll_s=0.001))
    assert condition.checks == 0


def test_an_error_with_one_line_comes_before_others() -> None:
    error = RunError("the fakes have ended")
    group = BaseExceptionGroup("", [KeyError("x"), ExceptionGroup("", [error])])
    assert first_error(group) is error


def test_without_such_an_error_it_is_the_first() -> None:
    error = KeyError("x")
    assert first_error(BaseExceptionGroup("", [BaseExceptionGroup("", [error]), ValueError()])) is error


def test_an_error_of_a_check_is_raised() -> None:
    async def fail() -> bool:
        raise GamedayError("no answer")

    with pytest.raises(GamedayError, match="no answer"):
        asyncio.run(until(fail, timeout_s=60, poll_s=0.001))
