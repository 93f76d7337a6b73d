"""What is written twice long after the ledgers agreed, and nothing has happened since: runs and gates wait for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gameday_scenarios
from support.commands import gameday
from support.recorded import RECORD

pytestmark = pytest.mark.slow  # a day in real time each

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorials" / "your-own-stack.md"
#: What is changed in the sync of the tutorial: it tries again, and makes the invoice without looking.
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


#: A second look at each deal, which makes its invoice again.
INVOICE = '        erp("POST", f"/record/v1/salesOrder/{number}/!transform/invoice", {})\n'
AGAIN = """        bill = lambda: erp("POST", f"/record/v1/salesOrder/{number}/!transform/invoice", {})
        bill()
        threading.Timer(PAUSE_S / PACE, bill).start()
"""
#: The contract that a gate enforces has numbers, and no text.
NUMBERS = (", parse_float=str", "")


def block(name: str) -> str:
    """A file of the tutorial."""
    return TUTORIAL.read_text(encoding="utf-8").partition(f" {name}\n")[2].partition("```")[0]


def place(folder: Path, *changes: tuple[str, str]) -> Path:
    """A folder with the sync of the tutorial, changed, and its table."""
    code = block("sync.py")
    for before, after in changes:
        assert before in code
        code = code.replace(before, after)
    (folder / "sync.py").write_text(code, encoding="utf-8")
    (folder / "gameday.toml").write_text(block("gameday.toml"), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("blind", "pause_s", "code"), [(True, 180, 1), (True, 480, 1), (False, 180, 0)])
def test_what_a_blind_retry_makes_twice_is_seen_however_long_it_waits(
    blind: bool, pause_s: int, code: int, tmp_path: Path
) -> None:
    place(tmp_path, ("10 * 2**attempt", str(pause_s)), TRIES, *([BLIND] if blind else []))
    (tmp_path / "late.feature").write_text(DAY, encoding="utf-8")
    options = ("--stack", "mine", "--no-control", "--runs", "runs", "--pace", "60")
    done = gameday("run", "late.feature", *options, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    [run] = tmp_path.glob("runs/*/results.json")
    verdicts = json.loads(run.read_text(encoding="utf-8"))["verdicts"]
    [once] = [each for each in verdicts if "exactly once" in each["name"]]
    assert ("duplicated" in once["summary"]) == blind


@pytest.mark.parametrize(("twice", "code"), [(True, 1), (False, 0)])
def test_a_gate_waits_for_the_second_look_that_a_stack_takes_within_its_latency(
    twice: bool, code: int, tmp_path: Path
) -> None:
    again = (INVOICE, AGAIN.replace("PAUSE_S", "100")) if twice else (INVOICE, INVOICE)
    place(tmp_path, NUMBERS, again)
    (tmp_path / "records.jsonl").write_text(json.dumps(RECORD) + "\n", encoding="utf-8")
    base = str(Path(gameday_scenarios.__path__[0]) / "contracts")
    options = ("--records", "records.jsonl", "--stack", "mine", "--base", base, "--features", "none")
    done = gameday("gate", "--contract", "closed-won-to-sales-order", *options, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("invoice unexpected in 1 of 1 order" in done.stdout) == twice
