"""The commands `gameday report` and `gameday report lint`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gameday.cli import main
from gameday_reports.sidecar import FILE


def gameday(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_report_lists_each_file_that_it_wrote(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gameday("report", run_dir) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in written} >= {"postmortem.html", "brief.html", "repair.csv"}
    assert all(path.is_file() for path in written)


def test_report_writes_the_sidecar_only_on_request(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gameday("report", run_dir)
    assert not (run_dir / FILE).exists()
    assert gameday("report", run_dir, "--sidecar") == 0
    assert (run_dir / FILE).is_file()
    assert gameday("report", run_dir, "--sidecar") == 2
    assert "already exists" in capsys.readouterr().err


def test_open_questions_are_an_error_only_in_a_final_postmortem(
    run_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert gameday("report", "lint", run_dir) == 0
    (run_dir / FILE).write_text("status: Final\n")
    assert gameday("report", "lint", run_dir) == 1
    first = capsys.readouterr().out.splitlines()[-2]
    assert first.startswith(f"{run_dir / FILE}:1: error: ")


def test_in_a_terminal_the_path_is_shown_once_and_the_lines_fit(
    run_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert gameday("report", "lint", run_dir) == 0
    path, *lines = capsys.readouterr().out.splitlines()
    assert path == f"{run_dir / FILE}:"
    assert max(map(len, lines)) <= 80


def test_a_mistake_in_the_sidecar_is_one_line_and_exit_code_2(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / FILE).write_text("ownr: x\n")
    for command in (("report", run_dir), ("report", "lint", run_dir)):
        assert gameday(*command) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"gameday: unknown key 'ownr' in {run_dir / FILE}:1; known: ")
        assert error.count("\n") == 1


def test_lint_prints_its_violations_as_json(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gameday("report", "lint", run_dir, "--json")
    rules = {violation["rule"] for violation in json.loads(capsys.readouterr().out)}
    assert rules == {"postmortem.open-prompt", "postmortem.action-without-owner", "postmortem.action-without-date"}


def test_lint_of_a_folder_that_is_not_a_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gameday("report", "lint", tmp_path) == 2
    assert "is not a run's folder" in capsys.readouterr().err
