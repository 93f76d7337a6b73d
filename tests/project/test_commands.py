"""Every command in every document works: tutorials from an empty folder, all others in a folder as they assume it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from gameday.cli import COMMANDS, cli
from gameday.contracts.odcs import load_contract
from gameday.records.examples import make_records
from support.commands import gameday

sys.path.insert(0, str(Path(__file__).parent))
from documents import GENERATED, PAGES, ROOT, Command, blocks, command, commands

from support.once import made_once
from support.rows import rows

TUTORIALS = [page for page in PAGES if page.parent.name == "tutorials"]
OTHERS = [page for page in PAGES if page not in TUTORIALS and page != GENERATED]
#: test_plugin_guides.py runs their commands, with the package that each describes.
GUIDES = [page for page in OTHERS if page.parent.name == "plugins"]
TIMEOUT_S = 300
#: What a command line with one of these needs a shell for; the others are given as they stand.
SHELL = frozenset("|&;<>$`~")
BASH = shutil.which("bash") or "bash"

#: Commands (by their beginning) that are only parsed here, and why.
PARSED_ONLY = {
    "gameday run --stack mine": "runs the whole library; `make run` does so, with other stacks",
    "gameday contract init --from salesforce --url": "asks a real Salesforce organisation",
    "gameday record --url": "asks a real Salesforce organisation",
    "gameday record --listen": "records until Ctrl-C; tests/harness/capture/test_proxy.py runs it",
    "gameday run erp_rules/record_lock.feature --stack mine --pace 1 --live": "takes 13 minutes at pace 1",
    "gameday fakes serve": "serves until Ctrl-C; tests/fakes/test_serve.py runs it",
    "gameday run my/features --stack mine --pace 1": "a game day in tenants, at pace 1; tests/fakes/sandbox has one",
    "gameday fakes verify": "asks real sandboxes",
    "gameday organisation import described": "takes what real sandboxes say of their objects",
    "gameday sandbox check": "asks real sandboxes",
    "gameday sandbox clean RUN": "asks real sandboxes; tests/fakes/sandbox cleans tenants that are fakes",
    "gameday reconcile --since": "reads vendors; tests/fakes/sandbox/test_nightly.py reads tenants that are fakes",
    "gameday run docs/scale --stack durable-postgres": "the features of a clone; tests/stacks/test_worker_scenarios.py",
    "gameday run --stack mine --shard": "runs a share of the library; tests/harness/commands/test_merge.py has some",
    "gameday merge": "needs the runs of several jobs; tests/harness/commands/test_merge.py makes some",
    "gameday explore": "searches for minutes; tests/harness/explore runs a short one",
    "gameday gate": "takes minutes; tests/harness/gate runs every stage",
    "gameday contract diff main:deals deals --against": "needs versions that are deployed; test_deployed.py makes some",
    "gameday compare": "needs runs of two versions; tests/reports/test_compare.py makes some",
    "gameday contract drift deals --from salesforce --url": "asks a real Salesforce organisation",
    "gameday contract drift FLOW": "needs the description of a flow of the reader's",
    "gameday report RUN --pdf": "needs a font; tests/reports/test_pdf.py writes PDFs",
    "gameday report RUN RUN RUN --fold": "needs several runs; tests/reports/test_folded.py makes some",
    "gameday publish RUN --to jira --send": "sends to an address of the user's; tests/reports/test_sending.py does",
    "gameday organisation import describes/": "needs answers of vendors; test_import.py imports such files",
}
#: Exit codes other than 0 that a command has in the folder below.
EXIT_CODES = {
    "gameday can-deploy": 3,  # no run of that version is recorded
    "gameday contract drift deals opportunity.json": 1,  # it describes a few fields of the contract
}


#: What the folder below is made with.
MAKING = (
    Command("gameday run my/features --stack mine"),
    Command("gameday reconcile deals.csv orders.csv --out reconciled", 1),
)


def _others() -> list[tuple[Path, Command]]:
    return [(page, each) for page in OTHERS for each in commands(page.read_text())]


def _to_run() -> dict[Path, list[Command]]:
    """The commands that each page is the first to give, without those that are only parsed and those of the folder."""
    first = {each: page for page, each in reversed(_others()) if page not in GUIDES}
    found: dict[Path, list[Command]] = {}
    for each, page in reversed(first.items()):
        if not each.line.startswith(tuple(PARSED_ONLY)) and each.line not in [made.line for made in MAKING]:
            found.setdefault(page, []).append(each)
    return found


TO_RUN = _to_run()


@rows(("page", "each"), [pytest.param(page, each, id=f"{page.name}: {each.line}") for page, each in _others()])
def test_a_command_has_the_options_that_a_page_gives_it(page: Path, each: Command) -> None:
    _check_options(each)


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_a_command_of_a_tutorial_has_its_options(page: Path) -> None:
    for block in blocks(page.read_text()):
        if block.language == "sh":
            for line in block.text.splitlines():
                if line.startswith("gameday "):
                    _check_options(command(line))


@pytest.mark.slow
def test_what_is_only_parsed_is_still_in_a_document() -> None:
    lines = [each.line for _, each in _others()]
    assert [start for start in PARSED_ONLY if not any(line.startswith(start) for line in lines)] == []


def _check_options(each: Command) -> None:
    _, name, *rest = each.words
    assert name in COMMANDS
    context = click.Context(cli, info_name="gameday")
    found: Any = cli.get_command(context, name)
    if isinstance(found, click.Group) and rest and (inner := found.get_command(context, rest[0])):
        found, rest = inner, rest[1:]
    known = {option for param in found.params for option in (*param.opts, *param.secondary_opts)} | {"--help", "-h"}
    assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= known


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_a_tutorial_works_when_typed_in(page: Path, tmp_path: Path) -> None:
    for block in blocks(page.read_text()):
        if block.file:
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text)
        elif block.language == "sh":
            for line in block.text.splitlines():
                _run(command(line), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("page", TO_RUN, ids=lambda page: page.name)
def test_every_command_of_a_page_runs(page: Path, folder: Path, tmp_path: Path) -> None:
    for number, each in enumerate(TO_RUN[page]):
        here = tmp_path / str(number)
        shutil.copytree(folder, here, symlinks=True)
        exit_code = next((code for start, code in EXIT_CODES.items() if each.line.startswith(start)), each.exit_code)
        _run(_prepared(each, here, exit_code), here)


def _prepared(each: Command, here: Path, exit_code: int) -> Command:
    """The command with the run's folder in place of <run>, and without what it is about to write."""
    words = each.words
    if "--out" in words:
        out = here / words[words.index("--out") + 1]
        shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
    if words[1] == "init":
        (here / "gameday.toml").unlink()
    if "record" in words:
        shutil.copy(here / "records.csv", here / "export.csv")
    run = next(path.name for path in (here / "runs").iterdir() if (path / "run.json").exists())
    return Command(each.line.replace("<run>", run).replace(" RUN", f" runs/{run}"), exit_code)


