"""What operators at the live board do in a run."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.live.channel import Command
from gameday.model.events import Event
from gameday.model.history import Operation
from gameday.run.operators import Operators


class Pager:
    """A pager that is asked, and refuses if it is set to."""

    def __init__(self, problem: str = "") -> None:
        self.asked: list[tuple[str, str, str]] = []
        self._problem = problem

    async def operate(self, fake: str, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        if self._problem:
            raise GamedayError(self._problem)
        self.asked.append((fake, f, key))
        return {"id": key}


class Recorder:
    """What operators need of a recorder."""

    def __init__(self, operations: list[Operation[Event]], pager: Pager) -> None:
        self.operations = operations
        self.environment = SimpleNamespace(fakes=pager, fakes_by_role={"pager": "pagerduty"})
        self.recorded: list[tuple[str, str, float]] = []
        self.notes: list[str] = []

    async def fetch(self) -> None:
        return None

    def record(self, event: Any, *, time_s: float) -> None:
        self.recorded.append((event.by, event.text, time_s))

    def note(self, text: str) -> None:
        self.notes.append(text)


def acknowledge(recorder: Recorder) -> None:
    async def act() -> None:
        operators = Operators(recorder, None)  # type: ignore[arg-type]
        operators._record(Command("acknowledge", "Ana"), 30.0)
        await asyncio.gather(*operators._acting)

    asyncio.run(act())


@pytest.fixture
def raised(story: Any) -> list[Operation[Event]]:
    """Two open alerts, a resolved one and a ticket."""
    story.alert(at_s=10, key="a").alert(at_s=11, key="b").alert(at_s=12, key="c").alert(at_s=13, key="t", kind="ticket")
    return [*story.alert(at_s=20, key="c", action="resolve").history()]


def test_an_operator_acknowledges_every_open_alert_by_name(raised: list[Operation[Event]]) -> None:
    pager = Pager()
    recorder = Recorder(raised, pager)
    acknowledge(recorder)
    assert pager.asked == [("pagerduty", "acknowledge", "a"), ("pagerduty", "acknowledge", "b")]
    assert recorder.recorded == [("Ana", "acknowledged 2 open alerts", 30.0)]


def test_a_pager_that_refuses_an_acknowledgement_is_noted(raised: list[Operation[Event]]) -> None:
    recorder = Recorder(raised, Pager("no operation 'acknowledge'"))
    acknowledge(recorder)
    assert recorder.notes == ["the alerts were not acknowledged: no operation 'acknowledge'"]
    assert recorder.recorded == []
