"""Reads the sources of a draft: a saved file, or the vendor's own answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from gameday.base import json_text
from gameday.base.errors import GamedayError, RunError

#: The bearer token for --url. There is no option for it, so that it does not end up in a shell history.
TOKEN_VARIABLE = "GAMEDAY_VENDOR_TOKEN"  # noqa: S105 - the name of a variable

MAX_BYTES = 32 * 1024 * 1024
TIMEOUT_S = 30.0
_CHUNK_BYTES = 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """A saved document. Raises GamedayError naming the file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GamedayError(f"{path} has more than {MAX_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None


def read_json(path: Path) -> Any:
    """A saved JSON document. Raises GamedayError naming the file."""
    return decoded(read_bytes(path), str(path))


def read_lines(path: Path, *, longest: int) -> Iterator[bytes]:
    """The lines of a file; one longer than ``longest`` bytes is cut after one byte more than that."""
    try:
        with path.open("rb") as file:
            while line := file.readline(longest + 1):
                yield line
                while line and not line.endswith(b"\n"):
                    line = file.readline(_CHUNK_BYTES)
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None


def check_vendor_url(url: str) -> str:
    """The base URL without a trailing slash. Raises GamedayError unless it is https, or http to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_url = parts.port != 0 and bool(host) and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_url, host, parts = False, "", urlsplit("")
    if not is_url or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise GamedayError(f"{url[:100]!r} is not a base URL", hint="such as https://crm.example.com")
    if parts.scheme == "http" and not _is_loopback(host):
        raise GamedayError(f"{url[:100]!r} is not encrypted", hint="http is for this machine only; write https")
    return url.rstrip("/")


def fetch(url: str, *, token: str, accept: str) -> bytes:
    """A vendor's answer to a GET. Raises RunError with the status, never with the token or the body."""
    headers = {"accept": accept, **({"authorization": f"Bearer {token}"} if token else {})}
    hint = f"is the token in {TOKEN_VARIABLE} still good?" if token else f"the token comes from {TOKEN_VARIABLE}"
    trust_env = not _is_loopback(urlsplit(url).hostname or "")
    # Plain HTTP has no certificate, and to load the trusted ones takes longer than a call.
    verify = not url.lower().startswith("http:")
    try:
        # Redirects are not followed, because the token would be sent to their target.
        with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT_S, trust_env=trust_env, verify=verify) as reply:
            if reply.status_code != httpx.codes.OK:
                refused = reply.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
                raise RunError(f"{url} answers {reply.status_code}", hint=hint if refused else "")
            return _bounded(reply, url)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as problem:
        raise RunError(f"no answer from {url}: {type(problem).__name__}") from None


def _bounded(reply: httpx.Response, url: str) -> bytes:
    body = bytearray()
    for part in reply.iter_bytes():
        body += part
        if len(body) > MAX_BYTES:
            raise RunError(f"{url} answers more than {MAX_BYTES:,} bytes")
    return bytes(body)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def decoded(data: bytes, where: str) -> Any:
    """The value of a JSON document. Raises GamedayError naming where it is from."""
    try:
        return json_text.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except json_text.Unreadable as problem:
        raise GamedayError(f"{where} is not JSON: {problem}") from None
