"""The control that many runs are judged by is carried out anew if the machine disturbed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.analysis.host_load import HOST_LOAD
from gameday.base.processors import processors
from gameday.model.checker import Case, ControlLedgers, Result
from gameday.model.scenario import Expectation
from gameday.model.settings import Settings
from gameday.run import control
from gameday.run.control import carry_out_control, disturbed
from gameday.run.fault_free import control_of
from gameday.run.plan import RunPlan, look_up
from gameday.scoring.judge import judge
from gameday.steps.outcome import Outcome
from support.rows import rows

BUSY, QUIET = 0.97, 0.1


@pytest.fixture
def pass_of(new_story: Callable[[], Any]) -> Callable[..., Case]:
    """Makes a pass without faults through a machine as busy as given; D1 arrives late or not at all if it is wrong."""

    def make(waited_s: float, *, wrong: bool = False, alarmed: bool = False) -> Case:
        story = new_story().deal("D0", 10).order("D0", 12).deal("D1", 20)
        if not wrong:
            story.order("D1", 22)
        if alarmed:
            story.alert("D0", at_s=40)
        for second in range(8):
            value = {"real_s": 1.0, "waited_s": {"stack": waited_s}}
            story.op("load", 60 * (second + 1), value, by="harness")
        made = story.case()
        found: Case = msgspec.structs.replace(made, scenario=msgspec.structs.replace(made.scenario, injections=()))
        return found

    return make


@pytest.mark.parametrize(
    ("waited_s", "what", "word"),
    [
        (BUSY, {"wrong": True}, "waited for a processor"),
        (BUSY, {"alarmed": True}, "waited for a processor"),
        (BUSY, {}, ""),
        (QUIET, {"wrong": True}, ""),
        (QUIET, {"alarmed": True}, ""),
    ],
)
def test_a_control_is_disturbed_if_something_is_wrong_in_it_and_the_machine_was_too_busy(
    pass_of: Callable[..., Case], waited_s: float, what: dict[str, bool], word: str
) -> None:
    found = disturbed(pass_of(waited_s, **what))
    assert word in found
    assert bool(word) == bool(found)


class Attempts:
    """Carries out controls by handing out these passes, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *passes: Case) -> None:
        self.left = list(passes)
        self.lasted_s: list[float] = []
        monkeypatch.setattr(control, "_run_without_faults", self._next)

    async def _next(self, plan: RunPlan, folder: Path, _: object) -> Case:
        self.lasted_s.append(plan.scenario.recovery_s)
        assert [path.name for path in folder.iterdir()] == ["history.jsonl"], "it found what another attempt left"
        (folder / "state").mkdir()
        return self.left.pop(0)


def plan_for(case: Case, tmp_path: Path, *, repeat: bool = False, recovery_s: float | None = None) -> RunPlan:
    settings = Settings(targets=(), pace=60, runs_dir=str(tmp_path), repeat=repeat)
    flow = msgspec.structs.replace(case.scenario.flow, contract="closed-won-to-sales-order")
    scenario = msgspec.structs.replace(case.scenario, flow=flow)
    if recovery_s is not None:
        scenario = msgspec.structs.replace(scenario, recovery_s=recovery_s)
    return look_up(scenario, "durable", settings)


