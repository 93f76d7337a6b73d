"""Runs schedules in processes that simulate (``gameday.simulation``), several side by side."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import RunError
from gameday.explore.finding import founded
from gameday.explore.schedule import Schedule
from gameday.model.fault import StackAct, Toxic, make_fault
from gameday.model.settings import Settings
from gameday.records.redaction.key import KEY_VARIABLE
from gameday.simulation.links import SIMULATED
from gameday.simulation.observation import Observation
from gameday.simulation.protocol import Request, Setup
from gameday.steps.candidates import Candidate

#: How long one simulated run may take (real seconds); one that takes longer never ends.
LONGEST_REAL_S = 60.0
#: So that two processes do the same: the order of sets, and the pseudonyms in histories, which nobody keeps.
_FIXED = {"PYTHONHASHSEED": "0", KEY_VARIABLE: "a simulated run is not kept"}


class Simulated:
    """Runs of one stack, in ``workers`` processes."""

    mode = "simulated"
    #: Schedules of one batch may have different seeds.
    one_seed = False
    #: How often a failure is run again, and each smaller schedule: with requests that take another time.
    repeats = 20
    step_repeats = 2
    #: So that it takes less than ten seconds, also if the last race takes longer than those before it.
    shrink_s = shrink_late_s = 9.0
    shortest_s = 10.0

    def __init__(self, stack: str, settings: Settings, workers: int) -> None:
        self.workers = workers
        # What a process that is ended leaves goes with the folder.
        self._folder = tempfile.TemporaryDirectory(prefix="gameday-simulated-", dir=_memory())
        self._setup = Setup(stack, settings, self._folder.name)
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: list[_Worker] = []
        for _ in range(workers):
            self._start()
        self._pool = ThreadPoolExecutor(workers)

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        """What each of these schedules shows, in their order."""
        return list(self._pool.map(self._observe, schedules))

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        """What a schedule shows in other races of its requests; each number stands for one."""
        return list(self._pool.map(lambda race: self._observe(schedule, race), races))

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.end()
        self._folder.cleanup()

    def _start(self) -> None:
        worker = _Worker(self._setup)
        self._all.append(worker)
        self._free.put(worker)

    def _observe(self, schedule: Schedule, race: int = 0) -> Observation:
        worker = self._free.get()
        try:
            observation = worker.ask(Request(schedule.scenario(), race))
        except BaseException:
            worker.end()
            self._start()
            raise
        if worker.ended:
            self._start()
        else:
            self._free.put(worker)
        return founded(schedule, observation)


class _Worker:
    """One process that simulates."""

    def __init__(self, setup: Setup) -> None:
        self.ended = False
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "gameday.simulation"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_FIXED},
        )
        self._send(setup)

    def ask(self, request: Request) -> Observation:
        """What a scenario shows; a process that does not answer in time is ended."""
        assert self._process.stdout is not None  # noqa: S101 - it has a pipe
        timer = threading.Timer(LONGEST_REAL_S, self._process.kill)
        timer.start()
        try:
            self._send(request)
            line = self._process.stdout.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if not line:
            self.end()
            return Observation("not run", f"the simulation ended, or did not end within {LONGEST_REAL_S:g} s")
        return msgspec.json.decode(line, type=Observation)

    def end(self) -> None:
        """End it."""
        self.ended = True
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _send(self, what: Any) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it has a pipe
        try:
            self._process.stdin.write(msgspec.json.encode(what, enc_hook=str) + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RunError("a process that simulates ended at its start") from None


def _memory() -> str | None:
    """A folder in memory, if there is one: a simulated stack writes its state through to the disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it


def can_simulate(candidate: Candidate) -> bool:
    """Whether a simulation does what a fault does, whichever values it is drawn with."""
    params = {name: given[0] for name, given in candidate.values.items() if given[0]}
    return is_simulated(candidate.fault, params, candidate.target)


def is_simulated(fault: str, params: dict[str, Any], target: str) -> bool:
    """Whether a simulation does what a fault does: whole requests and messages, and a killed process."""
    return all(
        not isinstance(action, Toxic | StackAct)
        or (isinstance(action, Toxic) and action.type in SIMULATED)
        or (isinstance(action, StackAct) and action.act == "kill")
        for action in make_fault(fault, params).actions(target)
    )
