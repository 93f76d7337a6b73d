"""The heads of plain requests, remembered: a client sends the same lines again and again.

A head is read here only if it is a GET without a body of HTTP/1.1 whose bytes leave no doubt: a target of the
characters of RFC 3986, and lines of "RFC 9112. HTTP/1.1", section 5, without blanks at the end of a value. Everything
else is left to the parser, which answers for what is wrong with it (tests/fakes/test_request_head.py holds both
against each other).
"""

from __future__ import annotations

import re

from gameday_fakes.http import Request
from gameday_fakes.shape import Shape

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
_SPELLINGS = (b"authorization: ", b"Authorization: ")
_PRINTABLE = bytes(range(32, 127))


class Heads:
    """The header lines of earlier requests.

    With ``proof_apart`` the value of ``Authorization``, which differs from request to request, is no part of a shape.
    """

    def __init__(self, *, proof_apart: bool) -> None:
        self._proof_apart = proof_apart
        self._known: dict[bytes, Shape] = {}

    def read(self, data: bytes, scheme: str) -> Request | None:
        """The request that ``data`` is; None if it is anything else, or not certain to be one.

        It has its shape only if that has come before: what comes once is not worth remembering more of it.
        """
        start = _target(data)
        if start is None or not data.endswith(b"\r\n\r\n") or len(data) > MAX_BYTES:
            return None
        lines, proof = data[start.end() : -2], b""
        if self._proof_apart:
            lines, proof = _without_proof(lines)
        shape = self._known.get(lines)
        if shape is None:
            shape = self._learn(lines)
            if shape is None:
                return None
        path, query = start.groups()
        headers = {**shape.headers, _AUTHORIZATION: proof} if proof else shape.headers
        request = Request("GET", path.decode("ascii"), query_string=query or b"", headers=headers, scheme=scheme)
        if shape.seen:
            request.shape = shape
        shape.seen = True
        return request

    def _learn(self, lines: bytes) -> Shape | None:
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
        shape = self._known[lines] = Shape(headers)
        return shape


def _without_proof(lines: bytes) -> tuple[bytes, bytes]:
    """The lines without the value of ``Authorization``, and that; empty if there is none that leaves no doubt."""
    begin = lines.find(_NAMED) + len(_NAMED)
    if begin < len(_NAMED) or lines[:begin].rpartition(b"\n")[2] not in _SPELLINGS:
        return lines, b""
    end = lines.find(b"\r\n", begin)
    value = lines[begin:end]
    if value.translate(None, _PRINTABLE) or value != value.strip():
        return lines, b""
    return lines[:begin] + lines[end:], value
