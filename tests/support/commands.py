"""Commands of gameday for tests: each in a process of its own, forked from one that has imported everything.

To start an interpreter and to import what a run needs takes more than half a second of a processor, and the suite gives
some three hundred commands. What they do from ``gameday.cli.main`` on is what the program does; that the program starts
is a fact of tests/project/test_wheel.py. A command with a PYTHONPATH of its own has a ``program``, since
without one modules are found where the tests find theirs.

Commands that carry out runs wait for room and give way to nobody, all others do as the tests do (support/room.py).

What a test waits for to its end (``gameday``) carries out a single scenario in its own process. A worker would import
everything anew, which takes a quarter of the processor time of such a run. Workers are there, and what becomes of them
is a fact, in the tests of several scenarios at a time, of interrupted and killed runs, of the gate and of the wheel.
"""

from __future__ import annotations

import functools
import importlib.util
import multiprocessing
import multiprocessing.forkserver
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from support.room import ROOM, give_way

TESTS = str(Path(__file__).parents[1])
LOOKED_UP = (
    "gameday.checkers",
    "gameday.faults",
    "gameday.signals",
    "gameday.workloads",
    "gameday_fakes",
    "gameday_reports",
)
#: What is below a package, and a program of its own.
PROGRAMS = re.compile(r"\.stacks\b|\.__main__$|serve$")


#: What the commands import that tests give most, `run`, `gate`, `doctor`, `repair`: what they begin with.
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
    "faker.proxy",
    "markdown_it",
    "mako.template",
]
#: The commands that carry out runs in real time.
RUNNING = frozenset({"run", "gate", "doctor", "repair"})
#: The program of a command with modules of its own to import, or of which processes are known by their environment:
#: the system shows that of the process which was forked.
ANEW = (sys.executable, "-m", "gameday.cli")
#: For a run, and one more at a third of the pace where the machine was too busy.
LIMIT_S = 600.0

_context = multiprocessing.get_context("forkserver")

#: How a command that is invoked alone looks for help. Click remembers how it did first, also for later tests.
AS_BELOW_GAMEDAY: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


@functools.cache
def _start_saved() -> None:
    """Start the process from which commands are forked, once."""
    found = [name for each in LOOKED_UP for name in _modules_of(each)]
    _context.set_forkserver_preload([*IMPORTED, *found, "support.saved"])
    # It finds what its environment says, and not yet what this process does.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (TESTS, before)))
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONPATH")
        os.environ.update({} if before is None else {"PYTHONPATH": before})


def _modules_of(package: str) -> list[str]:
    """The modules of a package, by their names; none of them is imported here."""
    *above, name = package.split(".")
    spec = importlib.util.find_spec(above[0] if above else name)
    assert spec is not None and spec.submodule_search_locations
    root = Path(spec.submodule_search_locations[0])
    folder = root / name if above else root
    found = [path.relative_to(root.parent).with_suffix("").parts for path in sorted(folder.rglob("*.py"))]
    names = [".".join(parts).removesuffix(".__init__") for parts in found]
    return [each for each in names if not PROGRAMS.search(each)]


def let_commands_go_first() -> None:
    """Lower the priority of this worker, but not of the commands that carry out runs."""
    # It is started first, so what it forks has the priority of before.
    _start_saved()
    give_way()


class Gameday:
    """A command that was started, as ``subprocess.Popen`` shows a program: with its texts, in a group of its own.

    ``program``: what is started in place of the fork, and gets the arguments. ``code``: Python that carries out a run
    in place of the command. ``alone``: it carries out a single scenario itself, without a worker.
    """

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = (),
        code: str = "",
        alone: bool = False,
    ) -> None:
        #: Whether it carries out runs.
        self.running = bool(code or RUNNING.intersection(arguments[:1]))
        if self.running:
            ROOM.take(1 if code else at_a_time(arguments))
        folder = tempfile.mkdtemp(prefix="gameday-tests-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._paths = [str(Path(folder, name)) for name in ("out", "err")]
        what = _What(arguments, tuple(program), code, alone, 0 if self.running else os.nice(0))
        given = (what, str(cwd), dict(os.environ if env is None else env), self._paths)
        _start_saved()
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
        return self.said()

    def said(self) -> tuple[str, str]:
        """What it has written so far."""
        out, err = (Path(path).read_text(encoding="utf-8") if Path(path).exists() else "" for path in self._paths)
        return out, err

    def send_signal(self, sign: signal.Signals) -> None:
        """Send a signal to it, and not to its group."""
        os.kill(self.pid, sign)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


def gameday(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout: float = LIMIT_S,
    program: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and give back its room. One that does not end in time is killed with its group."""
    started = Gameday(*arguments, cwd=cwd, env=env, program=program, alone=True)
    try:
        out, err = started.communicate(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        raise
    if started.running:
        ROOM.give_back()
    return subprocess.CompletedProcess(started.args, started.wait(), out, err)


def at_a_time(arguments: Sequence[str]) -> int:
    """How many runs and controls a command carries out at a time, at least."""
    jobs = int(arguments[arguments.index("-j") + 1]) if "-j" in arguments else 1
    # They have no control.
    return jobs if {"doctor", "repair", "--no-control"}.intersection(arguments) else 2 * jobs


class _What(NamedTuple):
    """What a forked process shall be; ``niceness``: the least."""

    arguments: tuple[str, ...]
    program: tuple[str, ...]
    code: str
    alone: bool
    niceness: int


def _command(what: _What, cwd: str, env: dict[str, str], paths: list[str]) -> None:
    """In the forked process: be the command, its program or its code."""
    os.nice(max(0, what.niceness - os.nice(0)))
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    # Found when it is first asked for, which was in the process that this one was forked from.
    tempfile.tempdir = None
    # The program does not see the tests' modules.
    sys.path[:] = [path for path in sys.path if path != TESTS]
    for number, path in enumerate(paths, start=1):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    if what.program:
        os.execve(what.program[0], [*what.program, *what.arguments], env)  # noqa: S606 - no shell
    sys.stdout, sys.stderr = (
        open(number, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115 - for the whole process
        for number in (1, 2)
    )
    sys.argv = ["gameday", *what.arguments]
    if what.code:
        exec(what.code, {"__name__": "__main__"})  # noqa: S102 - that of a test
        return
    if what.alone:
        _carry_out_here()
    from gameday.cli import main

    main()


def _carry_out_here() -> None:
    """In the forked process: have a session in it that would start a single worker."""
    from gameday.steps import session

    started = session._session
    session._session = lambda paths, settings, workers, on_outcome: started(
        paths, settings, 0 if workers == 1 else workers, on_outcome
    )
