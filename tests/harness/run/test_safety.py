"""The abort conditions of a run: evaluated on its own history, recorded, and the faults are healed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import RunAborted, RunError
from gameday.model.abort import AbortCondition, Measure, Observed, read_condition
from gameday.model.events import Aborted, ConditionsRead, Event
from gameday.model.history import Operation, operation
from gameday.model.rates import Rates
from gameday.model.scenario import Flow, Scenario
from gameday.run.outside_looks import LOOKS_FILE, Looking, OutsideLooks
from gameday.run.safety import SafetyWatch, refuse_to_begin


class Recorder:
    """What a watch needs of a recorder; ``now_s`` is the scenario second."""

    def __init__(self, story: Any) -> None:
        self.scenario = Scenario("a day", Flow("salesforce", "netsuite", story.contract.name))
        self.contract = msgspec.structs.replace(story.contract, invoiced=False)
        self.margin_s = 6.0
        self.fetched_s = 0.0
        self.operations: list[Operation[Event]] = []
        self.recorded: list[Event] = []

    def record(self, event: Event) -> None:
        self.recorded.append(event)


@pytest.fixture
def watch(story: Any, tmp_path: Path) -> Iterator[Callable[..., tuple[SafetyWatch, Recorder]]]:
    """Makes a watch over what the story says so far, with these conditions."""
    made: list[SafetyWatch] = []

    def make(*conditions: AbortCondition, until_s: float) -> tuple[SafetyWatch, Recorder]:
        recorder = Recorder(story)
        recorder.operations = [*story.history()]
        recorder.fetched_s = until_s
        looks = OutsideLooks(tmp_path, conditions)
        made.append(SafetyWatch(recorder, conditions, Rates("USD"), looks))  # type: ignore[arg-type]
        return made[-1], recorder

    yield make
    for each in made:
        each._state.close()


def condition(name: str, value: object) -> AbortCondition:
    return read_condition(name, value, where="[safety]")


def won(story: Any, deal: str, at_s: float, amount: str = "100.00") -> None:
    """A deal as the history has it, with its amount."""
    value = {"key": f"key {deal}", "amount": amount, "currency": "USD"}
    story.op("close_deal", at_s, value, "invoke", by="workload")
    story.op("close_deal", at_s, {**value, "deal": deal}, by="workload")


def booked(story: Any, deal: str, at_s: float, total: str = "100.00") -> None:
    value = {"deal": deal, "order": f"SO {deal}", "total": total, "currency": "USD", "state": "open"}
    story.op("order_write", at_s, value, by="netsuite")


def test_a_deal_that_is_overdue_is_affected_and_aborts_the_run(story: Any, watch: Any) -> None:
    won(story, "A", 10)
    # Due after 60 seconds, with a margin of 6.
    before, _ = watch(condition("affected above", 0), until_s=75.0)
    before.look()
    after, recorder = watch(condition("affected above", 0), until_s=77.0)
    with pytest.raises(RunAborted, match=r"affected above: 1 affected deal \(aborts above 0 affected deals\)"):
        after.look()
    assert recorder.recorded[-1] == Aborted("affected above", "above 0 affected deals", "1 affected deal")


def test_money_that_is_not_booked_is_what_the_open_order_lacks(story: Any, watch: Any) -> None:
    won(story, "A", 10, "100.00")
    booked(story, "A", 12, "70.00")
    won(story, "B", 10, "50.00")
    booked(story, "B", 12, "50.00")
    watching, recorder = watch(condition("money above", "100 USD"), until_s=100.0)
    watching.look()
    (found,) = recorder.recorded[-1].conditions
    assert (found["value"], found["left"]) == ("30.00 USD not booked", "70.00 USD")


def test_the_age_of_the_backlog_is_that_of_its_oldest_deal(story: Any, watch: Any) -> None:
    won(story, "A", 10)
    won(story, "B", 30)
    booked(story, "A", 40)
    watching, recorder = watch(condition("backlog older than", "1 hour"), until_s=50.0)
    watching.look()
    assert recorder.recorded[-1].conditions[0]["value"] == "deal B has waited for 20 s"


def test_an_order_that_the_fakes_have_not_reported_yet_is_not_missed(story: Any, watch: Any) -> None:
    won(story, "A", 10)
    story.op("load", 90, {"real_s": 1.0}, "info", by="harness")
    # The harness has recorded something at 90, and has the events of the fakes until 60.
    watching, recorder = watch(condition("affected above", 0), until_s=60.0)
    watching.look()
    booked(story, "A", 65)
    known = {operation.time_s for operation in recorder.operations}
    recorder.operations += [each for each in story.history() if each.time_s not in known]
    recorder.fetched_s = 95.0
    watching.look()


def test_an_alert_aborts_the_run_that_raised_it(story: Any, watch: Any) -> None:
    won(story, "A", 10)
    story.alert(at_s=20, key="a", orders=("A",))
    watching, _ = watch(condition("alert", {"source": "*"}), until_s=0.0)
    with pytest.raises(RunAborted, match="alert: "):
        watching.look()


def test_what_an_operator_says_is_a_confirmation(watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    watching, recorder = watch(condition("renewal", {"within": "30 seconds", "confirm": True}), until_s=0.0)
    now_s[0] = 129.0
    recorder.operations = [operation("harness", "note", {"by": "Ana", "text": "here"}, "info", 0.0, 0)]
    watching.look()
    now_s[0] = 158.0
    watching.look()
    now_s[0] = 160.0
    with pytest.raises(RunAborted, match="renewal: last confirmed 31 s ago"):
        watching.look()


def test_the_distances_are_recorded_when_they_change(watch: Any) -> None:
    watching, recorder = watch(condition("affected above", 5), until_s=1.0)
    watching.look()
    watching.look()
    (found,) = recorder.recorded
    assert isinstance(found, ConditionsRead)
    assert found.conditions == (
        {
            "condition": "affected above",
            "limit": "above 5 affected deals",
            "value": "0 affected deals",
            "left": "5 deals",
            "used": 0.0,
        },
    )


class Broken(AbortCondition, frozen=True):
    """A plug-in's condition that crashes."""

    name = "broken"

    @property
    def limit(self) -> str:
        return "never"

    def measure(self, seen: Observed) -> Measure:
        raise ValueError("no such figure")


