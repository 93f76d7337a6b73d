"""Gameday is killed between a sync and two tenants: the sync goes on without it, or not, as the table says."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import CRM, ENVIRONMENT, ERP
from fakes.sandbox.test_day import CONTRACT, PACE, seed
from gameday.base.ports import free_port
from gameday.base.process import Identity, processes_of
from gameday.run.open_ports import open_now
from gameday.run.pass_through import KEY
from gameday.run.rollback import read
from gameday_fakes.registry import credentials_for
from support.commands import ANEW, Gameday, gameday

pytestmark = pytest.mark.slow

LIMIT_S = 240.0
FEATURE = f"""\
Feature: A day in sandboxes
  Scenario: The ERP takes no order
    Given deals flow from "salesforce" to "netsuite" under the contract "{CONTRACT}"
    And 4 deals are closed won at 60 per minute
    When after 0 seconds the ERP suffers "server errors" for 60 minutes
    Then every deal is in the ERP exactly once within 4 minutes of the fix
"""
TABLE = """\
[sandbox]
flows = ["{contract}"]
proxy = "{proxy}"
when_gameday_dies = "{when}"
open_for = "{open_for}"
[sandbox.tenants.salesforce]
host = "{crm}"
allow = ["{organisation}"]
[sandbox.tenants.netsuite]
host = "{erp}"
allow = ["1234567_SB1"]
[stack.staging]
url = "http://127.0.0.1:{stack}"
clock = "own"
match = "otherRefNum"
ports = {{crm = {ports[0]}, erp = {ports[1]}, pager = {ports[2]}, tickets = {ports[3]}}}
"""


class Staging:
    """A sync that runs already, two tenants, and a game day that leads through gameday's ports."""

    def __init__(self, fakes: Any, folder: Path) -> None:
        self.fakes = fakes
        self.folder = folder
        self.ports = [free_port() for _ in range(4)]
        self.stack_port = free_port()
        fakes.call("POST", "/reset", {"pace": PACE, "seed": 7}).raise_for_status()
        seed(fakes)
        fakes.call(
            "POST",
            "/salesforce/configure",
            {"outbound_url": f"http://127.0.0.1:{self.stack_port}/outbound-messages"},
        ).raise_for_status()
        self.last: Gameday | None = None
        self.environment = {**os.environ, **fakes.environment, **ENVIRONMENT}
        del self.environment["HTTPS_PROXY"]
        (folder / "day.feature").write_text(FEATURE)
        roles = {"crm": "salesforce", "erp": "netsuite", "pager": "pagerduty", "tickets": "jira"}
        (folder / "credentials.json").write_bytes(msgspec.json.encode(credentials_for(roles)))
        names = ("CRM", "ERP", "PAGER", "TICKETS")
        urls = {f"GAMEDAY_{name}_URL": f"http://127.0.0.1:{port}" for name, port in zip(names, self.ports, strict=True)}
        own = {
            "GAMEDAY_LISTEN": f"127.0.0.1:{self.stack_port}",
            "GAMEDAY_STATE_DIR": str(folder / "state"),
            "GAMEDAY_PACE": str(PACE),
            "GAMEDAY_CRM": "salesforce",
            "GAMEDAY_ERP": "netsuite",
            "GAMEDAY_FLOW": CONTRACT,
            "GAMEDAY_CREDENTIALS": str(folder / "credentials.json"),
        }
        with (folder / "stack.log").open("wb") as log:
            self.stack = subprocess.Popen(
                [sys.executable, "-m", "gameday_fakes.stacks.durable"],
                env={**os.environ, **urls, **own},
                stdout=log,
                stderr=log,
            )

    def write_table(self, when: str, open_for: str = "1 hour") -> None:
        (organisation,) = self.fakes.snapshot("salesforce")["Organization"]
        text = TABLE.format(
            contract=CONTRACT,
            proxy=self.fakes.proxy,
            when=when,
            open_for=open_for,
            crm=CRM,
            erp=ERP,
            organisation=organisation["Id"],
            stack=self.stack_port,
            ports=self.ports,
        )
        (self.folder / "gameday.toml").write_text(text)

    def start(self) -> Gameday:
        """Begin the game day, in a process group of its own, and wait for its fault."""
        before = self.runs()
        options = ("--stack", "staging", "--no-control", "--pace", str(PACE), "--runs", "runs")
        process = self.last = Gameday(
            "run", "day.feature", *options, cwd=self.folder, env=self.environment, program=ANEW
        )
        self.until(lambda: any('"f":"hit"' in self.history(each) for each in self.runs() if each not in before))
        return process

    def runs(self) -> list[Path]:
        return [path.parent for path in (self.folder / "runs").glob("*/rollback.jsonl")]

    def history(self, run_dir: Path) -> str:
        path = run_dir / "history.jsonl"
        return path.read_text() if path.exists() else ""

    def until(self, holds: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while not holds():
            assert time.monotonic() < deadline_s, self.last and self.last.said()
            time.sleep(0.05)

    def gameday(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return gameday(*arguments, cwd=self.folder, env=self.environment, timeout=LIMIT_S, program=ANEW)

    def answers(self) -> bool:
        """Whether anybody listens where the sync finds the ERP."""
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.ports[1])) == 0

    def orders(self) -> int:
        return len(self.fakes.snapshot("netsuite")["salesOrder"])

    def end(self) -> None:
        """End the sync, and what its runs have left: a guardian may still be at work, or be the way that is open."""
        self.stack.kill()
        self.stack.wait()
        self.until(self.healed)

    def healed(self) -> bool:
        self.gameday("heal")
        return not self.answers() and all(read(each).left == {} for each in self.runs())


