"""Which scenarios do not apply to a stack is planned once, and again when anything that it depends on changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday.base import owner
from gameday.config.gameday_toml import load_config
from gameday.steps import not_applicable as module
from gameday.steps.not_applicable import not_applicable

WHY = {"brittle": {"A batch": "it makes no batch calls"}}


class OnlyAbsent:
    """A configuration of one stack that declares something absent."""

    path = None
    roll_out = "POST /rollout"

    def __init__(self, *absent: str) -> None:
        self.absent = absent

    def stack(self, name: str) -> Any:
        return self


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The stacks that are planned, each time."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    times: list[list[str]] = []

    def plan(stacks: list[str], config: str) -> dict[str, dict[str, str]]:
        times.append(stacks)
        return WHY

    monkeypatch.setattr(module, "_planned", plan)
    return times


def ask(*absent: str) -> dict[str, dict[str, str]]:
    config: Any = OnlyAbsent(*absent)
    return not_applicable(["brittle"], config)


def test_it_is_planned_once(planned: list[list[str]]) -> None:
    assert ask("batch") == ask("batch") == WHY
    assert planned == [["brittle"]]


def test_it_is_planned_again_if_something_else_is_absent(planned: list[list[str]]) -> None:
    ask("batch")
    ask("invoice")
    assert len(planned) == 2


def test_it_is_planned_again_by_another_version(planned: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    ask("batch")
    monkeypatch.setattr(module, "judge_digest", lambda *_: "another")
    ask("batch")
    assert len(planned) == 2


def test_a_file_that_cannot_be_read_is_planned_again(planned: list[list[str]]) -> None:
    ask("batch")
    (owner.state_folder() / "not-applicable.json").write_text("{")
    assert ask("batch") == WHY
    assert len(planned) == 2


def test_a_stack_that_lacks_nothing_is_not_planned(planned: list[list[str]]) -> None:
    assert ask() == {}
    assert not_applicable([], load_config()) == {}
    assert planned == []
