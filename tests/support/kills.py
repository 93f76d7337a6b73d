"""Kills a game day at a random moment and in a random way, and says how long its faults and processes outlived it.

The fakes and a Toxiproxy run already and are shared, so what a run leaves active there can be seen. Everything random
follows from a seed and the number of the kill.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from gameday.base.process import Identity, identify, processes_of
from gameday.model.history import History
from gameday.run.rollback import read

GAMEDAY = str(Path(sys.executable).with_name("gameday"))
PATIENCE_S = 120.0
#: About how long the run of the feature lasts on a quiet machine (real seconds).
RUN_S = 4.0
#: Every kind of rollback entry: a fault at a fake, a proxy that is down, a toxic, a paused process.
FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 12 per minute

  Scenario: Everything at once
    When after 5 seconds the ERP suffers "reply lost after commit" for 40 seconds
    And after 10 seconds the CRM suffers "delayed delivery" for 40 seconds
      | delay s |
      | 20      |
    And after 15 seconds the ERP suffers "connection down" for 20 seconds
    And after 20 seconds the CRM suffers "slow connection" for 20 seconds
    And after 25 seconds the stack suffers "paused worker" for 20 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""
RUN = [GAMEDAY, "run", "some.feature", "--stack", "durable", "--no-control", "--pace", "60", "-j", "1"]


class Servers(NamedTuple):
    """The fakes and the Toxiproxy that all runs share."""

    control: str
    token: str
    toxiproxy: str
    toxiproxy_pid: int

    def active(self) -> list[str]:
        """The faults that are active, and the proxies that are down."""
        found: list[str] = []
        headers = {"authorization": f"Bearer {self.token}"}
        with httpx.Client(trust_env=False, timeout=10) as client:
            for fake in client.get(f"{self.control}/health", headers=headers).json()["fakes"]:
                found += client.get(f"{self.control}/{fake}/faults", headers=headers).json()
            for name, proxy in client.get(f"{self.toxiproxy}/proxies").json().items():
                found += [f"{name}/{toxic['name']}" for toxic in proxy["toxics"]]
                found += [] if proxy["enabled"] else [f"{name} is down"]
        return found


@contextlib.contextmanager
def serving() -> Iterator[Servers]:
    """Both servers while the block lasts."""
    fakes = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
    proxy = [sys.executable, "-m", "gameday_fakes.toxiproxy", "--port", "0"]
    with (
        subprocess.Popen(fakes, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first,
        subprocess.Popen(proxy, stdout=subprocess.PIPE, text=True) as second,
    ):
        assert first.stdout is not None and second.stdout is not None
        ready = json.loads(first.stdout.readline())
        try:
            yield Servers(ready["control"], ready["token"], second.stdout.readline().split()[-1], second.pid)
        finally:
            second.kill()


class Day:
    """One game day in a folder of its own."""

    def __init__(self, folder: Path, servers: Servers, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.servers = servers
        folder.mkdir(parents=True)
        (folder / "some.feature").write_text(FEATURE)
        (folder / "gameday.toml").write_text(f'[fakes]\ncontrol = "{servers.control}"\n')
        self._env = {
            **os.environ,
            **env,
            "GAMEDAY_FAKES_TOKEN": servers.token,
            "GAMEDAY_TOXIPROXY_URL": servers.toxiproxy,
        }
        with (folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                RUN, cwd=folder, env=self._env, stdout=output, stderr=output, start_new_session=True
            )

    def run_dirs(self) -> list[Path]:
        """The folders of its runs."""
        return [path.parent for path in (self.folder / "runs").glob("**/rollback.jsonl")]

    def group(self) -> list[Identity]:
        """The command and its workers, as far as they live."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            identity = identify(int(path.name))
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.getpgid(identity.pid) == self.process.pid and identity.alive():
                    found.append(identity)
        return found

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the command and its workers."""
        for identity in self.group():
            with contextlib.suppress(ProcessLookupError):
                os.kill(identity.pid, number)

    def guardians(self) -> list[Identity]:
        """The guardians of its runs."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if b"gameday.run.guardian" in words and any(str(self.folder).encode() in word for word in words):
                    found.append(identify(int(path.parent.name)))
        return found

    def heal(self) -> int:
        """`gameday heal`; its exit code."""
        done = subprocess.run(
            [GAMEDAY, "heal"], cwd=self.folder, env=self._env, capture_output=True, check=False, timeout=PATIENCE_S
        )
        return done.returncode

    def left(self) -> list[str]:
        """What is left of it: active faults, living processes, open rollback entries."""
        found = self.servers.active()
        found += [f"process {each.pid}" for each in (*self.group(), *self.guardians())]
        for run_dir in self.run_dirs():
            found += [f"process {each.pid} of the run" for each in processes_of(str(run_dir.resolve()))]
            found += [f"rollback entry {key}" for key in read(run_dir).left]
        return found

    def check_histories(self) -> None:
        """Raise GamedayError if a history cannot be read."""
        for run_dir in self.run_dirs():
            if (run_dir / "history.jsonl").exists():
                History.read(run_dir / "history.jsonl")


