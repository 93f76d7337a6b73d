"""A retry that comes minutes after the ledgers agreed, and nothing has happened since: the run waits for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commands import gameday

pytestmark = pytest.mark.slow  # a day in real time each

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorials" / "your-own-stack.md"
#: What is changed in the sync of the tutorial: it tries again after minutes, and makes the invoice without looking.
PAUSE = ("10 * 2**attempt", "{pause_s}")
BLIND = ('if not json.loads(body)["items"]:', "if True:")
TRIES = ("ATTEMPTS = 1", "ATTEMPTS = 2")
DAY = """
Feature: late
  Scenario: the invoice is committed, and its reply lost
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And 3 deals are closed won at 6 per minute
    When after 15 seconds the ERP suffers "reply lost after commit" for 90 seconds
      | operation     | share | times |
      | invoice.write | 1     | 1     |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
"""


def sync(*, blind: bool, pause_s: int) -> str:
    """The sync of the tutorial, with a longer pause."""
    code = TUTORIAL.read_text(encoding="utf-8").partition("```python sync.py\n")[2].partition("```")[0]
    for before, after in (PAUSE, TRIES, *([BLIND] if blind else [])):
        assert before in code
        code = code.replace(before, after.format(pause_s=pause_s))
    return code


@pytest.mark.parametrize(("blind", "pause_s", "code"), [(True, 180, 1), (True, 480, 1), (False, 180, 0)])
def test_what_a_blind_retry_makes_twice_is_seen_however_long_it_waits(
    blind: bool, pause_s: int, code: int, tmp_path: Path
) -> None:
    text = TUTORIAL.read_text(encoding="utf-8")
    (tmp_path / "gameday.toml").write_text(text.partition("```toml gameday.toml\n")[2].partition("```")[0], "utf-8")
    (tmp_path / "sync.py").write_text(sync(blind=blind, pause_s=pause_s), encoding="utf-8")
    (tmp_path / "late.feature").write_text(DAY, encoding="utf-8")
    options = ("--stack", "mine", "--no-control", "--runs", "runs", "--pace", "60")
    done = gameday("run", "late.feature", *options, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    [run] = tmp_path.glob("runs/*/results.json")
    [once] = [
        each for each in json.loads(run.read_text(encoding="utf-8"))["verdicts"] if "exactly once" in each["name"]
    ]
    assert ("duplicated" in once["summary"]) == blind
