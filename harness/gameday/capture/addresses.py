"""Checks addresses: unencrypted records must not leave this machine."""

from __future__ import annotations

import urllib.parse

from gameday.base.errors import GamedayError
from gameday.config.isolation import is_loopback
from gameday_fakes.whole_numbers import whole_number


def checked_url(url: str, what: str) -> urllib.parse.SplitResult:
    """A URL from or to which customer data may travel: https, or http within this machine.

    Raises GamedayError, also for one that carries a password.
    """
    hint = "write for instance https://crm.example.com"
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise GamedayError(f"{what} is not a URL", hint=hint) from None
    if parts.username or parts.password:
        raise GamedayError(f"{what} contains a user or a password", hint="put credentials into the environment")
    if parts.scheme not in ("http", "https") or not host:
        raise GamedayError(f"{what} is not a URL: {url[:200]!r}", hint=hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise GamedayError(f"{what} is unencrypted to another machine: {url[:200]!r}", hint="use https")
    return parts


def listen_address(text: str, token: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``. Raises GamedayError; a host other than loopback requires a token."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    number = whole_number(port, digits=5)
    if not host or number is None or number > 65535:
        raise GamedayError(f"cannot listen on {text[:200]!r}", hint="write HOST:PORT, for instance 127.0.0.1:8100")
    if not is_loopback(host) and not token:
        raise GamedayError(
            f"listening on {host!r} requires a token", hint="set GAMEDAY_RECORD_TOKEN, or listen on 127.0.0.1"
        )
    return host, number
