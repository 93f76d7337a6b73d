"""Serves one CONNECT listener as a process of its own, for a run whose tunnels lead to the links before the fakes.

``python -m gameday_fakes.connect_serve`` reads a JSON line, ``{"targets": {pattern: [host, port]}, "host", "port"}``,
prints ``{"url": "http://127.0.0.1:P"}`` when it is ready, and ends when its standard input closes. Every CONNECT is a
line of JSON on standard error: ``{"name", "port", "client", "led"}``.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec
import uvloop

from gameday_fakes.connect import Asked, ConnectListener
from gameday_fakes.server import LOOPBACK, bind
from gameday_fakes.stdin import set_when_stdin_closes


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, and where the names lead: ``targets`` is pattern to (host, port)."""

    targets: dict[str, tuple[str, int]]
    host: str = LOOPBACK
    port: int = 0


def _tell(asked: Asked) -> None:
    sys.stderr.buffer.write(msgspec.json.encode(asked) + b"\n")
    sys.stderr.buffer.flush()


async def _serve(listening: Listening) -> None:
    closed = asyncio.Event()
    listener = ConnectListener(listening.targets, tell=_tell)
    await listener.listen(bind(listening.host, listening.port))
    sys.stdout.write(msgspec.json.encode({"url": listener.url}).decode() + "\n")
    sys.stdout.flush()
    set_when_stdin_closes(closed)
    await closed.wait()
    await listener.close()


def main() -> int:
    """Entry point: 0 when asked to end, 2 if the address cannot be used."""
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    listening = msgspec.json.decode(line, type=Listening)
    try:
        uvloop.run(_serve(listening))
    except OSError as problem:
        sys.stderr.write(f"cannot listen on {listening.host}:{listening.port} for the proxy: {problem.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
