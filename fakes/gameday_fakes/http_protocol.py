"""HTTP connections: uvicorn's protocol, with a request's head bounded, and a connection that a fault can reset.

A fake's reply to a request without a body, most of all a read, is written where the request has arrived. A task, a
scope and the messages of ASGI for each would cost more than many of the fakes' own replies (measured: 24 microseconds
of processor time a request with them, 11 without). The head of one that comes alone is looked up among those that came
before; the parser gets it only if it is not known to be plain.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gameday_fakes.answering import Answer, Answering
from gameday_fakes.http import Reply, Request
from gameday_fakes.http2_relay import Http2Port, take_over
from gameday_fakes.other_protocols import other_protocol, speaks_http2
from gameday_fakes.reply_writer import ReplyWriter
from gameday_fakes.request_head import NOT_PLAIN, STAYS, Heads
from gameday_fakes.traffic import Traffic

#: The head of a request, its URL and headers, has at most so many bytes; vendors' own limits for a URI are lower.
MAX_HEAD_BYTES = 64 * 1024
#: Of a head that has not arrived whole, so many bytes are kept at most.
_MAX_UNFINISHED_BYTES = 1024 * 1024


class _HeadTooLarge(Exception):
    """The parser ends the connection."""


class ResettableProtocol(HttpToolsProtocol):
    """Gives the application its transport, so that it can reset the connection in a reply. Bounds a request's head."""

    _in_head = False
    _head_bytes = 0
    _begun = False
    _plain = True
    _answered = False
    #: Whether the parser has nothing of a request that is not over, and may have nothing of a next one.
    _between = True
    #: The answer to the request that the parser gets, if it is known before.
    _given: Answer | None = None
    #: Whether a request came since the time for an idle connection began.
    _used = False
    #: The fake that is served, None for another application; and what is known of the heads of its requests.
    fake: Answering | None = None
    heads: Heads
    writer: ReplyWriter
    #: What is called with the name of a protocol that is not spoken here.
    lacks: Callable[[str], None]
    #: What counts the connections and what they receive.
    traffic: Traffic
    #: The fake's server for HTTP/2, if it has one.
    http2: Http2Port | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.traffic.connections_opened += 1
        self.traffic.connections_open += 1
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.traffic.connections_open -= 1
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.traffic.bytes_received += len(data)
        if self._between and self.fake is not None and self._answers_at_once(self.fake, data):
            return
        if not self._begun:
            self._begun = True
            if self.http2 is not None and speaks_http2(data):
                take_over(self, self.transport, data, self.http2, self.traffic)
                return
            if other := other_protocol(data):
                self.lacks(other.call)
                self.transport.write(other.answer)
                self.transport.close()
                return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_UNFINISHED_BYTES:
                self.send_400_response("Request head too large.")

    def _answers_at_once(self, fake: Answering, data: bytes) -> bool:
        """Answer what has arrived, if it is the whole of a plain request and its reply may be written now."""
        request = self.heads.read(data, self.scheme or "http") if self._is_free() else None
        if request is None:
            return False
        answer = fake.begun(request)
        self._begun = True
        if isinstance(answer, Reply) and (written := self.writer.bytes_of(answer)) is not None:
            self.transport.write(written)
            # An open connection stays, by one timer for many requests: an idle one for at most twice its time.
            self._used = True
            if self.timeout_keep_alive_task is None:
                self._end_if_idle_later()
            return True
        # The rest of it goes the way of every other request.
        self._given = answer
        return False

    def _end_if_idle_later(self) -> None:
        after_s, end = self.timeout_keep_alive, self.timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(after_s, end)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if not self._used:
            super().timeout_keep_alive_handler()
            return
        self._used = False
        self._end_if_idle_later()

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in NOT_PLAIN and not (name == b"connection" and value.lower() == STAYS):
            self._plain = False
            super().on_header(name, value)
            return
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > MAX_HEAD_BYTES:
            raise _HeadTooLarge
        if self._given is not None and self.fake is not None:
            answer, self._given = self._given, None
            self._answer(self.fake, answer)
            return
        if self.fake is None or not self._plain or not self._is_next():
            super().on_headers_complete()
            return
        url = httptools.parse_url(self.url)
        request = Request(
            self.parser.get_method().decode("ascii"),
            url.path.decode("latin-1"),
            query_string=url.query or b"",
            headers=dict(self.headers),
            scheme=self.scheme or "http",
        )
        self._answer(self.fake, self.fake.begun(request))

    def _is_free(self) -> bool:
        """Whether a reply may be written now."""
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        return not (self.flow.write_paused or self.transport.is_closing())

    def _is_next(self) -> bool:
        """Whether a reply may be written now, by HTTP/1.1 and with a body."""
        if not self._is_free():
            return False
        return self.parser.get_http_version() == "1.1" and self.parser.get_method() != b"HEAD"

    def _answer(self, fake: Answering, answer: Answer) -> None:
        self._answered = isinstance(answer, Reply) and self._write(answer)
        if not self._answered:
            # What is left goes the way of every other request.
            whole, self.app = self.app, functools.partial(fake.go_on, answer)
            try:
                super().on_headers_complete()
            finally:
                self.app = whole

    def _write(self, reply: Reply) -> bool:
        """Write a reply; whether it is one that can be written like this."""
        written = self.writer.bytes_of(reply)
        if written is None:
            return False
        self.transport.write(written)
        self.on_response_complete()
        return True

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes, self._between = True, 0, False
        self._plain, self._answered = True, False
        super().on_message_begin()
        self.scope["extensions"] = {"gameday.transport": self.transport}  # type: ignore[dict-item]

    def on_message_complete(self) -> None:
        # After a wish for another protocol the parser reads no further.
        self._between = not self.parser.should_upgrade()
        if not self._answered:
            super().on_message_complete()
