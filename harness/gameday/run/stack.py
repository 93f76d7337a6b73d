"""The stack under test, in any language: started, pointed at the fakes, killed, paused, asked to replay."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from gameday.base.errors import GamedayError, RunError
from gameday.base.process import Child, end_group, start
from gameday.base.secrets import secrets_of, without_secrets
from gameday.config.gameday_toml import StackTable
from gameday.config.stack_environment import stack_environment
from gameday.config.stack_table import TEMPLATE_NAMES
from gameday.model.checker import DeadLetter
from gameday.model.events import StackExited
from gameday.run.clock_library import clock_environment
from gameday_fakes.clock import WallClock

HOOK_TIMEOUT_S = 30.0
POLL_S = 0.02
#: How many lines of its log are kept of a stack that has ended by itself.
LAST_LINES = 5


class Placeholders(msgspec.Struct, frozen=True):
    """What a stack knows of its environment: the values for the templates in its table.

    ``routing_keys`` are those of the fake pager, by the template's name: one that is routed by content, and one for the
    service of each role of owner.
    """

    crm_url: str
    erp_url: str
    pager_url: str
    tickets_url: str
    host: str
    port: int
    state_dir: Path
    run_dir: Path
    credentials: Path
    pace: float
    flow: str
    routing_keys: Mapping[str, str] = {}
    #: The name under which the stack finds the fakes' machine.
    fakes_host: str = "127.0.0.1"
    #: The values that there are only where the fakes serve TLS, by template.
    over_tls: Mapping[str, str] = {}

    def values(self) -> dict[str, str]:
        """The values by their names in a template."""
        maps = ("routing_keys", "over_tls")
        plain = {name: str(getattr(self, name)) for name in self.__struct_fields__ if name not in maps}
        # A pager of a plug-in need not have routing keys.
        keys = {name: self.routing_keys.get(name, "") for name in TEMPLATE_NAMES if name.startswith("routing_key")}
        own = {"listen": f"{self.host}:{self.port}", "python": sys.executable, "pace": f"{self.pace:g}"}
        own["pager_port"] = str(urlsplit(self.pager_url).port or "")
        return {**keys, **plain, **self.over_tls, **own}


def fill(template: str, values: Mapping[str, str], *, where: str) -> str:
    """Fill each ``{name}`` of a template. Raises GamedayError that lists the known names."""
    try:
        return template.format_map(values)
    except (KeyError, IndexError, ValueError) as problem:
        raise GamedayError(
            f"bad template {template!r} in {where}: {problem}; known: {', '.join(sorted(values))}",
            hint="write a literal brace twice",
        ) from None


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
    ) -> None:
        """``environment``: the variables of its process beside those of its table; by default what it may inherit.

        ``clock`` is the one on which its processes live; None for the machine's own.
        """
        self.table = table
        inherited = stack_environment(os.environ, table.inherit)
        self._environment = inherited if environment is None else environment
        self._clock = clock
        self._placeholders = placeholders
        self._log = log
        self._child: Child | None = None
        #: Whether a process has started, and its end by itself is still to be recorded.
        self._watched = False
        self._given: dict[str, str] = {}
        base = table.url or f"http://{placeholders.host}:{placeholders.port}"
        self._base_url = base.rstrip("/")
        self._http = httpx.AsyncClient(base_url=self._base_url, trust_env=False, timeout=HOOK_TIMEOUT_S)

    @property
    def child(self) -> Child | None:
        """The running process, if the harness starts this stack."""
        return self._child

    async def start(self) -> None:
        """Start its command, if its table has one; it may not be ready yet."""
        if not self.table.command:
            return
        values = self._placeholders.values()
        where = f"the table of stack {self.table.name!r}"
        env = {name: fill(template, values, where=where) for name, template in self.table.env.items()}
        command = [fill(part, values, where=where) for part in self.table.command]
        directory = Path(self.table.directory) if self.table.directory else None
        given = {**self._environment, **env}
        self._given = {**given, **clock_environment(self._clock, given)}
        name = f"stack {self.table.name!r}"
        self._child = await start(name, command, self._log, env=self._given, directory=directory)
        self._watched = True

    def exited(self) -> StackExited | None:
        """That its process has ended by itself, once; None while it runs, and where the harness ended it."""
        if not self._watched or self._child is None or self._child.process.returncode is None:
            return None
        self._watched = False
        secrets = secrets_of(self._placeholders.credentials, self._given)
        words = without_secrets(self._child.last_lines(LAST_LINES), secrets)
        return StackExited(self._child.identity.pid, self._child.process.returncode, words)

    async def ready(self) -> None:
        """Wait until the health hook answers 200. Raises RunError with the last line of its log."""
        what = f"stack {self.table.name!r}"
        problem = "no answer"
        try:
            async with asyncio.timeout(self.table.start_timeout_s):
                while True:
                    if self._child is not None and not self._child.running:
                        code = self._child.process.returncode
                        raise RunError(f"{what} ended with exit code {code}{self._child.last_words()}")
                    try:
                        reply = await self._http.get(self.table.health)
                        if reply.status_code == 200:
                            return
                        problem = f"{self.table.health} answers {reply.status_code}"
                    except httpx.HTTPError as error:
                        problem = f"{self._base_url}{self.table.health}: {type(error).__name__}"
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            words = self._child.last_words() if self._child else ""
            raise RunError(f"{what} was not ready after {self.table.start_timeout_s:g} s: {problem}{words}") from None

    async def kill(self) -> None:
        """Kill its processes. Raises GamedayError if the harness has not started it."""
        child = self._own("killed")
        # One that had ended by itself before is still recorded.
        self._watched = self._watched and not child.running
        end_group(child.identity, signal.SIGKILL)
        await child.end()

    async def pause(self) -> None:
        """Stop its processes, or call its pause hook."""
        if self._child is not None:
            end_group(self._child.identity, signal.SIGSTOP)
        elif self.table.pause:
            await self._hook(self.table.pause)
        else:
            self._own("paused")

    async def resume(self) -> None:
        """Let it continue."""
        if self._child is not None:
            end_group(self._child.identity, signal.SIGCONT)
        elif self.table.resume:
            await self._hook(self.table.resume)

    async def replay(self, ids: Sequence[str] | None = None) -> None:
        """Ask it to replay its dead letters, all or these. Raises GamedayError if its table has no replay hook."""
        if not self.table.replay:
            raise GamedayError(f"stack {self.table.name!r} has no replay hook", hint="add `replay` to its table")
        await self._hook(self.table.replay, {"ids": None if ids is None else list(ids)})

    async def test_alert(self) -> None:
        """Ask it to raise a test alert."""
        if not self.table.test_alert:
            raise GamedayError(
                f"stack {self.table.name!r} has no test_alert hook", hint="add `test_alert` to its table"
            )
        await self._hook(self.table.test_alert)

    async def metrics(self, largest_bytes: int) -> str:
        """Its metrics as it gives them. Raises RunError."""
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
            return msgspec.json.decode(reply.content, type=tuple[DeadLetter, ...], strict=False)
        except msgspec.MsgspecError as problem:
            raise RunError(
                f"stack {self.table.name!r}: {self.table.dead_letters} did not answer with dead letters: {problem}",
                hint='answer with a list of {"id", "order", "reason", "payload"}',
            ) from None

    async def close(self) -> None:
        """End it and give up the connection; it is asked to end before it is killed."""
        self._watched = False
        if self._child is not None:
            end_group(self._child.identity, signal.SIGCONT)
            end_group(self._child.identity, signal.SIGTERM)
            await self._child.end(grace_s=1.0)
            self._child = None
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
            raise RunError(f"stack {self.table.name!r}: {hook} did not answer: {type(problem).__name__}") from None
        if reply.status_code >= 400:
            raise RunError(f"stack {self.table.name!r}: {hook} answered {reply.status_code}")
        return reply

    def _own(self, act: str) -> Child:
        if self._child is None:
            raise GamedayError(
                f"stack {self.table.name!r} cannot be {act}: its table has a URL and no command",
                hint="give it a command, or a pause hook" if act == "paused" else "give it a command",
            )
        return self._child
