"""What was judged is kept, and believed only for the same folder, the same keys and the same judge."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gameday.scoring.seal import seal
from gameday_reports.dashboard import cache, runs
from gameday_reports.dashboard.cache import CACHE_FILE
from gameday_reports.dashboard.runs import read_runs
from gameday_reports.dashboard.summaries import RunSummary


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that were only just written are kept, too."""
    monkeypatch.setattr(cache, "_SETTLED_NS", 0)


@pytest.fixture
def folder(full_sketch: Any, tmp_path: Path) -> Path:
    """A folder of runs with one sealed run."""
    seal(full_sketch.record(tmp_path / "runs"), "run")
    read_runs(tmp_path / "runs", tmp_path)
    return tmp_path / "runs"


@pytest.fixture
def judged_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that are judged from now on."""
    seen: list[str] = []
    real = runs.judged_again

    def judge(run: Any) -> Any:
        seen.append(run.dir.name)
        return real(run)

    monkeypatch.setattr(runs, "judged_again", judge)
    return seen


def read(folder: Path) -> list[RunSummary]:
    return list(read_runs(folder, folder.parent).judged)


def test_a_run_that_did_not_change_is_not_judged_again(folder: Path, judged_again: list[str]) -> None:
    kept = read(folder)
    assert judged_again == []
    (folder / CACHE_FILE).unlink()
    assert read(folder) == kept
    assert len(judged_again) == 1


def test_the_link_is_that_of_the_site(folder: Path) -> None:
    (run,) = [path for path in folder.iterdir() if path.is_dir()]
    (run / "postmortem.html").write_text("")
    assert read(folder)[0].link == f"runs/{run.name}/postmortem.html"


@pytest.mark.parametrize("name", ["history.jsonl", "ledger.erp.json", "contract.json", "seal.json"])
def test_a_run_of_which_a_record_changed_is_judged_again(folder: Path, judged_again: list[str], name: str) -> None:
    (path,) = folder.glob(f"*/{name}")
    times = path.stat()
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert read(folder) == []
    assert len(judged_again) == 1


def test_a_run_to_which_a_record_was_added_is_judged_again(folder: Path, judged_again: list[str]) -> None:
    (path,) = folder.glob("*/contract.json")
    path.with_name("control.ledgers.json").write_text("{}")
    assert read(folder) == []
    assert judged_again


def test_a_copy_under_the_name_of_a_judged_run_is_judged_again(folder: Path, judged_again: list[str]) -> None:
    (path,) = folder.glob("*/ledger.erp.json")
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    read(folder)
    assert judged_again


def test_a_folder_that_others_can_change_is_judged_again(folder: Path, judged_again: list[str]) -> None:
    (run,) = [path for path in folder.iterdir() if path.is_dir()]
    run.chmod(0o777)
    assert read(folder) == []
    assert judged_again


def test_another_judge_believes_nothing(folder: Path, judged_again: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "judge_digest", lambda *_: "another")
    read(folder)
    assert judged_again


def test_with_another_secret_nothing_is_believed(
    folder: Path, judged_again: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAMEDAY_SEAL_SECRET", "a secret of the pipeline")
    read(folder)
    assert judged_again


@pytest.mark.parametrize("edit", [lambda old: old.replace(b'\\"', b"'"), lambda old: old[:-9], lambda _: b"[]"])
def test_a_cache_that_was_edited_is_not_believed(folder: Path, judged_again: list[str], edit: Any) -> None:
    path = folder / CACHE_FILE
    path.write_bytes(edit(path.read_bytes().replace(b'"word":"failed"', b'"word":"passed"')))
    assert read(folder)[0].word != "passed"
    assert judged_again


def test_only_the_user_can_read_the_cache(folder: Path) -> None:
    assert (folder / CACHE_FILE).stat().st_mode & 0o077 == 0


def test_a_folder_that_changed_just_now_is_not_kept(
    folder: Path, judged_again: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_SETTLED_NS", 10**15)
    (folder / CACHE_FILE).unlink()
    read(folder)
    read(folder)
    assert len(judged_again) == 2
