"""Slack's errors: of its Web API inside an HTTP 200, of webhooks as plain texts."""

from __future__ import annotations

from typing import Any

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

# kind: status, the API's code
_CATALOGUE: dict[str, tuple[int, str]] = {
    "bad_body": (200, "invalid_json"),
    "no_text": (200, "no_text"),
    "channel_missing": (200, "channel_not_found"),
    "message_missing": (200, "message_not_found"),
    "unauthorized": (200, "invalid_auth"),
    "forbidden": (200, "missing_scope"),
    "not_found": (404, "no_service"),
    "method_not_allowed": (405, "method_not_supported_for_channel_type"),
    "rate_limited": (429, "ratelimited"),
    "server_error": (500, "fatal_error"),
    "bad_gateway": (502, "fatal_error"),
    "unavailable": (503, "service_unavailable"),
    "gateway_timeout": (504, "request_timeout"),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _) in _CATALOGUE.items())
#: What a client waits after too many requests ("Rate limits").
RETRY_AFTER_S = 30


def error(kind: str, **_: Any) -> Reply:
    """Slack's reply for a kind of error: ``{"ok": false, "error": code}``."""
    status, code = _CATALOGUE[kind]
    headers = [(b"retry-after", str(RETRY_AFTER_S).encode())] if status == 429 else []
    return Reply.json(status, {"ok": False, "error": code}, headers, error=kind)


def webhook_error(kind: str) -> Reply:
    """A webhook's reply to a message that it refuses: a plain text with status 400."""
    text = {"bad_body": b"invalid_payload", "no_text": b"no_text"}[kind]
    return Reply(400, text, content_type=b"text/html", error=kind)
