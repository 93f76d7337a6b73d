"""httpx without what a simulation has no use for, and with what it computes again and again kept.

A request in a simulation takes httpx as long as it takes a fake to answer it. What is left out changes nothing that a
client sees: connections and certificates of a transport that is led elsewhere, cookies of replies that set none, the
steps of a login where there is none, lines for a log that nobody keeps, and the parsing of addresses and of the names
of headers that were parsed before. Headers are taken together at once, and not name by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import functools
from collections.abc import Iterator
from typing import Any

import httpx
from httpx import _content, _models, _urls

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


_NO_LOGIN = httpx.Auth()
_build_request_auth = httpx.AsyncClient._build_request_auth


def _login_of(client: httpx.AsyncClient, request: httpx.Request, auth: Any = httpx.USE_CLIENT_DEFAULT) -> httpx.Auth:
    if auth is httpx.USE_CLIENT_DEFAULT and client.auth is None and not request.url.userinfo:
        return _NO_LOGIN
    return _build_request_auth(client, request, auth)


_build_request = httpx.AsyncClient.build_request


def _built(client: httpx.AsyncClient, method: str, url: httpx.URL | str, **given: Any) -> httpx.Request:
    """A request with a body of bytes, of a text or of JSON, or without one; httpx builds all others."""
    content = given.get("content")
    asks_more = given.get("timeout", _CLIENTS) is not _CLIENTS or any(given.get(name) is not None for name in _MORE)
    if asks_more or client.params or client.cookies or not isinstance(content, bytes | str | None):
        return _build_request(client, method, url, **given)
    own = httpx.Headers(given.get("headers"))._list
    names = {name for _, name, _ in own}
    request = httpx.Request.__new__(httpx.Request)
    request.method = method.upper()
    is_whole = isinstance(url, httpx.URL) and url.is_absolute_url
    request.url = url if is_whole else client._merge_url(url)  # type: ignore[assignment]
    request.headers = httpx.Headers()
    request.headers._list = [*(each for each in client.headers._list if each[1] not in names), *own]
    request.extensions = {"timeout": client.timeout.as_dict()}
    headers, stream = _content.encode_request(content=content, json=given.get("json"))
    request.stream = stream
    _prepared(request, headers)
    request.read()
    return request


_CLIENTS = httpx.USE_CLIENT_DEFAULT
#: What a request may have besides.
_MORE = ("data", "files", "params", "cookies", "extensions")

_send_handling_auth = httpx.AsyncClient._send_handling_auth
_send_single_request = httpx.AsyncClient._send_single_request


async def _sent(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth, follow_redirects: bool, history: Any
) -> httpx.Response:
    if type(auth) is not httpx.Auth:
        return await _send_handling_auth(client, request, auth, follow_redirects, history)
    return await client._send_handling_redirects(request, follow_redirects, history)


async def _sent_once(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    transport = client._transport_for_url(request.url)
    if type(transport) is not httpx.AsyncHTTPTransport:
        return await _send_single_request(client, request)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    response = await transport.handle_async_request(request)
    response.request = request
    response.elapsed = datetime.timedelta(seconds=loop.time() - began_s)
    client.cookies.extract_cookies(response)
    response.default_encoding = client._default_encoding
    return response


_encoding = httpx.Headers.encoding


def _encoding_of(headers: httpx.Headers) -> str:
    if headers._encoding is None and all(key.isascii() and value.isascii() for key, _, value in headers._list):
        headers._encoding = "ascii"
    found: str = _encoding.fget(headers)  # type: ignore[attr-defined]
    return found


def _updated(headers: httpx.Headers, more: Any = None) -> None:
    given = httpx.Headers(more)._list
    if given:
        names = {name for _, name, _ in given}
        headers._list = [*(each for each in headers._list if each[1] not in names), *given]


def _prepared(request: httpx.Request, default_headers: dict[str, str]) -> None:
    given = request.headers._list
    names = {name for _, name, _ in given}
    for key, value in default_headers.items():
        name = key.lower().encode()
        if name not in names and not (name == b"transfer-encoding" and b"content-length" in names):
            given.append((key.encode(), name, value.encode()))
            names.add(name)
    first: list[tuple[bytes, bytes, bytes]] = []
    if b"host" not in names and request.url.host:
        first.append((b"Host", b"host", request.url.netloc))
    if request.method in ("POST", "PUT", "PATCH") and not names & {b"content-length", b"transfer-encoding"}:
        first.append((b"Content-Length", b"content-length", b"0"))
    request.headers = httpx.Headers()
    request.headers._list = [*first, *given]


#: Whose attributes are replaced within, which, and by what. Functions of their arguments alone are the same, kept.
_PARTS: tuple[tuple[Any, str, Any], ...] = (
    (httpx.AsyncHTTPTransport, "__init__", _nothing),
    (httpx.AsyncHTTPTransport, "__aenter__", _itself),
    (httpx.AsyncHTTPTransport, "__aexit__", _closed),
    (httpx.AsyncHTTPTransport, "aclose", _closed),
    (httpx.AsyncClient, "build_request", _built),
    (httpx.AsyncClient, "_build_request_auth", _login_of),
    (httpx.AsyncClient, "_send_handling_auth", _sent),
    (httpx.AsyncClient, "_send_single_request", _sent_once),
    (httpx.Cookies, "extract_cookies", _cookies_of),
    (httpx.Headers, "encoding", property(_encoding_of, _encoding.fset)),  # type: ignore[attr-defined]
    (httpx.Headers, "update", _updated),
    (httpx.Request, "_prepare", _prepared),
    (_models, "normalize_header_key", functools.lru_cache(KEPT)(_models.normalize_header_key)),  # type: ignore[attr-defined]
    (_models, "normalize_header_value", functools.lru_cache(KEPT)(_models.normalize_header_value)),  # type: ignore[attr-defined]
    (_urls, "urlparse", functools.lru_cache(KEPT)(_urls.urlparse)),  # type: ignore[attr-defined]
)
