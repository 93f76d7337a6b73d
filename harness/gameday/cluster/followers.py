"""Follows the workers of a session: what their runs write arrives here, and what operators ask goes there.

One thread for each worker, so that one that does not answer holds up no other. To ask a worker renews the session's
lease on it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gameday.base.errors import GamedayError
from gameday.cluster import dask_tasks
from gameday.cluster.arriving import ArrivingRuns
from gameday.cluster.reading import MOST_AT_ONCE
from gameday.cluster.wire import Look, Part
from gameday.live.channel import COMMANDS_FILE, Command
from gameday.live.sealed_commands import SealedCommands
from gameday.live.tail import Tail

if TYPE_CHECKING:
    from distributed import Client

#: How often a worker is asked (real seconds).
LOOK_S = 0.5


class Followers:
    """The threads of a session."""

    def __init__(self, client: Client, session: str, runs_dir: Path, live: Path | None, began_s: float) -> None:
        self.arriving = ArrivingRuns(runs_dir, live)
        #: `gameday stop` was asked for this folder.
        self.stopped = threading.Event()
        self._client = client
        self._session = session
        self._runs_dir = runs_dir
        self._live = live
        self._began_s = began_s
        self._over = threading.Event()
        self._gone: set[str] = set()
        self._threads: dict[str, threading.Thread] = {}

    def update(self, workers: Iterable[str]) -> list[str]:
        """Follow these workers, and no others; those that are gone since, whose runs are removed here."""
        now = {*workers}
        gone = [worker for worker in self._threads if worker not in now]
        for worker in gone:
            self._gone.add(worker)
            del self._threads[worker]
            self.arriving.drop(worker)
        for worker in now - self._threads.keys():
            self._gone.discard(worker)
            self.arriving.expect(worker)
            self._threads[worker] = threading.Thread(target=self._follow, args=(worker,), daemon=True)
            self._threads[worker].start()
        return gone

    def end(self) -> None:
        """Follow none any more."""
        self._over.set()
        for thread in self._threads.values():
            thread.join(LOOK_S)

    def fetch(self, worker: str, folder: str, run: str) -> Path:
        """The copy of a run that is over, with all its files. Raises GamedayError if it cannot be had."""
        while True:
            known = tuple(
                (at, size) for at, size in self.arriving.known(worker) if (at.folder, at.run) == (folder, run)
            )
            asked = msgspec.json.encode(Look(self._session, known))
            parts = self._ask(worker, dask_tasks.fetch, asked, folder, run)
            if not parts:
                break
            self.arriving.take(worker, parts)
        copy = self.arriving.folder(worker, folder, run)
        if copy is None:
            raise GamedayError(f"worker {worker} has nothing of the run {run!r}")
        return copy

    def _follow(self, worker: str) -> None:
        commands = Tail(self._live / COMMANDS_FILE, msgspec.json.Decoder(Command)) if self._live is not None else None
        stops = SealedCommands(self._runs_dir, "", self._began_s)
        at_board: list[Command] = []
        stopping: list[Command] = []
        pause_s = 0.0
        while not self._over.wait(pause_s) and worker not in self._gone:
            at_board += commands.new() if commands is not None else ()
            stopping += (each for each in stops.new() if each.act == "stop")
            if stopping:
                self.stopped.set()
            asked = Look(self._session, self.arriving.known(worker), tuple(at_board), tuple(stopping))
            pause_s = LOOK_S
            try:
                parts = self._ask(worker, dask_tasks.look, msgspec.json.encode(asked))
                at_board.clear()
                stopping.clear()
                self.arriving.take(worker, parts)
            except GamedayError:
                # It may be gone; whether it is, the scheduler knows. What was asked is asked again.
                continue
            if sum(len(part.content) for part in parts) >= MOST_AT_ONCE:
                pause_s = 0.0

    def _ask(self, worker: str, function: Callable[..., bytes], *arguments: object) -> list[Part]:
        try:
            answer = self._client.run(function, *arguments, workers=[worker])[worker]
            return msgspec.msgpack.decode(answer, type=list[Part])
        # Dask raises errors of many kinds, its own and those of the worker.
        except Exception as problem:  # noqa: BLE001
            raise GamedayError(f"worker {worker} does not answer: {type(problem).__name__}: {problem}") from None
