"""How many scenarios run at a time follows from the clocks of the stacks, and a run at pace 1 is announced."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base import processors as counting
from gameday.commands import run
from gameday.commands.run import at_a_time, clocks_of
from gameday.config.gameday_toml import load_config
from gameday.model.settings import Settings, Target
from gameday.run.stack_clock import StackClock


@pytest.mark.parametrize(
    ("paces", "processors", "expected"),
    [([60], 2, 5), ([1], 2, 16), ([1, 60], 2, 5), ([60], 0.2, 1), ([60], 0.5, 1), ([60], 3, 7), ([1], 0.5, 4)],
)
def test_more_run_at_a_time_only_if_all_go_at_pace_1(
    paces: list[float], processors: float, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "memory_gb", lambda: 1e6)
    for module in (run, counting):
        monkeypatch.setattr(module, "processors", lambda: processors)
    assert at_a_time([StackClock("own", pace) for pace in paces]) == expected


def test_at_pace_1_no_more_run_than_the_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "processors", lambda: 2.0)
    monkeypatch.setattr(run, "memory_gb", lambda: 5.0)
    assert at_a_time([StackClock("real", 1)]) == 10


def test_a_stack_whose_runs_go_at_pace_1_is_named_with_the_reason_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gameday.toml"
    file.write_text('[stack.mine]\ncommand = ["sync"]\nclock = "real"\n')
    targets = tuple(Target(stack, seed) for stack in ("durable", "mine") for seed in (1, 2))
    clocks = clocks_of(load_config(file), Settings(targets=targets, pace=60))
    assert {name: clock.pace for name, clock in clocks.items()} == {"durable": 60, "mine": 1}
    assert capsys.readouterr().err == "mine: its runs go at pace 1, not 60: [stack.mine] says so\n"
