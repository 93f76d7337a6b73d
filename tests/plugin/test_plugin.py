"""Another package brings vendors, a fault, a check, a signal, deals and sentences, and a game day uses them."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import commands
from support.last_run import last_run

PACKAGE = Path(__file__).parent / "package"

Command = Callable[..., subprocess.CompletedProcess[str]]


def install(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed a package, from a copy without anything else of this repository."""
    source, folder = tmp_path_factory.mktemp("source") / "package", tmp_path_factory.mktemp("installed")
    shutil.copytree(package, source, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder)]
    subprocess.run([*pip, *options, str(source)], check=True)
    return folder


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package."""
    return install(PACKAGE, tmp_path_factory)


def command(folder: Path, *python_path: Path) -> Command:
    """The command line in a folder, with more to import from."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH", "")]), *map(str, python_path)])
        return commands.gameday(*arguments, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, program=commands.ANEW)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the package's game day."""
    return shutil.copytree(PACKAGE / "gameday", tmp_path / "gameday")


@pytest.fixture
def gameday(installed: Path, folder: Path) -> Command:
    """The command line where the package is installed."""
    return command(folder, installed)


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_package_imports_nothing_of_gameday_but_its_api() -> None:
    found = {name for file in PACKAGE.rglob("*.py") for name in imports(file)}
    assert {name for name in found if name.startswith("gameday")} == {"gameday.api"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("fakes", "acme-erp [erp; 2 operations, 1 fault kinds] Acme's own ERP"),
        ("faults", "[search; targets: crm] The CRM's searches take long. Parameters: delay s = 30.0."),
        ("expectations", "Every order that no fault touched is booked within a time"),
        ("conditions", "acme freeze Aborts on a weekday of Acme's freeze: 0 is Monday. Parameters: weekday."),
        ("signals", "acme-pager Pages sent to Acme's pager."),
        ("workloads", "Deals for seats of one product, all in US dollars. Parameters: amended"),
        ("operations", "upgraded [amend_deal] The customer buys twice as many seats."),
        ("steps", "Then every order that no fault touched is booked within <time>"),
    ],
)
def test_everything_that_the_package_brings_is_listed(gameday: Command, kind: str, line: str) -> None:
    answer = gameday("list", kind)
    assert answer.returncode == 0, answer.stderr
    # How wide a column is depends on what else is listed.
    assert line in " ".join(answer.stdout.split())


@pytest.mark.slow
def test_a_contract_is_drafted_from_what_the_vendor_says_of_itself(gameday: Command, folder: Path) -> None:
    (folder / "schema.json").write_text('{"fields": {"deal": "string", "customer": "string"}}')
    answer = gameday("contract", "init", "--from", "acme-erp", "schema.json", "--flow", "seats", "--out", "drafted")
    assert answer.returncode == 0, answer.stderr
    drafted = (folder / "drafted" / "seats.erp.yaml").read_text()
    assert "server: acme-erp" in drafted
    assert "property: match\n    value: deal\n" in drafted
    assert "acme-erp, the saved answer of /schema" in " ".join(gameday("contract", "init", "--help").stdout.split())


@pytest.mark.slow
def test_a_new_fault_kind_is_in_the_catalogue_of_the_vendor(gameday: Command) -> None:
    catalogue = json.loads(gameday("list", "fakes", "salesforce", "--json").stdout)
    assert ["slow_search", "Searches take long; everything else is as fast as ever. Parameters: delay_s = 30.0."] in (
        catalogue["fault kinds"]
    )


@pytest.mark.slow
def test_its_feature_can_be_planned(gameday: Command) -> None:
    answer = gameday("plan", ".", "--stack", "acme")
    assert answer.returncode == 0, answer.stderr
    assert "Deals flow from salesforce to acme-erp under closed-won-to-sales-order." in answer.stdout
    assert "24 deals (subscriptions) at 24 per minute, seats 7, upgraded 0.25, upgraded after s 20.0" in answer.stdout


ANY_PAIR = """
Feature: Any pair

  Scenario: Nothing happens
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 4 deals are closed won at 20 per minute
    Then no lost or wrong deal goes unreported
"""


