"""``gameday explore``: mistakes, exit codes and what it shows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gameday.cli import main
from gameday.commands.explore import _exit_code, _show
from gameday.explore.exploring import Explored
from gameday.explore.finding import Finding, Signature
from gameday.explore.schedule import FaultPlan, Schedule
from gameday.explore.tried import Tried
from gameday.model.scenario import Flow
from gameday.steps.candidates import Candidate

SCHEDULE = Schedule(
    Flow("salesforce", "netsuite", "closed-won-to-sales-order"), 2, 12, 5, (FaultPlan("record lock", "erp", 0, 10),)
)
FINDING = Finding(
    Signature("exactly once", "lost", ("record lock",)), SCHEDULE, (("a", "2 lost"),), "simulated", 4, 4, 17, (3, 6, 90)
)
LOCK = Candidate("record lock", "erp", "http", {})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--stack nobody", "unknown stack 'nobody'"),
        (
            "--stack durable-postgres --mode simulated",
            "stack 'durable-postgres' cannot be simulated: its table has no in_process",
        ),
        ("--faults weather", "unknown faults 'weather'"),
        ("--faults revoked", "unknown faults 'revoked'"),
        ("--contract nothing", "unknown contract 'nothing'"),
        ("--crm netsuite", "'netsuite' is an ERP, not a CRM"),
        ("--time soon", "not a duration: 'soon'"),
    ],
)
def test_a_mistake_is_one_line_before_anything_starts(
    arguments: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["explore", *arguments.split(), "--ci"])
    (line,) = (line for line in capsys.readouterr().err.splitlines() if not line.startswith("exploring"))
    assert said in line
    assert ended.value.code == 2


def explored(*found: tuple[Path, Finding], **results: int) -> Explored:
    tried = Tried(runs=sum(results.values()), results=Counter(results), seconds=10.0, reached=Counter(["a thing"]))
    return Explored(tried, [LOCK], list(found), replays={path.name: ["failed"] for path, _ in found})


def test_a_failure_exits_with_1_and_what_was_judged_without_one_with_0() -> None:
    assert _exit_code(explored((Path("a.feature"), FINDING), failed=1)) == 1
    assert _exit_code(explored(passed=3, inconclusive=2)) == 0


def test_nothing_that_could_be_judged_exits_with_3() -> None:
    assert _exit_code(explored(inconclusive=5)) == 3


def test_what_was_tried_reached_and_found_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    _show(explored((Path("a.feature"), FINDING), failed=1, passed=39))
    shown = capsys.readouterr().out
    assert "40 schedules in 10 s (4.0 a second): 1 failed, 39 passed" in shown
    assert "record lock at the erp took effect" in shown
    (row,) = (line.split() for line in shown.splitlines() if "a.feature" in line)
    assert row == ["exactly", "once", "17", "1", "2", "10", "4", "of", "4", "failed", "a.feature"]
