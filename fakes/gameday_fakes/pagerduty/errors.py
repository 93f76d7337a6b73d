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
    "forbidden": (403, "Forbidden", ()),
    "rate_limited": (429, "Too Many Requests", ("Rate limit exceeded",)),
    "server_error": (500, "Internal Server Error", ()),
    "bad_gateway": (502, "Bad Gateway", ()),
    "unavailable": (503, "Service Unavailable", ()),
    "gateway_timeout": (504, "Gateway Timeout", ()),
}
#: The REST API's own: status, message, code, errors. A missing ``From`` is a mistake of the request.
_REST: dict[str, tuple[int, str, int, tuple[str, ...]]] = {
    "invalid_input": (400, "Invalid Input Provided", 2001, ()),
    "no_sender": (400, "Invalid Input Provided", 2001, ("Requester User Not Found",)),
    "no_incident": (404, "Not Found", 2100, ()),
    "unauthorized": (401, "Unauthorized", 2006, ()),
}
ERRORS = (
    *(ErrorKind(name, status) for name, (status, _, _) in _CATALOGUE.items()),
    *(ErrorKind(name, status) for name, (status, _, _, _) in _REST.items()),
)


def error(kind: str, errors: tuple[str, ...] = (), **_: Any) -> Reply:
    """PagerDuty's reply: ``{status, message, errors}`` to an event, ``{error: {message, code, errors}}`` by REST."""
    if kind in _REST:
        status, message, code, fixed = _REST[kind]
        body = {"message": message, "code": code, "errors": [*fixed, *errors]}
        return Reply.json(status, {"error": body}, error=kind)
    status, message, fixed = _CATALOGUE[kind]
    word = "invalid event" if status == 400 else "error"
    return Reply.json(status, {"status": word, "message": message, "errors": [*fixed, *errors]}, error=kind)
