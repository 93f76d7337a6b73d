"""The heads of plain requests, remembered: a client sends the same lines again and again.

A head is read here only if it is a GET without a body of HTTP/1.1 whose bytes leave no doubt: a target of the
characters of RFC 3986, and lines of "RFC 9112. HTTP/1.1", section 5, without blanks at the end of a value. Everything
else is left to the parser, which answers for what is wrong with it (tests/fakes/test_request_head.py holds both
against each other).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gameday_fakes.http import Request
from gameday_fakes.remembering import Memory

#: A longer head is the parser's.
MAX_BYTES = 8 * 1024
#: How many sets of header lines are remembered.
MOST = 1024
#: What a request without one of these cannot have: a body, a wish of how it is read, the end of its connection.
NOT_PLAIN = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"})
STAYS = b"keep-alive"

# Two slashes at the start could be an authority.
_target = re.compile(
    rb"GET (/(?!/)[\w\-.~:/\[\]@!$&'()*+,;=%]*)(?:\?([\w\-.~:/?\[\]@!$&'()*+,;=%]*))? HTTP/1\.1\r\n"
).match
_line = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([!-~](?:[\t -~]*[!-~])?)?").fullmatch
_AUTHORIZATION, _NAMED = b"authorization", b"uthorization: "
_STARTS = (b"\r\na", b"\r\nA")
_PRINTABLE, _BLANK = bytes(range(32, 127)), ord(" ")


class _Shape:
    """What requests with the same header lines have in common."""

    __slots__ = ("headers", "seen")

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        self.headers = headers
        #: Whether it has come before: what comes once is not worth remembering more of it.
        self.seen = False


class Heads:
    """The header lines of earlier requests, and the requests whose replies are in ``memory``.

    With ``proof_apart`` the value of ``Authorization``, which differs from request to request, is no part of a head.
    """

    def __init__(self, memory: Memory, *, proof_apart: bool) -> None:
        self._memory = memory
        self._proof_apart = proof_apart
        self._known: dict[bytes, _Shape] = {}

    def read(self, data: bytes, scheme: str) -> Request | None:
        """The request that ``data`` is; None if it is anything else, or not certain to be one.

        It has its head only if its lines have come before: what comes once is not worth remembering more of it.
        """
        head, proof = _without_proof(data) if self._proof_apart else (data, b"")
        # The same bytes are another request over TLS. One that lacks its proof is like no other.
        own = b"" if self._proof_apart and not proof else head if scheme == "http" else scheme.encode() + head
        known = self._memory.get(own)
        if known is not None:
            return known.request(proof)
        start = _target(head)
        if start is None or not head.endswith(b"\r\n\r\n") or len(data) > MAX_BYTES:
            return None
        lines = head[start.end() : -2]
        shape = self._known.get(lines)
        if shape is None:
            shape = self._learn(lines)
            if shape is None:
                return None
        path, query = start.groups()
        headers = {**shape.headers, _AUTHORIZATION: proof} if proof else shape.headers
        request = Request("GET", path.decode("ascii"), query_string=query or b"", headers=headers, scheme=scheme)
        if shape.seen:
            request.head = own
        shape.seen = True
        return request

    def _learn(self, lines: bytes) -> _Shape | None:
        headers: dict[bytes, bytes] = {}
        for line in lines.split(b"\r\n")[:-1]:
            match = _line(line)
            if match is None:
                return None
            name, value = match[1].lower(), match[2] or b""
            if name in NOT_PLAIN and not (name == b"connection" and value.lower() == STAYS):
                return None
            if name == _AUTHORIZATION and name in headers:
                return None
            headers[name] = value
        if len(self._known) >= MOST:
            self._known.clear()
        shape = self._known[lines] = _Shape(headers)
        return shape


def _without_proof(data: bytes) -> tuple[bytes, bytes]:
    """A head without the value of ``Authorization``, and that; empty if there is none that leaves no doubt.

    Two heads that are the same without it differ in nothing else: it was taken from behind the first of the names.
    """
    at = data.find(_NAMED)
    if at < 0 or data[at - 3 : at] not in _STARTS:
        return data, b""
    begin = at + len(_NAMED)
    end = data.find(b"\r\n", begin)
    value = data[begin:end]
    if end <= begin or value[0] == _BLANK or value[-1] == _BLANK or value.translate(None, _PRINTABLE):
        return data, b""
    return data[:begin] + data[end:], value
