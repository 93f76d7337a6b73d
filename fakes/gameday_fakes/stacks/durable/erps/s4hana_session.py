"""A session at S/4HANA: every write needs the CSRF token of its session, which ends without a warning.

Sources: SAP Community, "How does CSRF token work? SAP Gateway"; SAP knowledge base article 3048103: a write without a
valid token is answered with 403, and with the header ``x-csrf-token: Required``. Nothing has been written then.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from gameday_fakes.stacks.durable.transport import Transport
from gameday_fakes.stacks.durable.trouble import Trouble

ROOT = "/sap/opu/odata/sap"
#: Where a token is fetched: the document of a service, which is small.
_FETCHED_AT = f"{ROOT}/API_SALES_ORDER_SRV/"
_TOKEN, _READS = "x-csrf-token", ("GET", "HEAD")


class CsrfSession:
    """Requests of a communication user. A token that is refused is fetched again, once for all that wait for it."""

    def __init__(
        self, transport: Transport, credentials: Mapping[str, str], trouble_of: Callable[[httpx.Response], Trouble]
    ) -> None:
        user = f"{credentials['user']}:{credentials['password']}".encode()
        self._login = {"authorization": f"Basic {base64.b64encode(user).decode()}", "accept": "application/json"}
        self._transport = transport
        self._trouble_of = trouble_of
        #: Token and cookies, which belong together.
        self._session: dict[str, str] = {}
        self._fetching = asyncio.Lock()

    async def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        """Send a request to a service. Raises Trouble if there is no reply, or no session."""
        named = {**self._login, **(headers or {})}
        if method in _READS:
            return await self._transport.send(method, f"{ROOT}/{path}", headers=named, **more)
        session = self._session or await self.fetch({})
        reply = await self._transport.send(method, f"{ROOT}/{path}", headers={**named, **session}, **more)
        if self.has_ended(reply):
            session = await self.fetch(session)
            reply = await self._transport.send(method, f"{ROOT}/{path}", headers={**named, **session}, **more)
        if self.has_ended(reply):
            raise Trouble("session_ended", "the ERP refused a CSRF token that was just fetched (403)", system="erp")
        return reply

    @staticmethod
    def has_ended(reply: httpx.Response) -> bool:
        """Whether a write was refused because its session is over, and not for want of a permission."""
        return reply.status_code == 403 and reply.headers.get(_TOKEN, "").lower() == "required"

    async def fetch(self, stale: dict[str, str]) -> dict[str, str]:
        """Begin a session, unless another request has done it since the ``stale`` one. Raises Trouble."""
        async with self._fetching:
            if self._session and self._session != stale:
                return self._session
            reply = await self._transport.send("GET", _FETCHED_AT, headers={**self._login, _TOKEN: "Fetch"})
            if reply.status_code >= 400:
                raise self._trouble_of(reply)
            if _TOKEN not in reply.headers:
                raise Trouble("session_ended", "the ERP gave no CSRF token", system="erp")
            cookies = "; ".join(f"{name}={value}" for name, value in reply.cookies.items())
            self._session = {_TOKEN: reply.headers[_TOKEN], "cookie": cookies}
            return self._session
