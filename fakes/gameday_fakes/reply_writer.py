"""Replies as the bytes that are written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gameday_fakes.http import Reply

Header = tuple[bytes, bytes]

#: No header of a reply may end early, whatever it quotes.
_control_character = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]").search


def lines_of(headers: Iterable[Header]) -> bytes | None:
    """The lines of headers; None if one of them needs a closer look."""
    lines: list[bytes] = []
    for name, value in headers:
        if name == b"connection" or _control_character(value):
            return None
        lines += (name, b": ", value, b"\r\n")
    return b"".join(lines)


class ReplyWriter:
    """Writes replies to requests of HTTP/1.1, each with the ``default`` headers first."""

    def __init__(self, default: Iterable[Header]) -> None:
        self._default = lines_of(default) or b""
        self._starts: dict[int, bytes] = {}

    def bytes_of(self, reply: Reply) -> bytes | None:
        """A whole reply; None if it has a header that needs a closer look."""
        start = self._starts.get(reply.status)
        if start is None:
            start = self._starts[reply.status] = STATUS_LINE[reply.status] + self._default
        lines = lines_of(reply.headers)
        return None if lines is None else b"".join((start, reply.head, lines, b"\r\n", reply.body))
