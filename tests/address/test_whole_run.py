"""A whole run of a stack that uses https alone: a network fault takes effect, and no deal is lost."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gameday.model.events import LinkUsed
from gameday.model.history import History
from support.commands import gameday

pytestmark = [pytest.mark.slow, pytest.mark.needs("node")]

SERVER = Path(__file__).parents[1] / "stacks" / "node" / "server.mjs"

TABLE = """
[stack.mine]
command = ["node", "SERVER"]
tls = true
dead_letters = "GET /dead-letters"
replay = "POST /dead-letters/replay"

[stack.mine.env]
NODE_EXTRA_CA_CERTS = "{ca_file}"
NODE_OPTIONS = '--require "{node_preload}"'
GAMEDAY_CRM_URL = "https://{crm_host}"
GAMEDAY_ERP_URL = "https://{erp_host}"
GAMEDAY_PAGER_URL = "https://{pager_host}"
GAMEDAY_TICKETS_URL = "{tickets_https_url}"
GAMEDAY_LISTEN = "{listen}"
GAMEDAY_STATE_DIR = "{state_dir}"
GAMEDAY_PACE = "{pace}"
GAMEDAY_FLOW = "{flow}"
GAMEDAY_CREDENTIALS = "{credentials}"
"""
FEATURE = """
Feature: The network between sync and ERP breaks
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 20 per minute

  Scenario: Connections to the ERP are reset
    When after 1 minute the ERP suffers "connection reset" for 1 minute
    Then every deal is in the ERP exactly once within 10 minutes of the fix
"""


def test_a_stack_that_uses_vendors_names_alone_meets_the_fault(tmp_path: Path) -> None:
    (tmp_path / "gameday.toml").write_text(TABLE.replace("SERVER", str(SERVER)))
    (tmp_path / "reset.feature").write_text(FEATURE)
    done = gameday("run", "reset.feature", "--stack", "mine", "--no-control", "-j", "1", cwd=tmp_path, timeout=400)
    # A run that a busy machine made inconclusive is repeated; the last one counts.
    history = max(path for path in (tmp_path / "runs").glob("*-mine-*/history.jsonl"))
    (used,) = [op.event for op in History.read(history).of(LinkUsed)]
    assert used.link == "stack-erp"
    assert used.opened > 0
    verdicts = msgspec.json.decode((history.parent / "verdicts.json").read_bytes())["verdicts"]
    results = {each["name"]: each["result"] for each in verdicts}
    assert results["faults took effect"] == "passed", done.stdout + done.stderr
    assert results["every deal is in the ERP exactly once within 10 minutes of the fix"] != "failed"
