"""A stack that listens over CometD and reads and writes in bulk, in a game day: gap events and partly failed jobs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commands import gameday

SYNC = Path(__file__).parent / "events_and_bulk" / "sync.py"
GAPS = """
Feature: Events and bulk jobs

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute
    And the CRM has the settings
      | announce by  | change events |
      | change event | Opportunity   |

  Scenario: Nothing is lost: events say only which deal has changed, and bulk jobs fail in part
    When after 20 seconds the CRM suffers "gap events" for 40 seconds
      | share |
      | 0.5   |
    And after 20 seconds the CRM suffers "held record" for 40 seconds
      | share | times |
      | 0.5   | 1     |
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
EXPIRED = """
Feature: Events are kept for a while only

  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 20 deals are closed won at 20 per minute
    And the CRM has the settings
      | announce by  | change events | event retention s |
      | change event | Opportunity   | 15                |

  Scenario: Nothing is lost: nobody can listen for longer than events are kept
    When after 20 seconds the CRM suffers "server errors" for 30 seconds
      | operation |
      | stream    |
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
STACK = f"""
[stack.own]
command = ["{{python}}", "{SYNC}"]
webhook = ""
health = "/healthz"
absent = ["webhook", "batch calls", "changes after winning"]

[stack.own.env]
GAMEDAY_CRM = "{{crm}}"
GAMEDAY_ERP = "{{erp}}"
GAMEDAY_CRM_URL = "{{crm_url}}"
GAMEDAY_ERP_URL = "{{erp_url}}"
GAMEDAY_PAGER_URL = "{{pager_url}}"
GAMEDAY_TICKETS_URL = "{{tickets_url}}"
GAMEDAY_LISTEN = "{{listen}}"
GAMEDAY_STATE_DIR = "{{state_dir}}"
GAMEDAY_PACE = "{{pace}}"
GAMEDAY_FLOW = "{{flow}}"
GAMEDAY_CREDENTIALS = "{{credentials}}"
"""


def run(folder: Path, feature: str, bug: str = "") -> tuple[int, str]:
    """Exit code and output of a game day with the stack, or with a bug of it."""
    own = f'{STACK}GAMEDAY_BUG = "{bug}"\n' if bug else STACK
    (folder / "gameday.toml").write_text(own, encoding="utf-8")
    (folder / "own.feature").write_text(feature, encoding="utf-8")
    command = ["run", "own.feature", "--stack", "own", "--no-control", "-j", "1", "--pace", "20", "--runs", "runs"]
    done = gameday(*command, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_a_stack_of_events_and_bulk_jobs_loses_nothing_to_gaps_and_failed_records(tmp_path: Path) -> None:
    code, output = run(tmp_path, GAPS)
    assert code == 0, output
    [*_, history] = sorted(tmp_path.glob("runs/*/history.jsonl"))
    events = [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]
    hits = {event["value"]["operation"] for event in events if event["f"] == "hit"}
    assert {"deliver", "deal.write"} <= hits


@pytest.mark.slow
def test_a_stack_loses_nothing_to_events_that_are_kept_no_longer(tmp_path: Path) -> None:
    code, output = run(tmp_path, EXPIRED)
    assert code == 0, output


@pytest.mark.slow
@pytest.mark.parametrize(("bug", "feature"), [("ignores-gaps", GAPS), ("starts-anew", EXPIRED)])
def test_who_ignores_gaps_or_starts_anew_loses_deals(bug: str, feature: str, tmp_path: Path) -> None:
    code, output = run(tmp_path, feature, bug)
    assert (code, " lost" in output) == (1, True), output
