"""What a client speaks where a fake expects HTTP/1.1, by its first bytes, and how it is refused.

The fakes speak HTTP/1.1, over TLS too: a client that offers both falls back to it. What falls back to nothing
(gRPC, HTTP/2 with prior knowledge, TLS on a port without it) would get an answer that it cannot read.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

#: Source: RFC 9113, section 3.4.
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n"
# Source: RFC 9113, sections 4.1, 6.5, 6.8 and 7.
_SETTINGS, _GOAWAY, _HTTP_1_1_REQUIRED = 0x4, 0x7, 0xD
#: The record of a ClientHello. Source: RFC 8446, section 5.1.
_TLS_HANDSHAKE = b"\x16\x03"


class OtherProtocol(NamedTuple):
    """``call`` names it where calls are listed that the fakes lack; ``answer`` refuses it in a form that it knows."""

    call: str
    answer: bytes = b""


def speaks_http2(first: bytes) -> bool:
    """Whether a connection that begins with these bytes speaks HTTP/2 without having asked for it."""
    return first.startswith(_HTTP2_PREFACE)


def other_protocol(first: bytes) -> OtherProtocol | None:
    """What a connection that begins with these bytes speaks; None if that is HTTP/1.1, or not known.

    >>> other_protocol(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n").call
    'HTTP/2 without asking for it first (gRPC, prior knowledge)'
    >>> other_protocol(b"GET / HTTP/1.1\\r\\n") is None
    True
    """
    if speaks_http2(first):
        said = b"this fake speaks HTTP/1.1"
        goaway = struct.pack(">II", 0, _HTTP_1_1_REQUIRED) + said
        answer = _frame(_SETTINGS, b"") + _frame(_GOAWAY, goaway)
        return OtherProtocol("HTTP/2 without asking for it first (gRPC, prior knowledge)", answer)
    if first.startswith(_TLS_HANDSHAKE):
        # A plain answer: clients then say that the version is wrong, which is how people know this mistake.
        return OtherProtocol(
            "TLS on a port without TLS, whose URL begins with http://", b"HTTP/1.1 400 Bad Request\r\n\r\n"
        )
    return None


def _frame(kind: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, 0, 0) + payload
