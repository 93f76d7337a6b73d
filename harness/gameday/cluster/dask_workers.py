"""Carries out a session's scenarios on the workers of a Dask cluster, and brings their runs here."""

from __future__ import annotations

import contextlib
import queue
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gameday.base import json_text
from gameday.base.errors import EXIT_INCONCLUSIVE, EXIT_PASSED, GamedayError
from gameday.base.processors import SCENARIOS_PER_CORE
from gameday.cluster import dask_tasks
from gameday.cluster.connection import RESOURCE, CheckedWorker, runs_that_fit, workers_of
from gameday.cluster.followers import Followers
from gameday.cluster.tasks import PlannedTask, tasks_of
from gameday.cluster.wire import Done, Finished
from gameday.model.checker import Result
from gameday.model.settings import Settings
from gameday.scoring.seal import verify
from gameday.steps.outcome import Outcome
from gameday.steps.session import LocalWorkers
from gameday.steps.workers import OnOutcome

if TYPE_CHECKING:
    from distributed import Client, Future

#: How often the command looks which workers there are (real seconds).
LOOK_S = 1.0
#: How long there may be no worker: a nanny starts one anew within seconds (real seconds).
NO_WORKER_S = 60.0
#: How often a scenario is sent whose run could not be fetched, because its worker died just then.
ATTEMPTS = 3
_LOST = "the connection to the Dask scheduler is lost"
_STOPPED = "`gameday stop` ended the game day before this scenario began"


class DaskWorkers:
    """The workers of a cluster that have been checked. ``tell`` gets a line about what happens to them.

    ``outstanding``: as of Workers.
    """

    def __init__(
        self, client: Client, workers: Sequence[CheckedWorker], tell: Callable[[str], None], most: int | None = None
    ) -> None:
        self.outstanding: list[str] = []
        self._client = client
        self._workers = workers
        self._tell = tell
        self._most = most

    @property
    def at_a_time(self) -> int:
        """How many runs fit the workers together."""
        fitting = sum(each.runs for each in self._workers)
        return min(fitting, self._most or fitting)

    def alone(self) -> DaskWorkers:
        """The same cluster, one scenario at a time."""
        one = DaskWorkers(self._client, self._workers, self._tell, 1)
        one.outstanding = self.outstanding
        return one

    def carry_out(self, paths: Sequence[Path], settings: Settings, on_outcome: OnOutcome) -> list[Outcome]:
        """As of Workers."""
        planned = LocalWorkers().carry_out(paths, msgspec.structs.replace(settings, mode="plan"), lambda _: None)
        if settings.mode == "plan":
            for outcome in planned:
                on_outcome(outcome)
            return planned
        settings = msgspec.structs.replace(settings, environments=self._environments())
        return list(_Session(self, planned, settings).run(on_outcome))

    def _environments(self) -> int:
        """As of Settings: for the machine that carries most. One that carries less has no more runs than fit it."""
        machines = {each.machine.id: each.machine for each in self._workers}
        runs = {key: sum(each.runs for each in self._workers if each.machine.id == key) for key in machines}
        return 1 + max(max(runs[key], int(SCENARIOS_PER_CORE * at.processors)) for key, at in machines.items())


class _Sent(NamedTuple):
    task: PlannedTask
    attempt: int = 1


