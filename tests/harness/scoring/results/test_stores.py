"""What is added to a store is found again, by whatever way the store is reached, and nothing is replaced."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.scoring.results.store import Store, folders_below, open_store
from support.needs import demand
from support.rows import rows


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, in a folder below its root."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    root = tmp_path / "repository"
    (root / "deep").mkdir(parents=True)
    monkeypatch.chdir(root / "deep")
    git("init", "--quiet", "--initial-branch", "main", "..")
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--allow-empty", "-m", "code")
    return root


@pytest.fixture(params=["folder", "git", "object store"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the store anew, as another job does."""
    address = str(tmp_path / "results")
    if request.param == "git":
        request.getfixturevalue("repository")
        address = "git:gameday-results"
    elif request.param == "object store":
        demand("fsspec")
        address = f"memory://{tmp_path.name}/results"
    return lambda: open_store(address)


def test_what_one_job_adds_another_reads(opened: Callable[[], Store]) -> None:
    opened().add({"runs/a/run.json": b"\x00\xff", "runs/a/seal.json": b"{}"}, "a run")
    opened().add({"runs/b/run.json": b"2", "checks/c.json": b"3"}, "more")
    store = opened()
    assert list(folders_below(store, "runs")) == [
        ("runs/a", ["runs/a/run.json", "runs/a/seal.json"]),
        ("runs/b", ["runs/b/run.json"]),
    ]
    assert store.read("runs/a/run.json") == b"\x00\xff"


def test_an_empty_store_has_no_paths(opened: Callable[[], Store]) -> None:
    assert opened().paths("runs") == []


def test_nothing_in_a_store_is_replaced(opened: Callable[[], Store]) -> None:
    opened().add({"runs/run.json": b"first"}, "one")
    opened().add({"runs/run.json": b"second"}, "two")
    assert opened().read("runs/run.json") == b"first"


@rows("path", ["../outside", "runs/../../outside", "/etc/passwd", "runs//a", ""])
def test_no_path_leads_out_of_a_folder(path: str, tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="no path in a store"):
        open_store(str(tmp_path)).add({path: b""}, "escape")


def test_results_in_git_leave_the_work_tree_and_its_branch_alone(repository: Path) -> None:
    before = git("log", "--all", "--format=%H").split()
    open_store("git:gameday-results").add({"runs/run.json": b"1"}, "a run")
    assert git("status", "--porcelain") == ""
    assert git("branch", "--show-current").strip() == "main"
    # A history of its own: the branch has no commit of the code.
    assert set(git("log", "gameday-results", "--format=%H").split()).isdisjoint(before)


@pytest.mark.slow
def test_two_jobs_that_write_to_one_remote_at_once_both_succeed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    git("remote", "add", "origin", str(tmp_path / "remote.git"))
    first, second = open_store("git:origin/gameday-results"), open_store("git:origin/gameday-results")
    first.add({"runs/a.json": b"a"}, "a")
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(tmp_path / "remote.git"), str(clone))
    monkeypatch.chdir(clone)
    # It fetched before the next write, which it does not know of.
    late = open_store("git:origin/gameday-results")
    monkeypatch.chdir(repository)
    second.add({"runs/b.json": b"b"}, "b")
    monkeypatch.chdir(clone)
    late.add({"runs/c.json": b"c"}, "c")
    assert open_store("git:origin/gameday-results").paths("runs") == ["runs/a.json", "runs/b.json", "runs/c.json"]


@pytest.mark.parametrize("address", ["git:--upload-pack=x", "git:a..b", "git:"])
def test_what_is_no_branch_is_one_clear_line(repository: Path, address: str) -> None:
    with pytest.raises(GamedayError, match="is not a branch"):
        open_store(address)


@pytest.mark.needs("fsspec")
def test_an_address_that_no_driver_knows_is_one_clear_line() -> None:
    with pytest.raises(GamedayError, match="cannot open nosuch://bucket"):
        open_store("nosuch://bucket")
