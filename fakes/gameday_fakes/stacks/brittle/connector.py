"""The whole connector. It works as long as nothing fails."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from gameday_fakes.stacks.brittle.systems import Crm, Erp, client_class
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import Request, Response

_log = logging.getLogger("brittle")

Result = TypeVar("Result")

TRIES = 3
PAUSE_S = 2.0
TIMEOUT_S = 30.0


class Connector:
    """Writes the order and its invoice, then acknowledges the CRM's outbound message."""

    def __init__(self, environment: Environment, *, crm: type | None = None, erp: type | None = None) -> None:
        """``crm`` and ``erp`` are the classes of the clients, those of the environment's vendors unless given."""
        self._pace = environment.pace
        http = httpx.AsyncClient(
            timeout=self._pace.timeout_s(TIMEOUT_S), trust_env=False, verify=environment.crm_url.startswith("https:")
        )
        own = environment.credentials
        self._crm: Crm = (crm or client_class("crm", environment))(http, environment.crm_url, own["crm"])
        self._erp: Erp = (erp or client_class("erp", environment))(http, environment.erp_url, own["erp"])
        self._customers: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, request: Request) -> Response:
        if request.path == "/healthz":
            return Response.of({"status": "ok"})
        if (request.method, request.path) != ("POST", "/outbound-messages"):
            return Response.of({"error": "not found"}, 404)
        try:
            events = self._crm.events(request)
        except (LookupError, TypeError, ValueError) as problem:
            _log.warning("bad message: %s", problem)
            return Response(400, self._crm.nack.body, self._crm.nack.content_type)
        try:
            for event in events:
                await self.process(event)
        except httpx.HTTPStatusError as problem:
            _log.error("failed: %r", problem)
            # A bad request stays bad: acknowledge it, so that it does not block later messages.
            if problem.response.status_code != 400:
                return self._crm.nack
        except (httpx.HTTPError, LookupError, ValueError) as problem:
            _log.error("failed: %r", problem)
            return self._crm.nack
        return self._crm.ack

    async def process(self, event: dict[str, str]) -> None:
        """Write the order and invoice of one deal. Raises httpx.HTTPError."""
        deal = await self._retry(lambda: self._crm.deal(event))
        if not deal.won:
            return
        lines = await self._retry(lambda: self._crm.lines(deal.id))
        await self._retry(lambda: self.find_or_create_customer(deal.account))
        order = await self._retry(lambda: self._erp.post_order(deal, lines))
        await self._retry(lambda: self._erp.invoice(order))
        _log.info("deal %s is order %s", deal.id, order)

    async def _retry(self, act: Callable[[], Awaitable[Result]]) -> Result:
        for attempt in range(1, TRIES):
            try:
                return await act()
            except httpx.HTTPError as problem:
                # A bad request stays bad.
                if isinstance(problem, httpx.HTTPStatusError) and problem.response.status_code == 400:
                    raise
                _log.warning("attempt %s: %r", attempt, problem)
                await asyncio.sleep(self._pace.real_s(PAUSE_S))
        return await act()

    async def find_or_create_customer(self, account: str) -> None:
        """Look for the customer, and add it if there is none. Raises httpx.HTTPError."""
        # Two deals of a new customer come at the same time.
        async with self._customers[account]:
            await self._find_or_create(account)

    async def _find_or_create(self, account: str) -> None:
        if not await self._erp.has_customer(account):
            await self._erp.add_customer(account, *await self._crm.account(account))
