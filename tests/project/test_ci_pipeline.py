"""The workflow as people copy it, step by step: in a fresh repository with three flows, for each kind of change."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.commands import gameday

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
CONTRACTS = ROOT / "scenarios" / "gameday_scenarios" / "contracts"
BUNDLED = "closed-won-to-sales-order"
FLOWS = ("deals", "expansions", "renewals")
LIMIT_S = 300
BASH = shutil.which("bash") or ""
#: In place of the network: pip notes what it is to install, gh what it is to post.
PIP = '#!/bin/sh\necho "$@" >> "$NOTES/pip"\n'
GH = """#!/bin/sh
for argument in "$@"; do case "$argument" in body=@*) cp "${argument#body=@}" "$NOTES/comment.md" ;; esac; done
"""


def record(number: int) -> str:
    """A won deal with one line."""
    deal = {"Id": f"006{number:015}", "Name": f"Deal {number}", "AccountId": "001000000000000001", "IsWon": True}
    deal |= {"StageName": "Closed Won", "Amount": 40, "CurrencyIsoCode": "EUR", "CloseDate": "2026-06-30"}
    deal |= {"SystemModstamp": "2026-06-30T10:00:00.000+0000"}
    line = {"Id": f"00k{number:015}", "OpportunityId": deal["Id"], "PricebookEntry": {"ProductCode": "SKU-1"}}
    line |= {"Quantity": 2, "UnitPrice": 20, "TotalPrice": 40}
    return json.dumps({"Opportunity": deal, "OpportunityLineItem": [line]}) + "\n"


class Repository:
    """A clone with the workflow in it, whose ``origin/main`` is where the change began."""

    def __init__(self, folder: Path) -> None:
        self.origin, self.root, self.notes = folder / "origin", folder / "clone", folder / "notes"
        tools = folder / "bin"
        for made in (self.origin, self.notes, tools):
            made.mkdir()
        for name, script in (("pip", PIP), ("gh", GH)):
            (tools / name).write_text(script)
            (tools / name).chmod(0o755)
        path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "NOTES": str(self.notes), "GIT_CONFIG_GLOBAL": "/dev/null"}
        for flow in FLOWS:
            self.add_flow(flow, self.origin)
        (self.origin / "gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
        (self.origin / ".gitignore").write_text("/runs/\n/last/\n")
        shutil.copytree(CI / "action", self.origin / ".github" / "actions" / "gameday")
        self.git(self.origin, "init", "--quiet", "--initial-branch", "main")
        self.commit(self.origin)
        self.git(folder, "clone", "--quiet", str(self.origin), str(self.root))

    def add_flow(self, flow: str, root: Path) -> None:
        contracts = root / "contracts"
        for made in (contracts, root / "recordings"):
            made.mkdir(exist_ok=True)
        for side in ("crm", "erp"):
            text = (CONTRACTS / f"{BUNDLED}.{side}.yaml").read_text()
            (contracts / f"{flow}.{side}.yaml").write_text(re.sub(r"^id: .*", f"id: {flow}-{side}", text, flags=re.M))
        (root / "recordings" / f"{flow}.jsonl").write_text("".join(map(record, range(3))))

    def git(self, folder: Path, *arguments: str) -> None:
        who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
        subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, env=self.environment)

    def commit(self, folder: Path) -> None:
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "--quiet", "-m", "change")

    def pull_request(self) -> int:
        """Carry out every script of the workflow as its runner does, and return the first exit code that is not 0."""
        self.commit(self.root)
        workflow = yaml.safe_load((CI / "github-actions.yaml").read_text())["jobs"]["gate"]
        known = {f"env.{name}": str(value) for name, value in workflow["env"].items()}
        known |= {"github.event.pull_request.base.ref": "main", "github.event.pull_request.number": "7"}
        environment = {**workflow["env"], "GAMEDAY": "dist/gameday.whl", "STACK": "durable", "SAMPLE": "3"}
        environment |= {"RECORDS": "recordings/{flow}.jsonl"}
        known |= {f"env.{name}": value for name, value in environment.items()}
        code = 0
        for step, more in self.steps(workflow["steps"], known):
            if code and "always()" not in step.get("if", ""):
                continue
            done = self.run(step["run"], {**environment, **more}, known)
            code = code or done
        return code

    def steps(self, steps: list[dict[str, Any]], known: dict[str, str]) -> Iterator[tuple[dict[str, Any], Any]]:
        """The steps with a script, those of the action in the place where it is used."""
        for step in steps:
            if step.get("uses", "").startswith("./"):
                action = yaml.safe_load((self.root / step["uses"] / "action.yml").read_text())
                inputs = {name: str(given.get("default", "")) for name, given in action["inputs"].items()}
                inputs |= {**step["with"], "features": "none"}
                known |= {f"inputs.{name}": filled(value, known) for name, value in inputs.items()}
                for inner in action["runs"]["steps"]:
                    yield inner, inner.get("env", {})
            elif "run" in step:
                yield step, step.get("env", {})

    def run(self, script: str, environment: dict[str, Any], known: dict[str, str]) -> int:
        values = {name: filled(str(value), known) for name, value in environment.items()}
        values |= {"GITHUB_STEP_SUMMARY": str(self.notes / "summary.md"), "GITHUB_OUTPUT": str(self.notes / "output")}
        values["GITHUB_REPOSITORY"] = "example/sync"
        shell = (BASH, "-eo", "pipefail", "-c", script)
        # The shell does not look at the word, but it says that a replay of records is a game day.
        command = "gate" if "gameday gate" in script else "check"
        done = gameday(command, cwd=self.root, env={**self.environment, **values}, timeout=LIMIT_S, program=shell)
        assert "Traceback" not in done.stdout + done.stderr
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode

    def comment(self) -> str:
        return (self.notes / "comment.md").read_text()


def filled(text: str, known: dict[str, str]) -> str:
    """A text with the expressions of the site filled in."""
    return re.sub(r"\$\{\{ *([^ }]+) *\}\}", lambda found: known.get(found[1], ""), text)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def edit(repository: Repository, flow: str, old: str, new: str) -> None:
    path = repository.root / "contracts" / f"{flow}.crm.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_each_kind_of_change_gets_its_answer_from_the_copied_workflow(repository: Repository) -> None:
    (repository.root / "README.md").write_text("Our sync.\n")
    assert repository.pull_request() == 0
    assert "The change touches no flow" in repository.comment()
    assert (repository.notes / "pip").read_text() == "install dist/gameday.whl\n"

    edit(repository, "renewals", "physicalName: Amount", "physicalName: Amount__c")
    assert repository.pull_request() == 1
    assert (
        "| renewals | failed | contract diff | contracts/renewals.crm.yaml | no earlier gate |" in repository.comment()
    )
    assert "| deals |" not in repository.comment()

    edit(repository, "renewals", "physicalName: Amount__c", "physicalName: Amount")
    edit(repository, "deals", "purpose: ", "purpose: It is said better. ")
    repository.add_flow("upgrades", repository.root)
    assert repository.pull_request() == 0
    assert "| deals | passed |" in repository.comment()
    assert "| upgrades | passed |" in repository.comment()

    for path in (repository.root / "contracts").glob("expansions.*"):
        path.unlink()
    assert repository.pull_request() == 1
    assert "expansions was removed" in repository.comment()
    assert "has not signed the change" in repository.comment()
