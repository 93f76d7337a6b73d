"""The doctor in two tenants: a smoke deal becomes an order there, and nothing of it is left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import ENVIRONMENT
from fakes.sandbox.test_day import configuration, seed
from gameday.base.ports import free_port
from gameday_fakes.registry import credentials_for
from support.commands import gameday

pytestmark = pytest.mark.slow


class Folder:
    """A configuration of both tenants, and a stack in it."""

    def __init__(self, fakes: Any, path: Path) -> None:
        self.fakes = fakes
        self.path = path
        fakes.call("POST", "/reset", {"pace": 1, "seed": 7}).raise_for_status()
        seed(fakes)
        port = free_port()
        where = {"outbound_url": f"http://127.0.0.1:{port}/outbound-messages"}
        fakes.call("POST", "/salesforce/configure", where).raise_for_status()
        (organisation,) = fakes.snapshot("salesforce")["Organization"]
        self.table = configuration(organisation["Id"], fakes.proxy, port)

    def doctor(self, *options: str, table: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        (self.path / "gameday.toml").write_text(table or self.table)
        environment = {**os.environ, **self.fakes.environment, **ENVIRONMENT, **variables}
        del environment["HTTPS_PROXY"]
        return gameday("doctor", "staging", *options, cwd=self.path, env=environment, timeout=120)

    def left(self) -> list[Any]:
        """What is left in the tenants of what gameday makes there."""
        crm, erp = self.fakes.snapshot("salesforce"), self.fakes.snapshot("netsuite")
        made = [each for each in (*crm["Opportunity"], *crm["Account"]) if not each["IsDeleted"]]
        return [*made, *(each for kind in ("salesOrder", "invoice", "customer") for each in erp[kind])]


@pytest.fixture
def folder(fakes: Any, tmp_path: Path) -> Folder:
    return Folder(fakes, tmp_path)


def test_a_stack_and_its_tenants_have_no_problem_and_nothing_is_left(folder: Folder) -> None:
    done = folder.doctor()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    wanted = [
        "ok   the environment has gameday's own credentials",
        "ok   salesforce: it proves to be a sandbox that is allowed: it is 00D",
        "ok   netsuite: it proves to be a sandbox that is allowed: it is 1234567_SB1",
        "ok   a product can be sold in both: ",
        "ok   fakes, proxies and the stack start",
        "ok   a smoke deal becomes exactly one right order: deal 006",
        "ok   its links carry its traffic",
        "ok   its own credentials are accepted: salesforce accepted",
        "ok   what it has made there is removed: records: netsuite ",
    ]
    places = [next(at for at, line in enumerate(lines) if line.startswith(each)) for each in wanted]
    assert places == sorted(places)
    assert folder.left() == []
    assert not [secret for secret in ENVIRONMENT.values() if secret in done.stdout]


def test_a_stack_with_credentials_of_fakes_only_gets_that_answer_and_nothing_is_left(folder: Folder) -> None:
    bad = folder.table.replace(
        "GAMEDAY_CREDENTIALS = '{credentials}'", f"GAMEDAY_CREDENTIALS = '{folder.path}/own.json'"
    )
    assert bad != folder.table
    roles = {"crm": "salesforce", "erp": "netsuite", "pager": "pagerduty", "tickets": "jira"}
    known = credentials_for(roles)
    known["erp"] = {**known["erp"], "token_secret": "wrong"}
    (folder.path / "own.json").write_bytes(msgspec.json.encode(known))
    done = folder.doctor("--wait", "4", table=bad)
    assert done.returncode == 3
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert any("its own credentials are accepted: netsuite refused" in line for line in failed), done.stdout
    assert all("Traceback" not in line for line in done.stdout.splitlines())
    assert folder.left() == []


def test_a_webhook_that_the_tenant_does_not_reach_is_no_fault_of_the_table(folder: Folder) -> None:
    folder.fakes.call("POST", "/salesforce/configure", {"outbound_url": ""}).raise_for_status()
    done = folder.doctor("--wait", "3")
    assert done.returncode == 3
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("FAIL a smoke deal")]
    assert "gameday does not see what salesforce sends: does it lead to this stack?" in line
    assert "FAIL its links carry its traffic: nothing came over the link to the erp" in done.stdout or (
        "nothing came over the link to the crm" in done.stdout
    )
    assert folder.left() == []
