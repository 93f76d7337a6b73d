"""A whole game day in two tenants: separate fakes, reached only by their data plane over TLS at the vendors' names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import CRM, ENVIRONMENT, ERP
from gameday.base.ports import free_port
from gameday.config.stack_table import bundled_stacks
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.run.plan import make_workload
from support import commands
from support.credentials import NETSUITE, SALESFORCE

pytestmark = pytest.mark.slow

CONTRACT = "closed-won-to-sales-order"
FEATURE = f"""\
Feature: A day in sandboxes
  Scenario: A reply is lost after the commit of a real order
    Given deals flow from "salesforce" to "netsuite" under the contract "{CONTRACT}"
    And 16 deals are closed won at 32 per minute
    When after 1 second the ERP suffers "reply lost after commit" for 3 minutes
      | operation   | share | times |
      | order.write | 1     | 1     |
    Then every deal is in the ERP exactly once within 4 minutes of the fix
    And every deal is invoiced exactly once
    And the totals agree in every currency
    And nobody was alerted without cause
"""
PACE = 20
SPEC = WorkloadSpec(count=16, per_minute=32.0)


def seed(fakes: Any) -> None:
    """What the tenants have before gameday comes: the products of the workload."""
    scenario = Scenario("a day", Flow("salesforce", "netsuite", CONTRACT), workload=SPEC, seed=1)
    catalog = msgspec.to_builtins(make_workload(scenario).catalog, str_keys=True)
    fakes.operate("salesforce", "seed", products=catalog["products"])
    fakes.operate("netsuite", "seed", products=catalog["products"], tax_codes=catalog["tax_codes"])


def configuration(organisation: str, proxy: str, port: int) -> str:
    """A gameday.toml with both tenants, and `durable` at a port to which the CRM can send."""
    durable = bundled_stacks()["durable"]
    env = "\n".join(f"{name} = {value!r}" for name, value in durable.env.items())
    return f"""
[sandbox]
flows = ["{CONTRACT}"]
proxy = "{proxy}"
[sandbox.tenants.salesforce]
host = "{CRM}"
allow = ["{organisation}"]
[sandbox.tenants.netsuite]
host = "{ERP}"
allow = ["1234567_SB1"]
[stack.staging]
command = ["{{python}}", "-m", "gameday_fakes.stacks.durable"]
webhook = "{durable.webhook}"
health = "{durable.health}"
match = "{durable.match}"
ports = {{stack = {port}}}
[stack.staging.env]
{env}
"""


def test_a_reply_that_is_lost_in_sandboxes_ends_as_with_fakes_and_nothing_is_left(fakes: Any, tmp_path: Path) -> None:
    # As fast as the run, so that the CRM's messages are on time.
    fakes.call("POST", "/reset", {"pace": PACE, "seed": 7}).raise_for_status()
    seed(fakes)
    port = free_port()
    fakes.call("POST", "/salesforce/configure", {"outbound_url": f"http://127.0.0.1:{port}/outbound-messages"})
    (organisation,) = fakes.snapshot("salesforce")["Organization"]
    (tmp_path / "gameday.toml").write_text(configuration(organisation["Id"], fakes.proxy, port))
    (tmp_path / "day.feature").write_text(FEATURE)

    def gameday(*arguments: str) -> subprocess.CompletedProcess[str]:
        variables = {**fakes.environment, **ENVIRONMENT}
        del variables["HTTPS_PROXY"]
        return commands.gameday(*arguments, cwd=tmp_path, env={**os.environ, **variables}, program=commands.ANEW)

    checked = gameday("sandbox", "check")
    assert checked.stdout.count("has proved to be the sandbox") == 2, checked.stderr
    ran = gameday("run", "day.feature", "--stack", "staging", "--runs", "runs", "--pace", f"{PACE}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    # On a busy machine the run may have been made again.
    runs = [path.parent for path in (tmp_path / "runs").glob("*/sandbox.json")]
    assert len(fakes.snapshot("netsuite")["salesOrder"]) >= 16
    assert any('"f":"hit"' in (run / "history.jsonl").read_text() for run in runs)

    credentials = {**SALESFORCE, **NETSUITE}
    secrets = [value for name, value in credentials.items() if name not in ("account", "organization")]
    for path in (path for run in runs for path in run.iterdir() if path.is_file()):
        assert not [secret for secret in secrets if secret.encode() in path.read_bytes()], path.name

    for run in runs:
        cleaned = gameday("sandbox", "clean", str(run))
        assert cleaned.returncode == 0, cleaned.stderr
    left = fakes.snapshot("salesforce"), fakes.snapshot("netsuite")
    assert [each for each in (*left[0]["Opportunity"], *left[0]["Account"]) if not each["IsDeleted"]] == []
    assert [left[1][kind] for kind in ("salesOrder", "invoice", "customer")] == [[], [], []]
