"""A whole game day with its board: the operators' commands are in the history, and nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday.base.process import end_processes_of, processes_of
from gameday.live.serving import LiveBoard, LiveOptions
from gameday.model.events import DeadLettersCounted, HistoryClosed, Note, Revealed, Stopped
from gameday.model.history import History
from gameday.run.rollback import read
from support.commands import Gameday, gameday
from support.control import NO_AUTHORITY, ControlToken

pytestmark = pytest.mark.slow

LIMIT_S = 240.0
FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 40 deals are closed won at 4 per minute

  Scenario: A secret one
    When after 5 seconds the ERP suffers "record lock" for 8 minutes
      | share |
      | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
"""


class Session:
    """A session in progress, with its board."""

    def __init__(self, folder: Path, *options: str) -> None:
        (folder / "some.feature").write_text(FEATURE)
        self.folder = folder
        self.process = Gameday("run", "some.feature", "--stack", "durable", "--live", *options, cwd=folder)
        self.url, token = self.wait(self._url)
        self.token = ControlToken(self.url, token)

    def _url(self) -> tuple[str, str] | None:
        found = re.search(r"live board: (http://\S+)\?token=(\S+)", self.said())
        return (found[1], found[2]) if found else None

    def said(self) -> str:
        """What the command has printed so far."""
        return "".join(self.process.said())

    def wait(self, come: Callable[[], Any]) -> Any:
        """What is there once it is there."""
        deadline_s = time.monotonic() + LIMIT_S
        while not (found := come()):
            assert time.monotonic() < deadline_s and self.process.poll() is None, self.said()
            time.sleep(0.02)
        return found

    def message(self, when: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first message of the board of which something holds."""
        client = httpx.Client(auth=self.token, verify=NO_AUTHORITY, trust_env=False, timeout=LIMIT_S)
        with client as http, http.stream("GET", f"{self.url}events") as stream:
            for line in stream.iter_lines():
                if line.startswith("data: ") and when(message := json.loads(line[6:])):
                    return dict(message)
        raise AssertionError(self.said())

    def ask(self, path: str, **body: str) -> None:
        with httpx.Client(auth=self.token, verify=NO_AUTHORITY, trust_env=False) as http:
            assert http.post(f"{self.url}{path}", json={"by": "Ana", **body}).status_code == 202

    def end(self) -> int:
        """Wait for the end; the exit code."""
        return self.process.wait(LIMIT_S)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def run_dir(self) -> Path:
        (found,) = (path.parent for path in (self.folder / "runs").glob("*/rollback.jsonl"))
        return found

    def assert_nothing_is_left(self) -> None:
        """No fault, no process, no listener."""
        assert read(self.run_dir).left == {}
        assert processes_of(str(self.run_dir)) == []
        with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as http:
            http.get(self.url)


@pytest.fixture
def open_session(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Begins a session with a board, and ends it whatever happens."""
    sessions: list[Session] = []

    def begin(*options: str) -> Session:
        sessions.append(Session(tmp_path, *options))
        return sessions[-1]

    yield begin
    for session in sessions:
        session.close()
        # A killed session has ended neither its stack nor its fakes.
        for run_dir in (session.folder / "runs").glob("*"):
            end_processes_of(str(run_dir.resolve()))


def hit(message: dict[str, Any]) -> bool:
    return bool(message["view"] and message["view"]["injections"])


def test_a_stopped_game_day_is_healed_and_its_history_says_by_whom(
    open_session: Callable[..., Session],
) -> None:
    session = open_session("--no-control")
    session.message(hit)
    session.ask("runs/1/notes", text="the pager rings")
    session.message(lambda message: any(entry["kind"] == "note" for entry in message["entries"]))
    session.ask("stop", text="enough")
    assert session.end() == 3
    words = [
        (op.f, op.event.by, op.event.text) for op in History.read(session.run_dir / "history.jsonl").of(Note, Stopped)
    ]
    assert words == [("note", "Ana", "the pager rings"), ("stop", "Ana", "enough")]
    assert "stopped by Ana" in session.said()
    session.assert_nothing_is_left()


def test_a_note_during_the_control_is_in_the_history(open_session: Callable[..., Session]) -> None:
    session = open_session()
    session.message(lambda message: message["view"] and message["view"]["ended"])
    session.ask("runs/1/notes", text="was that us?")
    assert session.end() in (0, 1, 3)
    ops = [*History.read(session.run_dir / "history.jsonl").of(Note, HistoryClosed, DeadLettersCounted)]
    assert [op.f for op in ops] == ["dead_letters", "note", "closed"]
    assert "too late" not in session.said()


def test_a_blind_game_day_shows_the_injection_once_an_operator_asks(open_session: Callable[..., Session]) -> None:
    session = open_session("--no-control", "--blind")
    hidden = session.message(lambda message: message["view"] and message["view"]["backlog"])
    session.ask("runs/1/reveal")
    shown = session.message(lambda message: message["view"] and not message["view"]["hidden"])
    assert "secret" not in json.dumps(hidden) and shown["view"]["scenario"] == "A secret one"
    (reveal,) = History.read(session.run_dir / "history.jsonl").of(Revealed)
    assert reveal.event.by == "Ana"


def test_a_game_day_stops_when_its_abort_budget_is_used_up(open_session: Callable[..., Session]) -> None:
    session = open_session("--no-control", "--abort-after-affected", "2")
    assert session.end() == 3
    (stop,) = History.read(session.run_dir / "history.jsonl").of(Stopped)
    assert stop.event.by == "the abort budget"
    session.assert_nothing_is_left()


def test_an_interruption_leaves_no_listener_and_no_fault(open_session: Callable[..., Session]) -> None:
    session = open_session("--no-control")
    session.message(hit)
    session.process.send_signal(signal.SIGINT)
    assert session.end() == 130
    session.assert_nothing_is_left()


def test_a_kill_leaves_no_listener(open_session: Callable[..., Session]) -> None:
    session = open_session("--no-control")
    session.message(hit)
    session.close()
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as http:
        http.get(session.url)
    gameday("heal", cwd=session.folder, timeout=LIMIT_S).check_returncode()
    session.assert_nothing_is_left()


def test_the_next_session_removes_the_notes_of_a_killed_one(
    open_session: Callable[..., Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = tmp_path / "temporary"
    folders.mkdir()
    monkeypatch.setenv("TMPDIR", str(folders))
    session = open_session("--no-control")
    monkeypatch.setattr(tempfile, "tempdir", str(folders))
    (left,) = folders.glob("gameday-live-*")
    session.close()
    assert left.is_dir()
    with LiveBoard(LiveOptions(), lambda _: ""):
        assert not left.exists()
