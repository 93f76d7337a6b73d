"""The mail server's refusals, by kind: SMTP's codes, an enhanced code and a text (RFC 5321, RFC 3463)."""

from __future__ import annotations

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

# kind: SMTP code, enhanced code, text
_CATALOGUE: dict[str, tuple[int, str, str]] = {
    "unavailable": (421, "4.3.2", "Service not available, closing transmission channel"),
    "mailbox_busy": (450, "4.2.1", "Mailbox unavailable"),
    "server_error": (451, "4.3.0", "Local error in processing"),
    "rate_limited": (452, "4.7.0", "Too many messages, try again later"),
    "method_not_allowed": (502, "5.5.1", "Command not implemented"),
    "bad_body": (550, "5.6.0", "The message cannot be read"),
    "unauthorized": (535, "5.7.8", "Authentication credentials invalid"),
    "not_found": (550, "5.1.1", "No such user here"),
    "too_large": (552, "5.3.4", "Message size exceeds fixed limit"),
    "rejected": (554, "5.7.1", "Message rejected as spam"),
}
ERRORS = tuple(ErrorKind(name, status, code) for name, (status, code, _) in _CATALOGUE.items())


def error(kind: str) -> Reply:
    """The refusal of a kind; the body is the line after the code."""
    status, code, text = _CATALOGUE[kind]
    return Reply(status, f"{code} {text}".encode(), content_type=b"text/plain", error=kind)
