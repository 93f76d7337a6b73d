"""OTLP over gRPC, in front of the routes over HTTP: each call is the request that means the same.

So faults, counts and alerts are those of the fake. Where a fault drops a request, the call ends as unavailable.
Source: OpenTelemetry specification, "OTLP Specification 1", section "OTLP/gRPC".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from gameday_fakes.fake import Fake
from gameday_fakes.grpc_server import code
from gameday_fakes.http import Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.otlp.protobuf import CONTENT_TYPE

_PACKAGE = "/opentelemetry.proto.collector"
PATHS = {
    f"{_PACKAGE}.trace.v1.TraceService/Export": "/v1/traces",
    f"{_PACKAGE}.metrics.v1.MetricsService/Export": "/v1/metrics",
    f"{_PACKAGE}.logs.v1.LogsService/Export": "/v1/logs",
}
#: The code of gRPC of a lost connection.
_UNAVAILABLE = 14


def methods(fake: Fake) -> Callable[[Any, str], Any]:
    """What finds the handler of a call to a fake."""

    def method(grpc: Any, called: str) -> Any:
        path = PATHS.get(called)
        if path is None:
            fake.unsupported(f"gRPC {called}")
            return None

        async def export(body: bytes, context: Any) -> bytes:
            number, message = await _carried_out(fake, path, body)
            if number:
                await context.abort(code(grpc, number), message)
            return b""

        return grpc.unary_unary_rpc_method_handler(export)

    return method


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
