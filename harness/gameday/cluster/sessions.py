"""What a worker does for the sessions that send it scenarios: it starts processes, shows what they write, and heals.

All workers of a user on a machine share one folder for each session, and so its controls and its places. A session that
nobody asks about any more, because its command or the scheduler is gone, is interrupted: its runs heal their faults.
What processes that were killed have left is healed by their guardians, and by every worker when it starts.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.exit_codes import ending
from gameday.base.owner import state_folder
from gameday.base.process import Identity, identify
from gameday.cluster.machine import machine_id
from gameday.cluster.task_process import CONTROLS, LIVE, PROJECT, TASKS, not_run
from gameday.cluster.wire import Done, Finished, Task
from gameday.live.channel import Command, command
from gameday.live.sealed_commands import ask
from gameday.run.healing import Healing, heal_abandoned
from gameday.run.rollback_entries import ClosePassThrough

#: A session that nobody has asked about for so long is interrupted (real seconds).
LEASE_S = 30.0
#: How long an interrupted process may take to heal its faults and end (real seconds).
GRACE_S = 15.0
_LOOK_S = 0.1
#: The folder of a session that nobody has used for so long is removed by the next worker that starts (real seconds).
_FORGOTTEN_S = 3600.0
_LEASE_FILE = "lease"


class TaskProcess:
    """One process that carries out scenarios of a session, one at a time."""

    def __init__(self, folder: Path, tasks: Path) -> None:
        reading, writing = os.pipe()
        try:
            with (folder / f"process-{os.getpid()}.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "gameday.cluster.task_process", str(folder), str(tasks), str(writing)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    pass_fds=(writing,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._answers = open(reading, "rb")  # noqa: SIM115, PTH123 - a descriptor, open as long as the process
        self.identity: Identity = identify(self._process.pid)

    def carry_out(self, task: bytes) -> Done:
        """What became of a task. Blocks until it is over."""
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        line = b""
        with contextlib.suppress(OSError):
            self._process.stdin.write(task + b"\n")
            self._process.stdin.flush()
            line = self._answers.readline()
        if line:
            return msgspec.json.decode(line, type=Done)
        code = self._process.wait()
        how = "was interrupted" if code == 0 else f"ended: {ending(code)}"
        problem = f"its process on {platform.node()} {how}"
        return Done(not_run(msgspec.json.decode(task, type=Task), problem))

    @property
    def alive(self) -> bool:
        """Whether it can be given another task."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Let it heal its faults and end."""
        if self.alive:
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End it, killed if it has not ended by itself."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        if self.alive:
            self._process.kill()
        self._process.wait()
        # Whoever waits for an answer has had the end of the pipe by now.
        with contextlib.suppress(OSError):
            self._answers.close()


class Session:
    """The processes and the folder of one session on this worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.over = False
        self._renewed_s = time.monotonic()
        self._lock = threading.Lock()
        self._idle: list[TaskProcess] = []
        self._processes: list[TaskProcess] = []
        #: The folders of this worker's tasks; those of other workers are shown by them.
        self.tasks = folder / TASKS / str(os.getpid())
        for each in (folder / PROJECT, folder / CONTROLS, folder / LIVE, self.tasks):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.renew()

    def renew(self) -> None:
        """Somebody has asked about it."""
        self._renewed_s = time.monotonic()
        with contextlib.suppress(OSError):
            (self.folder / _LEASE_FILE).touch()

    @property
    def forgotten(self) -> bool:
        """Whether nobody has asked about it for too long."""
        return time.monotonic() - self._renewed_s > LEASE_S

    def carry_out(self, line: bytes) -> Done:
        """Carry out a task in a process that is idle, or in a new one."""
        with self._lock:
            if self.over:
                return Done(not_run(msgspec.json.decode(line, type=Task), "the session was interrupted"))
            process = self._idle.pop() if self._idle else TaskProcess(self.folder, self.tasks)
            if process not in self._processes:
                self._processes.append(process)
        done = process.carry_out(line)
        with self._lock:
            if process.alive and not self.over:
                self._idle.append(process)
        return done

    def obey(self, commands: Iterable[Command], stops: Iterable[Command]) -> None:
        """Pass on what operators ask at the live board, and what `gameday stop` asks; now, by this machine's clock."""
        for each in commands:
            command(self.folder / LIVE, msgspec.structs.replace(each, monotonic_s=time.monotonic()))
        for each in stops:
            for task in self.tasks.iterdir():
                ask(task, msgspec.structs.replace(each, monotonic_s=time.monotonic()))

    def end(self, grace_s: float = GRACE_S) -> Iterator[None]:
        """Interrupt all of it, wait until it has ended, and kill what has not; yields while it waits."""
        with self._lock:
            self.over = True
            processes = list(self._processes)
        for each in processes:
            each.interrupt()
        deadline_s = time.monotonic() + grace_s
        while any(each.alive for each in processes) and time.monotonic() < deadline_s:
            yield
        for each in processes:
            each.close()


class Sessions:
    """The sessions of a worker. Starting it heals what workers before it have left on this machine."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or state_folder() / "workers" / machine_id()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._known: dict[str, Session] = {}
        self._over: set[str] = set()
        self._lock = threading.Lock()
        heal(self.root)
        self._remove_forgotten()
        threading.Thread(target=self._watch, name="gameday-leases", daemon=True).start()

    @property
    def names(self) -> list[str]:
        """Those that are not over."""
        with self._lock:
            return list(self._known)

    def of(self, name: str) -> Session:
        """A session, begun if this worker does not know it. Raises GamedayError for a bad name, or if it is over."""
        if not name.isalnum():
            raise GamedayError(f"{name[:80]!r} is no name of a session")
        with self._lock:
            if name in self._over:
                raise GamedayError("the session is over")
            if name not in self._known:
                self._known[name] = Session(self.root / name)
            return self._known[name]

    def end(self, name: str) -> Iterator[Finished | None]:
        """End a session, heal what it left, and remove its folder; yields None while it waits, then what was left."""
        with self._lock:
            # A task may still come that was sent before.
            self._over.add(name)
            session = self._known.pop(name, None)
        if session is not None:
            for _ in session.end():
                yield None
        left = heal(self.root / name)
        if not left:
            shutil.rmtree(self.root / name, ignore_errors=True)
        yield Finished(tuple(left))

    def _watch(self) -> None:
        while True:
            time.sleep(1.0)
            with self._lock:
                forgotten = [name for name, session in self._known.items() if session.forgotten]
            for name in forgotten:
                for _ in self.end(name):
                    time.sleep(_LOOK_S)

    def _remove_forgotten(self) -> None:
        """Remove the folders of sessions that no worker of this machine has used for long, unless faults are left."""
        for folder in self.root.iterdir():
            with contextlib.suppress(OSError):
                unused_s = time.time() - (folder / _LEASE_FILE).stat().st_mtime
                if unused_s > _FORGOTTEN_S and not heal(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def heal(folder: Path) -> list[str]:
    """Heal every run of a folder whose process is gone; a line for each entry that could not be healed."""
    return [line for healing in heal_abandoned(folder, leaving=(ClosePassThrough,)) for line in _left(healing)]


def _left(healing: Healing) -> Iterator[str]:
    for key, why in healing.outstanding.items():
        yield f"{key} of {healing.run_dir.name}: {why}"
