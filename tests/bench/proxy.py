"""Measures how much of the direct HTTP request rate a Toxiproxy keeps: ``python tests/bench/proxy.py [--server real]``.

The upstream is an application that replies at once, on the HTTP server of the fakes, in a separate process on one core.
The proxy and this load generator share another core. Direct and proxied rounds alternate and the row shows their
medians, so that other load on the machine affects both equally.

``--upstream bare`` uses a canned reply on a raw socket instead. No proxy keeps that rate on two cores: a request costs
such an upstream less than it costs the kernel to carry it through any proxy.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import uvloop

from gameday.base.process import Child
from gameday.run.network import Network
from gameday.run.proxy_server import find_server, start_embedded, start_real
from gameday_fakes.server import bind, listen

CONNECTIONS = 32
TARGET = 0.85
BODY = b'{"id": "006000000000001AAA", "name": "' + b"x" * 470 + b'"}'
REQUEST = b"GET /record HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n"
CANNED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY


class Round(NamedTuple):
    """Requests per second, direct and proxied, and the proxy's processor time per request in microseconds."""

    direct: float
    proxied: float
    processor_us: float


# -- the upstream ------------------------------------------------------------------------------------


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Reply to every request with the same record."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


class _Canned(asyncio.Protocol):
    """Replies to every read with the same bytes: the load never sends two requests at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(CANNED)


async def serve(kind: str) -> None:
    """Print the port and serve until killed."""
    sock = bind("127.0.0.1", 0)
    if kind == "http":
        await listen(application, sock)
    else:
        await asyncio.get_running_loop().create_server(_Canned, sock=sock)
    print(sock.getsockname()[1], flush=True)  # noqa: T201
    await asyncio.Event().wait()


@contextlib.contextmanager
def upstream(kind: str, core: int) -> Iterator[str]:
    """The upstream's URL."""
    command = [sys.executable, __file__, "--serve", kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            os.sched_setaffinity(process.pid, {core})
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


# -- the load generator ------------------------------------------------------------------------------


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the previous one is answered."""

    def __init__(self, left: Iterator[int]) -> None:
        self._left = left
        self._reply = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._reply += data
        if self._reply.endswith(BODY):
            self._reply = b""
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the connection was closed"))

    def _send(self) -> None:
        if next(self._left, None) is None:
            self.done.set_result(None)
            self._transport.close()
        else:
            self._transport.write(REQUEST)


async def rate(url: str, count: int) -> float:
    """Requests a second over 32 connections."""
    _, _, port = urllib.parse.urlsplit(url).netloc.rpartition(":")
    loop, left = asyncio.get_running_loop(), iter(range(count))
    started_s = time.perf_counter()
    connections = [
        await loop.create_connection(lambda: _Connection(left), "127.0.0.1", int(port)) for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in connections))
    return count / (time.perf_counter() - started_s)


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- the measurement ---------------------------------------------------------------------------------


async def start_server(kind: str, log: Path) -> tuple[Child, str, str]:
    """Start the Toxiproxy to measure."""
    if kind == "embedded":
        return await start_embedded(log)
    program = find_server()
    if program is None:
        raise SystemExit("no toxiproxy-server on PATH or in bin; `make toxiproxy` builds it")
    return *await start_real(program, log), ""


async def measure(url: str, server: str, count: int, rounds: int, core: int) -> Round:
    """The medians of the rounds; a cold first round of each kind does not count."""
    with tempfile.TemporaryDirectory() as folder:
        child, api_url, token = await start_server(server, Path(folder) / "proxy.log")
        network = Network(api_url, prefix="bench-", child=child, token=token)
        try:
            os.sched_setaffinity(child.identity.pid, {core})
            through = await network.add("direct", url)
            await rate(url, count // 4)
            await rate(through, count // 4)
            results = []
            for _ in range(rounds):
                direct = await rate(url, count)
                used_s = processor_s(child.identity.pid)
                proxied = await rate(through, count)
                results.append(Round(direct, proxied, (processor_s(child.identity.pid) - used_s) / count * 1e6))
        finally:
            await network.close()
            await child.end()
    return Round(*(statistics.median(column) for column in zip(*results, strict=True)))


def main() -> int:
    """Print a row; returns 1 if the embedded proxy keeps less than its target share of the direct rate."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--server", choices=["embedded", "real"], default="embedded")
    parser.add_argument("--upstream", choices=["http", "bare"], default="http")
    parser.add_argument("--requests", type=int, default=20_000, help="of each round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="direct and proxied in turn (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the row as JSON")
    parser.add_argument("--serve", choices=["http", "bare"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(serve(options.serve))
        return 0
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with upstream(options.upstream, cores[0]) as url:
        result = uvloop.run(measure(url, options.server, options.requests, options.rounds, cores[-1]))
    ratio = result.proxied / result.direct
    row = {"server": options.server, "upstream": options.upstream, **result._asdict(), "ratio": ratio}
    if options.json:
        print(json.dumps(row))  # noqa: T201
    else:
        print(  # noqa: T201
            f"{options.server} proxy, {options.upstream} upstream: direct {result.direct:,.0f}/s, "
            f"proxied {result.proxied:,.0f}/s, ratio {ratio:.2f} (target {TARGET}), "
            f"{result.processor_us:.0f} us of the proxy's processor per request"
        )
    judged = options.server == "embedded" and options.upstream == "http"
    return 1 if judged and ratio < TARGET else 0


if __name__ == "__main__":
    sys.exit(main())
