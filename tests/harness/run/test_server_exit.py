"""A server of ours that ends in mid-run ends the run: it says so first, and nothing is said about the stack."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError, RunError, ServerEnded
from gameday.base.process import start
from gameday.model.checker import Result
from gameday.model.events import ServerExited
from gameday.model.history import History
from gameday.run.servers import Servers, server_ended
from gameday.run.tasks import first_error
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import Run
from support.commands import Gameday

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 12 per minute

  Scenario: A server of ours is gone
    When after 5 seconds the ERP suffers "reply lost after commit" for 40 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""


def test_the_end_of_a_server_is_known_with_its_signal_and_last_words(tmp_path: Path) -> None:
    async def scene() -> ServerExited | None:
        servers = Servers()
        code = "import sys, time; sys.stderr.write('token=hunter2 out of memory\\n'); time.sleep(60)"
        child = await start("the fakes", [sys.executable, "-u", "-c", code], tmp_path / "fakes.log", env=os.environ)
        servers.children.append(child)
        assert servers.ended_now() is None
        while not child.last_lines(1):
            await asyncio.sleep(0.01)
        os.kill(child.identity.pid, signal.SIGKILL)
        await child.process.wait()
        ended = await servers.ended()
        await servers.end()
        return ended

    ended = asyncio.run(scene())
    assert ended is not None
    assert ended.sentence == "the fakes ended in mid-run with signal SIGKILL: token=[secret] out of memory"


def test_of_several_errors_the_end_of_a_server_comes_first() -> None:
    ended = server_ended(ServerExited("the fakes", 1, -9))
    group = BaseExceptionGroup("x", [RunError("no answer"), BaseExceptionGroup("y", [ended]), ValueError()])
    assert first_error(group) is ended
    assert isinstance(ended, ServerEnded)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "name"), [("gameday_fakes.serve", "the fakes"), ("toxiproxy", "the embedded Toxiproxy|toxiproxy")]
)
def test_a_run_without_its_server_has_no_result(tmp_path: Path, program: str, name: str) -> None:
    (tmp_path / "x.feature").write_text(FEATURE)
    environment = {name: value for name, value in os.environ.items() if name != "GAMEDAY_TOXIPROXY_URL"}
    options = ("--stack", "durable", "--no-control", "--no-isolation", "--pace", "10", "-j", "1")
    running = Gameday("run", "x.feature", *options, cwd=tmp_path, env=environment)
    try:
        pid = _server(running, tmp_path, program)
        os.kill(pid, signal.SIGKILL)
        out, err = running.communicate(timeout=60)
    finally:
        if running.poll() is None:
            running.kill()
    text = " ".join((out + err).split())
    assert running.returncode == 3, text
    assert "ended in mid-run with signal SIGKILL" in text
    assert any(each in text for each in name.split("|"))
    (run_dir,) = [path.parent for path in (tmp_path / "runs").glob("*/run.json")]
    (event,) = History.read(run_dir / "history.jsonl").of(ServerExited)
    assert event.event.code == -signal.SIGKILL
    assert re.search(r"^it (has no result|did not): .* ended in mid-run with signal SIGKILL", _said(Run(run_dir)))
    assert "ended in mid-run" in (tmp_path / "runs" / "index.html").read_text()


def _said(run: Run) -> str:
    """What judging says of the run; its first ledgers may not have been saved when the server ended."""
    try:
        checked = judge_run(run)
    except GamedayError as problem:
        return problem.hint
    assert checked.result is Result.INCONCLUSIVE
    return checked.verdicts[0].summary


def _server(running: Gameday, folder: Path, program: str) -> int:
    """The process of a server of the run, once its scenario has begun."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s and running.poll() is None:
        for history in folder.glob("runs/*/history.jsonl"):
            if history.read_bytes().count(b"\n") < 5:
                continue
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    command = entry.read_bytes().decode(errors="replace")
                    inside = str(history.parent.resolve()).encode() in (entry.parent / "environ").read_bytes()
                except OSError:
                    continue
                if inside and program in command:
                    return int(entry.parent.name)
        time.sleep(0.02)
    raise AssertionError(running.communicate())
