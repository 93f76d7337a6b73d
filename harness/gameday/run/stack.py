"""The stack under test, in any language: started, pointed at the fakes, killed, paused, asked to replay."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from gameday.base import json_text
from gameday.base.errors import GamedayError, RunError, unknown
from gameday.base.process import Child
from gameday.base.secrets import secrets_of, without_secrets
from gameday.config.gameday_toml import StackTable
from gameday.config.stack_environment import stack_environment
from gameday.config.stack_processes import Process
from gameday.model.checker import DeadLetter
from gameday.model.events import HarnessEvent
from gameday.run.clock_library import clock_environment
from gameday.run.placeholders import Placeholders, fill
from gameday.run.stack_process import Batch, Launch, StackProcess
from gameday_fakes.bounded_http import bounded_client
from gameday_fakes.clock import Clock, WallClock

HOOK_TIMEOUT_S = 30.0
#: A list of dead letters may be long; what is longer is none.
LARGEST_REPLY_BYTES = 64 * 1024 * 1024
POLL_S = 0.02


class NoAnswerError(RunError):
    """A hook of the stack gave no answer at all."""


class Stack:
    """The stack of one run. Durations are in real seconds."""

    def __init__(
        self,
        table: StackTable,
        placeholders: Placeholders,
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        clock: WallClock | None = None,
        page: Path | None = None,
        servers_worked_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """``environment``: the variables of its process beside those of its table; by default what it may inherit.

        ``clock`` is the one on which its processes live; None for the machine's own. ``page`` is the one by which the
        run skips ahead with it. ``servers_worked_s`` says for how long what serves it has had a processor.
        """
        self.table = table
        inherited = stack_environment(os.environ, table.inherit)
        self._environment = inherited if environment is None else environment
        self._clock = clock
        self._page = page
        self._servers_worked_s = servers_worked_s
        self._placeholders = placeholders
        self._log = log
        self.processes = tuple(self._process(each) for each in table.parts)
        base = table.url or f"http://{placeholders.host}:{placeholders.port}"
        self._base_url = base.rstrip("/")
        self._http = bounded_client(base_url=self._base_url, most_bytes=LARGEST_REPLY_BYTES, deadline_s=HOOK_TIMEOUT_S)

    def _process(self, each: Process) -> StackProcess:
        values = self._placeholders.values()
        where = f"the table of stack {self.table.name!r}"
        given = {**self._environment, **{name: fill(text, values, where=where) for name, text in each.env.items()}}
        secrets = secrets_of(self._placeholders.credentials, given)
        launch = Launch(
            name=each.name,
            what=f"process {each.name!r} of stack {self.table.name!r}" if each.name else f"stack {self.table.name!r}",
            command=[fill(part, values, where=where) for part in each.command],
            log=self._log.with_stem(f"{self._log.stem}-{each.name}") if each.name else self._log,
            env={**given, **clock_environment(self._clock, given, self._page)},
            directory=Path(each.directory) if each.directory else None,
            hide=lambda text: without_secrets(text, secrets),
        )
        if not each.every_s:
            return StackProcess(launch)
        return Batch(launch, each.every_s, self._servers_worked_s, overlap=each.overlap)

    @property
    def children(self) -> list[Child]:
        """The processes that run."""
        return [child for each in self.processes for child in each.children]

    @property
    def child(self) -> Child | None:
        """The first process that runs, else the first that has run; None where the harness has started none."""
        started = [each.child for each in self.processes if each.child is not None]
        return next(iter(self.children or started), None)

    def pids(self, process: str = "") -> list[int]:
        """The processes that run, or the one of this name if it does."""
        return [child.identity.pid for each in self._named(process) for child in each.children]

    async def start(self, process: str = "") -> None:
        """Start its processes, or the one of this name; they may not be ready yet. Raises RunError."""
        for each in self._named(process):
            await each.start()

    def begin(self, clock: Clock, first_s: float) -> None:
        """The scenario begins at this scenario second: start the batches by this clock."""
        for each in self.processes:
            each.begin(clock, first_s)

    def events(self) -> list[HarnessEvent]:
        """What its processes did by themselves since the last time: ends, and starts that a fault prevented.

        Raises RunError where a batch cannot be started.
        """
        return [event for each in self.processes for event in each.events()]

    @property
    def longest_pause_s(self) -> float:
        """The longest pause between two starts of a batch (scenario seconds); 0 without a batch."""
        return self.table.longest_pause_s

    @property
    def batch_running(self) -> bool:
        """Whether a batch runs now."""
        return any(isinstance(each, Batch) and each.running for each in self.processes)

    async def ready(self, called: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Wait until the health hook answers 200. Raises RunError with the last line of its log.

        Without the hook a resident process is ready once it has ``called`` a fake; one that does not call in time is
        ready too, for it may have nothing to ask yet. A batch is always ready.
        """
        problem = "no answer"
        waiting = bool(self.table.health) or (
            called is not None and any(not isinstance(each, Batch) for each in self.processes)
        )
        try:
            async with asyncio.timeout(self.table.start_timeout_s):
                while True:
                    self._check()
                    if not waiting or (not self.table.health and called is not None and await called()):
                        return
                    if self.table.health and not (problem := await self._ill()):
                        return
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            if not self.table.health:
                return
            words = self.child.last_words() if self.child else ""
            what = f"stack {self.table.name!r}"
            raise RunError(f"{what} was not ready after {self.table.start_timeout_s:g} s: {problem}{words}") from None

    def _check(self) -> None:
        for each in self.processes:
            try:
                each.check()
            except GamedayError as problem:
                raise RunError(problem.problem) from None

    async def _ill(self) -> str:
        """Why the health hook does not answer 200; empty if it does."""
        try:
            reply = await self._http.get(self.table.health)
        except httpx.HTTPError as error:
            no_answer = isinstance(error, httpx.ConnectError)
            what = "nothing listens there" if no_answer else type(error).__name__
            return f"{self._base_url}{self.table.health}: {what}"
        return "" if reply.status_code == 200 else f"{self.table.health} answers {reply.status_code}"

    def last_line(self) -> str:
        """The last line that it has written to its log, without secrets; empty without one."""
        logged = [each for each in self.processes if each.child is not None]
        return next(filter(None, (each.last_lines(1) for each in logged)), "")

    async def kill(self, process: str = "") -> None:
        """Kill its processes, or the one of this name. Raises GamedayError if the harness has not started it."""
        self._own("killed")
        for each in self._named(process):
            await each.kill()

    async def pause(self, process: str = "") -> None:
        """Stop its processes, or the one of this name, or call its pause hook."""
        if self.processes:
            for each in self._named(process):
                each.pause()
        elif self.table.pause:
            await self._hook(self.table.pause)
        else:
            self._own("paused")

    async def resume(self, process: str = "") -> None:
        """Let it continue."""
        if self.processes:
            for each in self._named(process):
                each.resume()
        elif self.table.resume:
            await self._hook(self.table.resume)

    async def roll_out(self, percent: float) -> None:
        """Ask it to roll out its other version. Raises GamedayError if its table has no roll_out hook."""
        if not self.table.roll_out:
            raise GamedayError(f"stack {self.table.name!r} has no roll_out hook", hint="add `roll_out` to its table")
        await self._hook(self.table.roll_out, {"percent": percent})

    async def roll_back(self) -> None:
        """Ask it to take the other version back."""
        await self._hook(self.table.roll_back)

    async def replay(self, ids: Sequence[str] | None = None) -> None:
        """Ask it to replay its dead letters, all or these. Raises GamedayError if its table has no replay hook."""
        if not self.table.replay:
            raise GamedayError(f"stack {self.table.name!r} has no replay hook", hint="add `replay` to its table")
        await self._hook(self.table.replay, {"ids": None if ids is None else list(ids)})

    async def ask(self, hook: str, body: Any = None) -> bytes:
        """What a hook of its table answers. Raises RunError, and NoAnswerError without an answer."""
        return (await self._hook(hook, body)).content

    async def test_alert(self) -> None:
        """Ask it to raise a test alert."""
        if not self.table.test_alert:
            raise GamedayError(
                f"stack {self.table.name!r} has no test_alert hook", hint="add `test_alert` to its table"
            )
        await self._hook(self.table.test_alert)

    async def metrics(self, largest_bytes: int) -> str:
        """Its metrics as it gives them. Raises RunError, and NoAnswerError without an answer."""
        reply = await self._hook(f"GET {self.table.metrics}")
        if len(reply.content) > largest_bytes:
            raise RunError(
                f"stack {self.table.name!r}: {self.table.metrics} answered more than {largest_bytes:,} bytes"
            )
        return reply.text

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What it has parked. Raises GamedayError if the answer does not have the documented form."""
        if not self.table.dead_letters:
            return ()
        reply = await self._hook(self.table.dead_letters)
        try:
            return json_text.decode(reply.content, tuple[DeadLetter, ...], strict=False)
        except json_text.Unreadable as problem:
            raise RunError(
                f"stack {self.table.name!r}: {self.table.dead_letters} did not answer with dead letters: {problem}",
                hint='answer with a list of {"id", "order", "reason", "payload"}',
            ) from None

    async def close(self) -> None:
        """End it and give up the connection; it is asked to end before it is killed."""
        for each in self.processes:
            await each.close()
        await self._http.aclose()

    def hook_url(self, hook: str) -> tuple[str, str]:
        """``"POST /resume"`` as a method and a whole URL."""
        method, _, path = hook.rpartition(" ")
        return method or "POST", self._base_url + path

    async def _hook(self, hook: str, body: Any = None) -> httpx.Response:
        method, url = self.hook_url(hook)
        try:
            reply = await self._http.request(method, url, json=body)
        except httpx.HTTPError as problem:
            said = f"stack {self.table.name!r}: {hook} did not answer: {type(problem).__name__}"
            raise NoAnswerError(said) from None
        if reply.status_code >= 400:
            raise RunError(f"stack {self.table.name!r}: {hook} answered {reply.status_code}")
        return reply

    def _own(self, act: str) -> None:
        if not self.processes:
            raise GamedayError(
                f"stack {self.table.name!r} cannot be {act}: its table has a URL and no command",
                hint="give it a command, or a pause hook" if act == "paused" else "give it a command",
            )

    def _named(self, name: str) -> tuple[StackProcess, ...]:
        """All processes, or the one of this name. Raises GamedayError that lists the known names."""
        if not name:
            return self.processes
        known = {each.launch.name: each for each in self.processes}
        if name not in known:
            raise unknown("process", name, filter(None, known), where=f"stack {self.table.name!r}")
        return (known[name],)
