"""The errors of Teams' webhooks, as plain texts."""

from __future__ import annotations

from typing import Any

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

# kind: status, text
_CATALOGUE: dict[str, tuple[int, str]] = {
    "bad_body": (400, "Bad payload received by generic incoming webhook."),
    "no_text": (400, "Summary or Text is required."),
    "too_large": (413, "The request entity is too large."),
    "not_found": (404, "Webhook not found."),
    "method_not_allowed": (405, "Method Not Allowed"),
    "forbidden": (403, "Forbidden"),
    "rate_limited": (429, "Microsoft Teams endpoint returned HTTP error 429"),
    "server_error": (500, "Internal Server Error"),
    "bad_gateway": (502, "Bad Gateway"),
    "unavailable": (503, "Service Unavailable"),
    "gateway_timeout": (504, "Gateway Timeout"),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _) in _CATALOGUE.items())


def error(kind: str, **_: Any) -> Reply:
    """The reply for a kind of error."""
    status, text = _CATALOGUE[kind]
    return Reply(status, text.encode(), content_type=b"text/plain", error=kind)
