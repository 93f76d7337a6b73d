"""OTLP over gRPC, in front of the routes over HTTP: each call is the request that means the same.

So faults, counts and alerts are those of the fake. Where a fault drops a request, the call ends as unavailable. It
needs the package grpcio. Source: OpenTelemetry specification, "OTLP Specification 1", section "OTLP/gRPC"; gRPC,
"gRPC over HTTP2" and "Status codes and their use in gRPC".
"""

from __future__ import annotations

import asyncio
import importlib
import json
from importlib.util import find_spec
from typing import Any

from gameday_fakes.fake import Fake
from gameday_fakes.http import Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.otlp.protobuf import CONTENT_TYPE

_PACKAGE = "/opentelemetry.proto.collector"
PATHS = {
    f"{_PACKAGE}.trace.v1.TraceService/Export": "/v1/traces",
    f"{_PACKAGE}.metrics.v1.MetricsService/Export": "/v1/metrics",
    f"{_PACKAGE}.logs.v1.LogsService/Export": "/v1/logs",
}
#: Codes of gRPC: of an error that has none, and of a lost connection.
_NO_OTHER, _UNAVAILABLE = 2, 14


def installed() -> bool:
    """Whether the package is there."""
    return find_spec("grpc") is not None


class GrpcServer:
    """The server of one fake; it listens on loopback from its first use on."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        self._server: Any = None
        self._port = 0
        self._starting = asyncio.Lock()

    async def port(self) -> int:
        """Where it listens."""
        async with self._starting:
            if self._server is None:
                # Imported only where a client speaks gRPC: it takes longer than the start of all fakes.
                grpc = importlib.import_module("grpc")
                self._server = importlib.import_module("grpc.aio").server()
                self._server.add_generic_rpc_handlers((_handlers(grpc, self._fake),))
                self._port = self._server.add_insecure_port("127.0.0.1:0")
                await self._server.start()
        return self._port

    async def close(self) -> None:
        """End it and every call."""
        if self._server is not None:
            await self._server.stop(None)
            self._server = None


def _handlers(grpc: Any, fake: Fake) -> Any:
    codes = {code.value[0]: code for code in grpc.StatusCode}

    class Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]
        """Finds the handler of a call by its path."""

        def service(self, call: Any) -> Any:
            path = PATHS.get(call.method)
            if path is None:
                fake.unsupported(f"gRPC {call.method}")
                return None

            async def export(body: bytes, context: Any) -> bytes:
                code, message = await _carried_out(fake, path, body)
                if code:
                    await context.abort(codes.get(code, codes[_NO_OTHER]), message)
                return b""

            return grpc.unary_unary_rpc_method_handler(export)

    return Handlers()


async def _carried_out(fake: Fake, path: str, body: bytes) -> tuple[int, str]:
    """The gRPC code of the fake's answer, 0 for success, and its message."""
    try:
        reply = await fake.respond(Request("POST", path, headers={b"content-type": CONTENT_TYPE.encode()}, body=body))
    except Dropped:
        return _UNAVAILABLE, "the connection was lost"
    if reply.status < 400:
        return 0, ""
    said = json.loads(reply.body)
    return int(said["code"]), str(said["message"])
