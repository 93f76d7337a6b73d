"""A session at one system: its access token is got anew once for all requests that saw the last one refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.exact_json import BadJson, decode

#: The statuses with which a login is refused for good: no other attempt with the same credentials helps.
REFUSED = (400, 401, 403)


def read_json(reply: httpx.Response, system: str) -> Any:
    """A reply's body; numbers with a decimal point become Decimals, because they may be money. Raises Trouble."""
    try:
        return decode(reply.content)
    except BadJson:
        detail = f"the {system.upper()}'s reply is truncated or not JSON"
        raise Trouble("connection", detail, system=system) from None


class Session:
    """Requests with a bearer token. ``path`` and ``form`` are those of a login.

    ``trouble_of`` gives the trouble of an error reply. ``accept`` looks at what a login has answered, and raises
    Trouble for one that is not to be used.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        form: Mapping[str, str],
        trouble_of: Callable[[httpx.Response], Trouble],
        accept: Callable[[Any], None] = lambda _: None,
    ) -> None:
        self.token = ""
        self._transport = transport
        self._path = path
        self._form = dict(form)
        self._trouble_of = trouble_of
        self._accept = accept
        self._login = asyncio.Lock()

    async def call(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send a request. Raises Trouble for an error reply too."""
        reply = await self.send(method, url, **more)
        if reply.status_code >= 400:
            raise self._trouble_of(reply)
        return reply

    async def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send a request; a token that is refused is renewed once. Raises Trouble if there is no reply, or no login."""
        token = self.token or await self.log_in("")
        reply = await self._once(method, url, token, **more)
        if reply.status_code == 401:
            reply = await self._once(method, url, await self.log_in(token), **more)
        return reply

    async def _once(
        self, method: str, url: str, token: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {token}", **(headers or {})}
        return await self._transport.send(method, url, headers=sent, **more)

    async def log_in(self, stale: str) -> str:
        """Get a token, once for all requests that saw the ``stale`` one refused. Raises Trouble."""
        async with self._login:
            if self.token != stale:
                return self.token
            system = self._transport.name
            reply = await self._transport.send("POST", self._path, data=self._form)
            if reply.status_code in REFUSED:
                self.token = ""
                detail = f"{reply.status_code} {reply.text[:200]}"
                raise Trouble("login_refused", f"the {system.upper()} refused a new login: {detail}", system=system)
            if reply.status_code >= 400:
                raise self._trouble_of(reply)
            answer = read_json(reply, system)
            self.token = ""
            self._accept(answer)
            self.token = str(answer["access_token"])
            return self.token