def test_a_condition_that_cannot_be_evaluated_aborts_the_run(watch: Any) -> None:
    watching, _ = watch(Broken(), until_s=1.0)
    with pytest.raises(RunAborted, match="broken: it cannot be evaluated: ValueError: no such figure"):
        watching.look()


def test_a_disk_that_is_full_keeps_no_run_from_its_end(watch: Any) -> None:
    watching, recorder = watch(Broken(), until_s=1.0)

    def full(event: Event) -> None:
        raise OSError(28, "No space left on device")

    recorder.record = full
    with pytest.raises(RunAborted):
        watching.look()


class Asked(AbortCondition, frozen=True):
    """A condition outside of the run that fires if it is set to."""

    name = "asked"
    fires: bool = False

    @property
    def limit(self) -> str:
        return "if asked"

    @property
    def outside(self) -> bool:
        return True

    def look(self, memory: dict[str, Any]) -> Measure:
        return Measure("something", "0", self.fires)


def test_what_is_outside_is_found_by_the_process_that_started_the_run(tmp_path: Path) -> None:
    conditions = (Asked(), Asked(fires=True))
    looking = Looking(conditions)
    assert [measure.fired for _, measure in looking.first()] == [False, True]
    looking.begin(tmp_path)
    looking.close()
    looks = OutsideLooks(tmp_path, conditions)
    assert [looks.measure(each).fired for each in conditions] == [False, True]


def test_what_is_outside_and_was_not_asked_for_long_counts_as_fired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conditions = (Asked(),)
    looking = Looking(conditions)
    looking.first()
    looking.begin(tmp_path)
    looking.close()
    looks = OutsideLooks(tmp_path, conditions)
    now_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now_s + 60)
    assert looks.measure(conditions[0]).value == "it could not be asked any more"
    (tmp_path / LOOKS_FILE).write_text("{")
    assert looks.measure(conditions[0]).fired


def test_a_run_does_not_begin_if_a_condition_holds_already() -> None:
    made = Asked(fires=True)
    with pytest.raises(RunError, match=r"the run did not begin: asked: something \(aborts if asked\)") as caught:
        refuse_to_begin([made], 60.0, [(made, made.look({}))])
    assert not isinstance(caught.value, RunAborted)


def test_quiet_hours_refuse_a_run_and_name_the_hours() -> None:
    made = read_condition("quiet hours", {"hours": ("00:00-24:00",), "zone": "UTC"}, where="[safety]")
    with pytest.raises(RunError, match=r"the run did not begin: quiet hours: it is .*00:00-24:00 in UTC"):
        refuse_to_begin([made], 60.0, [])


def test_without_a_condition_a_scenario_is_written_as_before() -> None:
    scenario = Scenario("a day", Flow("salesforce", "netsuite", "f"))
    assert b"abort" not in msgspec.json.encode(scenario)


def test_watching_ends_with_the_run(watch: Any) -> None:
    watching, _ = watch(condition("affected above", 5), until_s=1.0)

    async def run() -> None:
        task = asyncio.create_task(watching.watch())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    asyncio.run(run())
