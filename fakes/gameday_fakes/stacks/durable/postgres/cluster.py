"""A PostgreSQL of the stack's own, on loopback: ``python -m gameday_fakes.stacks.durable.postgres.cluster DIRECTORY``.

It keeps the cluster in DIRECTORY/cluster and writes its URL to DIRECTORY/database, which only this user can read. It
runs until SIGTERM. After a kill, the next start recovers what was committed.

PostgreSQL refuses to run as root. Then it runs in a user namespace in which root has another name and no more rights
over files than before: user_namespaces(7), unshare(1).
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import psycopg

_log = logging.getLogger("durable")

USER, NAME = "sync", "postgres"
#: Where Debian's package has the programs that are not on PATH.
DEBIAN = Path("/usr/lib/postgresql")
#: A user without privileges that every system has a name for.
NOBODY = "65534"
#: How long a start may take, which recovers after a kill (real seconds); and how long one waits for the processes of a
#: killed server, which hold its memory for a moment.
START_TIMEOUT_S, POLL_S = 60.0, 0.05
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    # A job that waits already is refused as an error, all the time.
    "log_min_messages": "log",
}


class NoPostgresError(Exception):
    """There is no PostgreSQL here, or it does not start; the message is one line."""


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs. Raises NoPostgresError."""
    installed = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: path.parts[-3].rjust(8))
    path = shutil.which(name) or (str(installed[-1]) if installed else None)
    if path is None:
        raise NoPostgresError(f"there is no {name} here: install PostgreSQL (apt-get install postgresql)")
    return path


def unprivileged(command: Sequence[str]) -> list[str]:
    """The command as a user that PostgreSQL runs as. Raises NoPostgresError."""
    if os.geteuid() != 0:
        return list(command)
    wrapped = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
    tried = shutil.which("unshare") and subprocess.run([*wrapped, "true"], check=False, capture_output=True)
    if not tried or tried.returncode:
        raise NoPostgresError(
            "PostgreSQL refuses to run as root, and there are no user namespaces here: run as another user, or set "
            "GAMEDAY_DATABASE to a server that runs already"
        )
    return [*wrapped, *command]


class Cluster:
    """One cluster and its server process."""

    def __init__(self, directory: Path) -> None:
        self._data = directory / "cluster"
        self._address = directory / "database"
        self._server: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the cluster, unless there is one. Raises NoPostgresError."""
        if self._address.exists():
            return
        # What an earlier start left half done.
        shutil.rmtree(self._data, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        with tempfile.NamedTemporaryFile("w", dir=self._data.parent) as file:
            file.write(password)
            file.flush()
            options = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={file.name}"]
            command = [program("initdb"), "--pgdata", str(self._data), *options, "--encoding=UTF8", "--no-locale"]
            done = subprocess.run(
                unprivileged([*command, "--no-instructions"]), check=False, capture_output=True, text=True
            )
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise NoPostgresError(f"initdb ended with exit code {done.returncode}: {' '.join(last)}")
        self._url = f"postgresql://{USER}:{password}@127.0.0.1:{free_port()}/{NAME}"

    def serve(self) -> int:
        """Run the server until it ends; returns its exit code. Raises NoPostgresError if it does not start."""
        url = self._address.read_text("utf-8") if self._address.exists() else self._url
        port = url.rpartition(":")[2].partition("/")[0]
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = unprivileged([program("postgres"), "-D", str(self._data), "-p", port, *settings])
        end_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end_s:
            self._server = subprocess.Popen(command)
            while self._server.poll() is None:
                if _answers(url):
                    self._publish(url)
                    return self._server.wait()
                time.sleep(POLL_S)
            # Processes of a server that was killed may still hold its memory.
            time.sleep(POLL_S)
        raise NoPostgresError(f"PostgreSQL has not started in {START_TIMEOUT_S:g} s; its log says why")

    def _publish(self, url: str) -> None:
        draft = self._address.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        draft.touch(mode=0o600)
        draft.write_text(url, encoding="utf-8")
        draft.replace(self._address)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """End the server at once, with its clients' connections, and with a clean log."""
        if self._server is None:
            raise SystemExit(0)
        self._server.send_signal(signal.SIGINT)


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def main(directory: Path) -> int:
    """Make the cluster, if there is none, and serve it."""
    cluster = Cluster(directory)
    signal.signal(signal.SIGTERM, cluster.stop)
    signal.signal(signal.SIGINT, cluster.stop)
    try:
        cluster.make()
        return cluster.serve()
    except NoPostgresError as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.exit(main(Path(sys.argv[1])))
