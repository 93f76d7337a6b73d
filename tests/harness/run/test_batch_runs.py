"""A batch that a schedule starts, in whole runs: one passes, one fails rightly, and none reaches another machine."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.commands import gameday
from support.last_run import last_run

pytestmark = pytest.mark.slow
SYNC = Path(__file__).parent / "syncs" / "batch.py"
LIMIT_S = 600.0
TABLE = """
[stack.batch]
command = ["{python}", "SYNC"]
every = "1 minute"
REST
[stack.batch.env]
SALESFORCE_URL = "{crm_url}"
NETSUITE_URL = "{erp_url}"
CREDENTIALS = "{credentials}"
STATE_DIR = "{state_dir}"
TWICE = "no"
"""
FEATURE = """
Feature: A batch

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | new_customers | taxed | amended | voided | deleted | amended_several_times |
      | 30    | 5          | 0             | 0     | 0       | 0      | 0       | 0                     |

  Scenario: The host of the batch is down
    When after 3 minutes the stack suffers "killed worker" for 3 minutes
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And every deal is invoiced exactly once
"""


class Folder:
    """A folder of somebody who has a batch."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "batch.feature").write_text(FEATURE)
        self.table()

    def table(self, *, twice: bool = False, rest: str = "") -> None:
        text = TABLE.replace("SYNC", str(SYNC)).replace("REST", rest)
        (self.path / "gameday.toml").write_text(text.replace('"no"', '"yes"') if twice else text)

    def gameday(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return gameday(*arguments, cwd=self.path, timeout=LIMIT_S)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.gameday("run", "batch.feature", "--stack", "batch", "-j", "1", "--no-control", *arguments)

    def events(self, kind: str) -> list[dict[str, object]]:
        history = last_run(self.path / "runs", "*-batch-*") / "history.jsonl"
        events = map(json.loads, history.read_text().splitlines())
        return [event["value"] for event in events if event["f"] == kind]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_batch_passes_when_its_host_was_down_for_a_while(folder: Folder) -> None:
    done = folder.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert {event["code"] for event in folder.events("batch")} == {0}
    assert folder.events("exit") == []
    assert "missed" in [event["act"] for event in folder.events("stack")]
    assert folder.events("deliver") == []


def test_a_batch_that_books_again_what_it_has_booked_fails(folder: Folder) -> None:
    folder.table(twice=True)
    done = folder.run()
    assert done.returncode == 1, done.stdout + done.stderr
    checked = folder.gameday("check", *map(str, folder.path.glob("runs/*-batch-*")))
    assert "duplicated" in checked.stdout


def test_the_doctor_says_that_a_batch_polls_and_what_it_may_reach(folder: Folder) -> None:
    done = folder.gameday("doctor", "batch")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a batch, which a run starts every 1 min and this check every second" in done.stdout
    assert "it polls: it made" in done.stdout


def test_the_doctor_gives_the_reason_of_a_refusal_and_keeps_the_log(folder: Folder) -> None:
    code = SYNC.read_text().replace("CurrencyIsoCode, CloseDate", "CurrencyIsoCode, CloseDay")
    (folder.path / "wrong.py").write_text(code)
    text = (folder.path / "gameday.toml").read_text().replace(str(SYNC), str(folder.path / "wrong.py"))
    (folder.path / "gameday.toml").write_text(text)
    done = folder.gameday("doctor", "batch", "--wait", "5")
    assert done.returncode == 3
    assert "the last request that salesforce refused was query, with 400: " in done.stdout
    assert "INVALID_FIELD" in done.stdout
    assert "No such column 'CloseDay' on entity 'Opportunity'" in done.stdout
    assert "the stack's batch ended with exit code 1" in done.stdout
    logs = Path(done.stdout.partition("logs: ")[2].strip())
    assert "HTTP Error 400" in (folder.path / logs / "stack.log").read_text()


CURIOUS = """
import json, os, pathlib, socket, sys
def tried(act):
    try:
        act()
    except OSError as problem:
        return type(problem).__name__
    return "reached"
known = ("127.0.0.1", int(os.environ["DATABASE_PORT"]))
other = ("127.0.0.1", int(os.environ["OTHER_PORT"]))
pathlib.Path(os.environ["STATE_DIR"], "tried.json").write_text(json.dumps({
    "name": tried(lambda: socket.getaddrinfo("login.salesforce.com", 443)),
    "database": tried(lambda: socket.create_connection(known, 5)),
    "other": tried(lambda: socket.create_connection(other, 5)),
}))
"""


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """The ports of two servers of this machine that are no fakes."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    for server in servers:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
    yield servers[0].getsockname()[1], servers[1].getsockname()[1]
    for server in servers:
        server.close()


def _accept(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


@pytest.mark.needs("namespace")
@pytest.mark.parametrize(
    ("option", "tried"),
    [
        ("--isolation", {"name": "gaierror", "database": "reached", "other": "ConnectionRefusedError"}),
        ("--no-isolation", {"database": "reached", "other": "reached"}),
    ],
)
def test_a_stack_reaches_the_fakes_and_what_its_table_lists(
    folder: Folder, ports: tuple[int, int], option: str, tried: dict[str, str]
) -> None:
    (folder.path / "curious.py").write_text(CURIOUS + SYNC.read_text())
    folder.table(rest=f'reach = ["127.0.0.1:{ports[0]}"]')
    text = (folder.path / "gameday.toml").read_text().replace(str(SYNC), str(folder.path / "curious.py"))
    numbers = f'DATABASE_PORT = "{ports[0]}"\nOTHER_PORT = "{ports[1]}"\n'
    (folder.path / "gameday.toml").write_text(text + numbers)
    folder.run(option)
    found = json.loads((last_run(folder.path / "runs", "*-batch-*") / "state" / "tried.json").read_text())
    assert {name: found[name] for name in tried} == tried


@pytest.mark.needs("namespace")
def test_what_is_not_isolated_is_named_in_one_line(folder: Folder) -> None:
    (folder.path / "batch.feature").write_text(
        FEATURE.replace('the stack suffers "killed worker"', 'the CRM suffers "slow connection"')
    )
    (folder.path / "gameday.toml").write_text('[stack.batch]\nurl = "http://127.0.0.1:1"\nstart_timeout_s = 0.1\n')
    assert "batch: not isolated: stack 'batch' runs already\n" in folder.run().stderr
    assert "it is isolated from other machines: it is not isolated: --no-isolation" in (
        folder.gameday("doctor", "durable", "--no-isolation").stdout
    )
