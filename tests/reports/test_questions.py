"""Each answer that docs/questions.md promises stands on its page."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gameday_reports import render, render_summary
from support import example_runs as examples

_LINES = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8").splitlines()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in _LINES if line.startswith("| ")][1:]


@pytest.fixture
def folder(full_sketch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages of a run, of its session, and of the dashboard, in one folder."""
    run_dir: Path = full_sketch.record(tmp_path / "sketch")
    render(run_dir)
    render_summary([run_dir], run_dir / "index.html")
    monkeypatch.setattr("gameday_reports.dashboard.runs.judged_again", examples.as_written)
    examples.record_set(tmp_path / "runs")
    examples.page(tmp_path / "runs")
    (tmp_path / "site").rename(run_dir / "dashboard")
    return run_dir


def test_every_answer_stands_on_its_page(folder: Path) -> None:
    pages = {row[2]: (folder / row[2]).read_text(encoding="utf-8").partition("<body>")[2] for row in ROWS}
    texts = {name: html.unescape(re.sub(r"<[^>]+>", " ", page)) for name, page in pages.items()}
    assert [row for row in ROWS if row[3] not in texts[row[2]]] == []


def test_everybody_asks_three_questions() -> None:
    assert set(Counter(row[0] for row in ROWS).values()) == {3}
    assert len(ROWS) == 30
