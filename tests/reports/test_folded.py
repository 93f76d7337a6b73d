"""Several runs of one scenario as one postmortem."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.model.checker import Result
from gameday_reports.folded import fold
from gameday_reports.folded.context import context
from gameday_reports.recorded import RecordedRun


@pytest.fixture
def runs(full_sketch: Any, tmp_path: Path) -> list[Path]:
    """Three runs of one kind: a failed one, one with a deal lost beside, and an inconclusive one."""
    first = full_sketch.record(tmp_path / "a")
    full_sketch.deal("D-8", 117, "40.00")
    second = full_sketch.record(tmp_path / "b")
    full_sketch.result = Result.INCONCLUSIVE
    third = full_sketch.record(tmp_path / "c")
    folders = []
    for number, run_dir in enumerate((first, second, third)):
        info = json.loads((run_dir / "run.json").read_text())
        (run_dir / "run.json").write_text(json.dumps(info | {"started": f"2026-03-0{number + 1}T08:00:00+00:00"}))
        folders.append(run_dir.rename(tmp_path / f"run-{number}"))
        card = json.loads((folders[-1] / "scorecard.json").read_text())
        (folders[-1] / "scorecard.json").write_text(
            json.dumps(card | {"scenario": "s", "contract": "c", "rubric": "r"})
        )
    return folders


def test_every_run_is_visible_in_the_order_of_time(runs: list[Path], tmp_path: Path) -> None:
    found = context([runs[2], runs[0], runs[1]], tmp_path / "page.html")
    assert [row["run"] for row in found["runs"]] == ["run-0", "run-1", "run-2"]
    assert [row["word"] for row in found["runs"]] == ["failed", "failed", "inconclusive"]
    assert found["sentence"].startswith("3 runs: 2 failed, 1 inconclusive. In 2 runs wrong")


def test_an_inconclusive_run_has_no_figure(runs: list[Path], tmp_path: Path) -> None:
    found = context(runs, tmp_path / "page.html")
    assert found["runs"][2]["affected"] is None
    assert all(row["deals"][2] == 0 for row in found["groups"])


def test_groups_of_deals_and_ranges_are_those_of_each_run(runs: list[Path], tmp_path: Path) -> None:
    found = context(runs, tmp_path / "page.html")
    affected = [len(RecordedRun(run_dir).affected) for run_dir in runs[:2]]
    assert affected[1] == affected[0] + 1
    assert [sum(row["deals"][number] for row in found["groups"]) for number in (0, 1)] == affected
    assert dict(found["ranges"])["Affected deals"] == f"{affected[0]} to {affected[1]}"


def test_an_action_is_there_once_with_the_runs_that_call_for_it(runs: list[Path], tmp_path: Path) -> None:
    (runs[1] / "postmortem.yaml").write_text("actions:\n  - {id: lost, owner: sync team, due: 2026-04-01}\n")
    acts = {act["id"]: act for act in context(runs, tmp_path / "page.html")["actions"]}
    assert (acts["lost"]["runs"], acts["lost"]["owners"]) == ([0, 1], ["sync team"])
    assert acts["inconclusive"]["runs"] == [2]


def test_the_page_leads_to_the_postmortem_of_each_run(runs: list[Path], tmp_path: Path) -> None:
    (runs[0] / "postmortem.html").write_text("")
    text = fold(runs, tmp_path / "page.html").read_text()
    assert 'href="run-0/postmortem.html"' in text
    assert "an inconclusive run shows no figure" in text


def another_stack(run_dir: Path) -> None:
    info = json.loads((run_dir / "run.json").read_text())
    (run_dir / "run.json").write_text(json.dumps(info | {"stack": "other"}))


def another_scenario(run_dir: Path) -> None:
    card = json.loads((run_dir / "scorecard.json").read_text())
    (run_dir / "scorecard.json").write_text(json.dumps(card | {"scenario": "t"}))


@pytest.mark.parametrize(("change", "what"), [(another_stack, "stack"), (another_scenario, "scenario")])
def test_runs_of_another_kind_are_refused(
    runs: list[Path], tmp_path: Path, change: Callable[[Path], None], what: str
) -> None:
    change(runs[1])
    with pytest.raises(GamedayError, match=f"another {what}: run-0 and run-1"):
        fold(runs, tmp_path / "page.html")
