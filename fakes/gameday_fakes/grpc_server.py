"""A gRPC server in front of a fake's routes over HTTP. It needs the package grpcio.

Source: gRPC, "gRPC over HTTP2" and "Status codes and their use in gRPC".
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any


def installed() -> bool:
    """Whether the package is there."""
    return find_spec("grpc") is not None


def code(grpc: Any, number: int) -> Any:
    """A status code of gRPC by its number; of one that there is not, that of an unknown error."""
    known = {each.value[0]: each for each in grpc.StatusCode}
    return known.get(number, grpc.StatusCode.UNKNOWN)


class GrpcServer:
    """The server of one fake; it listens on loopback from its first use on.

    ``method`` gets the package and the path of a call, and gives the handler of that method, or None.
    """

    def __init__(self, method: Callable[[Any, str], Any]) -> None:
        self._method = method
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
                self._server.add_generic_rpc_handlers((_handlers(grpc, self._method),))
                self._port = self._server.add_insecure_port("127.0.0.1:0")
                await self._server.start()
        return self._port

    async def close(self) -> None:
        """End it and every call."""
        if self._server is not None:
            await self._server.stop(None)
            self._server = None


def _handlers(grpc: Any, method: Callable[[Any, str], Any]) -> Any:
    class Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]
        """Finds the handler of a call by its path."""

        def service(self, call: Any) -> Any:
            return method(grpc, call.method)

    return Handlers()
