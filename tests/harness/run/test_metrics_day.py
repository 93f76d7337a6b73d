"""A whole game day of a batch about whose metrics gameday.toml has an alert rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commands import gameday

pytestmark = pytest.mark.slow
SYNCS = Path(__file__).parent / "syncs"
LIMIT_S = 600.0
TABLE = """
[[signals.rules]]
alert = "OrdersWait"
expr = "sync_orders_waiting > 0"
for = "1 minute"
labels = {team = "revenue-operations", flow = "closed-won-to-sales-order"}
annotations = {summary = "{{ $labels.deal }} waits", reason = "the record is locked by somebody else"}

[stack.metered]
absent = ["webhook"]
health = "/health"
metrics = "/metrics"
[stack.metered.processes.sync]
command = ["{python}", "SYNC"]
every = "1 minute"
[stack.metered.processes.exporter]
command = ["{python}", "EXPORTER"]
[stack.metered.env]
SALESFORCE_URL = "{crm_url}"
NETSUITE_URL = "{erp_url}"
CREDENTIALS = "{credentials}"
STATE_DIR = "{state_dir}"
LISTEN = "{listen}"
RUBBISH = "no"
"""
FEATURE = """
Feature: A batch with metrics
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | new_customers | taxed | amended | voided | deleted | amended_several_times |
      | 16    | 4          | 0             | 0     | 0       | 0      | 0       | 0                     |

  Scenario: Orders are locked for a while
    When after 1 minute the ERP suffers "record lock" for 4 minutes
      | share |
      | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
    And the flow's owner is alerted within 10 minutes
    And the alert goes to its right owner
    And the alert names the affected deals and the reason
    And nobody was alerted without cause
"""
ABOUT_ALERTS = {
    "the flow's owner is alerted within 10 minutes",
    "the alert goes to its right owner",
    "the alert names the affected deals and the reason",
}


def run(folder: Path, table: str, feature: str, *options: str) -> tuple[int, str, dict[str, str]]:
    """A run of the day: its exit code, what it said, and the results of its expectations."""
    (folder / "a.feature").write_text(feature)
    parts = {"SYNC": str(SYNCS / "mailing.py"), "EXPORTER": str(SYNCS / "exporter.py")}
    for name, path in parts.items():
        table = table.replace(f'"{name}"', f'"{path}"')
    (folder / "gameday.toml").write_text(table)
    done = gameday("run", "a.feature", "--stack", "metered", "-j", "1", *options, cwd=folder, timeout=LIMIT_S)
    *_, path = sorted(folder.glob("runs/*/verdicts.json"))
    results = {each["name"]: each["result"] for each in json.loads(path.read_text())["verdicts"]}
    return done.returncode, done.stdout + done.stderr, results


def test_a_day_passes_when_a_rule_alerts_about_each_order_that_waits(tmp_path: Path) -> None:
    code, said, _ = run(tmp_path, TABLE, FEATURE)
    assert code == 0, said


def test_a_day_whose_metrics_cannot_be_read_says_nothing_about_alerts(tmp_path: Path) -> None:
    # The one expectation that a control decides is left out.
    feature = FEATURE.replace("    And nobody was alerted without cause\n", "")
    assert feature != FEATURE
    rubbish = TABLE.replace('RUBBISH = "no"', 'RUBBISH = "yes"')
    code, said, results = run(tmp_path, rubbish, feature, "--no-control")
    assert code == 3, said
    undecided = {name for name, result in results.items() if result == "inconclusive"}
    assert undecided
    assert undecided <= ABOUT_ALERTS
    assert "failed" not in results.values()
