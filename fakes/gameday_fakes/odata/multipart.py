"""``multipart/mixed`` bodies of ``$batch``: reading requests and change sets, writing replies.

Sources: "OData Version 4.01. Part 1: Protocol", section 11.7.7 "Multipart Batch Format"; "OData Version 2.0: Batch
Processing". The parts are two levels deep at most, so the reader needs no recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

import msgspec

from gameday_fakes.http import Reply
from gameday_fakes.odata.errors import ODataError

_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([A-Z]{1,10}) (\S{1,20000})(?: HTTP/[0-9.]{1,5})?")
#: The most headers of one part.
_MOST_HEADERS = 100


class Part(msgspec.Struct, frozen=True):
    """One request of a batch. ``id`` is its Content-ID, or the ``id`` of JSON; header names are in lower case.

    ``group`` names its change set, ``after`` the requests that it depends on.
    """

    method: str
    url: str
    headers: dict[str, str] = {}
    body: bytes = b""
    id: str = ""
    group: str = ""
    after: tuple[str, ...] = ()


def read(body: bytes, media_type: str, most: int) -> list[Part]:
    """The requests of a multipart batch; those of one change set have the same ``group``. Raises ODataError."""
    parts: list[Part] = []
    for number, (headers, content) in enumerate(_parts(body, media_type)):
        inner_type = headers.get("content-type", "")
        if inner_type.lower().startswith("multipart/mixed"):
            for inner_headers, inner in _parts(content, inner_type):
                part = _request(inner_headers, inner, f"set{number}")
                if part.method == "GET":
                    raise _refuse("a change set has no GET requests")
                parts.append(part)
        else:
            parts.append(_request(headers, content, ""))
        if len(parts) > most:
            raise _refuse(f"a batch has at most {most} requests")
    return parts


def _parts(body: bytes, media_type: str) -> Iterable[tuple[dict[str, str], bytes]]:
    """The parts of a body with their headers."""
    match = _BOUNDARY.search(media_type[:1000])
    if not media_type.lower().startswith("multipart/mixed") or match is None:
        raise _refuse("its content type is not multipart/mixed with a boundary")
    mark = b"--" + (match[1] or match[2]).encode("latin-1", "replace")
    # A line break belongs to the boundary that follows it; bare line feeds are accepted.
    pieces = re.split(rb"(?:\A|\r?\n)" + re.escape(mark), body)
    if len(pieces) < 2:
        raise _refuse("its boundary does not occur in it")
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return
        yield _head(piece.lstrip(b" \t").removeprefix(b"\r").removeprefix(b"\n"))


def _head(piece: bytes) -> tuple[dict[str, str], bytes]:
    """The headers of a part and what follows them."""
    if piece.startswith((b"\r\n", b"\n")):
        return {}, piece.removeprefix(b"\r").removeprefix(b"\n")
    head, _, rest = _split_at_blank(piece)
    lines = head.decode("latin-1").splitlines()
    if len(lines) > _MOST_HEADERS:
        raise _refuse("a part has too many headers")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise _refuse(f"a part has the header line {line[:60]!r}")
        headers[name.strip().lower()] = value.strip()
    return headers, rest


def _split_at_blank(piece: bytes) -> tuple[bytes, bytes, bytes]:
    match = re.search(rb"\r?\n\r?\n", piece)
    if match is None:
        return piece, b"", b""
    return piece[: match.start()], match.group(), piece[match.end() :]


def _request(headers: dict[str, str], content: bytes, group: str) -> Part:
    if not headers.get("content-type", "").lower().startswith("application/http"):
        raise _refuse("the content type of a part is not application/http")
    line, _, rest = content.lstrip(b"\r\n").partition(b"\n")
    match = _REQUEST_LINE.fullmatch(line.rstrip(b"\r").decode("latin-1").rstrip())
    if match is None:
        raise _refuse(f"a part has the request line {line[:60].decode('latin-1')!r}")
    given, body = _head(rest)
    length = given.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 10:
        body = body[: int(length)]
    return Part(match[1], match[2], given, body, headers.get("content-id", "") or given.get("content-id", ""), group)


def _refuse(why: str) -> ODataError:
    return ODataError("bad_batch", f"The batch request cannot be read: {why}.")


def write(replies: Iterable[tuple[Part, Reply, bool]], boundary: str) -> bytes:
    """The body of a multipart reply: each reply with its request, and whether it speaks for a whole change set."""
    chunks: list[bytes] = []
    group = ""
    # No delimiter may begin with another one (RFC 2046, section 5.1.1): clients look for how a line begins.
    inner = f"changes_{boundary}"
    for part, reply, for_all in replies:
        within = "" if for_all else part.group
        if group and within != group:
            chunks.append(f"--{inner}--\r\n".encode())
        if within and within != group:
            chunks.append(f"--{boundary}\r\ncontent-type: multipart/mixed; boundary={inner}\r\n\r\n".encode())
        group = within
        chunks.append(_written(part, reply, inner if within else boundary))
    if group:
        chunks.append(f"--{inner}--\r\n".encode())
    return b"".join([*chunks, f"--{boundary}--\r\n".encode()])


def _written(part: Part, reply: Reply, boundary: str) -> bytes:
    lines = [f"--{boundary}", "content-type: application/http", "content-transfer-encoding: binary"]
    if part.id:
        lines.append(f"content-id: {part.id}")
    phrase = HTTPStatus(reply.status).phrase if reply.status in {each.value for each in HTTPStatus} else ""
    lines += ["", f"HTTP/1.1 {reply.status} {phrase}"]
    head = "\r\n".join(lines).encode("latin-1", "replace")
    headers = b"".join(b"\r\n" + name + b": " + value for name, value in reply.headers)
    return head + headers + b"\r\n\r\n" + reply.body + b"\r\n"
