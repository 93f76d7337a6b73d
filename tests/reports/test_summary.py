"""The page about several runs."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gameday.model.checker import Result
from gameday_reports import NotRun, render, render_summary
from gameday_reports.summary.context import context


def test_each_run_is_a_row_with_a_link_to_its_postmortem(full_sketch: Any, tmp_path: Path) -> None:
    first, second = full_sketch.record(tmp_path / "runs"), full_sketch.record(tmp_path / "runs")
    for run_dir in (first, second):
        render(run_dir)
    page = render_summary([first, second], tmp_path / "runs" / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"#]+)">', page)
    worst, *rows = links
    assert worst in rows
    assert rows == [f"{first.name}/postmortem.html", f"{second.name}/postmortem.html"]
    assert all((tmp_path / "runs" / link).is_file() for link in links)


def test_links_work_for_any_folder_name(full_sketch: Any, tmp_path: Path) -> None:
    run_dir = full_sketch.record(tmp_path / "a b#c%d")
    render(run_dir)
    rows = context([run_dir], tmp_path / "index.html")["groups"][0]["rows"]
    assert rows[0]["link"].startswith("a%20b%23c%25d/")


def test_figures_come_from_the_scorecard(run_dir: Path) -> None:
    row = context([run_dir], run_dir.parent / "index.html")["groups"][0]["rows"][0]
    assert (row["word"], row["detection"], row["recovery"], row["unreported"]) == ("failed", 50.0, 22.9, 3)
    assert (row["revenue"].not_booked.amount, row["grade"]) == (Decimal("278.00"), "F")


def test_the_page_opens_with_what_would_be_lost_and_whether_anyone_would_know(run_dir: Path) -> None:
    values = context([run_dir], run_dir.parent / "index.html")
    (found,) = [each["losses"] for each in values["losses"]]
    assert found.headline == "durable would lose money in 1 of 1 scenario."
    assert found.noticed.startswith("no: in 1 of 1 scenario")
    page = render_summary([run_dir], run_dir.parent / "index.html").read_text(encoding="utf-8")
    assert page.index(found.headline) < page.index("Results by stack")


def test_an_inconclusive_run_shows_no_figure(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.result = Result.INCONCLUSIVE
    run_dir = full_sketch.record(tmp_path / "runs")
    values = context([run_dir], tmp_path / "index.html")
    (row,) = values["groups"][0]["rows"]
    assert {row[name] for name in ("detection", "recovery", "affected", "unreported", "revenue", "outage")} == {None}
    page = render_summary([run_dir], tmp_path / "runs" / "index.html").read_text(encoding="utf-8")
    assert "inconclusive: no figure counts" in page


def test_a_scenario_that_did_not_run_counts_as_not_run_and_says_why(run_dir: Path) -> None:
    missing = NotRun("A feature", "durable", 7, "the stack was not ready")
    values = context([run_dir], run_dir.parent / "index.html", [missing])
    assert values["stacks"] == [
        {
            "stack": "durable",
            "counts": {"passed": 0, "failed": 1, "inconclusive": 0, "aborted": 0, "not run": 1, "not applicable": 0},
        }
    ]
    page = render_summary([run_dir], run_dir.parent / "index.html", not_run=[missing]).read_text(encoding="utf-8")
    assert "the stack was not ready" in page


def test_a_scenario_that_does_not_apply_is_counted_apart(run_dir: Path) -> None:
    other = NotRun("A batch", "durable", 7, "it makes no batch calls", "not applicable")
    values = context([run_dir], run_dir.parent / "index.html", [other])
    [stack] = values["stacks"]
    assert (stack["counts"]["not applicable"], stack["counts"]["not run"]) == (1, 0)
    assert values["words"] == ["failed", "not applicable"]
    page = render_summary([run_dir], run_dir.parent / "index.html", not_run=[other]).read_text(encoding="utf-8")
    assert "it makes no batch calls" in page


def test_a_run_that_was_not_judged_is_inconclusive_and_not_left_out(run_dir: Path) -> None:
    (run_dir / "verdicts.json").unlink()
    row = context([run_dir], run_dir.parent / "index.html")["groups"][0]["rows"][0]
    assert row["word"] == "inconclusive"
    assert "has no verdicts.json" in row["why"]


@pytest.mark.parametrize(
    ("tag", "note"), [("fails:durable", "as expected"), ("inconclusive:durable", "expected: inconclusive")]
)
def test_a_result_is_compared_with_the_expected_one(full_sketch: Any, tmp_path: Path, tag: str, note: str) -> None:
    full_sketch.tags = (tag,)
    page = render_summary([full_sketch.record(tmp_path)], tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'<span class="word failed">failed</span> <br><small>{note}</small>' in page


def test_a_page_without_runs_says_so(tmp_path: Path) -> None:
    assert "no runs" in render_summary([], tmp_path / "index.html").read_text(encoding="utf-8")


def test_scores_of_different_rubrics_are_not_comparable(full_sketch: Any, tmp_path: Path) -> None:
    first = full_sketch.record(tmp_path)
    full_sketch.fixed_scores = False
    second = full_sketch.record(tmp_path)
    assert not context([first, second], tmp_path / "index.html")["comparable"]


def test_text_of_a_scenario_is_escaped(full_sketch: Any, tmp_path: Path) -> None:
    full_sketch.name = "<script>alert(1)</script>"
    page = render_summary([full_sketch.record(tmp_path)], tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page


def test_an_aborted_run_counts_as_aborted_and_says_by_which_condition(run_dir: Path) -> None:
    aborted = NotRun("A feature", "durable", 7, "affected above: 11 affected deals", "aborted")
    values = context([run_dir], run_dir.parent / "index.html", [aborted])
    assert values["stacks"][0]["counts"]["aborted"] == 1 and "aborted" in values["words"]
    (row,) = [row for group in values["groups"] for row in group["rows"] if row["word"] == "aborted"]
    assert row["why"] == "affected above: 11 affected deals"