def _run(each: Command, folder: Path) -> str:
    """Run a command as a shell of the reader would. Fails with its output."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # What a command keeps for its user is not kept for who runs the tests.
    env = {**os.environ, "PATH": path, "XDG_DATA_HOME": str(folder / "data")}
    program, *words = each.words
    if program == "gameday" and not SHELL & set(each.line):
        given = [name for word in words for name in _expanded(word, folder)]
        done = gameday(*given, cwd=folder, env=env, timeout=TIMEOUT_S)
    else:
        # The shell does not look at the word, but it says whether this runs a game day.
        done = gameday(*words[:1], cwd=folder, env=env, timeout=TIMEOUT_S, program=(BASH, "-c", each.line))
    assert done.returncode == each.exit_code, f"{each.line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _expanded(word: str, folder: Path) -> list[str]:
    """The files that a word stands for, as a shell finds them; else the word."""
    found = sorted(str(path.relative_to(folder)) for path in folder.glob(word)) if "*" in word else []
    return found or [word]


FEATURE = """
Feature: A short one
  Scenario: A field of the flow is renamed for a minute
    Given deals flow from "salesforce" to "netsuite" under the contract "deals"
    And 40 deals are closed won at 20 per minute
    When after 1 minute the CRM suffers "renamed field" for 1 minute
      | field                         | new name |
      | OpportunityLineItem.UnitPrice | Net__c   |
    Then no lost or wrong deal goes unreported
