"""`gameday run` from end to end: its exit codes, its files, and that it leaves nothing else behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gameday.base.process import processes_of
from gameday.model.checker import Result
from gameday.model.events import Exchange, FaultHealed, FaultInjected
from gameday.model.history import History
from gameday.run.rollback import read
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run, list_runs
from support.commands import Gameday, gameday
from support.once import made_once
from support.processes import end_groups

pytestmark = pytest.mark.slow

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 36 deals are closed won at 12 per minute

  Scenario: Replies are lost
    When after 2 minutes the ERP suffers "reply lost after commit" for 75 seconds
      | operation   | share | times |
      | order.write | 0.5   | 1     |
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
CONFIGURATION = """\
[stack.absent]
command = ["./no-such-command"]

[stack.short]
command = ["sh", "-c", "echo the licence has expired; exit 7"]
"""
RECORDS = ("run.json", "scenario.json", "contract.json", "history.jsonl", "control.jsonl", "rollback.jsonl")
BOOKS = ("ledger.crm.json", "ledger.erp.json", "dead_letters.json")
JUDGEMENT = ("verdicts.json", "scorecard.json")
REPORTS = ("postmortem.html", "postmortem.md", "results.json", "junit.xml")
LOGS = ("stack.log", "fakes.log", "proxy.log")
LIMIT_S = 240.0

Start = Callable[..., Gameday]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `gameday run` of the feature, in a new process group and a new folder."""
    (tmp_path / "some.feature").write_text(FEATURE)
    (tmp_path / "gameday.toml").write_text(CONFIGURATION)
    started: list[Gameday] = []

    def run(*arguments: str) -> Gameday:
        process = Gameday("run", "some.feature", "--runs", "runs", *arguments, cwd=tmp_path)
        started.append(process)
        return process

    yield run
    end_groups(started)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Run]]:
    """One run of the feature against both bundled stacks."""
    folder = made_once(tmp_path_factory, "both", _run_both)
    said = [(folder / name).read_text() for name in ("stdout", "stderr")]
    ended = subprocess.CompletedProcess((), int((folder / "code").read_text()), *said)
    return ended, {run.info().stack: run for run in list_runs(folder / "runs")}


def _run_both(folder: Path) -> None:
    (folder / "some.feature").write_text(FEATURE)
    command = ["run", "some.feature", "--stack", "durable", "--stack", "brittle"]
    ended = gameday(*command, cwd=folder, timeout=LIMIT_S)
    for name, text in {"code": f"{ended.returncode}", "stdout": ended.stdout, "stderr": ended.stderr}.items():
        (folder / name).write_text(text)


Both = tuple["subprocess.CompletedProcess[str]", dict[str, Run]]


def test_a_stack_that_fails_makes_the_exit_code_1(both: Both) -> None:
    assert both[0].returncode == 1, both[0].stderr


def test_a_line_and_a_row_show_the_result_of_each_stack(both: Both) -> None:
    assert "passed   durable: Replies are lost" in both[0].stderr
    assert "failed   brittle: Replies are lost" in both[0].stderr
    # A row for each stack, and the reasons of the one that failed.
    assert both[0].stdout.count("Replies are lost") == 3


@pytest.mark.parametrize("stack", ["durable", "brittle"])
def test_the_run_folder_is_complete(both: Both, stack: str) -> None:
    run_dir = both[1][stack].dir
    names = {path.name for path in run_dir.iterdir()}
    assert {*RECORDS, *BOOKS, *JUDGEMENT, *REPORTS, *LOGS} <= names


def test_lost_replies_have_no_impact_on_the_durable_stack(both: Both) -> None:
    result, _ = both[1]["durable"].verdicts()
    assert result.word == "passed"


def test_the_verdict_names_the_deals_that_the_brittle_stack_wrote_twice(both: Both) -> None:
    run = both[1]["brittle"]
    by_deal = [entry.keys["otherRefNum"] for entry in run.ledger("erp").entries]
    twice = {deal for deal in by_deal if by_deal.count(deal) > 1}
    [verdict] = [verdict for verdict in run.verdicts()[1] if verdict.result.word == "failed"]
    assert twice
    assert set(verdict.orders) == twice


def test_a_request_without_a_reply_is_kept_beside_a_good_one(both: Both) -> None:
    kept = [op for op in both[1]["brittle"].history().of(Exchange) if op.event.operation == "order.write"]
    assert [op.outcome for op in kept][:2] == ["ok", "fail"]
    assert kept[1].event.fault.startswith("0-reply-lost-after-commit")
    # Not every deal has a taxed product.
    fields = [{*op.event.request_fields} - {"item.items[].taxCode.externalId"} for op in kept]
    assert fields[0] == fields[1] != set()


