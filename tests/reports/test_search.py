"""`gameday list postmortems` finds what people wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.cli import main
from gameday_reports.search import postmortems


def test_a_run_without_a_postmortem_is_not_listed(run_dir: Path) -> None:
    assert list(postmortems(run_dir.parent)) == []


def test_it_says_who_set_the_status_and_how_many_actions_are_open(run_dir: Path) -> None:
    acts = "actions:\n  - {id: lost, owner: x}\n  - {id: false-alarms, done: 2026-04-01}\n"
    steps = "status: In Review\nhistory: [{status: In Review, by: finance, on: 2026-04-01}]\n"
    (run_dir / "postmortem.yaml").write_text(steps + acts)
    assert dict(postmortems(run_dir.parent)) == {run_dir.name: "In Review (finance, 2026-04-01); 1 open action"}


def test_words_are_found_in_any_case_and_shown_with_what_is_around_them(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "postmortem.yaml").write_text(f"lucky: {'x' * 60} the Month  end was near {'y' * 60}\n")
    (line,) = dict(postmortems(run_dir.parent, "month end")).values()
    assert line.startswith("Draft; 0 open actions; \u201c\u2026")
    assert " the Month end was near y" in line
    assert list(postmortems(run_dir.parent, "quarter")) == []
    with pytest.raises(SystemExit):
        main(["list", "postmortems", "month end", "--runs", str(run_dir.parent)])
    assert run_dir.name in capsys.readouterr().out.replace("\n", "")


def test_what_reports_mask_is_not_found(run_dir: Path) -> None:
    (run_dir / "postmortem.yaml").write_text("lucky: jo@example.com was awake\n")
    assert list(postmortems(run_dir.parent, "jo@example.com")) == []


def test_a_mistake_in_the_file_is_its_line(run_dir: Path) -> None:
    (run_dir / "postmortem.yaml").write_text("lucky: 12\n")
    assert "lucky is '12' (int), not a text" in dict(postmortems(run_dir.parent))[run_dir.name]