@pytest.mark.slow
def test_a_feature_for_any_pair_is_planned_with_the_erp_that_is_asked_for(gameday: Command, folder: Path) -> None:
    (folder / "any.feature").write_text(ANY_PAIR)
    answer = gameday("plan", "any.feature", "--stack", "acme", "--erp", "acme-erp")
    assert answer.returncode == 0, answer.stderr
    assert "Deals flow from salesforce to acme-erp under closed-won-to-sales-order." in answer.stdout


@pytest.mark.slow
def test_a_stack_that_does_not_speak_to_the_erp_is_not_run(gameday: Command, folder: Path) -> None:
    (folder / "any.feature").write_text(ANY_PAIR)
    answer = gameday("run", "any.feature", "--stack", "durable", "--erp", "acme-erp")
    assert (answer.returncode, answer.stdout) == (2, "")
    spoken, _, rest = answer.stderr.partition(", not to acme-erp ")
    assert spoken.startswith("gameday: stack 'durable' speaks to ")
    assert " and netsuite" in spoken
    assert rest == "(choose another pair with --crm and --erp, or another stack)\n"


@pytest.mark.slow
def test_what_the_package_does_not_know_is_refused_like_anything_else(gameday: Command, folder: Path) -> None:
    feature = folder / "subscriptions.feature"
    text = feature.read_text()
    for was, becomes in {"| 4  ": "| 4000", "| seats |": "| seat |", '"server errors"': '"record lock"'}.items():
        assert was in text
        text = text.replace(was, becomes)
    feature.write_text(text)
    answer = gameday("plan", ".", "--stack", "acme")
    assert (answer.returncode, answer.stdout) == (2, "")
    places = [line.split(": ")[1] for line in answer.stderr.splitlines()]
    assert places == [f"subscriptions.feature:{line}" for line in (6, 12, 13)]
    seat, lock, delay = answer.stderr.splitlines()
    assert "unknown key 'seat' in the parameters of the workload 'subscriptions'; known: amended" in seat
    assert "'record lock' is not possible: fault 'http' at acme-erp: unknown error 'locked'; known: bad_body" in lock
    assert "bad value 4000.0 for 'delay_s': it must be a number from 0 to 3600" in delay


@pytest.mark.slow
def test_without_the_package_each_of_its_parts_is_named_as_unknown(folder: Path) -> None:
    answer = command(folder)("plan", ".", "--stack", "acme")
    assert answer.returncode == 2
    for text in (
        "unknown ERP 'acme-erp'; known: business-central, netsuite",
        "unknown workload 'subscriptions'; known: awkward texts, closed won",
        "unknown operation 'upgraded'; known: amended, amended several times",
        "unknown fault 'slow search'",
        "unknown step 'every order that no fault touched is booked within 3 minutes'",
        "unknown signal source 'acme-pager' in 'alerts' of stack 'acme'; known: alertmanager, email, jira",
    ):
        assert text in answer.stderr, text


@pytest.mark.slow
def test_runbooks_are_written_for_a_fault_of_a_layer_of_its_own(gameday: Command, tmp_path: Path) -> None:
    answer = gameday("tabletop", "--runbooks", "--out", str(tmp_path / "runbooks"), "--markdown")
    assert answer.returncode == 0, answer.stderr
    [runbook] = [path for path in (tmp_path / "runbooks").iterdir() if "slow-search" in path.name]
    assert "The vendor's search index is behind or overloaded" in runbook.read_text()


@pytest.mark.slow
def test_a_game_day_with_all_of_it_passes_and_is_reported(gameday: Command, folder: Path) -> None:
    answer = gameday("run", ".")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    run = last_run(folder / "runs")
    assert (run / "postmortem.html").is_file()
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    hits = {(op["process"], op["value"]["operation"]) for op in history if op["f"] == "hit"}
    assert {("salesforce", "query"), ("acme-erp", "order.write")} <= hits
    alerts = [op for op in history if op["f"] == "alert"]
    assert alerts
    assert all(op["value"]["signal"]["orders"] for op in alerts)
    assert any(op["f"] == "amend_deal" for op in history)
    verdicts = json.loads((run / "verdicts.json").read_text())
    assert "every order that no fault touched is booked within 3 minutes" in json.dumps(verdicts)