def test_the_command_says_why_a_run_failed_and_where_its_report_is(both: Both) -> None:
    # In whichever width it was shown.
    result, run = " ".join(both[0].stdout.split()), both[1]["brittle"]
    _, verdicts = run.verdicts()
    failed = next(verdict for verdict in verdicts if verdict.result is Result.FAILED)
    assert f"- {failed.name}: {failed.summary}" in result
    assert ", ".join(failed.orders[:3]) in result
    assert f"{run.dir.name}/postmortem.html" in result


@pytest.mark.parametrize("stack", ["durable", "brittle"])
def test_judging_the_run_again_gives_the_same(both: Both, stack: str, tmp_path: Path) -> None:
    run = Run(Path(shutil.copytree(both[1][stack].dir, tmp_path / "run")))
    before = [(run.dir / name).read_bytes() for name in JUDGEMENT]
    check_run(run)
    assert [(run.dir / name).read_bytes() for name in JUDGEMENT] == before


@pytest.mark.parametrize("stack", ["durable", "brittle"])
def test_a_run_that_ends_leaves_no_process_and_no_fault(both: Both, stack: str) -> None:
    run_dir = both[1][stack].dir
    assert processes_of(str(run_dir)) == []
    assert read(run_dir).left == {}


def test_a_passed_run_ends_with_0(start: Start) -> None:
    process = start("--stack", "durable", "--no-control")
    _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, errors


#: What is said of each stack that does not start.
NOT_STARTED = {
    "absent": "cannot start stack 'absent': './no-such-command': No such file or directory",
    "short": "stack 'short' ended with exit code 7: the licence has expired",
}


def test_stacks_that_do_not_start_are_a_line_each_exit_code_3_and_leave_no_process(
    start: Start, tmp_path: Path
) -> None:
    process = start(*(part for stack in NOT_STARTED for part in ("--stack", stack)), "--no-control")
    _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 3
    *clocks, first, second = errors.strip().splitlines()
    said = {line.split(":")[0]: line for line in clocks}
    results = {line.partition("not run  ")[2].split(":")[0]: line for line in (first, second)}
    assert said.keys() == results.keys() == NOT_STARTED.keys()
    for stack, problem in NOT_STARTED.items():
        assert said[stack].startswith(f"{stack}: its runs go at pace 1, not 60: ")
        assert f"not run  {stack}: Replies are lost: {problem}" in results[stack]
    folders = [path.parent for path in (tmp_path / "runs").glob("**/rollback.jsonl")]
    assert folders
    assert [processes_of(str(folder)) for folder in folders] == [[] for _ in folders]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_heals_its_faults_and_ends_everything(
    start: Start, tmp_path: Path, sign: signal.Signals
) -> None:
    feature = tmp_path / "some.feature"
    feature.write_text(feature.read_text().replace("75 seconds", "40 minutes"))
    process = start("--stack", "durable")
    run_dir = _wait_for_fault(tmp_path / "runs", process)
    if sign is signal.SIGINT:
        # As a terminal does it: to the whole group.
        os.killpg(process.pid, sign)
    else:
        process.send_signal(sign)
    _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert [op.outcome for op in History.read(run_dir / "history.jsonl").of(FaultHealed)] == ["invoke", "ok"]
    for folder in [path.parent for path in (tmp_path / "runs").glob("**/rollback.jsonl")]:
        assert read(folder).left == {}
        assert processes_of(str(folder)) == []


def test_a_second_interruption_leaves_nothing_either(start: Start, tmp_path: Path) -> None:
    feature = tmp_path / "some.feature"
    feature.write_text(feature.read_text().replace("75 seconds", "40 minutes"))
    process = start("--stack", "durable", "--no-control")
    run_dir = _wait_for_fault(tmp_path / "runs", process)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.1)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=LIMIT_S)
    assert read(run_dir).left == {}
    assert processes_of(str(run_dir)) == []


@pytest.mark.needs("namespace")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGHUP])
def test_a_run_whose_command_is_killed_heals_its_faults_and_ends_everything(
    start: Start, tmp_path: Path, sign: signal.Signals
) -> None:
    feature = tmp_path / "some.feature"
    feature.write_text(feature.read_text().replace("75 seconds", "40 minutes"))
    process = start("--stack", "durable", "--no-control")
    run_dir = _wait_for_fault(tmp_path / "runs", process)
    process.send_signal(sign)
    process.wait(LIMIT_S)
    deadline_s = time.monotonic() + LIMIT_S
    while processes_of(str(run_dir)) or read(run_dir)[1]:
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def _wait_for_fault(runs_dir: Path, process: Gameday) -> Path:
    """Wait until the fault is active; the folder of the run."""
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        for run in list_runs(runs_dir):
            path = run.dir / "history.jsonl"
            if path.exists() and any(True for _ in History.read(path).of(FaultInjected, outcome="ok")):
                return run.dir
        time.sleep(0.02)
    raise AssertionError("no fault was injected")