@pytest.mark.parametrize(("first_s", "controls"), [(900.0, 1), (300.0, 2)])
def test_scenarios_of_one_workload_share_a_control_that_is_long_enough(
    pass_of: Callable[..., Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_s: float, controls: int
) -> None:
    quiet = pass_of(QUIET)
    attempts = Attempts(monkeypatch, quiet, quiet)
    first = asyncio.run(carry_out_control(plan_for(quiet, tmp_path, recovery_s=first_s)))
    second = asyncio.run(carry_out_control(plan_for(quiet, tmp_path, recovery_s=600.0)))
    assert len({first, second}) == controls == 2 - len(attempts.left)


@pytest.mark.parametrize("name", ["control.jsonl", "control.ledgers.json"])
def test_a_control_that_was_edited_is_carried_out_anew(
    pass_of: Callable[..., Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    quiet = pass_of(QUIET)
    attempts = Attempts(monkeypatch, quiet, quiet)
    folder = asyncio.run(carry_out_control(plan_for(quiet, tmp_path)))
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    asyncio.run(carry_out_control(plan_for(quiet, tmp_path)))
    assert not attempts.left


def test_a_control_lasts_as_long_as_the_session_needs_it(
    pass_of: Callable[..., Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = pass_of(QUIET)
    attempts = Attempts(monkeypatch, quiet)
    plan = plan_for(quiet, tmp_path, recovery_s=300.0)
    plan = msgspec.structs.replace(plan, controls_s={control_of(plan.scenario).digest(): 900.0})
    folder = asyncio.run(carry_out_control(plan))
    assert folder.name == "900"
    assert attempts.lasted_s == [900.0]


@pytest.mark.parametrize(
    ("first_busy", "second_busy", "carried_out"), [(False, False, 1), (True, False, 2), (True, True, 2)]
)
def test_it_is_carried_out_anew_once_if_the_machine_disturbed_it(
    pass_of: Callable[..., Case],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first_busy: bool,
    second_busy: bool,
    carried_out: int,
) -> None:
    busy, quiet = pass_of(BUSY, wrong=True), pass_of(QUIET)
    passes = [busy if first_busy else quiet, busy if second_busy else quiet, quiet]
    attempts = Attempts(monkeypatch, *passes)
    folder = asyncio.run(carry_out_control(plan_for(busy, tmp_path)))
    assert len(attempts.left) == 3 - carried_out
    assert (folder / "disturbed.txt").exists() == (first_busy and second_busy)
    kept = sorted(path.name for path in (folder.parent / "earlier").glob("*/control.jsonl"))
    assert len(kept) == carried_out - 1, "what was recorded is kept"


def test_a_disturbed_one_serves_its_session_and_no_run_that_is_repeated(
    pass_of: Callable[..., Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, quiet = pass_of(BUSY, alarmed=True), pass_of(QUIET)
    attempts = Attempts(monkeypatch, busy, busy, quiet)
    first = asyncio.run(carry_out_control(plan_for(busy, tmp_path)))
    assert asyncio.run(carry_out_control(plan_for(busy, tmp_path))) == first
    assert len(attempts.left) == 1
    repeated = asyncio.run(carry_out_control(plan_for(busy, tmp_path, repeat=True)))
    assert not attempts.left
    assert not (repeated / "disturbed.txt").exists()
    assert asyncio.run(carry_out_control(plan_for(busy, tmp_path, repeat=True))) == repeated


def test_a_run_whose_control_was_disturbed_is_among_those_to_be_repeated(
    pass_of: Callable[..., Case], locked: Any
) -> None:
    other = pass_of(BUSY, alarmed=True)
    locked.expectations = (Expectation("no false alarm", {}, "nobody was alerted without cause"),)
    case = msgspec.structs.replace(
        locked.case(), control=other.history, control_ledgers=ControlLedgers(other.crm, other.erp)
    )
    result, verdicts = judge(case)
    assert result is Result.INCONCLUSIVE
    assert Outcome("s", "s.feature", "durable", 1, result.word, verdicts=verdicts).overloaded


@rows(("quota", "most"), [("50000 100000\n", 0.5), ("max 100000\n", 1e9), ("", 1e9), ("1 0\n", 1e9), ("what\n", 1e9)])
def test_a_quota_of_the_container_limits_the_processors(tmp_path: Path, quota: str, most: float) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    assert 0 < processors(file) <= most
    assert most == 1e9 or processors(file) == most
    assert processors(tmp_path / "missing") >= 1


def test_a_run_that_lacks_a_steady_state_is_repeated_if_the_machine_may_be_why(
    pass_of: Callable[..., Case], new_story: Callable[[], Any]
) -> None:
    other = pass_of(BUSY, wrong=True)
    story = new_story().inject(60, 200).deal("D0", 70).order("D0", 75)
    case = msgspec.structs.replace(
        story.case(), control=other.history, control_ledgers=ControlLedgers(other.crm, other.erp)
    )
    _, (steady, *_) = judge(case)
    assert steady.result is Result.INCONCLUSIVE
    assert "no deal arrived before the first fault at 60 s" in steady.summary
    assert "the machine did not keep up" in steady.summary
    assert HOST_LOAD in steady.evidence
