"""Replies as the bytes that are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.utils import formatdate

from gameday_fakes.http import NO_LINES, Lines, Reply

Header = tuple[bytes, bytes]

#: No header of a reply may end early, whatever it quotes: of these a line has none but those at its end.
_CONTROL_CHARACTERS = bytes({*range(32), 127} - {ord("\t")})
_OTHERS = bytes(set(range(256)) - {*_CONTROL_CHARACTERS})
_CONNECTION = b"connection: "


def lines_of(headers: Sequence[Header]) -> bytes | None:
    """The lines of headers; None if one of them needs a closer look."""
    text = b"".join([b"%b: %b\r\n" % header for header in headers])
    is_plain = text.translate(None, _OTHERS) == b"\r\n" * len(headers) and _CONNECTION not in text
    return text if is_plain else None


class DateLine:
    """The header ``Date``, the same for a second."""

    def __init__(self) -> None:
        self._unix_s = 0
        self._lines = NO_LINES

    def at(self, unix_s: float) -> Lines:
        """The header at a Unix time."""
        second = int(unix_s)
        if second != self._unix_s or self._lines is NO_LINES:
            value = formatdate(second, usegmt=True).encode()
            self._unix_s, self._lines = second, Lines(((b"date", value),), b"date: %b\r\n" % value)
        return self._lines


class ReplyWriter:
    """Writes replies to requests of HTTP/1.1, each with the ``default`` headers first."""

    def __init__(self, default: Iterable[Header]) -> None:
        self._default = lines_of([*default]) or b""
        self._starts: dict[int, bytes] = {}
        # Who serves nothing, such as a worker that carries out runs, has no need of the server.
        from uvicorn.protocols.http.httptools_impl import STATUS_LINE

        self._status_lines = STATUS_LINE

    def bytes_of(self, reply: Reply) -> bytes | None:
        """A whole reply; None if it has a header that needs a closer look."""
        start = self._starts.get(reply.status)
        if start is None:
            start = self._starts[reply.status] = self._status_lines[reply.status] + self._default
        lines = lines_of(reply.headers) if reply.headers else b""
        if lines is None:
            return None
        return b"".join((start, reply.first.text, lines, reply.last.text, b"\r\n", reply.body))
