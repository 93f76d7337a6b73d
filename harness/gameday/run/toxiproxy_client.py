"""A connection to a Toxiproxy server through toxiproxy-python, whose shortcomings are worked around here.

That client, last released in 2019, keeps one server address for the whole process, sets no timeout, obeys the proxy
variables of the environment, cannot change a toxic, and takes an answer of 500 for a proxy. So its calls are sent
through a Connection, which belongs to the run that calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

import requests
import toxiproxy.proxy
import toxiproxy.server
from toxiproxy.api import APIConsumer, validate_response
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from gameday.base import json_text
from gameday.base.errors import RunError

CALL_TIMEOUT_S = 10.0

Result = TypeVar("Result")


class Connection:
    """Requests to one server, with a timeout. Raises the client's own errors, and RunError if there is no answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send one request."""
        try:
            reply = self._session.request(method, self.url + path, timeout=CALL_TIMEOUT_S, **options)
        except requests.RequestException as problem:
            raise RunError(f"Toxiproxy at {self.url} did not answer: {type(problem).__name__}") from None
        if reply.status_code >= 500:
            raise RunError(f"Toxiproxy at {self.url} refused {method} {path}: {_reason(reply.content)}")
        return validate_response(reply)

    async def run(self, action: Callable[[], Result]) -> Result:
        """Call the client in a thread, so that its calls use this connection. Raises RunError if it is refused."""

        def bound() -> Result:
            _connection.set(self)
            try:
                return action()
            except (NotFound, InvalidToxic, ProxyExists) as problem:
                raise RunError(f"Toxiproxy at {self.url} refused: {_reason(problem.args[0])}") from None

        # Each call has a context of its own, so setting the variable affects no other run.
        return await asyncio.to_thread(bound)

    async def version(self) -> str:
        """The server's version."""
        return await self.run(lambda: _version(self.call("GET", "/version").content))

    def close(self) -> None:
        """Give up the connection."""
        self._session.close()


_connection: ContextVar[Connection] = ContextVar("_connection")


class _Consumer(APIConsumer):  # type: ignore[misc]  # published without types
    """The client's class of API calls; in a thread without a Connection it works as published."""

    @classmethod
    def get(cls, url: str, params: Any = None, **options: Any) -> Any:
        ours = _connection.get(None)
        return ours.call("GET", url, params=params) if ours else super().get(url, params, **options)

    @classmethod
    def post(cls, url: str, data: Any = None, json: Any = None, **options: Any) -> Any:
        ours = _connection.get(None)
        return ours.call("POST", url, data=data, json=json) if ours else super().post(url, data, json, **options)

    @classmethod
    def delete(cls, url: str, **options: Any) -> Any:
        ours = _connection.get(None)
        return ours.call("DELETE", url) if ours else super().delete(url, **options)


toxiproxy.server.APIConsumer = toxiproxy.proxy.APIConsumer = _Consumer


def ignoring_absence(action: Callable[[], Result]) -> Result | None:
    """Do something to a proxy or toxic; None if it does not exist."""
    try:
        return action()
    except NotFound:
        return None


def _version(content: bytes) -> str:
    """The version; before 2.7 the answer was plain text and not JSON."""
    try:
        return str(json_text.decode(content)["version"])
    except (json_text.Unreadable, KeyError, TypeError):
        return content.decode(errors="replace").strip()


def _reason(content: bytes) -> str:
    try:
        return str(json_text.decode(content)["error"])
    except (json_text.Unreadable, KeyError, TypeError):
        return content.decode(errors="replace").strip()[:300]
