"""Alertmanager's error bodies, by kind."""

from __future__ import annotations

from typing import Any

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

# kind: status, text
_CATALOGUE: dict[str, tuple[int, str]] = {
    "bad_body": (400, "parsing alerts body failed"),
    "invalid_alert": (400, "at least one label pair required"),
    "not_found": (404, "page not found"),
    "method_not_allowed": (405, "method not allowed"),
    "rate_limited": (429, "too many requests"),
    "server_error": (500, "internal error"),
    "bad_gateway": (502, "bad gateway"),
    "unavailable": (503, "service unavailable"),
    "gateway_timeout": (504, "gateway timeout"),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _) in _CATALOGUE.items())


def error(kind: str, **_: Any) -> Reply:
    """Alertmanager's reply for a kind of error: a JSON text."""
    status, text = _CATALOGUE[kind]
    return Reply.json(status, text, error=kind)
