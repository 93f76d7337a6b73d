"""One HTTP client for each system: shared connections, a timeout, and its exceptions as troubles."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx

from gameday_fakes.stacks.durable.trouble import Trouble, of_network


def new_client(
    base_url: str, timeout_s: float, *, connections: int, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client whose every phase (connect, write, read) ends after ``timeout_s`` real seconds."""
    return httpx.AsyncClient(
        timeout=timeout_s,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        transport=transport,
        trust_env=False,
        # Loading the trusted certificates takes longer than the rest of the start: only for https.
        verify=base_url.startswith("https:"),
    )


class Transport:
    """Requests to one system. ``name`` is ``crm``, ``erp``, ``pager`` or ``tickets``."""

    def __init__(self, name: str, base_url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self.base_url = base_url
        self.requests: Counter[str] = Counter()
        self._client = client

    async def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send one request and read its whole reply. Raises Trouble if there is none."""
        if url.startswith("/"):
            url = self.base_url + url
        try:
            reply = await self._client.request(method, url, **more)
        except httpx.HTTPError as problem:
            self.requests[type(problem).__name__] += 1
            raise of_network(problem, self.name) from None
        self.requests[str(reply.status_code)] += 1
        self.check(reply)
        return reply

    def check(self, reply: httpx.Response) -> None:
        """Raise Trouble for a redirect: nothing was done, and no credentials go to an address that nobody approved."""
        if reply.is_redirect:
            detail = f"{reply.status_code}: the {self.name.upper()} redirects to another address"
            raise Trouble("moved", detail, system=self.name)
