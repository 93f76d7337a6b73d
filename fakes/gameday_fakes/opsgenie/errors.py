"""Opsgenie's error bodies, by kind."""

from __future__ import annotations

from typing import Any

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

# kind: status, message
_CATALOGUE: dict[str, tuple[int, str]] = {
    "invalid_alert": (422, "Request body is not processable. Please check the errors."),
    "bad_body": (400, "Request body is not a valid JSON"),
    "unauthorized": (401, "Could not authenticate"),
    "forbidden": (403, "You are not authorized to access this resource"),
    "not_found": (404, "Alert not found"),
    "method_not_allowed": (405, "Method Not Allowed"),
    "rate_limited": (429, "You are making too many requests!"),
    "server_error": (500, "Internal Server Error"),
    "bad_gateway": (502, "Bad Gateway"),
    "unavailable": (503, "Service Unavailable"),
    "gateway_timeout": (504, "Gateway Timeout"),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _) in _CATALOGUE.items())


def error(kind: str, errors: dict[str, str] | None = None, **_: Any) -> Reply:
    """Opsgenie's reply for a kind of error: ``{message, took, requestId}``, and ``errors`` by field."""
    status, message = _CATALOGUE[kind]
    body: dict[str, Any] = {"message": message, "took": 0.0, "requestId": "00000000-0000-0000-0000-000000000000"}
    if errors:
        body["errors"] = errors
    return Reply.json(status, body, error=kind)
