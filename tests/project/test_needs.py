"""The last line of a test run says what was skipped and which commands enable it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import needs
from support.needs import NEEDS, demand, skipped_line

ROOT = Path(__file__).parents[2]


def test_nothing_is_said_where_nothing_was_skipped() -> None:
    assert skipped_line([]) == ""


def test_the_line_counts_and_names_each_need_once_the_most_frequent_first() -> None:
    reasons = [f"Skipped: {NEEDS[name].reason}" for name in ("toxiproxy", "browser", "browser")]
    assert (
        skipped_line(reasons) == "3 skipped: browser tests (apt-get install chromium), real Toxiproxy (make toxiproxy)"
    )


def own_files() -> Iterator[Path]:
    """The Python files under tests, without what the stacks under test have installed."""
    installed = {".venv", ".installed", "node_modules"}
    return (path for path in (ROOT / "tests").rglob("*.py") if installed.isdisjoint(path.parts))


@pytest.mark.slow
def test_skips_go_through_the_support_module() -> None:
    """The suite's last line names every skip, so no test skips in a way of its own."""
    support = ROOT / "tests" / "support" / "needs.py"
    own_way = re.compile(r"pytest\.(?:skip|importorskip)\b|mark\.skip|unittest\.skip")
    paths = (path for path in own_files() if path not in (support, Path(__file__)))
    assert [str(path.relative_to(ROOT)) for path in paths if own_way.search(path.read_text())] == []


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "present", lambda _: False)
    monkeypatch.delenv(needs.REQUIRE, raising=False)


@pytest.mark.usefixtures("absent")
def test_what_is_absent_is_skipped_and_what_is_required_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^real Toxiproxy \(make toxiproxy\)$"):
        demand("toxiproxy")
    monkeypatch.setenv(needs.REQUIRE, "browser,toxiproxy")
    with pytest.raises(pytest.fail.Exception, match="GAMEDAY_REQUIRE demands it: real Toxiproxy"):
        demand("toxiproxy")


def test_every_need_that_a_test_names_is_described() -> None:
    named = {
        name for path in own_files() for name in re.findall(r"""(?:mark\.needs|demand)\("(\w+)"\)""", path.read_text())
    }
    assert named == set(NEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_of_the_suite_ends_with_the_line_and_keeps_the_ids(tmp_path: Path, workers: int) -> None:
    kept = tmp_path / "skipped"
    environment = os.environ | {"PATH": str(Path(sys.executable).parent), "GAMEDAY_SKIPPED_FILE": str(kept)}
    # The second is left by tests that run a session of scenarios in this process.
    for name in ("GAMEDAY_REQUIRE", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        environment.pop(name, None)
    test = "tests/stacks/test_fair_weather.py"
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), test, "-k", "node"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    ids = kept.read_text().splitlines()
    assert f"\n{len(ids)} skipped: stack in plain Node (apt-get install nodejs)\n" in run.stdout
    assert len(ids) > 1
    assert all(id_.startswith(f"{test}::") and "node" in id_ for id_ in ids)
