"""What takes a game day to make is made once for all workers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.once import made_once


class Folders:
    """The temporary folders of one worker, in that of the suite."""

    def __init__(self, suite: Path, worker: str) -> None:
        self._base = suite / worker
        self._base.mkdir()

    def getbasetemp(self) -> Path:
        return self._base


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    return [Folders(tmp_path, f"gw{number}") for number in range(3)]


def test_the_first_makes_it_and_the_others_wait_for_it(workers: list[Any]) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        time.sleep(0.02)
        (folder / "run.json").write_text("{}")

    with ThreadPoolExecutor(len(workers)) as pool:
        found = list(pool.map(lambda worker: (made_once(worker, "day", make) / "run.json").read_text(), workers))
    assert found == ["{}"] * 3
    assert len(made) == 1


def test_one_that_could_not_be_made_is_made_by_the_next(workers: list[Any]) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise TimeoutError

    with pytest.raises(TimeoutError):
        made_once(workers[0], "day", fail)
    found = made_once(workers[1], "day", lambda folder: (folder / "run.json").touch())
    assert [path.name for path in found.iterdir()] == ["run.json"]
