"""`gameday repair`: the sandbox has the run's ledgers, the list is carried out in it, and they are judged again."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gameday.base.process import processes_of
from gameday.scoring.repair_list import repair_list
from gameday.scoring.run_folder import Run
from gameday_reports.recorded import RecordedRun
from support import commands
from support.last_run import last_run
from support.once import made_once

pytestmark = pytest.mark.slow

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | taxed |
      | 24    | 12         | 50%   |

  Scenario: {name}
    When after 30 seconds the {who} suffers "{fault}" for 60 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
LIMIT_S = 240.0
ENTRIES = {"history.jsonl", "ledger.crm.json", "ledger.erp.json", "dead_letters.json", "repair.json", "rollback.jsonl"}


def gameday(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.gameday(*arguments, cwd=folder, timeout=LIMIT_S)


def run_feature(folder: Path, stack: str, name: str, who: str, fault: str) -> None:
    """Run the feature in a folder."""
    (folder / "some.feature").write_text(FEATURE.format(name=name, who=who, fault=fault))
    ran = gameday(folder, "run", "some.feature", "--stack", stack, "--pace", "80", "--no-control")
    assert ran.returncode in (1, 3), ran.stderr


def own_run(factory: pytest.TempPathFactory, name: str, what: tuple[str, str, str, str]) -> Path:
    """This worker's copy of the run, beside which its repairs are kept."""
    made = made_once(factory, name, lambda folder: run_feature(folder, *what))
    return last_run(shutil.copytree(made, factory.mktemp(name) / name) / "runs")


@pytest.fixture(scope="module")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with unreported lost orders: the CRM's events were gone, and nothing looked for them."""
    what = ("brittle", "Events are gone", "CRM", "deleted subscription")
    return own_run(tmp_path_factory, "lossy", what)


@pytest.fixture(scope="module")
def parked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run at whose end orders were parked, and stay parked until they are replayed."""
    what = ("durable+parks-forever", "The period is closed", "ERP", "closed period")
    return own_run(tmp_path_factory, "parked", what)


@pytest.fixture(scope="module")
def repaired(lossy: Path) -> dict[str, Any]:
    """The result of repairing the first run, as JSON."""
    answer = gameday(lossy.parent, "repair", str(lossy), "--json")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_lost_orders_are_in_the_ledger_afterwards(repaired: dict[str, Any]) -> None:
    before, after = repaired["before"], repaired["after"]
    assert before["states"]["lost"] == before["unreported"] == before["to_repair"] > 0
    assert (after["states"]["lost"], after["unreported"], after["to_repair"]) == (0, 0, 0)
    assert after["states"]["late"] >= before["states"]["lost"]


def test_the_totals_agree_afterwards(repaired: dict[str, Any]) -> None:
    assert any(float(amount) for amount in repaired["before"]["differences"].values())
    assert not any(float(amount) for amount in repaired["after"]["differences"].values())


def test_a_deal_that_people_corrected_stays_a_manual_intervention(repaired: dict[str, Any]) -> None:
    before, after = (repaired[when]["scorecard"]["interventions_per_1000"] for when in ("before", "after"))
    assert before == after > 0


def test_the_run_itself_is_not_changed(lossy: Path, repaired: dict[str, Any]) -> None:
    assert repaired["after"]["to_repair"] == 0
    assert len(repair_list(RecordedRun(lossy).case)) == repaired["before"]["to_repair"]


def test_the_sandbox_leaves_its_records_and_no_process(lossy: Path, repaired: dict[str, Any]) -> None:
    folder = Path(repaired["folder"])
    assert folder.parent == lossy / "repairs"
    assert {path.name for path in folder.iterdir()} >= ENTRIES
    assert not list(processes_of(str(folder.resolve())))


def test_the_result_follows_from_the_ledgers_alone(lossy: Path, repaired: dict[str, Any]) -> None:
    """Reconciling the sandbox's ledgers gives the same, without any report by the stack."""
    import msgspec

    from gameday.analysis.reconcile import reconcile

    sandbox, case = Run(Path(repaired["folder"])), Run(lossy).case()
    after = msgspec.structs.replace(case, crm=sandbox.ledger("crm"), erp=sandbox.ledger("erp"))
    assert not [outcome for outcome in reconcile(after).outcomes if outcome.unreconciled]


def test_a_second_try_has_its_own_folder_and_is_printed_as_text(lossy: Path, repaired: dict[str, Any]) -> None:
    answer = gameday(lossy.parent, "repair", str(lossy))
    assert answer.returncode == 0
    assert answer.stdout.splitlines()[0].split() == ["before", "after"]
    assert Path(answer.stdout.splitlines()[-1].removeprefix("sandbox: ")) != Path(repaired["folder"])


def test_without_corrections_lost_orders_stay_lost_and_the_exit_code_is_1(lossy: Path) -> None:
    answer = gameday(lossy.parent, "repair", str(lossy), "--no-correct", "--json")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["after"]["states"]["lost"] > 0


def test_the_replay_hook_alone_repairs_parked_deals(parked: Path) -> None:
    answer = gameday(parked.parent, "repair", str(parked), "--no-correct", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    result = json.loads(answer.stdout)
    assert len(result["replayed"]) == result["before"]["states"]["parked"] > 0
    assert result["after"]["states"]["parked"] == 0


def test_ledgers_that_agree_need_no_sandbox(lossy: Path, tmp_path: Path) -> None:
    for path in lossy.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "ledger.crm.json").write_text('{"system":"salesforce","time_s":600,"entries":[]}')
    (tmp_path / "ledger.erp.json").write_text('{"system":"netsuite","time_s":600,"entries":[]}')
    answer = gameday(tmp_path, "repair", str(tmp_path))
    assert (answer.returncode, answer.stdout) == (0, "the ledgers agree on every deal: nothing to repair\n")
    assert not (tmp_path / "repairs").exists()


def test_a_folder_that_is_no_run_is_one_line(tmp_path: Path) -> None:
    answer = gameday(tmp_path, "repair", str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith("gameday: ")
    assert answer.stderr.count("\n") == 1
