"""A run on another machine arrives byte for byte, whatever the parts, and nothing else is written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.cluster import reading
from gameday.cluster.arriving import ArrivingRuns
from gameday.cluster.reading import growing, rest_of
from gameday.cluster.wire import Part, Place
from gameday.live.channel import BegunRuns
from gameday.run.rollback import ROLLBACK_FILE
from support.rows import rows

WORKER = "tcp://127.0.0.1:1"
RUN = "20260101T000000Z-durable-x-1"


def part(file: str, content: bytes, offset: int = 0, run: str = RUN) -> Part:
    return Part(Place("1-2", run, file), offset, content, offset + len(content))


def tasks(tmp_path: Path) -> tuple[Path, Path]:
    """The folder of a worker's tasks with one run, and the run's."""
    run = tmp_path / "tasks" / "1-2" / RUN
    run.mkdir(parents=True)
    return tmp_path / "tasks", run


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 12))
def test_a_growing_history_arrives_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, writes: list[bytes], most: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("arriving")
    folder, run = tasks(tmp_path)
    (run / "run.json").write_bytes(b"{}")
    arriving = ArrivingRuns(tmp_path / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MOST_AT_ONCE", most)
        for each in writes:
            with (run / "history.jsonl").open("ab") as history:
                history.write(each)
            arriving.take(WORKER, growing(folder, dict(arriving.known(WORKER))))
        (run / "state").mkdir()
        (run / "state" / "sync.sqlite3").write_bytes(b"x" * 40)
        (run / "empty").touch()
        (run / "seal.json").write_bytes(b"sealed")
        while parts := rest_of(folder, "1-2", RUN, dict(arriving.known(WORKER))):
            assert sum(len(each.content) for each in parts) <= most
            arriving.take(WORKER, parts)

    copy = arriving.folder(WORKER, "1-2", RUN)
    assert copy == tmp_path / "runs" / RUN
    for path in (path for path in run.rglob("*") if path.is_file()):
        assert (copy / path.relative_to(run)).read_bytes() == path.read_bytes()


def test_the_seal_comes_last(tmp_path: Path) -> None:
    folder, run = tasks(tmp_path)
    for name in ("seal.json", "zzz.json", "judgement.seal.json", "a.json"):
        (run / name).write_text("x")
    names = [each.place.file for each in rest_of(folder, "1-2", RUN, {})]
    assert names == ["a.json", "zzz.json", "judgement.seal.json", "seal.json"]


def test_what_is_no_regular_file_is_not_sent(tmp_path: Path) -> None:
    folder, run = tasks(tmp_path)
    (tmp_path / "secret").write_text("secret")
    (run / "link").symlink_to(tmp_path / "secret")
    assert rest_of(folder, "1-2", RUN, {}) == []


@rows(("task", "run"), [("..", RUN), ("1-2", ".."), ("", RUN), ("1-2", ""), ("1-2", f"../1-2/{RUN}")])
def test_nothing_but_a_run_is_sent(tmp_path: Path, task: str, run: str) -> None:
    folder, _ = tasks(tmp_path)
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(GamedayError, match="no name of a folder"):
        rest_of(folder, task, run, {})


def test_a_part_that_does_not_follow_is_left_out(tmp_path: Path) -> None:
    arriving = ArrivingRuns(tmp_path)
    arriving.take(WORKER, [part("history.jsonl", b"ab"), part("history.jsonl", b"ab"), part("history.jsonl", b"x", 7)])
    assert (tmp_path / RUN / "history.jsonl").read_bytes() == b"ab"


@rows("file", ["", "/etc/x", "../x", "a/../../x", "a/" * 30 + "x", "x" * 300, "a\0b"])
def test_a_file_with_a_bad_name_is_refused(tmp_path: Path, file: str) -> None:
    with pytest.raises(GamedayError, match="a file of a run"):
        ArrivingRuns(tmp_path / "runs").take(WORKER, [part(file, b"x")])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@rows("run", ["", "..", "a/b", "/x", ".hidden", "x" * 300, "a\nb"])
def test_a_run_with_a_bad_name_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(GamedayError, match="is no name of a run"):
        ArrivingRuns(tmp_path).take(WORKER, [part("run.json", b"x", run=run)])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir()
    arriving = ArrivingRuns(tmp_path)
    arriving.take(WORKER, [part("run.json", b"x")])
    # Its seal names the other folder, so it decides nothing.
    assert arriving.folder(WORKER, "1-2", RUN) == tmp_path / f"{RUN}-2"
    assert list((tmp_path / RUN).iterdir()) == []


def test_only_its_user_can_look_into_a_run(tmp_path: Path) -> None:
    ArrivingRuns(tmp_path).take(WORKER, [part("run.json", b"x")])
    assert stat.S_IMODE((tmp_path / RUN).stat().st_mode) == 0o700


def test_unfinished_runs_of_a_worker_that_is_gone_are_removed_and_complete_ones_kept(tmp_path: Path) -> None:
    arriving = ArrivingRuns(tmp_path)
    for run in ("first", "second"):
        arriving.take(WORKER, [part("run.json", b"x", run=run)])
        arriving.take("another", [part("run.json", b"x", run=f"other-{run}")])
    arriving.complete(WORKER, "1-2", "first", healed=True)
    arriving.drop(WORKER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "other-first", "other-second"]


def test_what_a_worker_sends_that_is_gone_is_left_out_until_it_is_there_again(tmp_path: Path) -> None:
    arriving = ArrivingRuns(tmp_path)
    arriving.drop(WORKER)
    arriving.take(WORKER, [part("run.json", b"x")])
    assert list(tmp_path.iterdir()) == []
    arriving.expect(WORKER)
    arriving.take(WORKER, [part("run.json", b"x")])
    assert (tmp_path / RUN / "run.json").read_bytes() == b"x"


def test_nothing_is_added_to_a_complete_run(tmp_path: Path) -> None:
    arriving = ArrivingRuns(tmp_path)
    arriving.take(WORKER, [part("history.jsonl", b"x")])
    arriving.complete(WORKER, "1-2", RUN, healed=True)
    # A look that was under way; it knew of nothing any more.
    arriving.take(WORKER, [part("history.jsonl", b"x")])
    assert (tmp_path / RUN / "history.jsonl").read_bytes() == b"x"


@rows("healed", [True, False])
def test_what_its_machine_could_not_heal_is_asked_of_nobody_here(tmp_path: Path, healed: bool) -> None:
    arriving = ArrivingRuns(tmp_path)
    arriving.take(WORKER, [part(ROLLBACK_FILE, b"x")])
    arriving.complete(WORKER, "1-2", RUN, healed=healed)
    assert (tmp_path / RUN / ROLLBACK_FILE).exists() is healed


def test_the_live_board_hears_of_a_run_once_it_can_be_read(tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    arriving, begun = ArrivingRuns(tmp_path / "runs", live), BegunRuns(live)
    arriving.take(WORKER, [part("run.json", b"x")])
    assert begun.new() == []
    arriving.take(WORKER, [part("history.jsonl", b"x"), part("history.jsonl", b"y", 1)])
    assert begun.new() == [tmp_path / "runs" / RUN]