"""
RESULTS = '[results]\nstore = "results"\n'
SETTINGS = """
[run]
stacks = ["durable"]

[contracts]
folders = ["contracts"]
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's repository as the pages assume it: two stacks, features, contracts, records, and one run."""
    return made_once(tmp_path_factory, "user", _make)


def _make(folder: Path) -> None:
    (folder / "my" / "features").mkdir(parents=True)
    (folder / "my" / "features" / "short.feature").write_text(FEATURE)
    (folder / "gameday.toml").write_text(SETTINGS + RESULTS + "".join(_stack_tables()))
    bundled = ROOT / "scenarios" / "gameday_scenarios"
    (folder / "contracts").mkdir()
    for side in ("crm", "erp"):
        source = bundled / "contracts" / f"closed-won-to-sales-order.{side}.yaml"
        shutil.copy(source, folder / "contracts" / f"deals.{side}.yaml")
    shutil.copy(bundled / "deals" / "superstore-sample.csv", folder / "export.csv")
    for export in (ROOT / "docs" / "reconcile").iterdir():
        shutil.copy(export, folder)
    shutil.copytree(ROOT / "tests/harness/contracts/organisations/sfdx_project/force-app", folder / "force-app")
    _write_records(folder)
    _write_metadata(folder)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run([*git, "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run([*git, "add", "."], cwd=folder, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "all"], cwd=folder, check=True)
    shutil.copytree(folder / "contracts", folder / "old")
    for each in MAKING:
        _run(each, folder)


def _stack_tables() -> Iterator[str]:
    bundled = (ROOT / "fakes" / "gameday_fakes" / "stacks" / "stacks.toml").read_text()
    durable = bundled[bundled.index("[stack.durable]") : bundled.index("[stack.brittle]")]
    for name in ("mine", "today"):
        yield durable.replace("stack.durable", f"stack.{name}")


def _write_records(folder: Path) -> None:
    """Records of the contract as JSON lines, and as CSV with one row for each line item."""
    contract = load_contract("closed-won-to-sales-order")
    lines = list(make_records(contract.crm_fields, 50, seed=1))
    (folder / "samples.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    rows = []
    for record in map(json.loads, lines):
        main = _flat({"Opportunity": record["Opportunity"]})
        rows += [main | _flat({"OpportunityLineItem": item}) for item in record["OpportunityLineItem"]]
    with (folder / "records.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        flat |= _flat(inner, f"{prefix}{name}.") if isinstance(inner, dict) else {prefix + name: inner}
    return flat


def _write_metadata(folder: Path) -> None:
    """What the vendors answer about their objects, as far as a draft needs it."""
    deal = {"name": "Opportunity", "fields": [_described("Id", "id"), _described("Amount", "currency")]}
    line = {"name": "OpportunityLineItem", "fields": [_described("Id", "id"), _described("Quantity", "double")]}
    order = {"type": "object", "properties": {"externalId": {"type": "string"}, "total": {"type": "number"}}}
    for name, document in (("opportunity", deal), ("line", line), ("salesOrder", order)):
        (folder / f"{name}.json").write_text(json.dumps(document))


def _described(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": name, "nillable": False}
