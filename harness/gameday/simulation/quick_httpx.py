"""httpx without what a simulation has no use for, and with what it computes again and again kept.

A request in a simulation takes httpx as long as it takes a fake to answer it. What is left out changes nothing that a
client sees: connections and certificates of a transport that is led elsewhere, cookies of replies that set none, and
the parsing of addresses and of the names of headers that were parsed before.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import httpx
from httpx import _models, _urls

#: How many addresses, names and values of headers are kept, of each the last that were asked for.
KEPT = 4096


@contextlib.contextmanager
def quick_httpx() -> Iterator[None]:
    """Have httpx work so within."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _PARTS]
    for owner, name, part in _PARTS:
        setattr(owner, name, part)
    try:
        yield
    finally:
        for owner, name, part in before:
            setattr(owner, name, part)


def _nothing(*_: object, **__: object) -> None:
    """A transport that is led over the links has no connections, and needs no certificates."""


async def _itself(transport: httpx.AsyncHTTPTransport) -> httpx.AsyncHTTPTransport:
    return transport


async def _closed(*_: object) -> None:
    """There are no connections to close."""


_extract_cookies = httpx.Cookies.extract_cookies


def _cookies_of(cookies: httpx.Cookies, response: httpx.Response) -> None:
    if "set-cookie" in response.headers:
        _extract_cookies(cookies, response)


#: Whose attributes are replaced within, which, and by what. Functions of their arguments alone are the same, kept.
_PARTS: tuple[tuple[Any, str, Any], ...] = (
    (httpx.AsyncHTTPTransport, "__init__", _nothing),
    (httpx.AsyncHTTPTransport, "__aenter__", _itself),
    (httpx.AsyncHTTPTransport, "__aexit__", _closed),
    (httpx.AsyncHTTPTransport, "aclose", _closed),
    (httpx.Cookies, "extract_cookies", _cookies_of),
    (_models, "normalize_header_key", functools.lru_cache(KEPT)(_models.normalize_header_key)),  # type: ignore[attr-defined]
    (_models, "normalize_header_value", functools.lru_cache(KEPT)(_models.normalize_header_value)),  # type: ignore[attr-defined]
    (_urls, "urlparse", functools.lru_cache(KEPT)(_urls.urlparse)),  # type: ignore[attr-defined]
)
