"""Requests to a control plane with its token, by any client of httpx."""

from __future__ import annotations

from collections.abc import Generator

import httpx


class ControlToken(httpx.Auth):
    """Adds the token to requests that go to this control plane, and to no others."""

    def __init__(self, control: str, token: str) -> None:
        self._control = httpx.URL(control).netloc
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.url.netloc == self._control:
            request.headers["authorization"] = f"Bearer {self._token}"
        yield request
