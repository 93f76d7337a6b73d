"""The stack's HTTP port: events from the CRM, and the hooks for operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from gameday_fakes.stacks.durable.crm import Crm
from gameday_fakes.stacks.durable.failures import DeadLetters
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.listener import PATH, Listener
from gameday_fakes.stacks.durable.rollout import Rollout
from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.http_server import Request, Response


class Pausable(Protocol):
    """What can be told to claim no deals."""

    paused: bool


class Api:
    """Dispatches requests by method and path."""

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        engine: Pausable,
        dead_letters: DeadLetters,
        metrics: Callable[[], str],
        test_alert: Callable[[], None],
        crm: Crm,
        listener: Listener | None = None,
        rollout: Rollout | None = None,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._engine = engine
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._test_alert = test_alert
        self._crm = crm
        self._listener = listener
        self._rollout = rollout

    async def __call__(self, request: Request) -> Response:
        match request.method, request.path:
            case "POST", "/outbound-messages":
                return await self._receive(request)
            case "POST", path if path == PATH and self._listener is not None:
                return await self._listener.receive(request)
            case "GET", "/healthz":
                return Response.of({"status": "ok"})
            case "GET", "/dead-letters":
                return Response.of(self._dead_letters.all())
            case "POST", "/dead-letters/replay":
                return self._replay(request)
            case "POST", "/pause":
                return self._pause(paused=True)
            case "POST", "/resume":
                return self._pause(paused=False)
            case "POST", "/rollout" if self._rollout is not None:
                return self._roll_out(self._rollout, request)
            case "POST", "/rollout/back" if self._rollout is not None:
                self._rollout.end()
                return Response.of({"percent": 0})
            case "POST", "/alerts/test":
                self._test_alert()
                return Response.of({"status": "queued"}, 202)
            case "GET", "/metrics":
                return Response(200, self._metrics().encode(), "text/plain; version=0.0.4; charset=utf-8")
            case "GET", path if path.startswith("/lineage/"):
                lineage = self._store.lineage(path.removeprefix("/lineage/"))
                return Response.of(lineage or {"error": "unknown deal"}, 200 if lineage else 404)
        return Response.of({"error": f"no {request.method} {request.path} here"}, 404)

    async def _receive(self, request: Request) -> Response:
        received = self._crm.receive(request)
        if isinstance(received, Response):
            return received
        await self._inbox.receive(received.notifications)
        return received.reply

    def _replay(self, request: Request) -> Response:
        try:
            body: Any = request.json() or {}
            ids = body.get("ids")
        except (ValueError, AttributeError):
            return Response.of({"error": 'expected: {"ids": [...] or null}'}, 400)
        return Response.of({"replayed": self._dead_letters.replay(ids)})

    @staticmethod
    def _roll_out(rollout: Rollout, request: Request) -> Response:
        try:
            percent = float(request.json()["percent"])
        except (ValueError, TypeError, KeyError):
            percent = -1.0
        if not 0 <= percent <= 100:
            return Response.of({"error": 'expected: {"percent": 20}'}, 400)
        rollout.begin(percent)
        return Response.of({"percent": percent})

    def _pause(self, *, paused: bool) -> Response:
        self._engine.paused = paused
        self._inbox.news.set()
        return Response.of({"paused": paused})
