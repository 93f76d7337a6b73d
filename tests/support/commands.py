"""Commands of gameday for tests: each in a process of its own, forked from one that has imported everything.

To start an interpreter and to import what a run needs takes more than half a second of a processor, and the suite gives
some three hundred commands. What they do from ``gameday.cli.main`` on is what the program does; that the program starts
is a fact of tests/project/test_wheel.py. Not for a command with a PYTHONPATH of its own: modules are found where the
tests find theirs.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TESTS = str(Path(__file__).parents[1])
#: What the commands import that tests give most: `run`, `gate`, `doctor`, `repair`.
IMPORTED = [
    "gameday.cli",
    "gameday.commands.run",
    "gameday.commands.gate",
    "gameday.commands.doctor",
    "gameday.commands.rendering",
    "gameday.commands.run_summary",
    "gameday.commands.progress",
    "gameday.run.doctor",
    "gameday.run.runner",
    "gameday.steps.planning",
    "gameday.steps.plugin",
    "gameday.steps.vocabulary",
    "gameday_reports",
    "xdist.plugin",
    "xdist.workermanage",
]
LIMIT_S = 240.0

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(IMPORTED)

#: How a command that is invoked alone looks for help. Click remembers how it did first, also for later tests.
AS_BELOW_GAMEDAY: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


class Gameday:
    """A command that was started, as ``subprocess.Popen`` shows a program: with its texts, in a group of its own."""

    def __init__(self, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
        folder = tempfile.mkdtemp(prefix="gameday-tests-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._paths = [str(Path(folder, name)) for name in ("out", "err")]
        given = (arguments, str(cwd), dict(os.environ if env is None else env), self._paths)
        self._process = _context.Process(target=_command, args=given, daemon=True)
        self._process.start()
        self.args = ["gameday", *arguments]

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; negative: by this signal. None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end: what it wrote to standard output and to standard error."""
        self.wait(timeout)
        out, err = (Path(path).read_text(encoding="utf-8") if Path(path).exists() else "" for path in self._paths)
        return out, err

    def send_signal(self, sign: signal.Signals) -> None:
        """Send a signal to it, and not to its group."""
        os.kill(self.pid, sign)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


def gameday(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = LIMIT_S
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. One that does not end in time is killed with its group."""
    started = Gameday(*arguments, cwd=cwd, env=env)
    try:
        out, err = started.communicate(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        raise
    return subprocess.CompletedProcess(started.args, started.wait(), out, err)


def _command(arguments: tuple[str, ...], cwd: str, env: dict[str, str], paths: list[str]) -> None:
    """In the forked process: be the command."""
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    # The program does not see the tests' modules.
    sys.path[:] = [path for path in sys.path if path != TESTS]
    for number, path in enumerate(paths, start=1):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout, sys.stderr = (
        open(number, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115 - for the whole process
        for number in (1, 2)
    )
    sys.argv = ["gameday", *arguments]
    from gameday.cli import main

    main()
