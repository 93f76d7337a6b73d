"""A guardian heals what a run has left active once its harness is killed or stopped, and at no other time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gameday.base.process import identify
from gameday.run.healing import heal_abandoned
from gameday.run.rollback import read

pytestmark = pytest.mark.slow
LIMIT_S = 30.0

#: A harness that injects a fault at a Toxiproxy that others share, calls a hook, and starts a process of its own.
HARNESS = """
import subprocess, sys, time
from pathlib import Path
from gameday.base.process import RUN_VARIABLE, identify
from gameday.run.guardian import Guardian
from gameday.run.rollback import RollbackLog
from gameday.run.rollback_entries import CallHook, EndProcess, HealToxic

folder, url, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
log = RollbackLog(folder)
guardian = Guardian(folder, RUN_VARIABLE)
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
log.before("stack", EndProcess(identify(process.pid), "the stack"))
log.before("toxic", HealToxic(url, "shared", "slow"))
log.before("hook", CallHook("POST", url + "/resume"))
print(guardian._process.pid, process.pid, flush=True)
if how == "heals":
    process.kill(); process.wait()
    for key in ("stack", "toxic", "hook"):
        log.done(key)
    guardian.release(healed=True)
    print("released", flush=True)
time.sleep(60)
"""


class Server(ThreadingHTTPServer):
    """A Toxiproxy and a stack, which keep the requests that they get."""

    daemon_threads = True

    def __init__(self) -> None:
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_DELETE(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        self.send_response(204)
        self.end_headers()

    do_POST = do_DELETE

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Harness:
    """The harness, its guardian and its stack."""

    def __init__(self, folder: Path, server: Server, how: str = "") -> None:
        self.folder = folder / "run"
        self.folder.mkdir()
        url = f"http://127.0.0.1:{server.server_port}"
        command = [sys.executable, "-c", HARNESS, str(self.folder), url, how]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.guardian, self.stack = (identify(int(pid)) for pid in self.process.stdout.readline().split())
        if how:
            assert self.process.stdout.readline() == "released\n"

    def end(self) -> None:
        """End all of it."""
        self.process.kill()
        self.process.communicate()
        for left in (self.guardian, self.stack):
            if left.alive():
                os.kill(left.pid, signal.SIGKILL)


@pytest.fixture
def start(tmp_path: Path, server: Server) -> Iterator[Callable[..., Harness]]:
    """Starts a harness."""
    started: list[Harness] = []

    def start(how: str = "") -> Harness:
        started.append(Harness(tmp_path, server, how))
        return started[-1]

    yield start
    for harness in started:
        harness.end()


def until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


HEALED = ["POST /resume", "DELETE /proxies/shared/toxics/slow"]


def test_once_the_harness_is_killed_its_faults_are_healed_and_its_processes_ended(
    start: Callable[..., Harness], server: Server
) -> None:
    harness = start()
    harness.process.kill()
    until(lambda: not harness.guardian.alive())
    assert server.requests == HEALED
    assert not harness.stack.alive()
    assert read(harness.folder).left == {}


def test_while_the_harness_is_stopped_what_is_shared_is_healed_and_nothing_is_ended(
    start: Callable[..., Harness], server: Server
) -> None:
    harness = start()
    harness.process.send_signal(signal.SIGSTOP)
    until(lambda: server.requests == HEALED)
    until(lambda: set(read(harness.folder).left) == {"stack"})
    assert harness.stack.alive()


def test_while_the_harness_goes_on_and_once_it_has_healed_nothing_is_done(
    start: Callable[..., Harness], server: Server
) -> None:
    harness = start("heals")
    assert not harness.guardian.alive()
    harness.process.kill()
    harness.process.wait()
    assert server.requests == []


def test_if_the_guardian_is_killed_too_the_next_command_heals(
    start: Callable[..., Harness], server: Server, tmp_path: Path
) -> None:
    harness = start()
    os.kill(harness.guardian.pid, signal.SIGKILL)
    harness.process.kill()
    harness.process.wait()
    assert server.requests == []
    (healing,) = heal_abandoned(tmp_path)
    assert healing.healed == ("hook", "toxic", "stack")
    assert server.requests == HEALED


def test_it_is_in_no_process_group_of_the_harness(start: Callable[..., Harness]) -> None:
    harness = start()
    assert os.getpgid(harness.guardian.pid) != os.getpgid(harness.process.pid)
    assert os.getsid(harness.guardian.pid) != os.getsid(harness.process.pid)
