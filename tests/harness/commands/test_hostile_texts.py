"""Names and texts of files reach a terminal literally, whichever command shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.terminal_console import LiteralConsole
from gameday.cli import main
from gameday.commands.run_summary import summary_table
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run, create
from gameday.steps.outcome import Outcome

pytestmark = pytest.mark.slow  # a table of cases that takes seconds

NAME = "[/retry] \x1b[2J\x9b1m red \u202e"
SHOWN = "[/retry] ⟨U+001B⟩[2J⟨U+009B⟩1m red ⟨U+202E⟩"
FEATURE = f"""\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 120 per minute

  Scenario: {NAME.strip()}
    When after 1 second the ERP suffers "reply lost after commit" for 20 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""


@pytest.fixture
def run_dir(story: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded run in which every text from outside says something to a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    story.expectations = (Expectation("exactly once", {"within_s": 120.0}, NAME),)
    story.deal(NAME).deal("b").order("b")
    story.op("stack_exited", 20, {"process": NAME, "code": 1, "last_line": NAME}, by="stack")
    case = story.case()
    scenario = msgspec.structs.replace(case.scenario, name=NAME)
    run = create(tmp_path / "runs", stack=NAME, scenario=scenario, contract=case.contract, pace=60, stack_version=NAME)
    with HistoryWriter(run.dir / "history.jsonl") as writer:
        for op in case.history:
            writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
    return run.dir


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("report RUN", marks=pytest.mark.slow), "check RUN", "report lint RUN", "report lint RUN --json",
        "list runs --runs RUNS", "list runs --runs RUNS --json", "heal --runs RUNS", "inventory --runs RUNS",
        "tabletop RUN --out kit", "plan hostile.feature", "plan hostile.feature --json", "brief hostile.feature",
        "plan NAME", "check NAME", "NAME", "list NAME", "list fakes NAME", "run --stack NAME", "run --seed NAME",
        "doctor NAME", "can-deploy --stack durable --stack-version NAME hostile.feature", "contract check NAME",
        "report NAME", "contract diff NAME NAME", "gate --contract NAME --records NAME --stack NAME", "init NAME/NAME",
        "brief hostile.feature --out NAME", "fakes serve --port NAME", "record --from NAME --contract NAME",
    ],
)  # fmt: skip
def test_no_command_shows_what_a_terminal_obeys(
    run_dir: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    Path("hostile.feature").write_text(FEATURE)
    check_run(Run(run_dir))
    words = {"RUN": str(run_dir), "RUNS": str(run_dir.parent)}
    with pytest.raises(SystemExit):
        main([words.get(word, word).replace("NAME", NAME) for word in command.split()])
    shown = "".join(capsys.readouterr())
    assert {char for char in shown if char != "\n" and not char.isprintable()} == set()
    assert "gameday itself" not in shown


def test_the_table_of_a_run_shows_a_name_with_brackets(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_run(Run(run_dir))
    LiteralConsole(width=200).print(summary_table([Outcome(NAME, "f", NAME, 1, "failed", run_dir=str(run_dir))]))
    out = capsys.readouterr().out
    assert SHOWN in out
    assert "\x1b" not in out


def test_a_mistake_of_ours_is_one_line_and_no_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError(NAME)

    monkeypatch.setattr("gameday.scoring.judge.check_run", broken)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path)])
    assert ended.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_an_output_that_nobody_reads_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: Any, **__: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("gameday.commands.list.show_wrapped", closed)
    monkeypatch.setattr("gameday.cli.forget_output", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main(["list", "faults"])
    assert ended.value.code == 141


def test_a_disk_that_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "runs/x\x1b")

    monkeypatch.setattr("gameday.commands.list.show_wrapped", full)
    with pytest.raises(SystemExit) as ended:
        main(["list", "faults"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "gameday: runs/x⟨U+001B⟩: No space left on device\n"


@pytest.mark.parametrize("command", ["plan loop", "run --runs loop delivery", "plan --config loop"])
def test_links_that_lead_to_each_other_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "gameday itself" not in said


def test_a_number_that_is_too_large_is_not_called_too_small(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", "--seed", str(2**63), "delivery"])
    assert ended.value.code == 2
    assert "9223372036854775808 is more than 9223372036854775807" in capsys.readouterr().err
