"""A PostgreSQL of a test's own, started as the durable stack starts its."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from gameday.base.process import Identity, identify

LIMIT_S = 120.0


class Server:
    """A cluster in a folder, and its process. Times are in real seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return (self._folder / "database").read_text()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        import psycopg

        command = [sys.executable, "-m", "gameday_fakes.stacks.durable.postgres.cluster", str(self._folder)]
        log = self._folder / "postgres.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        end_s = time.monotonic() + LIMIT_S
        while time.monotonic() < end_s:
            assert self._process.poll() is None, log.read_text()
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except (FileNotFoundError, psycopg.OperationalError):
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"no PostgreSQL within {LIMIT_S:g} s: {log.read_text()}")

    @property
    def pid(self) -> int:
        """The process that started it."""
        assert self._process is not None
        return self._process.pid

    def new_database(self) -> str:
        """The URL of an empty database."""
        import psycopg

        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type] - a name of hexadecimal digits
        return self.url.rpartition("/")[0] + f"/{name}"

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it as the harness does."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            # Each connection has a process in a session of its own, which sees later that the server is gone.
            descendants = _below(self._process.pid)
            os.killpg(self._process.pid, number)
            self._process.wait(30)
            self._process = None
            end_s = time.monotonic() + LIMIT_S
            while any(each.alive() for each in descendants):
                assert time.monotonic() < end_s, "PostgreSQL has not ended"
                time.sleep(0.01)


def _below(pid: int) -> list[Identity]:
    """The processes that this one has started, and those that these have."""
    started: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            started.setdefault(parent, []).append(int(path.name))
    found = [*started.get(pid, ())]
    for each in found:
        found += started.get(each, ())
    return [identify(each) for each in found]
