"""Live runs of schedules: what a session is asked for, and what its outcomes are taken for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from gameday.explore.live import Live
from gameday.explore.schedule import FaultPlan, Schedule
from gameday.model.scenario import Flow
from gameday.model.settings import Settings
from gameday.steps.outcome import Outcome
from gameday.steps.session import LocalWorkers
from gameday.steps.workers import OnOutcome, Workers

DAY = Schedule(Flow("salesforce", "netsuite", "closed-won-to-sales-order"), 1, 12, 5)
LOCK = FaultPlan("record lock", "erp", 0, 60, {"share": "1"})
LATE = msgspec.structs.replace(LOCK, duration_s=240)
LATER = msgspec.structs.replace(LOCK, at_s=300)


class Asked:
    """Keeps what it is asked to carry out, and says of each feature when its fault begins."""

    at_a_time = 2
    outstanding = ()

    def __init__(self) -> None:
        self.settings: list[Settings] = []
        self.texts: list[str] = []

    def alone(self) -> Workers:
        return self

    def carry_out(self, paths: Sequence[Path], settings: Settings, on_outcome: OnOutcome) -> list[Outcome]:
        self.settings.append(settings)
        self.texts = [path.read_text() for path in paths]
        return [
            Outcome("", str(path), "durable", 5, "not run", problem="later" if "300 seconds" in text else "at once")
            for path, text in zip(paths, self.texts, strict=True)
        ]


def test_a_search_runs_the_longest_first_without_controls_and_repeats_with_them() -> None:
    place = Asked()
    runs = Live("durable", Settings(), place)
    short, long = (msgspec.structs.replace(DAY, faults=(plan,)) for plan in (LOCK, LATER))
    assert [each.problem for each in runs.observe([short, long])] == ["at once", "later"]
    assert "300 seconds" in place.texts[0]
    assert [each.problem for each in runs.again(long, range(1, 4))] == ["later"] * 3
    assert runs.again(long, ()) == []
    assert [each.control for each in place.settings] == [False, True]


@pytest.mark.slow
def test_what_a_sound_stack_owes_is_shown_without_a_control(tmp_path: Path) -> None:
    runs = Live("durable", Settings(runs_dir=str(tmp_path)), LocalWorkers(1))
    (seen,) = runs.observe([msgspec.structs.replace(DAY, deals=3, faults=(LATE,))])
    assert (seen.result, seen.problem, seen.broken) == ("passed", "", ())
    assert "record lock at the erp took effect" in seen.reached
    assert not list(tmp_path.rglob("control.jsonl"))


@pytest.mark.slow
def test_a_stack_that_is_killed_again_while_it_starts_is_judged(tmp_path: Path) -> None:
    runs = Live("durable", Settings(runs_dir=str(tmp_path)), LocalWorkers(1))
    killed = FaultPlan("killed worker", "stack", 0, 20, times=3, pause_s=2)
    (seen,) = runs.observe([msgspec.structs.replace(DAY, deals=6, faults=(killed,))])
    assert (seen.problem, seen.broken) == ("", ())
