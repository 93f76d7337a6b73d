"""Serves the board during a session, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.process import Identity, identify
from gameday.live.board import Board
from gameday.live.gate import BoardGate
from gameday.live.server import LiveApp, Page, watching
from gameday_fakes.gate import Gate, new_token
from gameday_fakes.serve_options import is_loopback
from gameday_fakes.server import LOOPBACK, Listener, bind, listen

#: How long open pages get for their last update (real seconds).
LAST_UPDATE_S = 1.0
PREFIX = "gameday-live-"
#: Which process a session's folder belongs to.
OWNER_FILE = "owner.json"
TOKEN_VARIABLE = "GAMEDAY_LIVE_TOKEN"  # noqa: S105 - the name of a variable


class LiveOptions(msgspec.Struct, frozen=True):
    """Where to serve the board, and what it shows. ``port`` 0 is a free one; ``limit`` is the abort budget.

    Without a token it gets a random one. ``names`` are further names under which browsers find it.
    """

    host: str = LOOPBACK
    port: int = 0
    token: str = ""
    names: tuple[str, ...] = ()
    blind: bool = False
    limit: int | None = None


class LiveBoard:
    """Serves the board of one session: ``with LiveBoard(options, page) as live``, then ``live.url``, ``live.folder``.

    ``page`` is called with the nonce of each answer. Raises GamedayError if the address cannot be listened on.
    """

    def __init__(self, options: LiveOptions, page: Page) -> None:
        if not is_loopback(options.host) and not options.token:
            raise GamedayError(f"a live board at {options.host} needs a token", hint=f"set {TOKEN_VARIABLE}")
        try:
            self._socket = bind(options.host, options.port)
        except OSError as problem:
            raise GamedayError(
                f"cannot serve the live board at {options.host}:{options.port}: {problem.strerror}",
                hint="without --live-port a free one is used" if options.port else "",
            ) from None
        self._options = options
        self._token = options.token or new_token()
        self._page = page
        #: The folder through which runs and the board talk (Settings.live).
        self.folder = _new_folder()
        self._board = Board(self.folder, blind=options.blind, limit=options.limit)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live board", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._app: LiveApp
        self._ended: asyncio.Event

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        host, port = self._socket.getsockname()[:2]
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{port}/?token={quote(self._token)}"

    def __enter__(self) -> LiveBoard:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def too_late(self) -> list[tuple[str, str, str]]:
        """After the session, the notes that are in no history: run, author and text."""
        return [(run.name, by, text) for run in self._board.runs for by, text in run.too_late()]

    def finished(self, stack: str, seed: int, scenario: str, result: str) -> None:
        """A scenario has ended; may be called from any thread."""

        def update() -> None:
            self._app.poll()
            self._board.finished(stack, seed, scenario, result)
            self._app.wake()

        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(update)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            # If the board could not start, the caller goes on without it.
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._app = LiveApp(self._board, self._page, self._gate())
        listener: Listener = await listen(self._app.asgi, self._socket)
        self._ready.set()
        try:
            async with watching(self._app):
                await self._ended.wait()
            self._board.close()
            self._app.wake()
            await self._app.drained(LAST_UPDATE_S)
        finally:
            await listener.close()

    def _gate(self) -> BoardGate:
        options = self._options
        gate = Gate(self._token, host=options.host, names=options.names, hint="add it with --live-name")
        return BoardGate(gate, self._socket.getsockname()[1])


def _new_folder() -> Path:
    """Create a folder for one session, and remove those of this user's killed sessions, for they contain notes."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, json_text.Unreadable):
            owner = json_text.decode((left / OWNER_FILE).read_bytes(), Identity)
            if left.stat().st_uid == os.getuid() and not owner.alive():
                shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    (folder / OWNER_FILE).write_bytes(msgspec.json.encode(identify(os.getpid())))
    return folder
