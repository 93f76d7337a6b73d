"""The HTTP API of toxiproxy-server, under the same paths, with the same bodies, statuses and errors."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gameday_fakes.asgi import read_body
from gameday_fakes.expiry import HOLDER_HEADER, PROCESS_HEADER, Holds
from gameday_fakes.gate import Gate, headers_of, routed
from gameday_fakes.toxiproxy.names import RENEW_PATH, VERSION
from gameday_fakes.toxiproxy.proxy import Proxy
from gameday_fakes.toxiproxy.toxics import ApiError, ToxicChange, ToxicRequest

#: The largest body is a list of proxies.
MAX_BODY_BYTES = 1024 * 1024

_Body = TypeVar("_Body")


class ProxyRequest(msgspec.Struct):
    """The body of a request that creates a proxy."""

    name: str = ""
    listen: str = ""
    upstream: str = ""
    enabled: bool = True


class ProxyChange(msgspec.Struct):
    """The body of a request that changes one."""

    listen: str | None = None
    upstream: str | None = None
    enabled: bool | None = None


class Api:
    """All proxies of a server, and the handlers that change them."""

    def __init__(self) -> None:
        self._proxies: dict[str, Proxy] = {}
        #: Which run holds which fault: a proxy and its toxic, or no toxic for a proxy that is disabled.
        self.holds: Holds[tuple[str, str]] = Holds()

    def routes(self) -> list[Route]:
        """The table of paths."""
        changing = ["POST", "PATCH"]
        proxy, toxics = "/proxies/{proxy}", "/proxies/{proxy}/toxics"
        return [
            Route(RENEW_PATH, _answering(self.renew), methods=["POST"]),
            Route("/version", _answering(self.version), methods=["GET"]),
            Route("/reset", _answering(self.reset), methods=["POST"]),
            Route("/populate", _answering(self.populate), methods=["POST"]),
            Route("/proxies", _answering(self.list_proxies), methods=["GET"]),
            Route("/proxies", _answering(self.create_proxy), methods=["POST"]),
            Route(proxy, _answering(self.show_proxy), methods=["GET"]),
            Route(proxy, _answering(self.update_proxy), methods=changing),
            Route(proxy, _answering(self.delete_proxy), methods=["DELETE"]),
            Route(toxics, _answering(self.list_toxics), methods=["GET"]),
            Route(toxics, _answering(self.add_toxic), methods=["POST"]),
            Route(f"{toxics}/{{toxic}}", _answering(self.show_toxic), methods=["GET"]),
            Route(f"{toxics}/{{toxic}}", _answering(self.update_toxic), methods=changing),
            Route(f"{toxics}/{{toxic}}", _answering(self.remove_toxic), methods=["DELETE"]),
        ]

    def stop(self) -> None:
        """Stop every proxy."""
        for proxy in self._proxies.values():
            proxy.stop()

    async def expire(self, held: tuple[str, str]) -> None:
        """Heal a fault whose run has stopped calling; a port that is taken meanwhile keeps its proxy disabled."""
        name, toxic = held
        proxy = self._proxies.get(name)
        if proxy is None:
            return
        with contextlib.suppress(ApiError):
            await (proxy.toxics.remove(toxic) if toxic else proxy.start())

    async def renew(self, request: Request) -> Response:
        """Every call renews the hold of its run; this one also gives what has expired."""
        holder = _holder(request)
        return _json({"expired": ["/".join(filter(None, fault)) for fault in self.holds.expired(holder)]})

    async def version(self, request: Request) -> Response:
        return _json({"version": VERSION})

    async def reset(self, request: Request) -> Response:
        """Enable all proxies and remove all toxics."""
        for proxy in list(self._proxies.values()):
            await proxy.start()
            await proxy.toxics.reset()
        return Response(status_code=204)

    async def populate(self, request: Request) -> Response:
        """Create the proxies of a list; existing ones that match stay as they are, others are replaced."""
        wanted = await _body(request, list[ProxyRequest])
        for position, entry in enumerate(wanted, start=1):
            for field in ("name", "upstream"):
                if not getattr(entry, field):
                    raise ApiError(f"missing required field: {field} at proxy {position}", 400)
        described: list[dict[str, Any]] = []
        for entry in wanted:
            try:
                proxy = await self._add_or_replace(entry)
            except ApiError as problem:
                refusal = {"error": problem.error, "status": problem.status}
                return _json({**refusal, "proxies": described}, problem.status)
            described.append(proxy.describe())
        return _json({"proxies": described}, 201)

    async def list_proxies(self, request: Request) -> Response:
        return _json({name: proxy.describe() for name, proxy in self._proxies.items()})

    async def create_proxy(self, request: Request) -> Response:
        wanted = await _body(request, ProxyRequest)
        for field in ("name", "upstream"):
            if not getattr(wanted, field):
                raise ApiError(f"missing required field: {field}", 400)
        if wanted.name in self._proxies:
            raise ApiError("proxy already exists", 409)
        return _json((await self._add(wanted)).describe(), 201)

    async def show_proxy(self, request: Request) -> Response:
        return _json(self._proxy(request).describe())

    async def update_proxy(self, request: Request) -> Response:
        proxy = self._proxy(request)
        change = await _body(request, ProxyChange)
        await proxy.update(
            proxy.listen if change.listen is None else change.listen,
            proxy.upstream if change.upstream is None else change.upstream,
            enabled=proxy.enabled if change.enabled is None else change.enabled,
        )
        if proxy.enabled:
            self.holds.drop((proxy.name, ""))
        else:
            self.holds.hold(_holder(request), (proxy.name, ""))
        return _json(proxy.describe())

    async def delete_proxy(self, request: Request) -> Response:
        proxy = self._proxy(request)
        proxy.stop()
        del self._proxies[proxy.name]
        return Response(status_code=204)

    async def list_toxics(self, request: Request) -> Response:
        return _json([toxic.describe() for toxic in self._proxy(request).toxics])

    async def add_toxic(self, request: Request) -> Response:
        proxy = self._proxy(request)
        toxic = await proxy.toxics.add(await _body(request, ToxicRequest))
        self.holds.hold(_holder(request), (proxy.name, toxic.name))
        return _json(toxic.describe())

    async def show_toxic(self, request: Request) -> Response:
        return _json(self._proxy(request).toxics.get(request.path_params["toxic"]).describe())

    async def update_toxic(self, request: Request) -> Response:
        toxics = self._proxy(request).toxics
        change = await _body(request, ToxicChange)
        return _json((await toxics.update(request.path_params["toxic"], change)).describe())

    async def remove_toxic(self, request: Request) -> Response:
        proxy = self._proxy(request)
        await proxy.toxics.remove(request.path_params["toxic"])
        self.holds.drop((proxy.name, request.path_params["toxic"]))
        return Response(status_code=204)

    def _proxy(self, request: Request) -> Proxy:
        try:
            return self._proxies[request.path_params["proxy"]]
        except KeyError:
            raise ApiError("proxy not found", 404) from None

    async def _add(self, wanted: ProxyRequest) -> Proxy:
        proxy = Proxy(wanted.name, wanted.listen, wanted.upstream)
        # The name is reserved before it listens, so that a second request for it is refused meanwhile.
        self._proxies[wanted.name] = proxy
        if wanted.enabled:
            try:
                await proxy.start()
            except ApiError:
                del self._proxies[wanted.name]
                raise
        return proxy

    async def _add_or_replace(self, wanted: ProxyRequest) -> Proxy:
        existing = self._proxies.get(wanted.name)
        if existing is not None:
            if not existing.differs(wanted.listen, wanted.upstream):
                return existing
            existing.stop()
        return await self._add(wanted)


def application(api: Api, gate: Gate) -> ASGIApp:
    """The API as an ASGI application, behind its gate."""
    app = routed(api.routes())

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = headers_of(scope["headers"])
        # Like the real one, though the gate keeps pages in browsers out already.
        if headers.get("user-agent", "").startswith("Mozilla/"):
            await Response("User agent not allowed\n", 403, media_type="text/plain")(scope, receive, send)
            return
        refusal = gate.refusal(scope["method"], headers)
        if refusal:
            await _json({"error": refusal.text, "status": refusal.status}, refusal.status)(scope, receive, send)
            return
        api.holds.renew(headers.get(HOLDER_HEADER, ""), headers.get(PROCESS_HEADER, ""))
        await app(scope, receive, send)

    return guarded


def _answering(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ApiError as problem:
            return _json({"error": problem.error, "status": problem.status}, problem.status)

    return answer


def _holder(request: Request) -> str:
    return request.headers.get(HOLDER_HEADER, "")


async def _body(request: Request, kind: type[_Body]) -> _Body:
    body = await read_body(request.receive, MAX_BODY_BYTES)  # type: ignore[arg-type]
    if body is not None and len(body) > MAX_BODY_BYTES:
        raise ApiError("request body too large", 413)
    try:
        return msgspec.json.decode(body or b"", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise ApiError(f"bad request body: {problem}", 400) from None


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
