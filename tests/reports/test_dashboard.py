"""The dashboard as a site: its pages, and how it handles damaged runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gameday.base.errors import GamedayError
from gameday_reports.dashboard import build
from support import example_runs as examples

pytestmark = pytest.mark.usefixtures("judged_as_written")

figures, page, NOW = examples.figures, examples.page, examples.NOW


class Html(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "html"


class Json(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "json"


# The whole site


def test_the_overview_matches_its_snapshot(runs: Path, snapshot: SnapshotAssertion) -> None:
    examples.record_set(runs)
    body = page(runs).partition("<body>")[2]
    assert body == snapshot(extension_class=Html)


def test_a_scenarios_page_matches_its_snapshot(runs: Path, snapshot: SnapshotAssertion) -> None:
    examples.record_set(runs)
    body = page(runs, "scenario-an-admin-renames-a-field.html").partition("<body>")[2]
    assert body == snapshot(extension_class=Html)


def test_the_figures_match_their_snapshot(runs: Path, snapshot: SnapshotAssertion) -> None:
    examples.record_set(runs)
    figures(runs)
    text = (runs.parent / "site" / "dashboard.json").read_text(encoding="utf-8")
    assert text == snapshot(extension_class=Json)


def test_two_builds_at_the_same_time_are_identical(runs: Path) -> None:
    examples.record_set(runs)
    first = {path.name: path.read_bytes() for path in build(runs, runs.parent / "first", now=NOW)}
    second = {path.name: path.read_bytes() for path in build(runs, runs.parent / "other", now=NOW)}
    assert first == second


def test_every_link_has_a_target(runs: Path) -> None:
    examples.record_set(runs)
    site = runs.parent / "site"
    pages = [path for path in build(runs, site, now=NOW) if path.suffix == ".html"]
    links = {link for path in pages for link in re.findall(r'<a href="([^"#]+)', path.read_text(encoding="utf-8"))}
    assert [link for link in links if not (site / link).is_file()] == []


def test_every_scenario_and_stack_has_a_page(runs: Path) -> None:
    examples.record_set(runs)
    names = {path.name for path in build(runs, runs.parent / "site", now=NOW)}
    assert {"stack-brittle.html", "stack-durable.html", "scenario-an-admin-renames-a-field.html"} <= names


def test_no_page_loads_anything_or_has_a_script(runs: Path) -> None:
    examples.record_set(runs)
    for path in build(runs, runs.parent / "site", now=NOW):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<img|<iframe|@import|src=|url\(|https?://", text), path.name


def test_the_runs_are_not_changed(runs: Path) -> None:
    examples.record_set(runs)
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    build(runs, runs.parent / "site", now=NOW)
    assert {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()} == before


def test_the_site_may_be_inside_the_runs_folder(runs: Path) -> None:
    examples.record_set(runs)
    build(runs, runs / "dashboard", now=NOW)
    build(runs, runs / "dashboard", now=NOW)
    data = json.loads((runs / "dashboard" / "dashboard.json").read_text(encoding="utf-8"))
    assert len(data["runs"]) == 8


def test_an_empty_folder_gives_pages_that_say_so(runs: Path) -> None:
    assert "No run has been judged" in page(runs)


def test_a_missing_folder_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"cannot read the folder .*none") as error:
        build(tmp_path / "none", tmp_path / "site", now=NOW)
    assert "\n" not in str(error.value)


def test_text_of_a_scenario_or_stack_is_escaped_on_every_page(runs: Path) -> None:
    examples.record(runs, scenario="<b onload=x>'\"", stack="a<i>", faults=("<u>",))
    for path in build(runs, runs.parent / "site", now=NOW):
        if path.suffix == ".html":
            assert not re.search(r"<b onload|a<i>|<u>", path.read_text(encoding="utf-8")), path.name


# Damaged or unfinished runs


@pytest.mark.parametrize("name", ["run.json", "scenario.json", "verdicts.json", "scorecard.json", "contract.json"])
@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"a": 1}', "\x00\xff"])
def test_a_run_with_a_missing_or_damaged_file_is_listed_as_unfinished(runs: Path, name: str, text: str | None) -> None:
    examples.record(runs, seed=1)
    broken = examples.record(
        runs, seed=2, started="2026-03-09T09:00:00+00:00", digests=("rubric00", "other", "scenario")
    )
    if text is None:
        (broken / name).unlink()
    else:
        (broken / name).write_text(text, encoding="latin-1")
    data = figures(runs)
    assert [run["run"] for run in data["unfinished"]] == [broken.name]
    assert len(data["runs"]) == 1


def test_a_run_with_an_invalid_start_time_is_unreadable(runs: Path) -> None:
    folder = examples.record(runs)
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(info | {"started": "yesterday"}))
    assert "no valid start time" in figures(runs)["unfinished"][0]["why"]


def test_folders_that_are_not_runs_are_ignored(runs: Path) -> None:
    (runs / "controls").mkdir()
    (runs / "gates").mkdir()
    data = figures(runs)
    assert (data["runs"], data["unfinished"]) == ([], [])


def test_messages_contain_no_absolute_path(runs: Path) -> None:
    folder = examples.record(runs)
    (folder / "scorecard.json").write_text("{")
    assert str(runs) not in figures(runs)["unfinished"][0]["why"]


# The command


@pytest.mark.slow
def test_the_command_builds_the_site(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gameday.cli import main

    examples.record(runs)
    with pytest.raises(SystemExit) as ended:
        main(["dashboard", str(runs), "--out", str(runs.parent / "site"), "--now", "2026-03-10"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Dashboard: {runs.parent / 'site' / 'index.html'}\n"
    built = msgspec.json.decode((runs.parent / "site" / "dashboard.json").read_bytes())["built"]
    assert built == "2026-03-10T00:00:00+00:00"


@pytest.mark.slow
def test_without_a_folder_the_site_is_beside_the_runs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gameday.cli import main

    examples.record(runs)
    for _ in range(2):  # the second finds the site of the first in the folder, and takes it for no run
        with pytest.raises(SystemExit) as ended:
            main(["dashboard", str(runs), "--now", "2026-03-10"])
        assert ended.value.code == 0
        assert capsys.readouterr().out == f"Dashboard: {runs / 'dashboard' / 'index.html'}\n"
    assert json.loads((runs / "dashboard" / "dashboard.json").read_bytes())["unfinished"] == []


# Building over an earlier site


def test_a_scenario_that_never_ran_is_marked_never(runs: Path) -> None:
    examples.record(runs)
    site = runs.parent / "site"
    build(runs, site, now=NOW, scenarios=["A day like no other"])
    text = (site / "index.html").read_text(encoding="utf-8")
    assert re.search(r"A day like no other</th><td[^>]*><bdi>durable</bdi></td><td[^>]*>never", text)


def test_of_many_scenarios_that_never_ran_most_are_folded(runs: Path) -> None:
    examples.record(runs)
    site = runs.parent / "site"
    build(runs, site, now=NOW, scenarios=[f"Day {number:02}" for number in range(20)])
    shown, _, folded = (site / "index.html").read_text(encoding="utf-8").partition("<summary>12 more that never ran")
    assert "Day 07" in shown
    assert "Day 08" not in shown
    assert "Day 19" in folded


def test_the_page_of_a_scenario_without_runs_is_removed(runs: Path) -> None:
    run = examples.record(runs, scenario="Gone tomorrow")
    examples.record(runs)
    site = runs.parent / "site"
    build(runs, site, now=NOW)
    assert (site / "scenario-gone-tomorrow.html").is_file()
    (run / "scenario.json").unlink()
    written = build(runs, site, now=NOW)
    assert {path.name for path in site.iterdir()} == {path.name for path in written}


@pytest.mark.parametrize("name", ["notes.html", "scenario-mine.html", "stack-mine.html", "scenario-mine.txt"])
def test_files_that_the_dashboard_did_not_write_are_kept(runs: Path, name: str) -> None:
    site = runs.parent / "site"
    site.mkdir()
    (site / name).write_text("<!doctype html><title>Mine</title>", encoding="utf-8")
    build(runs, site, now=NOW)
    assert (site / name).is_file()
