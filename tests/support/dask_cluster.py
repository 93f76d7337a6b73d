"""A Dask scheduler and workers on loopback, each a process, with a folder for what they keep."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from gameday.base.process import RUN_VARIABLE, processes_with
from gameday.run.rollback import ROLLBACK_FILE, read

LIMIT_S = 400.0
#: So many rollback entries of a run are open once its stack has been started.
STARTED = 4
_END_S = 60.0


class DaskCluster:
    """The processes; ``folder`` has their logs, and ``state`` what workers of gameday keep."""

    def __init__(self, folder: Path, environment: Mapping[str, str], protocol: str = "tcp") -> None:
        self.folder = folder
        self.state = folder / "state" / "gameday" / "workers"
        self.environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), **environment}
        self._protocol = protocol
        self._file = folder / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int, *, runs: int = 1, nanny: bool = False) -> None:
        """Start a scheduler and so many workers, each for so many runs, and wait until they are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        host = ("--host", f"{self._protocol}://127.0.0.1")
        self._start("scheduler", *host, "--port", "0", "--scheduler-file", str(self._file), "--no-dashboard")
        wait_until(self._file.exists)
        for number in range(workers):
            self.add(f"worker-{number}", runs=runs, nanny=nanny)
        wait_until(lambda: self._registered() >= workers)

    def add(self, name: str, *, runs: int = 1, nanny: bool = False) -> None:
        """Start one more worker."""
        self._start(
            *("worker", "--scheduler-file", str(self._file), "--host", f"{self._protocol}://127.0.0.1"),
            *("--name", name, "--nthreads", str(max(1, runs)), "--resources", f"gameday={runs}", "--no-dashboard"),
            *("--local-directory", str(self.folder / "scratch"), "--preload", "gameday.cluster.dask_tasks"),
            "--nanny" if nanny else "--no-nanny",
        )

    @property
    def address(self) -> str:
        """As ``--on`` takes it."""
        address = str(json.loads(self._file.read_text())["address"])
        return address.replace("tcp://", "dask://")

    @property
    def harnesses(self) -> list[int]:
        """The processes that carry out a run whose stack has been started."""
        found = []
        for log in self.state.glob(f"*/*/tasks/*/*/*/{ROLLBACK_FILE}"):
            with contextlib.suppress(OSError):
                done = read(log.parent)
                if len(done.left) >= STARTED and done.harness is not None and done.harness.alive():
                    found.append(done.harness.pid)
        return found

    @property
    def run_processes(self) -> list[int]:
        """What runs have started on the workers and still lives."""
        return [each.pid for each, run in processes_with(RUN_VARIABLE) if run.startswith(str(self.state))]

    def log(self) -> str:
        """What all of them wrote."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def stop_scheduler(self) -> None:
        """Kill the scheduler."""
        self._processes[0].kill()

    def end(self) -> None:
        """End all of it."""
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, *arguments: str) -> None:
        name = arguments[0] if arguments[0] == "scheduler" else arguments[arguments.index("--name") + 1]
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "dask", *arguments]
            self._processes.append(
                subprocess.Popen(
                    command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
            )

    def _registered(self) -> int:
        return sum("Registered to" in path.read_text() for path in self.folder.glob("worker-*.log"))


@contextlib.contextmanager
def dask_cluster(
    folder: Path, workers: int, environment: Mapping[str, str] | None = None, *, runs: int = 1, nanny: bool = False,
    protocol: str = "tcp",
) -> Iterator[DaskCluster]:  # fmt: skip
    """A cluster that is up for a block."""
    cluster = DaskCluster(folder, environment or {}, protocol)
    try:
        cluster.start(workers, runs=runs, nanny=nanny)
        yield cluster
    finally:
        cluster.end()


def wait_until(condition: object, limit_s: float = LIMIT_S) -> None:
    """Wait until a function gives something true. Raises AssertionError if it does not in time."""
    assert callable(condition)
    deadline_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.05)
