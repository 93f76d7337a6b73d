"""Asks an address that a user names, and reads no more of its answer than is needed."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any

from gameday.base.errors import GamedayError

if TYPE_CHECKING:
    import httpx

_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?")
#: What is read of an answer (bytes).
_MOST = 65_536


class FetchError(Exception):
    """An address did not answer; the text says how."""


def check_address(url: str) -> None:
    """Raise GamedayError for what is no http or https address, or has a password in it."""
    if not _ADDRESS.fullmatch(url):
        raise GamedayError(f"not an http or https address: {url[:80]!r}", hint="write 'https://host/health'")


def fetched(url: str, within_s: float, memory: dict[str, Any]) -> tuple[int, bytes]:
    """The status of an address, and the beginning of its body. Raises FetchError."""
    # Whoever only reads what an address is asked for needs no client.
    import httpx

    client: httpx.Client | None = memory.get("client")
    if client is None:
        verify = ssl.create_default_context() if url.startswith("https") else False
        client = memory["client"] = httpx.Client(trust_env=False, timeout=within_s, verify=verify)
    try:
        with client.stream("GET", url) as reply:
            body = b""
            for chunk in reply.iter_bytes():
                body += chunk
                if len(body) >= _MOST:
                    break
            return reply.status_code, body[:_MOST]
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise FetchError(f"{type(problem).__name__}: {problem}") from None
