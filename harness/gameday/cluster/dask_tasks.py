"""What a command has Dask carry out in its workers. What they give is JSON, and MessagePack for parts of files.

A worker may load this module when it starts (``dask worker --preload gameday.cluster.dask_tasks``): then it heals at
once what a worker before it has left on this machine, and else as soon as a command asks it something.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from gameday.cluster.machine import this_machine
from gameday.cluster.reading import growing, inside, rest_of
from gameday.cluster.sessions import Sessions, heal
from gameday.cluster.task_process import not_run
from gameday.cluster.wire import Done, Finished, Look, Task

_LOOK_S = 0.1


_known: list[Sessions] = []
_lock = threading.Lock()


def _sessions() -> Sessions:
    """Those of this worker; made when they are first asked for."""
    with _lock:
        if not _known:
            _known.append(Sessions())
        return _known[0]


def about(paths: Sequence[str]) -> bytes:
    """This machine, with the digests of these files and folders."""
    _sessions()
    return msgspec.json.encode(this_machine(paths))


def carry_out(line: bytes) -> tuple[str, bytes]:
    """Carry out a task; the address of this worker, and what became of the task."""
    from distributed import get_worker

    task = msgspec.json.decode(line, type=Task)
    machine = this_machine()
    if machine.lock != task.lock:
        problem = f"{machine.name} has joined with other versions (gameday {machine.gameday}, Python {machine.python})"
        done = Done(not_run(task, problem))
    else:
        done = _sessions().of(task.session).carry_out(line)
    return get_worker().address, msgspec.json.encode(done, enc_hook=str)


def look(line: bytes) -> bytes:
    """What the runs of a session have written since; to ask it keeps them going."""
    asked = msgspec.json.decode(line, type=Look)
    session = _sessions().of(asked.session)
    session.renew()
    session.obey(asked.commands, asked.stops)
    return msgspec.msgpack.encode(growing(session.tasks, dict(asked.known)))


def fetch(line: bytes, folder: str, run: str) -> bytes:
    """What is missing of a run that is over."""
    asked = msgspec.json.decode(line, type=Look)
    session = _sessions().of(asked.session)
    session.renew()
    return msgspec.msgpack.encode(rest_of(session.tasks, folder, run, dict(asked.known)))


def remove(name: str, folder: str) -> bytes:
    """Remove what a task left, once it has been fetched; what could not be healed stays, and is named."""
    task = inside(_sessions().of(name).tasks, folder)
    left = heal(task)
    if not left:
        shutil.rmtree(task, ignore_errors=True)
    return msgspec.json.encode(Finished(tuple(left)))


async def end(name: str) -> bytes:
    """End a session on this worker: whatever still runs is interrupted and heals its faults."""
    for finished in _sessions().end(name):
        if finished is not None:
            return msgspec.json.encode(finished)
        await asyncio.sleep(_LOOK_S)
    raise AssertionError("a session's end says what was left")


def dask_setup(server: Any) -> None:  # noqa: ARG001 - Dask gives it
    """Called by Dask when a worker, or the nanny that starts it, has loaded this module."""
    _sessions()


async def dask_teardown(server: Any) -> None:  # noqa: ARG001 - Dask gives it
    """Called by Dask when a worker is told to end: its runs heal their faults first."""
    for name in _sessions().names:
        await end(name)