@pytest.fixture
def day(fakes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staging]:
    """A sync and two tenants, and a user's key of their own: every command of that user says what is open.

    With the key of all tests, commands that other workers try would say it too.
    """
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user"))
    made = Staging(fakes, tmp_path)
    yield made
    made.end()


def kill(process: Gameday) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def words(process: Identity) -> list[bytes]:
    return Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")


@pytest.mark.parametrize("how", ["all killed", "command killed", "terminal closed", "fakes killed"])
def test_open_orders_reach_the_tenant_without_the_fault_until_it_is_healed(day: Staging, how: str) -> None:
    day.write_table("open")
    process = day.start()
    (run_dir,) = day.runs()
    assert day.orders() == 0
    match how:
        case "all killed":
            kill(process)
        case "command killed":
            process.kill()
        case "fakes killed":
            (serving,) = [
                each for each in processes_of(str(run_dir.resolve())) if b"gameday_fakes.serve" in words(each)
            ]
            os.kill(serving.pid, signal.SIGKILL)
        case _:
            os.killpg(process.pid, signal.SIGHUP)
    process.wait()
    day.until(lambda: day.orders() >= 1)
    assert [*read(run_dir).left] == [KEY]
    assert processes_of(str(run_dir.resolve())) == []

    # Any command says so; one that needs no port of it leaves it open.
    said = day.gameday("run", "nowhere", "--runs", "runs").stderr
    assert f"OPEN: gameday died in {run_dir.name}, and requests pass at 127.0.0.1:{day.ports[0]}" in said
    assert day.answers()
    healed = day.gameday("heal", "--runs", "runs")
    assert healed.returncode == 0, healed.stderr
    assert f"CLOSED: the way to the sandboxes of {run_dir.name} is closed now" in healed.stdout
    assert not day.answers()
    assert read(run_dir).left == {}
    assert "nothing to heal" in day.gameday("heal", "--runs", "runs").stdout


def test_closed_nothing_reaches_the_tenant_any_more(day: Staging) -> None:
    day.write_table("closed")
    process = day.start()
    (run_dir,) = day.runs()
    kill(process)
    day.until(lambda: read(run_dir).left == {})
    assert not day.answers()
    assert day.orders() == 0


def test_it_is_open_for_its_time_and_no_longer(day: Staging) -> None:
    day.write_table("open", "2 seconds")
    process = day.start()
    (run_dir,) = day.runs()
    kill(process)
    day.until(lambda: read(run_dir).left == {})
    day.until(lambda: run_dir.resolve() not in {each.run_dir for each in open_now()})
    assert not day.answers()
    assert (run_dir / "pass-through.log").read_text() == ""


def test_it_can_be_closed_by_the_name_of_its_run(day: Staging) -> None:
    day.write_table("open")
    process = day.start()
    (run_dir,) = day.runs()
    refused = day.gameday("sandbox", "close", str(run_dir))
    assert refused.returncode == 2
    assert "is still going" in refused.stderr
    kill(process)
    day.until(day.answers)
    day.until(lambda: [*read(run_dir).left] == [KEY])
    closed = day.gameday("sandbox", "close", str(run_dir))
    assert f"{run_dir.name}: closed: the stack has no connection" in closed.stdout, closed.stderr
    assert not day.answers()
    again = day.gameday("sandbox", "close", str(run_dir))
    assert f"{run_dir.name}: was not open" in again.stdout
    assert "'nowhere' is not the folder of a run" in day.gameday("sandbox", "close", "nowhere").stderr


def test_the_next_run_that_needs_its_ports_has_them(day: Staging) -> None:
    day.write_table("open")
    process = day.start()
    (first,) = day.runs()
    kill(process)
    day.until(day.answers)
    process = day.start()
    try:
        assert read(first).left == {}
        assert [each for each in open_now() if each.run_dir == first.resolve()] == []
    finally:
        kill(process)
