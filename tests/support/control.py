"""Requests to a control plane with its token, by any client of httpx."""

from __future__ import annotations

import ssl
from collections.abc import Generator

import httpx

#: What clients of plain HTTP verify by: to read the machine's authorities takes each of them 20 ms.
NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class ControlToken(httpx.Auth):
    """Adds the token to requests that go to this control plane, and to no others."""

    def __init__(self, control: str, token: str) -> None:
        self._control = httpx.URL(control).netloc
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.url.netloc == self._control:
            request.headers["authorization"] = f"Bearer {self._token}"
        yield request
