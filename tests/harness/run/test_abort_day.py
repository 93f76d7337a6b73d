"""Whole runs that are aborted: by a condition, by one outside of their network, and by `gameday stop`."""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gameday.base.process import processes_of
from gameday.model.events import Aborted, ConditionsRead, FaultHealed, FaultInjected, Stopped
from gameday.model.history import History
from gameday.run.rollback import read
from gameday.scoring.run_folder import Run, list_runs
from support.commands import Gameday, gameday
from support.processes import end_groups

pytestmark = pytest.mark.slow

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And {deals} deals are closed won at 10 per minute
    {condition}

  Scenario: One
    When after 1 minute the ERP suffers "record lock" for {lasts}
      | share |
      | 1     |
    Then every deal is in the ERP exactly once within 5 minutes of the fix
{more}
"""
ANOTHER = """
  Scenario: Two
    Then every deal is in the ERP exactly once within 5 minutes of the fix
"""
LIMIT_S = 240.0


class Days:
    """Game days in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Gameday] = []

    def start(self, condition: str = "", more: str = "", settings: str = "", *, whole: bool = False) -> Gameday:
        """Begin one, short if it is to be seen to its end (``whole``)."""
        size = {"deals": 30, "lasts": "2 minutes"} if whole else {"deals": 100, "lasts": "9 minutes"}
        (self.folder / "some.feature").write_text(FEATURE.format(condition=condition, more=more, **size))
        (self.folder / "gameday.toml").write_text(settings)
        command = ["run", "some.feature", "--stack", "durable", "--no-control", "-j", "1"]
        process = Gameday(*command, cwd=self.folder)
        self.started.append(process)
        return process

    def gameday(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return gameday(*arguments, cwd=self.folder, timeout=LIMIT_S)

    def wait(self, come: Callable[[], Any]) -> Any:
        deadline_s = time.monotonic() + LIMIT_S
        while not (found := come()):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        return found

    @property
    def run(self) -> Run:
        """The last one, where the machine was too busy and the scenario was run again."""
        return list_runs(self.folder / "runs")[-1]

    def history(self) -> History:
        return History.read(self.run.dir / "history.jsonl")

    def injected(self) -> bool:
        """Whether a fault is active."""
        runs = list_runs(self.folder / "runs")
        return bool(runs) and b'"f":"inject","value"' in _read(runs[0].dir / "history.jsonl")

    def assert_all_is_healed(self) -> None:
        history = self.history()
        injected = [each.event.injection for each in history.of(FaultInjected, outcome="ok")]
        healed = [each.event.injection for each in history.of(FaultHealed, outcome="ok")]
        assert injected == healed == [0]
        assert read(self.run.dir).left == {}
        assert processes_of(str(self.run.dir)) == []


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    found = Days(tmp_path)
    yield found
    end_groups(found.started)


def test_a_run_with_more_affected_deals_than_agreed_is_healed_and_aborted(days: Days) -> None:
    process = days.start(condition="And the run is aborted at more than 3 affected deals")
    said = "".join(process.communicate(timeout=LIMIT_S))
    assert process.returncode == 3, said
    assert "aborted  durable: One: affected above: " in said
    (abort,) = days.history().of(Aborted)
    assert (abort.event.condition, abort.event.limit) == ("affected above", "above 3 affected deals")
    assert list(days.history().of(ConditionsRead))[-1].event.conditions[0]["left"] == "0 deals"
    days.assert_all_is_healed()
    # Everything that shows results shows this one.
    shown = days.gameday("check", str(days.run.dir))
    assert shown.returncode == 3
    assert "was aborted: affected above: " in shown.stdout + shown.stderr
    assert days.gameday("report", str(days.run.dir)).returncode == 0
    assert "was aborted: affected above: " in (days.run.dir / "postmortem.md").read_text()
    assert "aborted" in (days.folder / "runs" / "index.html").read_text()


def test_a_run_below_its_limits_has_its_usual_result(days: Days) -> None:
    settings = '[safety]\naffected_above = 200\nlongest = "1 hour"\nbacklog_older_than = "1 day"\n'
    process = days.start(settings=settings, whole=True)
    said = "".join(process.communicate(timeout=LIMIT_S))
    for run in list_runs(days.folder / "runs"):
        assert list(run.history().of(Aborted)) == [], said
        assert run.verdicts()


class _Health(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_an_address_is_asked_from_outside_of_the_runs_network(days: Days) -> None:
    health = type("Health", (_Health,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), health)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        process = days.start(settings=f'[safety]\nurl = {{ url = "{url}", every = "0.2 seconds" }}\n')
        days.wait(days.injected)
        health.status = 503  # type: ignore[attr-defined]
        said = "".join(process.communicate(timeout=LIMIT_S))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert process.returncode == 3
    assert f"url: it answers 503 (aborts unless {url} answers 200 within 3 s)" in said
    days.assert_all_is_healed()


def test_gameday_stop_ends_the_run_and_what_would_follow_it(days: Days) -> None:
    process = days.start(more=ANOTHER)
    days.wait(days.injected)
    stopped = days.gameday("stop", "--by", "Ana", "--why", "a real incident")
    assert stopped.returncode == 0, stopped.stderr
    assert stopped.stdout == f"{days.run.dir.name}: stopped, every fault is healed\n"
    days.assert_all_is_healed()
    said = "".join(process.communicate(timeout=LIMIT_S))
    assert process.returncode == 3
    assert "aborted  durable: One: stopped by Ana" in said
    assert "not run  durable: Two: `gameday stop` ended the game day" in said
    (stop,) = days.history().of(Stopped)
    assert (stop.event.by, stop.event.text) == ("Ana", "a real incident")
