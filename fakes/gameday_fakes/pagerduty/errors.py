"""PagerDuty's error bodies, by kind."""

from __future__ import annotations

from typing import Any

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

# kind: status, message, errors
_CATALOGUE: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "invalid_event": (400, "Event object is invalid", ()),
    "bad_body": (400, "Event object is invalid", ("JSON is invalid",)),
    "too_large": (413, "Event object is too large", ("Event exceeds 512 KB",)),
    "not_found": (404, "Not Found", ()),
    "method_not_allowed": (405, "Method Not Allowed", ()),
    "unauthorized": (401, "Unauthorized", ()),
    "forbidden": (403, "Forbidden", ()),
    "rate_limited": (429, "Too Many Requests", ("Rate limit exceeded",)),
    "server_error": (500, "Internal Server Error", ()),
    "bad_gateway": (502, "Bad Gateway", ()),
    "unavailable": (503, "Service Unavailable", ()),
    "gateway_timeout": (504, "Gateway Timeout", ()),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _, _) in _CATALOGUE.items())


def error(kind: str, errors: tuple[str, ...] = (), **_: Any) -> Reply:
    """PagerDuty's reply for a kind of error: ``{status, message, errors}``."""
    status, message, fixed = _CATALOGUE[kind]
    word = "invalid event" if status == 400 else "error"
    return Reply.json(status, {"status": word, "message": message, "errors": [*fixed, *errors]}, error=kind)
