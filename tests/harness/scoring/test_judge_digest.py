"""The digest of the judge changes with everything that a judgement depends on, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.scoring import judge_digest as module
from gameday.scoring.judge_digest import judge_digest


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only package that judges, with one file."""
    folder = tmp_path / "some_judge"
    folder.mkdir()
    (folder / "__init__.py").write_text("a = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, "_PACKAGES", ("some_judge",))
    monkeypatch.setattr(module, "plug_ins", list)
    return folder


def digest(*more: str) -> str:
    judge_digest.cache_clear()
    try:
        return judge_digest(*more)
    finally:
        judge_digest.cache_clear()


def test_a_changed_file_is_another_judge(package: Path) -> None:
    before = digest()
    assert digest() == before
    (package / "__init__.py").write_text("a = 2\n")
    assert digest() != before


def test_an_added_file_is_another_judge(package: Path) -> None:
    before = digest()
    (package / "words.toml").write_text("")
    assert digest() != before


def test_compiled_files_are_not_looked_at(package: Path) -> None:
    before = digest()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"1")
    assert digest() == before


def test_another_package_counts_where_it_is_named(package: Path) -> None:
    assert digest("gameday_reports") != digest()


def test_another_python_is_another_judge(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest()
    monkeypatch.setattr("platform.python_version", lambda: "9.9.9")
    assert digest() != before
