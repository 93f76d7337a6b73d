"""docs/matrix.md has a part of each measured pair: every bug that the pair can show, and nothing that is not met.

The parts are written by ``python tests/bench/matrix.py``; that of the second pair is simulated.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from gameday.steps.outcome import Outcome

BENCH = Path(__file__).parents[1] / "bench"
PAGE = (Path(__file__).parents[2] / "docs" / "matrix.md").read_text()


TWO = """Salesforce to NetSuite

The results of real runs; `durable` has the worst of 2 seeds.

| | 1 | 2 |
|---|---|---|
| durable | · | n |
| brittle | ✗ |   |
| + a | ✗ |   |
| + b | · |   |

1. Orders stop: one
2. Orders stop: two
"""


def test_what_the_page_has_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    from matrix_page import new_among, outcomes_of, still_planned

    known = outcomes_of(TWO, "durable")
    assert [(each.stack, each.scenario[-3:], each.seed, each.result) for each in known] == [
        ("durable", "one", 1, "passed"),
        ("durable", "one", 2, "passed"),
        ("durable", "two", 1, "not applicable"),
        ("durable", "two", 2, "not applicable"),
        ("brittle", "one", 1, "failed"),
        ("durable+a", "one", 1, "failed"),
        ("durable+b", "one", 1, "passed"),
    ]
    stacks = ("durable", "brittle", "durable+a", "durable+b", "durable+c")
    titles = ("Orders stop: one", "Orders stop: two")
    planned = [Outcome(title, "f", stack, 1, "planned") for title in titles for stack in stacks]
    new = {(each.stack, each.scenario[-3:]) for each in new_among(planned, known)}
    bugs = {(f"durable+{bug}", "two") for bug in "abc"}
    assert new == {("brittle", "two"), *bugs, ("durable+c", "one")}
    kept = still_planned(known, planned[:5], ["a"])
    assert [(each.stack, each.seed, each.feature) for each in kept] == [
        ("durable", 1, "f"), ("durable", 2, "f"), ("brittle", 1, "f"), ("durable+a", 1, "f"),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "crm", "erp"),
    [("Salesforce to NetSuite", "salesforce", "netsuite"), ("HubSpot to S/4HANA", "hubspot", "s4hana")],
)
def test_a_pair_has_every_bug_that_it_can_show_and_each_is_caught(
    title: str, crm: str, erp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCH), *sys.path])
    from matrix import shown_bugs
    from matrix_page import part_of

    from gameday.contracts.pair import Pair

    part = part_of(PAGE, title)
    rows = dict(re.findall(r"(?m)^\| \+ (\S+) (\|.*)$", part))
    assert set(rows) == set(shown_bugs(Pair(crm, erp)))
    assert [bug for bug, marks in rows.items() if "✗" not in marks] == []
    assert "Requirements that are not met" not in part
    assert re.search(r"(?m)^\| durable \|[ ·n|]+$", part), "durable has to pass what is applicable"
