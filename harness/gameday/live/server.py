"""Serves the board: a page, its stream of events and four commands (note, reveal, acknowledge, stop)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.live.board import Board, Seen
from gameday.live.gate import BoardGate
from gameday_fakes.gate import routed
from gameday_fakes.whole_numbers import whole_number

#: How often the histories are read (real seconds); an operation is on the board after at most this plus SPACING_S.
POLL_S = 0.1
#: The least time between updates of one page, and the time after which a quiet stream sends a heartbeat (real seconds).
SPACING_S = 0.2
HEARTBEAT_S = 10.0
#: How many pages may be open at once.
MOST_PAGES = 100
LARGEST_BODY = 16_384
LONGEST_NAME, LONGEST_TEXT = 80, 2_000

Page = Callable[[str], str]
"""``page(nonce)`` is the HTML document whose script and style bear the nonce."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a command."""

    by: str
    text: str = ""


class LiveApp:
    """The board as an ASGI application. ``boot`` tells its event ids from those of an earlier server."""

    def __init__(self, board: Board, page: Page, gate: BoardGate) -> None:
        self._board = board
        self._page = page
        self._boot = secrets.token_hex(4)
        self._changed = asyncio.Event()
        self._pages: set[object] = set()
        routes = [
            Route("/", self._index),
            Route("/events", self._events),
            Route("/runs/{number}/report", self._report),
            Route("/runs/{number}/notes", self._note, methods=["POST"]),
            Route("/runs/{number}/reveal", self._reveal, methods=["POST"]),
            Route("/runs/{number}/acknowledge", self._acknowledge, methods=["POST"]),
            Route("/stop", self._stop, methods=["POST"]),
        ]
        self.asgi = gate.guard(routed(routes))

    # -- the histories -------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Read the histories until cancelled."""
        while True:
            self.poll()
            await asyncio.sleep(POLL_S)

    def poll(self) -> None:
        """Read what is new, and wake every page if anything has changed."""
        if self._board.poll():
            self.wake()

    def wake(self) -> None:
        """Make every page check whether anything has changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def drained(self, limit_s: float) -> None:
        """Wait until every page has its last update, at most so long (real seconds)."""
        deadline_s = time.monotonic() + limit_s
        while self._pages and time.monotonic() < deadline_s:
            await asyncio.sleep(0.01)

    # -- requests ------------------------------------------------------------------------------------

    async def _index(self, _: Request) -> Response:
        nonce = secrets.token_urlsafe(18)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return Response(self._page(nonce), media_type="text/html", headers={"content-security-policy": policy})

    async def _events(self, request: Request) -> Response:
        if len(self._pages) >= MOST_PAGES:
            return Response("too many pages are open\n", 503, media_type="text/plain")
        number = whole_number(request.query_params.get("run", ""), digits=8) or 0
        seen = self._resumed(request.headers.get("last-event-id", ""))
        return StreamingResponse(self._stream(number, seen), media_type="text/event-stream")

    async def _stream(self, number: int, seen: Seen | None) -> AsyncIterator[bytes]:
        """Updates, each with everything that has changed since the one before, even for a slow page."""
        page = object()
        self._pages.add(page)
        try:
            yield b"retry: 1000\n\n"
            while True:
                changed = self._changed
                if seen is None or seen.version != self._board.version:
                    seen, message = self._board.message(number, seen or Seen())
                    yield b"id: " + self._event_id(seen).encode() + b"\ndata: " + message + b"\n\n"
                    if self._board.over:
                        return
                    await asyncio.sleep(SPACING_S)
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await changed.wait()
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._pages.discard(page)

    def _event_id(self, seen: Seen) -> str:
        return f"{self._boot}-{seen.run}-{seen.version}-{seen.entry}-{int(seen.hidden)}"

    def _resumed(self, event_id: str) -> Seen | None:
        """What a page that reconnects has received already; None if it is new or comes from another server."""
        boot, *numbers = event_id.split("-")
        if boot != self._boot or len(numbers) != 4 or not all(n.isdecimal() and len(n) < 16 for n in numbers):
            return None
        run, version, entry, hidden = map(int, numbers)
        return Seen(run, version, entry, bool(hidden))

    async def _report(self, request: Request) -> Response:
        """The report of a run that is over: one document, which loads nothing and has no script."""
        run = self._board.run(whole_number(request.path_params["number"]) or -1)
        if run is None or run.report is None:
            return Response("this run has no report yet\n", 404, media_type="text/plain")
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        text = await asyncio.to_thread(run.report.read_bytes)
        return Response(text, media_type="text/html", headers={"content-security-policy": policy})

    async def _note(self, request: Request) -> Response:
        return await self._act(request, lambda number, asked: self._board.note(number, asked.by, asked.text), text=True)

    async def _reveal(self, request: Request) -> Response:
        return await self._act(request, lambda number, asked: self._board.reveal(number, asked.by))

    async def _acknowledge(self, request: Request) -> Response:
        return await self._act(request, lambda number, asked: self._board.acknowledge(number, asked.by))

    async def _stop(self, request: Request) -> Response:
        return await self._act(request, lambda _, asked: self._board.stop(asked.by, asked.text))

    async def _act(self, request: Request, act: Callable[[int, Asked], None], *, text: bool = False) -> Response:
        try:
            asked = await _asked(request, text=text)
            act(whole_number(request.path_params.get("number", "")) or 0, asked)
        except GamedayError as problem:
            return _answer({"error": str(problem)}, 400)
        self._board.version += 1
        self.wake()
        return _answer({"ok": True}, 202)


async def _asked(request: Request, *, text: bool) -> Asked:
    """The body of a command. Raises GamedayError if it is not valid."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise GamedayError("the request is too large")
    try:
        asked = json_text.decode(body, Asked)
    except json_text.Unreadable as problem:
        raise GamedayError(f"bad request: {str(problem)[:200]}") from None
    by, note = " ".join(asked.by.split()), asked.text.strip()
    if not by:
        raise GamedayError("say who you are", hint="the history records who did it")
    if text and not note:
        raise GamedayError("the note is empty")
    if len(by) > LONGEST_NAME or len(note) > LONGEST_TEXT:
        raise GamedayError(f"too long: a name has {LONGEST_NAME} characters at most, a text {LONGEST_TEXT}")
    return Asked(by, note)


def _answer(value: Any, status: int) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


@contextlib.asynccontextmanager
async def watching(app: LiveApp) -> AsyncIterator[None]:
    """Read the histories while the block lasts."""
    task = asyncio.create_task(app.watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
