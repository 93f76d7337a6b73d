"""A schedule of a search ends before its horizon only where nothing is left to come, as far as can be seen."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gameday.model.events import AlertRaised, Delivery, FaultHealed, Intervention, OrderWrite, StackEvent
from gameday.model.history import Operation
from gameday.model.lines import operation
from gameday.model.scenario import Injection
from gameday.model.signal import Signal
from gameday.model.system_events import PeopleActed
from gameday.run.recorder import Recorder
from gameday.simulation.endings import IDLE_S, Settled

SIGNAL = Signal(source="pagerduty", kind="alert", key="k", action="trigger", flow="", owner="", reason="", orders=())


class Day:
    """What a recorder knows: all agrees, and nothing has happened since the beginning."""

    def __init__(self, *injections: Injection) -> None:
        self.scenario = SimpleNamespace(injections=injections)
        self.clock = self
        self.operations: list[Operation[Any]] = []
        self.operated_s = 0.0
        self.time_s = IDLE_S + 1.0
        self.agrees = True
        self.compared = 0
        self.news: list[Operation[Any]] = []

    def now_s(self) -> float:
        return self.time_s

    def last_s(self, kinds: tuple[str, ...]) -> float:
        return max((op.time_s for op in self.operations if op.f in kinds), default=0.0)

    def record(self, event: Any, time_s: float, outcome: Any = "ok") -> Operation[Any]:
        return operation("harness", event.f, event, outcome, time_s, len(self.operations))

    async def fetch(self) -> None:
        self.operations, self.news = [*self.operations, *self.news], []

    async def reconciled(self) -> bool:
        self.compared += 1
        return self.agrees

    def over(self, times: int = 1) -> bool:
        settled = Settled(cast("Recorder", self))
        return [asyncio.run(settled._over()) for _ in range(times)][-1]


def test_it_is_over_once_all_agrees_and_nothing_has_happened_for_a_while() -> None:
    assert Day().over()


@pytest.mark.parametrize(
    "event",
    [
        OrderWrite("SO-1", deal="D1"),
        PeopleActed("D1", "release_credit", "erp"),
        FaultHealed(0, "paused worker", "stack"),
        StackEvent("resume"),
        Delivery("message 2", ("D1",), 1, 200),
        Intervention("replay"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_it_is_not_over_within_a_minute_of_what_happened(event: Any, known: bool) -> None:
    # What was there, and not known, counts too.
    day = Day()
    happened = [day.record(event, 5.0)]
    day.operations, day.news = (happened, []) if known else ([], happened)
    assert not day.over()
    day.time_s = IDLE_S + 6.0
    assert day.over()


@pytest.mark.parametrize(("outcome", "held_s"), [("info", 0.0), ("ok", 30.0)])
def test_it_is_not_over_where_a_write_may_be_repeated_after_any_pause(outcome: str, held_s: float) -> None:
    day = Day()
    day.operations = [day.record(OrderWrite("SO-1", deal="D1", held_s=held_s), 5.0, outcome)]
    day.time_s = 5000.0
    assert not day.over()


@pytest.mark.parametrize(
    ("fault", "target", "over"),
    [("connection down", "erp", False), ("connection down", "crm", True), ("record lock", "erp", True)],
)
def test_it_is_not_over_where_the_link_to_the_erp_was_broken(fault: str, target: str, over: bool) -> None:
    assert Day(Injection(0.0, fault, target, 60.0)).over() == over


def test_it_is_not_over_while_an_alert_is_open() -> None:
    day = Day()
    day.operations = [day.record(AlertRaised(signal=SIGNAL), 1.0)]
    day.time_s = 5000.0
    assert not day.over()


def test_ledgers_that_do_not_agree_are_compared_again_once_something_is_recorded() -> None:
    day = Day()
    day.agrees = False
    assert not day.over(3)
    assert day.compared == 1
