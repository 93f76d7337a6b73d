"""A simulated run: the judge of every run, on virtual time, the same to the byte each time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import msgspec
import pytest

from gameday.explore.schedule import FaultPlan, Schedule
from gameday.explore.simulated import Simulated, can_simulate
from gameday.model.checker import Result
from gameday.model.history import History, encode_line
from gameday.model.scenario import Flow
from gameday.model.settings import Settings, Target
from gameday.scoring.judge import judge
from gameday.simulation.environment import InProcessFakes, fakes_of
from gameday.simulation.observation import Observation
from gameday.simulation.virtual_time import BEGIN_S, Stuck, VirtualLoop, VirtualTime
from gameday.steps.candidates import Candidate
from support.rows import rows
from support.simulated import Simulation

FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
LOST_REPLY = FaultPlan("reply lost after commit", "erp", 0, 60, {"operation": "order.write", "share": "1"})
HELD = FaultPlan("held record", "crm", 0, 20, {"share": "0.6", "times": "1"})


def day(*plans: FaultPlan) -> Schedule:
    return Schedule(FLOW, 3, 12, 3, plans)


@rows(
    ("fault", "target", "possible"),
    [
        ("record lock", "erp", True),
        ("connection down", "erp", True),
        ("slow connection", "pager", True),
        ("killed worker", "stack", True),
        ("paused worker", "stack", False),
        ("sliced packets", "erp", False),
        ("connection reset", "erp", False),
    ],
)
def test_what_depends_on_packets_or_on_a_stopped_process_is_not_simulated(
    fault: str, target: str, possible: bool
) -> None:
    assert can_simulate(Candidate(fault, target, "", {})) is possible


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualLoop]:
    """A loop on virtual time, which the clocks show as long as the test lasts."""
    clock = VirtualTime()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    virtual = VirtualLoop(clock)
    yield virtual
    virtual.close()


def test_events_that_nobody_reads_are_left_out() -> None:
    fakes = fakes_of(None, frozenset({"salesforce", "netsuite"}))
    fakes.reset(pace=60, seed=1)
    for kind in ("exchange", "delivery", "exchange"):
        fakes.events.append("salesforce", kind, "ok", {})

    async def read(*left_out: str) -> list[str]:
        client = InProcessFakes(fakes, left_out)
        try:
            found = [event.f for event in await client.events()]
            assert await client.events() == []
            return found
        finally:
            await client.close()

    assert asyncio.run(read()) == ["exchange", "delivery", "exchange"]
    assert asyncio.run(read("exchange")) == ["delivery"]


def test_timers_of_one_moment_fire_in_the_order_in_which_they_were_set(loop: VirtualLoop) -> None:
    fired: list[int] = []

    async def main() -> None:
        first, *_ = [loop.call_later(1, fired.append, number) for number in range(4)]
        first.cancel()
        await asyncio.sleep(1)

    loop.run_until_complete(main())
    assert fired == [1, 2, 3]


def test_a_task_that_waits_for_ever_is_an_error_and_not_a_hang(loop: VirtualLoop) -> None:
    with pytest.raises(Stuck):
        loop.run_until_complete(asyncio.Event().wait())


def test_an_hour_of_timers_passes_at_once_and_in_order(loop: VirtualLoop) -> None:
    woken: list[tuple[float, float]] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, time.monotonic() - BEGIN_S))

    async def main() -> None:
        await asyncio.gather(*map(wait, (3600.0, 60.0, 1.0)))

    loop.run_until_complete(main())
    assert woken == [(1.0, 1.0), (60.0, 60.0), (3600.0, 3600.0)]


@pytest.fixture(scope="module")
def observations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Observation]]]:
    """Days of `durable` and of one with a planted bug, the first one simulated in two processes."""
    settings = Settings(runs_dir=str(tmp_path_factory.mktemp("runs")))
    asked = {
        "durable": [
            day(LOST_REPLY),
            day(),
            day(FaultPlan("killed worker", "stack", 0, 20)),
            day(HELD),
            day(LOST_REPLY),
            day(HELD),
        ],
        "durable+no-idempotency-key": [day(LOST_REPLY)],
    }
    found = {}
    for stack, days in asked.items():
        runs = Simulated(stack, settings, 2 if len(days) > 1 else 1)
        try:
            found[stack] = runs.observe(days)
        finally:
            runs.close()
    yield found


@pytest.mark.slow
def test_a_simulated_day_is_judged_and_repeats_in_another_process(
    observations: dict[str, list[Observation]],
) -> None:
    lost, plain, killed, held, *again = observations["durable"]
    assert [each.result for each in (lost, plain, killed, held)] == ["passed"] * 4, (lost, plain, killed, held)
    assert "reply lost after commit at the erp took effect" in lost.reached
    assert "killed worker at the stack took effect" in killed.reached
    # Of a batch the parts are carried out in the order in which the stack's store has drawn them.
    assert msgspec.json.encode([lost, held]) == msgspec.json.encode(again)


@pytest.mark.slow
def test_a_simulated_day_shows_a_planted_bug(observations: dict[str, list[Observation]]) -> None:
    (found,) = observations["durable+no-idempotency-key"]
    assert (found.result, found.harms) == ("failed", ("duplicated",))


@pytest.mark.slow
def test_what_a_search_sees_is_what_the_whole_history_shows(
    observations: dict[str, list[Observation]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A search leaves out what no judge reads. The whole history, written and read again, comes to the same result."""
    settings = Settings(runs_dir=str(tmp_path_factory.mktemp("whole")))
    simulation = Simulation()
    try:
        for stack, plan in (("durable", LOST_REPLY), ("durable+no-idempotency-key", LOST_REPLY)):
            target = msgspec.structs.replace(settings, targets=(Target(stack, 3),))
            result, verdicts, case = simulation.judged(day(plan).scenario(), target)
            seen = observations[stack][0]
            assert "exchange" in {op.f for op in case.history}
            assert (seen.result, seen.broken) == (
                result.word,
                tuple((each.name, each.summary) for each in verdicts if each.result is Result.FAILED),
            )
            path = tmp_path_factory.mktemp("history") / "history.jsonl"
            path.write_bytes(b"".join(map(encode_line, case.history)))
            again, _ = judge(msgspec.structs.replace(case, history=History.read(path)))
            assert again is result
    finally:
        simulation.close()
