"""A run hides a field in a tenant, over TLS, and is killed: the field is given back by whoever survives."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import gameday_fakes
from fakes.conftest import Fakes
from fakes.sandbox.conftest import CRM, ENVIRONMENT, ORGANISATION
from fakes.sandbox.test_day import CONTRACT, PACE, configuration, seed
from fakes.sandbox.test_tenant_changes import ADMIN
from gameday.base.ports import free_port
from gameday.run.rollback import read
from support.commands import ANEW, Gameday, gameday
from support.credentials import SALESFORCE

pytestmark = pytest.mark.slow

LIMIT_S = 240.0
DATA = f"https://{CRM}/services/data/v60.0"
FIELD = "Opportunity.Amount"
FEATURE = f"""\
Feature: A day in sandboxes
  Scenario: The amount of deals is hidden
    Given deals flow from "salesforce" to "netsuite" under the contract "{CONTRACT}"
    And 4 deals are closed won at 60 per minute
    When after 0 seconds the CRM suffers "hidden field" for {{}}
      | field    |
      | {FIELD} |
    Then every deal is in the ERP exactly once within 4 minutes of the fix
"""


class Day:
    """Two tenants, of which the CRM grants the stack's user a field by a permission set, and a folder to run in."""

    def __init__(self, fakes: Fakes, folder: Path) -> None:
        self.folder = folder
        self.last: Gameday | None = None
        fakes.call("POST", "/reset", {"pace": PACE, "seed": 7}).raise_for_status()
        seed(fakes)
        port = free_port()
        where = {"outbound_url": f"http://127.0.0.1:{port}/outbound-messages", "admin_client": ADMIN}
        fakes.call("POST", "/salesforce/configure", where).raise_for_status()
        self.environment = {**os.environ, **fakes.environment, **ENVIRONMENT, "GAMEDAY_SALESFORCE_CLIENT_ID": ADMIN}
        del self.environment["HTTPS_PROXY"]
        self.admin = httpx.Client(proxy=fakes.proxy, verify=fakes.ca, timeout=30)
        form = {"grant_type": "client_credentials", "client_id": ADMIN, "client_secret": SALESFORCE["client_secret"]}
        token = self.admin.post(f"https://{CRM}/services/oauth2/token", data=form).json()["access_token"]
        self.admin.headers["authorization"] = f"Bearer {token}"
        users = self.rows("SELECT Id FROM User")
        assert len(users) == 2
        for user in users:
            self.grant(str(user["Id"]))
        (organisation,) = self.rows("SELECT Id FROM Organization")
        table = configuration(str(organisation["Id"]), fakes.proxy, port)
        named = f'metadata = ["{FIELD}"]\nsync_user = "{SALESFORCE["username"]}"\n[sandbox.tenants.netsuite]'
        (folder / "gameday.toml").write_text(table.replace("[sandbox.tenants.netsuite]", named))
        self.before = self.grants()

    def grant(self, user: str) -> None:
        """A permission set of this user's own, which grants the field."""
        made = self.add("PermissionSet", Name=f"Of {user}", Label=f"Of {user}")
        self.add("PermissionSetAssignment", AssigneeId=user, PermissionSetId=made)
        rights = {"PermissionsRead": True, "PermissionsEdit": True}
        self.add("FieldPermissions", ParentId=made, SobjectType="Opportunity", Field=FIELD, **rights)

    def add(self, sobject: str, **fields: Any) -> str:
        reply = self.admin.post(f"{DATA}/sobjects/{sobject}", json=fields)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def rows(self, soql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            self.admin.get(f"{DATA}/query", params={"q": soql}).raise_for_status().json()["records"]
        )
        return found

    def grants(self) -> set[tuple[Any, ...]]:
        names = ("ParentId", "Field", "PermissionsRead", "PermissionsEdit")
        rows = self.rows(f"SELECT {', '.join(names)} FROM FieldPermissions")
        return {tuple(row[name] for name in names) for row in rows}

    def start(self, lasts: str) -> Gameday:
        (self.folder / "day.feature").write_text(FEATURE.format(lasts))
        options = ("--stack", "staging", "--no-control", "--pace", str(PACE), "--runs", "runs")
        self.last = Gameday("run", "day.feature", *options, cwd=self.folder, env=self.environment, program=ANEW)
        return self.last

    def heal(self) -> subprocess.CompletedProcess[str]:
        return gameday("heal", cwd=self.folder, env=self.environment, timeout=LIMIT_S, program=ANEW)

    @property
    def run_dir(self) -> Path:
        (found,) = (self.folder / "runs").glob("*/rollback.jsonl")
        return found.parent

    def until(self, holds: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while not holds():
            assert time.monotonic() < deadline_s, self.last and self.last.said()
            time.sleep(0.05)


def organisation(folder: Path) -> Path:
    """The bundled organisation, with permission sets."""
    for vendor in ("salesforce", "netsuite"):
        shutil.copytree(Path(gameday_fakes.__file__).parent / vendor / "bundled", folder / vendor)
    return Path(shutil.copytree(ORGANISATION, folder, dirs_exist_ok=True))


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    served = organisation(tmp_path / "organisation")
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json", "--tls", f"--organisation={served}"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process, httpx.Client(trust_env=False, timeout=30) as client:
        made = Day(Fakes(json.loads(process.stdout.readline()), client), tmp_path)
        with contextlib.closing(made.admin):
            yield made
            made.until(lambda: "nothing to heal" in made.heal().stdout)
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def guardian_of(run_dir: Path) -> int:
    """The process that heals a run whose harness is killed."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"gameday.run.guardian" in words and str(run_dir.resolve()).encode() in words:
            return int(entry.name)
    raise AssertionError("no guardian")


@pytest.mark.parametrize("survivor", ["guardian", "gameday heal"])
def test_a_field_that_a_killed_run_has_hidden_is_given_back(day: Day, survivor: str) -> None:
    process = day.start("60 minutes")
    day.until(lambda: day.grants() != day.before)
    if survivor == "gameday heal":
        os.kill(guardian_of(day.run_dir), signal.SIGKILL)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if survivor == "gameday heal":
        assert day.grants() < day.before
        assert "-tenant" in day.heal().stdout
    day.until(lambda: day.grants() == day.before)
    day.until(lambda: read(day.run_dir).left == {})


def test_a_fault_takes_the_field_from_the_stack_for_its_time_only(day: Day) -> None:
    # At this pace a minute is a second, in which a stack on a busy machine may read nothing.
    process = day.start("4 minutes")
    day.until(lambda: day.grants() != day.before)
    process.wait(timeout=LIMIT_S)
    assert day.grants() == day.before, process.said()
    history = (day.run_dir / "history.jsonl").read_text()
    assert '"f":"hit"' in history
