"""A run says whether its stack was isolated, and which other hosts the stack tried to reach."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.commands import gameday

pytestmark = [pytest.mark.slow, pytest.mark.needs("namespace")]
SYNC = Path(__file__).parent / "syncs" / "batch.py"
LIMIT_S = 600.0
ASK = """
import socket, sys, time
for host in sys.argv[1:]:
    try:
        socket.getaddrinfo(host, 443)
    except OSError:
        pass
if sys.argv[1].startswith("watch"):
    time.sleep(86400 * 365)
"""
TABLE = """
[stack.curious]
absent = ["webhook"]
health = ""
[stack.curious.processes.sync]
command = ["{python}", "SYNC"]
every = "1 minute"
[stack.curious.processes.watcher]
command = ["{python}", "ASK", "watch.example.com"]
[stack.curious.processes.metrics]
command = ["{python}", "ASK", "metrics.example.com", "login.salesforce.com"]
every = "1 minute"
[stack.curious.env]
SALESFORCE_URL = "{crm_url}"
NETSUITE_URL = "{erp_url}"
CREDENTIALS = "{credentials}"
STATE_DIR = "{state_dir}"
"""
FEATURE = """
Feature: A batch
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | new_customers | taxed | amended | voided | deleted | amended_several_times |
      | 4     | 8          | 0             | 0     | 0       | 0      | 0       | 0                     |

  Scenario: The host of the batch is down
    When after 10 seconds the stack suffers "killed worker" for 30 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
HOSTS = {"watch.example.com", "metrics.example.com", "login.salesforce.com"}


class Folder:
    """A folder of somebody whose stack has three processes that each ask for a name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "a.feature").write_text(FEATURE)
        (path / "ask.py").write_text(ASK)
        table = TABLE.replace("SYNC", str(SYNC)).replace("ASK", str(path / "ask.py"))
        (path / "gameday.toml").write_text(table)

    def gameday(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return gameday(*arguments, cwd=self.path, timeout=LIMIT_S)

    def run(self, *arguments: str, stack: str = "curious") -> list[Path]:
        """A run folder for each seed; a run is carried out again where the machine was too busy."""
        done = self.gameday("run", "a.feature", "--stack", stack, "--no-control", *arguments)
        assert done.returncode in (0, 1, 3), done.stdout + done.stderr
        folders = sorted(path.parent for path in self.path.glob("runs/*/run.json"))
        return [*{int(info(folder)["seed"]): folder for folder in folders}.values()]


def info(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return found


def hosts(folder: Path) -> list[str]:
    events = map(json.loads, (folder / "history.jsonl").read_text().splitlines())
    return [event["value"]["host"] for event in events if event["f"] == "outside"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_two_runs_at_a_time_list_what_all_processes_of_their_stacks_tried(folder: Folder) -> None:
    first, second = folder.run("--seeds", "2", "-j", "2")
    for run in (first, second):
        assert info(run)["isolated"] is True
        assert sorted(hosts(run)) == sorted(HOSTS)
    said = folder.gameday("check", str(first)).stdout
    assert "isolated it reaches the fakes, and no other name resolves" in said
    assert "it tried to reach 3 hosts that are no fakes: " in said
    for report in ("postmortem.md", "postmortem.html"):
        page = re.sub(r"<[^>]+>|\\", "", (first / report).read_text())
        assert "it reaches the fakes, and no other name resolves" in page
        assert all(host in page for host in HOSTS)


def test_a_run_with_a_live_board_is_isolated_too(folder: Folder) -> None:
    (run,) = folder.run("--live")
    assert info(run)["isolated"] is True
    assert sorted(hosts(run)) == sorted(HOSTS)


def test_a_run_that_is_not_isolated_says_why(folder: Folder) -> None:
    (run,) = folder.run("--no-isolation", stack="durable")
    assert (info(run)["isolated"], info(run)["isolation_note"]) == (False, "not isolated: --no-isolation")
    assert "\nnot isolated: --no-isolation\n" in "\n" + folder.gameday("check", str(run)).stdout
    assert "not isolated: --no-isolation" in (run / "postmortem.md").read_text().replace("\\", "")


def test_the_doctor_lists_the_hosts(folder: Folder) -> None:
    said = folder.gameday("doctor", "curious").stdout
    listed = {words[1] for line in said.splitlines() if (words := line.split())[:1] == ["tried"]}
    assert listed == HOSTS