class _Session:
    """One session: tasks go out as workers have room, and each is concluded as it ends."""

    def __init__(self, place: DaskWorkers, planned: Sequence[Outcome], settings: Settings) -> None:
        self._place = place
        self._client = place._client
        self._name = secrets.token_hex(8)
        self._settings = settings
        self._planned = planned
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._running: dict[Future, _Sent] = {}
        self._waiting: deque[_Sent] = deque()
        self._room = place.at_a_time
        self._here: set[str] = set()
        self._looked_s = self._seen_s = 0.0
        live = Path(settings.live) if settings.live else None
        self._followers = Followers(self._client, self._name, Path(settings.runs_dir), live, settings.began_s)

    def run(self, on_outcome: OnOutcome) -> Iterator[Outcome]:
        """Each outcome as it comes; whatever happens, the session is over at the end, and healed."""
        try:
            for outcome in self._outcomes():
                on_outcome(outcome)
                yield outcome
        finally:
            self._end()

    def _outcomes(self) -> Iterator[Outcome]:
        applicable = []
        for outcome in self._planned:
            if outcome.not_applicable:
                word = Result.NOT_APPLICABLE.word
                yield msgspec.structs.replace(outcome, result=word, exit_code=EXIT_PASSED)
            elif outcome.planned is None:
                yield outcome
            else:
                applicable.append(outcome)
        self._waiting.extend(map(_Sent, tasks_of(applicable, self._settings, self._name)))
        self._look()
        while self._waiting or self._running:
            if why := self._why_over():
                yield from self._not_run(why)
                return
            self._send()
            try:
                future: Future | None = self._ended.get(timeout=LOOK_S)
            except queue.Empty:
                future = None
            if time.monotonic() - self._looked_s >= LOOK_S:
                self._look()
            concluded = self._concluded(future) if future is not None else None
            if concluded is not None:
                yield concluded

    def _send(self) -> None:
        """Send as many tasks as there is room for: a task that waits here goes to the first worker that is free."""
        while self._waiting and len(self._running) < self._room and not self._followers.stopped.is_set():
            sent = self._waiting.popleft()
            task = sent.task.task
            future = self._client.submit(
                dask_tasks.carry_out,
                msgspec.json.encode(task),
                key=f"gameday-{self._name}-{task.number}-{sent.attempt}",
                resources={RESOURCE: 1},
                pure=False,
            )
            self._running[future] = sent
            future.add_done_callback(self._ended.put)

    def _look(self) -> None:
        """See which workers there are."""
        self._looked_s = time.monotonic()
        try:
            infos = {address: runs_that_fit(info) for address, info in workers_of(self._client).items()}
        # Whether the connection is lost for good, its status says.
        except Exception:  # noqa: BLE001
            return
        self._here = {address for address, runs in infos.items() if runs}
        room = sum(infos.values())
        self._room = max(1, min(room, self._place._most or room))
        if self._here:
            self._seen_s = self._looked_s
        for address in self._followers.update(self._here):
            self._place._tell(f"worker {address} is gone: what it was running is run elsewhere")

    def _why_over(self) -> str:
        """Why nothing more can be carried out; empty as long as it can."""
        # Dask would connect again, but has given up every task by then.
        if self._client.status != "running":
            return _LOST
        if time.monotonic() - self._seen_s > NO_WORKER_S:
            return f"the Dask scheduler has had no worker for {NO_WORKER_S:g} s"
        if self._followers.stopped.is_set() and not self._running:
            return _STOPPED
        return ""

    def _not_run(self, why: str) -> Iterator[Outcome]:
        for sent in (*self._running.values(), *self._waiting):
            yield _unable(sent.task.planned, why, self._settings)

    def _concluded(self, future: Future) -> Outcome | None:
        """The outcome of a task that has ended; None if it is sent again."""
        sent = self._running.pop(future)
        planned = sent.task.planned
        if future.status != "finished":
            if future.status == "error":
                return _unable(planned, _one_line(future.exception()), self._settings)
            return _unable(planned, _LOST, self._settings)
        worker, answer = future.result()
        future.release()
        try:
            done = json_text.decode(answer, Done)
            return self._arrived(worker, done, planned)
        except json_text.Unreadable as problem:
            return _unable(planned, f"worker {worker} gives no answer that can be read: {problem}", self._settings)
        except GamedayError as problem:
            self._look()
            if worker in self._here or sent.attempt >= ATTEMPTS:
                return _unable(planned, str(problem), self._settings)
            self._waiting.appendleft(_Sent(sent.task, sent.attempt + 1))
            return None

    def _arrived(self, worker: str, done: Done, planned: Outcome) -> Outcome:
        """The outcome of a task with the folder of its run, which is here now and as it was sealed."""
        outcome = msgspec.structs.replace(
            done.outcome,
            scenario=planned.scenario,
            feature=planned.feature,
            stack=planned.stack,
            seed=planned.seed,
            node=planned.node,
            planned=planned.planned,
            lines=planned.lines,
            pace=self._settings.pace,
            run_dir="",
        )
        copies = {run: self._followers.fetch(worker, done.folder, run) for run in done.runs}
        left = self._removed(worker, done.folder)
        for run in done.runs:
            self._followers.arriving.complete(worker, done.folder, run, healed=not left)
        copy = copies.get(Path(done.outcome.run_dir).name) if done.outcome.run_dir else None
        if copy is None:
            return outcome
        outcome = msgspec.structs.replace(outcome, run_dir=str(copy))
        seal = verify(copy)
        if seal.counts or outcome.exit_code == EXIT_INCONCLUSIVE:
            return outcome
        values = {"result": Result.INCONCLUSIVE.word, "exit_code": EXIT_INCONCLUSIVE, "problem": seal.sentence}
        return msgspec.structs.replace(outcome, **values)

    def _removed(self, worker: str, folder: str) -> tuple[str, ...]:
        """Have a worker remove what it has sent; what it could not heal."""
        if not folder:
            return ()
        answer = self._client.run(dask_tasks.remove, self._name, folder, workers=[worker], on_error="return")
        return self._note_left(answer)

    def _end(self) -> None:
        """Have every worker end the session: what still runs is interrupted and heals."""
        for future in self._running:
            with contextlib.suppress(Exception):
                future.cancel()
        self._followers.end()
        if self._client.status != "running":
            self._place._tell("the workers interrupt what they run by themselves: nobody asks for it any more")
            return
        with contextlib.suppress(Exception):
            here = sorted(self._here)
            self._note_left(self._client.run(dask_tasks.end, self._name, workers=here, on_error="return"))

    def _note_left(self, answers: dict[str, object]) -> tuple[str, ...]:
        """Keep what workers could not heal, each line once."""
        found: list[str] = []
        for answer in answers.values():
            with contextlib.suppress(json_text.Unreadable):
                if isinstance(answer, bytes):
                    found += json_text.decode(answer, Finished).left
        self._place.outstanding += (line for line in found if line not in self._place.outstanding)
        return tuple(found)


def _unable(planned: Outcome, problem: str, settings: Settings) -> Outcome:
    values = {"result": "not run", "problem": problem, "exit_code": EXIT_INCONCLUSIVE, "pace": settings.pace}
    return msgspec.structs.replace(planned, **values)


def _one_line(problem: BaseException | None) -> str:
    """Why Dask gave a task up."""
    name = type(problem).__name__
    if name == "KilledWorker":
        return "the workers that ran it died: is there too little memory?"
    return f"{name}: {' '.join(str(problem).split())[-300:]}"
