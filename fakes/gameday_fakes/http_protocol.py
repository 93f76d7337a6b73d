"""HTTP connections: uvicorn's protocol, with a request's head bounded, and a connection that a fault can reset.

A fake's reply to a request without a body, most of all a read, is written where the request has arrived. A task, a
scope and the messages of ASGI for each would cost more than many of the fakes' own replies (measured: 24 microseconds
of processor time a request with them, 11 without).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gameday_fakes.answering import Answering
from gameday_fakes.http import Reply, Request
from gameday_fakes.http2_relay import Http2Port, take_over
from gameday_fakes.other_protocols import other_protocol, speaks_http2
from gameday_fakes.traffic import Traffic

#: The head of a request, its URL and headers, has at most so many bytes; vendors' own limits for a URI are lower.
MAX_HEAD_BYTES = 64 * 1024
#: Of a head that has not arrived whole, so many bytes are kept at most.
_MAX_UNFINISHED_BYTES = 1024 * 1024
#: What a request without one of these cannot have: a body, a wish of how it is read, the end of its connection.
_NOT_PLAIN = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"})
_STAYS = b"keep-alive"
#: No header of a reply may end early, whatever it quotes.
_control_character = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search


class _HeadTooLarge(Exception):
    """The parser ends the connection."""


class ResettableProtocol(HttpToolsProtocol):
    """Gives the application its transport, so that it can reset the connection in a reply. Bounds a request's head."""

    _in_head = False
    _head_bytes = 0
    _begun = False
    _plain = True
    _answered = False
    #: The fake that is served, None for another application.
    fake: Answering | None = None
    #: What is called with the name of a protocol that is not spoken here.
    lacks: Callable[[str], None]
    #: The fake's server for HTTP/2, if it has one, and what counts the traffic with it.
    http2: Http2Port | None = None
    relayed: Traffic

    def data_received(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            if self.http2 is not None and speaks_http2(data):
                take_over(self, self.transport, data, self.http2, self.relayed)
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

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in _NOT_PLAIN and not (name == b"connection" and value.lower() == _STAYS):
            self._plain = False
            super().on_header(name, value)
            return
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > MAX_HEAD_BYTES:
            raise _HeadTooLarge
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
        self._answer(self.fake, request)

    def _is_next(self) -> bool:
        """Whether a reply may be written now, by HTTP/1.1 and with a body."""
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        if self.flow.write_paused or self.transport.is_closing():
            return False
        return self.parser.get_http_version() == "1.1" and self.parser.get_method() != b"HEAD"

    def _answer(self, fake: Answering, request: Request) -> None:
        answer = fake.begun(request)
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
        lines = [STATUS_LINE[reply.status]]
        for name, value in (*self.server_state.default_headers, *reply.headers):
            if name == b"connection" or _control_character(value):
                return False
            lines += (name, b": ", value, b"\r\n")
        lines += (b"\r\n", reply.body)
        self.transport.write(b"".join(lines))
        self.on_response_complete()
        return True

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._plain, self._answered = True, False
        super().on_message_begin()
        self.scope["extensions"] = {"gameday.transport": self.transport}  # type: ignore[dict-item]

    def on_message_complete(self) -> None:
        if not self._answered:
            super().on_message_complete()
