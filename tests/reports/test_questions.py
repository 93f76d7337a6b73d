"""Each answer that docs/questions.md promises stands on its page."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gameday.contracts.flows import DUTY_COLUMNS, OWNER_COLUMNS, FlowRegistry, RegisteredFlow
from gameday_reports import render, render_summary
from gameday_reports.dashboard import build
from support import example_runs as examples

_LINES = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8").splitlines()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in _LINES if line.startswith("| ")][1:]


#: What has to follow its place on the page, in the order of the questions: the answer for the example runs.
ANSWERS = (
    r"closed-won-to-sales-order brittle .*?EUR 400 not booked",
    r"No: in 1 of 1 scenario wrong orders are in no alert and no ticket",
    r"No runs to compare no other version has run",
    r"EUR 278",
    r"EUR 76",
    r"EUR 2,994\.50 3,052\.00 57\.50",
    r"Fix or accept what brittle loses: An admin renames a field rev-ops no date",
    r"No fault made more than one run of a stack fail",
    r"An admin renames a field durable , seed 2: passed, now failed",
    r"the reason failed 3 of 5 affected deals were never named. D-4 , D-5 , D-6",
    r"1:00 Fault injected: renamed field.*?1:35",
    r"2 lost, 1 mismatched, 1 duplicated",
    r"t2 first alert 2:05.*?t5 reconciled not seen",
    r"the first alert came 30 s later, at 2:05",
    r"An admin renames a field brittle 20",
    r"#\d+ .*?netsuite order_write",
    r"20260310T080000Z-durable-an-admin-renames-a-field-1 durable",
    r"Seed, pace 7, 60 scenario seconds .*?Hash of the rubric r0 Hash of the contract c0 Hash of the scenario s0",
    r"A third of the orders is locked brittle never",
    r"Wrong environment or realm never",
    r"to confirm Owner, coordinator, reporter and observers",
    r"4 of 7 orders \(57\.1%\) were still missing or wrong",
    r"A third of the orders is locked durable no impact before: inconclusive 0 of 100 \(0%\)",
    r"An admin renames a field .*?\d+ (?:s|min)",
    r"5 affected deals.*?unreported",
    r"They did not agree when the exercise ended",
    r"f a to b us fallback: them us fallback: them",
    r"Scenario time Time on the run's own clock",
    r"An admin renames a field durable .*?failed",
    r"f as agreed as agreed as agreed as agreed",
)
_ROLES = tuple(OWNER_COLUMNS.values())
FLOW = RegisteredFlow(
    "f",
    source="a",
    sink="b",
    owners=dict.fromkeys(_ROLES, "us"),
    fallbacks=dict.fromkeys(_ROLES, "them"),
    duties=dict.fromkeys(DUTY_COLUMNS, "as agreed"),
)


@pytest.fixture
def folder(full_sketch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages of a run, of its session, and of the dashboard, in one folder."""
    run_dir: Path = full_sketch.record(tmp_path / "sketch")
    render(run_dir)
    render_summary([run_dir], run_dir / "index.html")
    monkeypatch.setattr("gameday_reports.dashboard.runs.judged_again", examples.as_written)
    examples.record_set(tmp_path / "runs")
    build(tmp_path / "runs", run_dir / "dashboard", now=examples.NOW, registry=FlowRegistry("", (FLOW,), ()))
    return run_dir


def test_every_answer_stands_on_its_page(folder: Path) -> None:
    pages = {row[2]: (folder / row[2]).read_text(encoding="utf-8").partition("<body>")[2] for row in ROWS}
    texts = {name: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split()) for name, page in pages.items()}
    answered = [
        re.search(rf"{re.escape(place)}.{{0,1500}}?(?:{answer})", texts[page]) is not None
        for (_, _, page, place), answer in zip(ROWS, ANSWERS, strict=True)
    ]
    assert [row for row, found in zip(ROWS, answered, strict=True) if not found] == []


def test_everybody_asks_three_questions() -> None:
    assert set(Counter(row[0] for row in ROWS).values()) == {3}
    assert len(ROWS) == 30
