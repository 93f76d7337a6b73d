"""One HTTP client for each system: shared connections, a timeout, its exceptions as troubles, and waits it asks for."""

from __future__ import annotations

import functools
import time
from collections import Counter
from typing import Any

import httpx

from gameday_fakes.stacks.durable.trouble import Trouble, of_network
from gameday_fakes.stacks.environment import Pace


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


#: Most requests go to one of a few addresses, and taking them apart costs more than the rest of sending one.
_address = functools.lru_cache(maxsize=1024)(httpx.URL)


class Transport:
    """Requests to one system. ``name`` is ``crm``, ``erp``, ``pager`` or ``tickets``."""

    def __init__(self, name: str, base_url: str, client: httpx.AsyncClient, pace: Pace | None = None) -> None:
        self.name = name
        self.base_url = base_url
        self.requests: Counter[str] = Counter()
        self._client = client
        self._pace = pace or Pace()
        self._held_until_s = 0.0

    async def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Send one request and read its whole reply. Raises Trouble if there is none."""
        if url.startswith("/"):
            url = self.base_url + url
        try:
            reply = await self._client.request(method, _address(url), **more)
        except httpx.HTTPError as problem:
            self.requests[type(problem).__name__] += 1
            raise of_network(problem, self.name) from None
        self.requests[str(reply.status_code)] += 1
        self.check(reply)
        return reply

    def hold(self, scenario_s: float) -> None:
        """Let no request out for so long, of a client that asks ``need_open`` before each: the limit is on them all."""
        self._held_until_s = max(self._held_until_s, time.monotonic() + self._pace.real_s(scenario_s))

    def need_open(self) -> None:
        """Raise Trouble while the system's wait is not over."""
        left_s = self._held_until_s - time.monotonic()
        if left_s > 0:
            detail = f"429: the {self.name.upper()} asked for a wait that is not over"
            wait_s = left_s * self._pace.per_real_s
            raise Trouble("rate_limited", detail, system=self.name, retry_after_s=wait_s)

    def check(self, reply: httpx.Response) -> None:
        """Raise Trouble for a redirect: nothing was done, and no credentials go to an address that nobody approved."""
        if reply.is_redirect:
            detail = f"{reply.status_code}: the {self.name.upper()} redirects to another address"
            raise Trouble("moved", detail, system=self.name)