def _kill_all(day: Day, _: random.Random) -> float:
    """The command and its workers are killed."""
    day.signal_group(signal.SIGKILL)
    return 0.0


def _kill_command(day: Day, _: random.Random) -> float:
    """Only the command is killed."""
    day.process.kill()
    return 0.0


def _close_terminal(day: Day, _: random.Random) -> float:
    """The terminal closes."""
    day.signal_group(signal.SIGHUP)
    return 0.0


def _stop_then_kill(day: Day, _: random.Random) -> float:
    """The command and its workers are stopped; once no fault is active they are killed."""
    day.signal_group(signal.SIGSTOP)
    began_s = time.monotonic()
    while day.servers.active() and time.monotonic() - began_s < PATIENCE_S:
        time.sleep(0.05)
    took_s = time.monotonic() - began_s
    day.signal_group(signal.SIGKILL)
    return took_s


def _kill_guardians_too(day: Day, _: random.Random) -> float:
    """The guardians are killed, then the command and its workers; then the next command comes."""
    for guardian in day.guardians():
        with contextlib.suppress(ProcessLookupError):
            os.kill(guardian.pid, signal.SIGKILL)
    day.signal_group(signal.SIGKILL)
    day.process.wait(PATIENCE_S)
    day.heal()
    return 0.0


def _kill_a_part(day: Day, chance: random.Random) -> float:
    """One process of the run is killed, and the run goes on to its end."""
    parts = [part for run_dir in day.run_dirs() for part in processes_of(str(run_dir.resolve()))]
    if parts:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(parts).pid, signal.SIGKILL)
    day.process.wait(PATIENCE_S)
    return 0.0


def _fill_disk(day: Day, _: random.Random) -> float:
    """No process of the command can write to a file any more."""
    for identity in day.group():
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(identity.pid, resource.RLIMIT_FSIZE, (0, 0))
    day.process.wait(PATIENCE_S)
    return 0.0


def _lose_network(day: Day, _: random.Random) -> float:
    """The Toxiproxy never answers while all are killed; `gameday heal` comes before and after it is back."""
    os.kill(day.servers.toxiproxy_pid, signal.SIGSTOP)
    try:
        day.signal_group(signal.SIGKILL)
        day.process.wait(PATIENCE_S)
        day.heal()
    finally:
        os.kill(day.servers.toxiproxy_pid, signal.SIGCONT)
    day.heal()
    return 0.0


Way = Callable[[Day, random.Random], float]
"""Kills; returns how long faults stayed active meanwhile, where it waits for that (real seconds)."""
WAYS: dict[str, Way] = {
    "all killed": _kill_all,
    "command killed": _kill_command,
    "terminal closed": _close_terminal,
    "stopped": _stop_then_kill,
    "guardian killed too": _kill_guardians_too,
    "a part killed": _kill_a_part,
    "disk full": _fill_disk,
    "network lost": _lose_network,
}


def kill(folder: Path, servers: Servers, seed: int, number: int, *, way: str = "", limit_s: float) -> dict[str, Any]:
    """One kill: its way, its moment, how long anything outlived it, and what was left (real seconds).

    No fault may be active ``limit_s`` after the kill, and nothing else be left ``limit_s`` after the command's end.
    """
    chance = random.Random(f"{seed}-{number}")
    chosen, moment_s = chance.choice(list(WAYS)), chance.uniform(0, RUN_S)
    way = way or chosen
    day = Day(folder, servers, {})
    try:
        _wait_until(lambda: bool(day.run_dirs()) or day.process.poll() is not None)
        time.sleep(moment_s)
        active_s = WAYS[way](day, chance)
        began_s = time.monotonic()
        faults_s, ended_s = active_s, None
        while left := day.left():
            now_s = time.monotonic()
            if servers.active():
                faults_s = max(active_s, now_s - began_s)
            if ended_s is None and day.process.poll() is not None:
                ended_s = now_s
            # A command that ends in order is no orphan, nor is what it is about to end.
            late_s = now_s - (began_s + PATIENCE_S if ended_s is None else ended_s)
            if faults_s > limit_s or late_s > limit_s:
                break
            time.sleep(0.05)
        took_s = time.monotonic() - began_s
        left += ["faults, for too long"] if faults_s > limit_s else []
        day.process.wait(PATIENCE_S)
        day.check_histories()
    finally:
        day.signal_group(signal.SIGKILL)
        day.process.wait(PATIENCE_S)
    return {
        "number": number,
        "way": way,
        "moment_s": round(moment_s, 2),
        "faults_s": round(faults_s, 2),
        "took_s": round(took_s, 2),
        "left": left,
    }


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < deadline_s:
        time.sleep(0.02)
