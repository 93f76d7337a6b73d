"""Measures how many requests per second the fakes answer on one core.

    python tests/bench/fakes.py [--fake netsuite] [--requests N]

The server is pinned to one core and this load generator to another. A fault rule with a share of 0 is active,
signatures are verified and every write goes into the history. Requests are encoded (and signed, each with its own
nonce) before the clock starts, and go out over raw sockets: an HTTP client would be slower than the server. On a
machine that others use too, trust the figure per second of the server's processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import uvloop
from loads import CATALOG, LOADS, SETTINGS, Load

CONNECTIONS = 32
TARGETS = {"read": 8_000, "write": 4_000}
# Active, but it matches no request: every request still has to be checked against it.
IDLE_RULE = {"kind": "http", "operation": "*", "share": 0.0, "action": "reply", "error": "server_error"}


class Result(NamedTuple):
    """The result of one load: wall seconds, the server's processor seconds, and each request's latency."""

    wall_s: float
    processor_s: float
    latencies_s: list[float]


# -- the server --------------------------------------------------------------------------------------


@contextlib.contextmanager
def served(core: int) -> Iterator[dict[str, Any]]:
    """Run the fakes in a separate process on one core; yields the line that they print when ready."""
    command = [sys.executable, "-m", "gameday_fakes.serve", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            os.sched_setaffinity(server.pid, {core})
            yield json.loads(server.stdout.readline())
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait()


def control(ready: Mapping[str, Any], method: str, path: str, body: Any = None) -> Any:
    """Call the control plane."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ready['token']}"}
    request = urllib.request.Request(ready["control"] + path, data, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request) as reply:  # noqa: S310
        text = reply.read()
    return json.loads(text) if text else None


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- the load generator ------------------------------------------------------------------------------


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the previous one is answered."""

    def __init__(self, load: Load, left: Iterator[bytes], latencies_s: list[float]) -> None:
        self._load = load
        self._left = left
        self._latencies_s = latencies_s
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not registered as asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        request = next(self._left, None)
        if request is None:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent_s = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        _, named, rest = head.lower().partition(b"content-length: ")
        if named and len(body) < int(rest.partition(b"\r\n")[0]):
            return
        self._latencies_s.append(time.perf_counter() - self._sent_s)
        if head[9:12] not in self._load.expected and not self.done.done():
            self.done.set_exception(RuntimeError(f"unexpected reply: {self._received[:600]!r}"))
            self._transport.close()
            return
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def run_load(url: str, pid: int, load: Load) -> Result:
    """Send a load over 32 connections."""
    host, _, port = urllib.parse.urlsplit(url).netloc.partition(":")
    left = iter(load.requests)
    latencies_s: list[float] = []
    loop = asyncio.get_running_loop()
    gc.collect()
    gc.disable()
    used_s, start_s = processor_s(pid), time.perf_counter()
    connections = [
        await loop.create_connection(lambda: _Connection(load, left, latencies_s), host, int(port))
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in connections))
    wall_s = time.perf_counter() - start_s
    gc.enable()
    return Result(wall_s, processor_s(pid) - used_s, latencies_s)


def measure(name: str, count: int, cores: Sequence[int]) -> None:
    """Measure one fake and print a row for its writes and one for its reads."""
    with served(cores[0]) as ready:
        url = ready["fakes"][name]
        control(ready, "POST", "/reset", {"pace": 60, "seed": 7})
        control(ready, "POST", f"/{name}/configure", SETTINGS.get(name, {}))
        control(ready, "POST", f"/{name}/operations", {"f": "seed", "value": CATALOG})
        control(ready, "PUT", f"/{name}/faults/idle", IDLE_RULE)
        for kind in ("write", "read"):
            # Made anew: a nonce that has been used is refused, and some reads are of what the writes have made.
            result = uvloop.run(run_load(url, ready["pid"], LOADS[name](url, count)[kind]))
            ordered = sorted(result.latencies_s)
            rate, per_core = count / result.wall_s, count / max(result.processor_s, 0.01)
            median_ms, late_ms = (1000 * ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
            outcome = "met" if rate >= TARGETS[kind] else "MISSED"
            sys.stdout.write(
                f"{name:<11} {kind:<6} {count:>7,} {rate:>10,.0f} {per_core:>14,.0f} {median_ms:>7.2f} {late_ms:>7.2f}"
                f" {TARGETS[kind]:>8,} {outcome}\n"
            )
        events = control(ready, "GET", f"/events?after={count - 1}")["events"]
        if name == "netsuite" and (len(events) != 1 or events[0]["f"] != "order_write"):
            raise RuntimeError("the history does not hold one event for each write")


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fake", action="append", choices=sorted(LOADS))
    parser.add_argument("--requests", type=int, default=40_000)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    sys.stdout.write("fake        load   requests requests/s  per processor s  p50 ms  p99 ms   target\n")
    for name in options.fake or sorted(LOADS):
        measure(name, options.requests, cores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
