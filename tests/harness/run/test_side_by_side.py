"""Several works are done side by side, each in a process of its own, and their results come in order."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.run.apart import in_a_process, side_by_side

LIMIT_S = 20.0


def until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def meet(folder: Path, name: str, others: int) -> str:
    """Come, and wait until so many others have come too."""
    (folder / name).touch()
    until(lambda: len(list(folder.iterdir())) > others)
    return f"{name} {os.getpid()}"


def test_works_meet_and_their_results_are_in_order(tmp_path: Path) -> None:
    found = list(side_by_side([partial(meet, tmp_path, name, 1) for name in ("a", "b")], 2))
    assert [each.split()[0] for each in found] == ["a", "b"]
    assert len({each.split()[1] for each in found} | {str(os.getpid())}) == 3


def test_no_more_work_at_a_time_than_is_asked_for(tmp_path: Path) -> None:
    works = [lambda: len(list(tmp_path.iterdir()))] * 2
    first = partial(meet, tmp_path, "a", 0)
    assert list(side_by_side([first, *works], 1))[1:] == [1, 1]


def test_an_error_ends_the_others(tmp_path: Path) -> None:
    def fail() -> str:
        until((tmp_path / "b").exists)
        raise GamedayError("no such file", hint="make it")

    def wait() -> str:
        (tmp_path / "b").write_text(str(os.getpid()))
        try:
            signal.sigtimedwait([], LIMIT_S)
        finally:
            (tmp_path / "ended").touch()
        return ""

    with pytest.raises(GamedayError) as problem:
        list(side_by_side([fail, wait], 2))
    assert str(problem.value) == "no such file (make it)"
    assert (tmp_path / "ended").exists()


def test_an_interruption_at_the_end_of_a_work_leaves_no_copy_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getpid()

    class Output(io.StringIO):
        def flush(self) -> None:
            if os.getpid() != here:
                raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdout", Output())
    try:
        found = list(in_a_process(lambda: ["done"]))
    except BaseException:
        if os.getpid() != here:
            (tmp_path / "copy").touch()
            os._exit(1)
        raise
    assert found == ["done"]
    assert not (tmp_path / "copy").exists()
