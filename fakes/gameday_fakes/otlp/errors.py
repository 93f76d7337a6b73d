"""The receiver's error bodies, by kind: Google's ``Status`` with a code and a message."""

from __future__ import annotations

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

_RETRY_AFTER = (b"retry-after", b"1")

# kind: HTTP status, gRPC code, message, headers
_CATALOGUE: dict[str, tuple[int, int, str, tuple[tuple[bytes, bytes], ...]]] = {
    "bad_body": (400, 3, "the request is not OTLP", ()),
    "unauthorized": (401, 16, "unauthenticated", ()),
    "not_found": (404, 5, "not found", ()),
    "method_not_allowed": (405, 12, "method not allowed", ()),
    "media_type": (415, 3, "this receiver takes application/json and application/x-protobuf", ()),
    "rate_limited": (429, 8, "too many requests", (_RETRY_AFTER,)),
    "server_error": (500, 13, "internal error", ()),
    "bad_gateway": (502, 14, "bad gateway", ()),
    "unavailable": (503, 14, "unavailable", (_RETRY_AFTER,)),
    "gateway_timeout": (504, 14, "gateway timeout", ()),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _, _, _) in _CATALOGUE.items())


def error(kind: str) -> Reply:
    """The receiver's reply for a kind of error."""
    status, code, message, headers = _CATALOGUE[kind]
    return Reply.json(status, {"code": code, "message": message}, headers, error=kind)
