"""How to heal a fault is on disk before it is injected, and the next command finishes the healing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gameday.base.errors import GamedayError
from gameday.base.process import Identity, identify, start_time
from gameday.run.rollback import (
    FORMER_FILE,
    ROLLBACK_FILE,
    CallHook,
    EndProcess,
    HealFake,
    ResumeProcess,
    RollbackLog,
    heal_abandoned,
    heal_run,
    read,
)


class Control(HTTPServer):
    """A control plane that keeps the requests that it gets."""

    status = 204

    def __init__(self) -> None:
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Control

    def do_DELETE(self) -> None:
        self.server.requests.append(f"DELETE {self.path}")
        self.send_response(self.server.status)
        self.end_headers()

    do_POST = do_DELETE

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def control() -> Iterator[Control]:
    server = Control()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def abandon(run_dir: Path) -> None:
    """Make the run look as if its harness had died: no process has this pid and start time."""
    path = run_dir / "rollback.jsonl"
    path.write_bytes(path.read_bytes().replace(start_time(os.getpid()).encode(), b"1", 1))


def test_an_entry_is_on_disk_before_the_fault_is_injected(tmp_path: Path) -> None:
    log = RollbackLog(tmp_path)
    log.before("1", HealFake("http://127.0.0.1:9", "netsuite", "1"))
    assert read(tmp_path)[1] == {"1": HealFake("http://127.0.0.1:9", "netsuite", "1")}
    log.close()


def test_an_entry_that_is_done_is_not_open(tmp_path: Path) -> None:
    log = RollbackLog(tmp_path)
    log.before("1", HealFake("http://127.0.0.1:9", "netsuite", "1"))
    log.done("1")
    log.close()
    assert read(tmp_path)[1] == {}


def test_entries_of_a_dead_harness_are_done_newest_first(tmp_path: Path, control: Control) -> None:
    run = tmp_path / "run"
    run.mkdir()
    log = RollbackLog(run)
    log.before("old", HealFake(control.url, "salesforce", "old"))
    log.before("new", HealFake(control.url, "netsuite", "new"))
    log.close()
    abandon(run)
    assert heal_abandoned(tmp_path) == {run: ["new", "old"]}
    assert control.requests == ["DELETE /netsuite/faults/new", "DELETE /salesforce/faults/old"]


def test_the_log_of_an_older_version_is_healed(tmp_path: Path, control: Control) -> None:
    run = tmp_path / "run"
    run.mkdir()
    log = RollbackLog(run)
    log.before("1", HealFake(control.url, "netsuite", "1"))
    log.close()
    abandon(run)
    written = (run / ROLLBACK_FILE).read_bytes()
    (run / FORMER_FILE).write_bytes(written.replace(b'"rollback":', b'"undo":'))
    (run / ROLLBACK_FILE).unlink()
    assert heal_abandoned(tmp_path) == {run: ["1"]}
    assert control.requests == ["DELETE /netsuite/faults/1"]
    assert read(run)[1] == {}
    assert [path.name for path in run.iterdir()] == [FORMER_FILE]


def test_healing_twice_sends_one_request(tmp_path: Path, control: Control) -> None:
    log = RollbackLog(tmp_path)
    log.before("1", HealFake(control.url, "netsuite", "1"))
    log.close()
    heal_run(tmp_path)
    assert heal_run(tmp_path) == []
    assert len(control.requests) == 1


def test_the_entries_of_a_living_harness_are_left_alone(tmp_path: Path, control: Control) -> None:
    run = tmp_path / "run"
    run.mkdir()
    log = RollbackLog(run)
    log.before("1", HealFake(control.url, "netsuite", "1"))
    log.close()
    assert heal_abandoned(tmp_path) == {}
    assert control.requests == []


def test_a_last_line_that_is_cut_off_hides_nothing_before_it(tmp_path: Path, control: Control) -> None:
    log = RollbackLog(tmp_path)
    log.before("1", HealFake(control.url, "netsuite", "1"))
    log.close()
    with (tmp_path / "rollback.jsonl").open("ab") as file:
        file.write(b'{"id": "2", "rollback": {"type": "fa')
    assert heal_run(tmp_path) == ["1"]
    assert read(tmp_path)[1] == {}


def test_a_server_that_has_ended_took_its_faults_with_it(tmp_path: Path) -> None:
    log = RollbackLog(tmp_path)
    log.before("1", HealFake("http://127.0.0.1:9", "netsuite", "1"))
    log.close()
    assert heal_run(tmp_path) == ["1"]


def test_an_entry_that_fails_is_reported_and_stays_open(tmp_path: Path, control: Control) -> None:
    control.status = 500
    log = RollbackLog(tmp_path)
    log.before("1", CallHook("POST", f"{control.url}/resume"))
    log.close()
    with pytest.raises(GamedayError, match=r"cannot heal at http.*/resume: answered 500.*heal` again"):
        heal_run(tmp_path)
    assert "1" in read(tmp_path)[1]


def test_a_process_left_behind_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    log = RollbackLog(tmp_path)
    log.before("stack", EndProcess(identify(sleeper.pid), "the stack"))
    log.close()
    heal_run(tmp_path)
    assert sleeper.wait(timeout=10) == -signal.SIGKILL


def test_a_paused_process_is_resumed(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    os.killpg(sleeper.pid, signal.SIGSTOP)
    assert _state_becomes(sleeper.pid, "T")
    log = RollbackLog(tmp_path)
    log.before("pause", ResumeProcess(identify(sleeper.pid)))
    log.close()
    heal_run(tmp_path)
    assert _state_becomes(sleeper.pid, "S")


def test_another_process_with_the_same_pid_is_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    log = RollbackLog(tmp_path)
    log.before("stack", EndProcess(Identity(sleeper.pid, "1"), "the stack"))
    log.close()
    heal_run(tmp_path)
    assert sleeper.poll() is None


def _state_becomes(pid: int, state: str) -> bool:
    for _ in range(500):
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == state:
            return True
        time.sleep(0.01)
    return False


def test_a_line_that_is_no_text_hides_nothing_after_it(tmp_path: Path, control: Control) -> None:
    log = RollbackLog(tmp_path)
    log.before("fault", HealFake(control.url, "netsuite", "fault"))
    log.close()
    path = tmp_path / ROLLBACK_FILE
    path.write_bytes(b'{"id": "\xff"}\n' + b"[" * 100_000 + b"\n" + path.read_bytes())
    assert list(read(tmp_path)[1]) == ["fault"]
