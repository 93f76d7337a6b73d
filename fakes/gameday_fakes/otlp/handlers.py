"""What becomes of traces."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

import msgspec

from gameday_fakes.asgi import unpacked
from gameday_fakes.fake import Fake
from gameday_fakes.grpc_server import GrpcServer, installed
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.otlp import errors as bodies
from gameday_fakes.otlp import protobuf
from gameday_fakes.otlp.errors import ERRORS
from gameday_fakes.otlp.grpc import methods
from gameday_fakes.otlp.manifest import MANIFEST
from gameday_fakes.otlp.routes import ROUTES
from gameday_fakes.otlp.spans import key_of, spans_of

if TYPE_CHECKING:
    from gameday_fakes.server import AnyListener

_JSON = "application/json"
_LACKING = "OTLP in protobuf, without the package opentelemetry-proto"


class Otlp(Fake):
    """The fake receiver of traces."""

    manifest = MANIFEST
    api_version = "OTLP 1: over HTTP in JSON and protobuf, over gRPC"
    routes = ROUTES
    errors = ERRORS

    #: Of gRPC; None without its package, and before the fake listens.
    grpc_server: GrpcServer | None = None

    async def serve_on(self, sock: socket.socket, *, tls: ssl.SSLContext | None = None) -> AnyListener:
        # Whoever only asks what a fake can do needs no server.
        from gameday_fakes.server import listen

        if self.grpc_server is None and installed():
            self.grpc_server = GrpcServer(methods(self))
        http2 = self.grpc_server.port if self.grpc_server is not None else None
        return await listen(self, sock, tls=tls, traffic=self.traffic, lacks=self.unsupported, http2=http2)

    async def close(self) -> None:
        if self.grpc_server is not None:
            await self.grpc_server.close()

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        # Collectors listen beside the program, without a login.
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind)

    def reset(self) -> None:
        self.spans = 0
        #: The failed spans that no later one has ended, by service, name and deal.
        self.failed: dict[tuple[str, ...], dict[str, Any]] = {}

    def snapshot(self) -> dict[str, Any]:
        return {"spans": self.spans, "failed": list(self.failed.values())}

    def take_traces(self, request: Request) -> Reply:
        """``POST /v1/traces``: 200. A failed span is recorded, and the first one without an error after it."""
        kind = _kind(request)
        if kind != _JSON and (kind != protobuf.CONTENT_TYPE or not protobuf.installed()):
            self.unsupported(
                _LACKING if kind == protobuf.CONTENT_TYPE else "OTLP in another form than JSON and protobuf"
            )
            return self.error("media_type")
        for span in spans_of(_body(request, kind)):
            self.spans += 1
            key = key_of(span)
            if span["failed"]:
                self.failed[key] = span
                self._raise(span, key)
            elif self.failed.pop(key, None) is not None:
                self._raise(span, key)
        return _accepted(kind)

    def take_others(self, request: Request) -> Reply:
        """``POST /v1/metrics`` and ``/v1/logs``: 200, and nobody is alerted."""
        return _accepted(_kind(request))

    def _raise(self, span: dict[str, Any], key: tuple[str, ...]) -> None:
        shown = msgspec.to_builtins(span, builtin_types=())
        raw = {"span": shown, "key": list(key), "received_s": self.clock.now_s()}
        self.events.append(self.name, "alert", "ok", {"raw": raw})


def _kind(request: Request) -> str:
    """The media type of a request's body."""
    return request.header("content-type").partition(";")[0].strip().lower()


def _accepted(kind: str) -> Reply:
    """The answer to what was accepted, in the form of the request."""
    if kind == protobuf.CONTENT_TYPE:
        # A reply without a body gets no type by itself.
        return Reply(200, protobuf.NOTHING_TO_SAY, [(b"content-type", protobuf.CONTENT_TYPE.encode())])
    return Reply.json(200, {"partialSuccess": {}})


def _body(request: Request, kind: str) -> Any:
    """The body, unpacked, as plain data. Raises BadBody."""
    body = request.body
    if request.header("content-encoding").strip().lower() == "gzip":
        body = unpacked(body)
    if kind == protobuf.CONTENT_TYPE:
        return protobuf.as_json(body)
    plain = Request(request.method, request.path, body=body).json
    if not isinstance(plain, dict):
        raise BadBody("not an object")
    return plain
