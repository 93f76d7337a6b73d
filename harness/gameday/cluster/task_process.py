"""The process that carries out a worker's scenarios, one after another, as one of `gameday run` does.

It reads a task from each line of its input, and writes what became of it as a line to another pipe. If its input ends,
because the worker has died or the session is over, it interrupts itself: faults are healed, and it ends.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

import msgspec

from gameday.base.errors import EXIT_INCONCLUSIVE, GamedayError
from gameday.base.interruption import interrupt
from gameday.cluster.wire import Done, SentFeature, Task
from gameday.config.features import library, portable
from gameday.config.gameday_toml import config_of
from gameday.model.settings import Settings
from gameday.run.apart import apart
from gameday.run.outside import reach_of
from gameday.scoring.run_folder import RUN_FILE
from gameday.steps.outcome import Outcome
from gameday.steps.session import LocalWorkers

#: In the folder of a session: where its runs are started from, where they are, and what they share.
PROJECT, TASKS, CONTROLS, LIVE = "project", "tasks", "controls", "live"


def main() -> None:
    """Carry out tasks until the input ends.

    Arguments: the session's folder, that of its worker's tasks, and the descriptor of the answers.
    """
    session, tasks, answers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    os.set_inheritable(answers, False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, interrupt)
    os.chdir(session / PROJECT)
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # A session of pytest puts another input in the place of this one.
    threading.Thread(target=_read, args=(os.dup(0), waiting), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        while line := waiting.get():
            done = carry_out(msgspec.json.decode(line, type=Task), session, tasks)
            _write(answers, msgspec.json.encode(done, enc_hook=str) + b"\n")


def _read(descriptor: int, waiting: queue.SimpleQueue[bytes]) -> None:
    """Pass on each line; at the end of the input, interrupt what is under way."""
    with open(descriptor, "rb") as lines:
        for line in lines:
            waiting.put(line)
    waiting.put(b"")
    os.kill(os.getpid(), signal.SIGINT)


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def carry_out(task: Task, session: Path, tasks: Path) -> Done:
    """Carry out a task in a folder of its own, with the controls and places of the whole session."""
    runs_dir = tasks / f"{task.number}-{os.getpid()}"
    try:
        runs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        controls = runs_dir / CONTROLS
        if not controls.is_symlink():
            (session / CONTROLS).mkdir(mode=0o700, exist_ok=True)
            controls.symlink_to(session / CONTROLS, target_is_directory=True)
        path = place_feature(task.feature)
        settings = msgspec.structs.replace(
            task.settings,
            nodes=(f"{path.name}::{task.test}",),
            runs_dir=str(runs_dir),
            live=str(session / LIVE) if task.settings.live else "",
            # The clock of another machine is none of this one.
            began_s=time.monotonic(),
        )
        outcomes = _outcomes(path, settings)
        outcome = outcomes[-1] if outcomes else not_run(task, f"{portable(path)} has no such scenario")
    except GamedayError as problem:
        outcome = not_run(task, str(problem))
    except OSError as problem:
        outcome = not_run(task, f"{problem.filename or runs_dir}: {problem.strerror}")
    runs = sorted(path.parent.name for path in runs_dir.glob(f"*/{RUN_FILE}"))
    return Done(outcome, runs_dir.name, tuple(runs))


def _outcomes(path: Path, settings: Settings) -> list[Outcome]:
    """Run the scenario; off all networks, if its session on the other machine is. Raises GamedayError."""

    def run() -> list[Outcome]:
        return LocalWorkers().carry_out([path], settings, lambda _: None)

    if not settings.offline:
        return run()
    tables = [config_of(settings).stack(target.stack) for target in settings.targets]
    return list(apart(run, [address for table in tables for address in reach_of(table)]))


def place_feature(feature: SentFeature) -> Path:
    """Where a feature is on this machine: in the library, or, as it was sent, below the folder that we are in.

    There it has the same name as on the machine that sent it. Raises GamedayError, OSError.
    """
    name = Path(feature.name)
    if not name.is_absolute() and ".." not in name.parts:
        bundled = library() / name
        if bundled.is_file() and bundled.read_bytes() == feature.content:
            return bundled
    else:
        # Of no folder that could be the same here.
        name = Path("elsewhere", *(part for part in name.parts if part not in ("/", "..")))
    path = Path.cwd() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for beside, content in {path.name: feature.content, **feature.beside}.items():
        if Path(beside).name != beside or beside in (".", ".."):
            raise GamedayError(f"{beside[:80]!r} is no name of a file beside a feature")
        target = path.with_name(beside)
        if not target.is_file() or target.read_bytes() != content:
            # Several processes may place the same file.
            new = target.with_name(f".{beside}.{os.getpid()}")
            new.write_bytes(content)
            new.replace(target)
    return path


def not_run(task: Task, problem: str) -> Outcome:
    """The outcome of a task that could not be carried out."""
    return Outcome(task.test, task.feature.name, "", 0, "not run", problem=problem, exit_code=EXIT_INCONCLUSIVE)


if __name__ == "__main__":
    main()
