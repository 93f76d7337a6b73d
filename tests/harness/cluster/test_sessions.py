"""What a worker does with scenarios: it runs them as `gameday run` does, and leaves nothing active."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gameday.cluster import sessions as module
from gameday.cluster.sessions import Session, Sessions
from gameday.cluster.task_process import LIVE
from gameday.cluster.tasks import tasks_of
from gameday.cluster.wire import Done
from gameday.live.channel import Command, Commands
from gameday.live.sealed_commands import SealedCommands
from gameday.model.settings import Settings, Target
from gameday.run.healing import abandoned
from gameday.run.rollback import ROLLBACK_FILE, read
from gameday.scoring.run_folder import Run
from gameday.scoring.seal import verify
from gameday.steps.planning import plan_scenarios
from support.kills import FEATURE

LIMIT_S = 240.0
#: So many rollback entries are open once the stack has been started.
STARTED = 4


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A scenario with faults of every kind, as it is sent."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = Path("some.feature").resolve()
    path.write_text(FEATURE)
    settings = Settings(targets=(Target("durable", 3),), control=False)
    [(task, _)] = tasks_of(plan_scenarios([path], settings), settings, "abc")
    return msgspec.json.encode(task)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Sessions]:
    found = Sessions(tmp_path / "workers")
    yield found
    for name in found.names:
        list(found.end(name))


def begun(session: Session) -> Path:
    """The folder of the first run, once its stack has been started."""
    deadline_s = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline_s:
        for log in session.tasks.glob(f"*/*/{ROLLBACK_FILE}"):
            if len(read(log.parent).left) >= STARTED:
                return log.parent
        time.sleep(0.05)
    raise AssertionError("no stack was started")


def in_thread(session: Session, task: bytes) -> tuple[threading.Thread, list[Done]]:
    results: list[Done] = []
    thread = threading.Thread(target=lambda: results.append(session.carry_out(task)), daemon=True)
    thread.start()
    return thread, results


@pytest.mark.slow
def test_a_scenario_is_run_judged_and_sealed_under_the_name_that_its_feature_has_here(
    workers: Sessions, task: bytes
) -> None:
    session = workers.of("abc")
    done = session.carry_out(task)
    again = session.carry_out(task)

    assert done.outcome.problem == ""
    # A busy machine makes it inconclusive.
    assert {done.outcome.result, again.outcome.result} <= {"passed", "inconclusive"}
    [name] = done.runs
    run = session.tasks / done.folder / name
    assert verify(run).word == "intact"
    scenario = Run(run).scenario()
    assert (scenario.feature, scenario.seed) == ("some.feature", 3)
    assert scenario.digest() == again.outcome.planned.digest()


@pytest.mark.slow
def test_the_end_of_a_session_heals_its_runs_and_removes_its_folder(workers: Sessions, task: bytes) -> None:
    session = workers.of("abc")
    thread, results = in_thread(session, task)
    run = begun(session)
    harness = read(run).harness

    *_, finished = workers.end("abc")
    thread.join(LIMIT_S)
    assert finished is not None
    assert finished.left == ()
    assert not session.folder.exists()
    assert harness is not None
    assert not harness.alive()
    assert [done.outcome.result for done in results] == ["not run"]
    assert "was interrupted" in results[0].outcome.problem


@pytest.mark.slow
def test_a_session_that_nobody_asks_about_is_interrupted(
    workers: Sessions, task: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = workers.of("abc")
    thread, results = in_thread(session, task)
    begun(session)
    monkeypatch.setattr(module, "LEASE_S", 0.0)
    thread.join(LIMIT_S)
    assert [done.outcome.result for done in results] == ["not run"]
    assert workers.names == []


@pytest.mark.slow
def test_what_a_killed_process_left_is_healed_by_the_next_worker_that_starts(
    workers: Sessions, task: bytes, tmp_path: Path
) -> None:
    session = workers.of("abc")
    thread, results = in_thread(session, task)
    run = begun(session)
    harness = read(run).harness
    assert harness is not None
    os.kill(harness.pid, signal.SIGKILL)
    thread.join(LIMIT_S)
    assert "SIGKILL" in results[0].outcome.problem

    Sessions(tmp_path / "workers")
    assert list(abandoned(session.folder)) == []


def test_what_operators_ask_reaches_the_runs_by_the_clock_of_their_machine(workers: Sessions) -> None:
    session = workers.of("abc")
    task = session.tasks / "0-1"
    task.mkdir()
    live, stops = Commands(session.folder / LIVE, "a-run"), SealedCommands(task, "a-run", time.monotonic())

    note, stop = Command("note", "me", "a note", "a-run", monotonic_s=0.0), Command("stop", "me", monotonic_s=0.0)
    session.obey([note], [stop])
    assert [(each.act, each.text) for each in live.new()] == [("note", "a note")]
    # Its seal is of this machine, and it is asked now: one from before the session would be none.
    assert [each.act for each in stops.new()] == ["stop"]


def test_a_task_that_comes_after_the_end_is_refused(workers: Sessions) -> None:
    workers.of("abc")
    list(workers.end("abc"))
    with pytest.raises(module.GamedayError, match="the session is over"):
        workers.of("abc")


@pytest.mark.parametrize("name", ["", "..", "a/b", "."])
def test_a_session_with_a_bad_name_is_refused(workers: Sessions, name: str) -> None:
    with pytest.raises(module.GamedayError, match="no name of a session"):
        workers.of(name)


def test_the_folder_of_a_session_that_nobody_uses_is_removed_by_the_next_worker_that_starts(tmp_path: Path) -> None:
    first = Sessions(tmp_path).of("abc")
    os.utime(first.folder / "lease", (0, 0))
    second = Sessions(tmp_path).of("def")
    Sessions(tmp_path)
    assert not first.folder.exists()
    assert second.folder.exists()
