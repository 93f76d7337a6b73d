"""Measures record reads of the fakes against a warm WireMock that answers the same bytes, in one run.

    python tests/bench/wiremock.py WIREMOCK_STANDALONE.jar [--fake netsuite] [--requests N] [--warm-s SECONDS]

Each server runs alone, pinned to the same core; this load generator to another. The fakes verify sessions and
signatures, look at an active fault for each request, and have rendered the record's custom fields; WireMock has one
stub and keeps no journal. Both are warm: each record has been read before, so its reply is remembered, and WireMock has
had its time. What the first read of each record costs is shown too. The figure is reads per second of the server's
processor time, so that it holds on a machine that others use too. Exits with 1 if the fakes do not reach 1.5 times
WireMock's.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import uvloop
from loads import CATALOG, LOADS, SETTINGS, Load, encode

import fakes as bench

TARGET = 1.5


@contextlib.contextmanager
def wiremock(jar: str, core: int, body: str) -> Iterator[tuple[str, int]]:
    """Run WireMock on one core with a stub for every path; yields its URL and process id."""
    options = ["--port", "0", "--no-request-journal", "--disable-banner", "--use-chunked-encoding", "never"]
    command = ["java", "-jar", jar, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            os.sched_setaffinity(server.pid, {core})
            port = next(line.split(":")[1].strip() for line in server.stdout if line.startswith("port:"))
            url = f"http://127.0.0.1:{port}"
            reply = {"status": 200, "body": body, "headers": {"content-type": "application/json"}}
            stub = {"request": {"method": "GET", "urlPathPattern": "/.*"}, "response": reply}
            data = json.dumps(stub).encode()
            urllib.request.urlopen(f"{url}/__admin/mappings", data).close()  # noqa: S310
            yield url, server.pid
        finally:
            server.terminate()
            server.wait()


def of_fake(name: str, count: int, core: int) -> tuple[float, float, str]:
    """Reads of a fake in a second of its processor, warm and the first of each record, and the body of one."""
    with bench.served(core) as ready:
        url = ready["fakes"][name]
        bench.control(ready, "POST", "/reset", {"pace": 60, "seed": 7})
        bench.control(ready, "POST", f"/{name}/configure", SETTINGS.get(name, {}))
        bench.control(ready, "POST", f"/{name}/operations", {"f": "seed", "value": CATALOG})
        bench.control(ready, "PUT", f"/{name}/faults/idle", bench.IDLE_RULE)
        loads = LOADS[name](url, count)
        uvloop.run(bench.run_load(url, ready["pid"], loads["write"]))
        # Made anew: some reads are of what the writes have made.
        head, _, _ = LOADS[name](url, 2)["read"].requests[0].partition(b"\r\n\r\n")
        request_line, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if not line.startswith("host"))
        with urllib.request.urlopen(urllib.request.Request(url + request_line.split(" ")[1], headers=headers)) as reply:  # noqa: S310
            body = reply.read().decode()
        # And again, because a nonce that has been used is refused.
        loads = LOADS[name](url, count)
        first, others = (
            Load(requests, loads["read"].expected)
            for requests in (loads["read"].requests[: count // 2], loads["read"].requests[count // 2 :])
        )
        cold = uvloop.run(bench.run_load(url, ready["pid"], first))
        uvloop.run(bench.run_load(url, ready["pid"], others))
        # A new log-in would have the fake forget what it remembers.
        again = LOADS[name](url, count) if name == "netsuite" else loads
        result = uvloop.run(bench.run_load(url, ready["pid"], again["read"]))
    return count / result.processor_s, len(first.requests) / cold.processor_s, body


def of_wiremock(jar: str, count: int, core: int, body: str, warm_s: float) -> float:
    """Reads of WireMock in a second of its processor, once it is warm."""
    with wiremock(jar, core, body) as (url, pid):
        request = encode("GET", url, "/services/rest/record/v1/salesOrder/1", {"authorization": "x"})
        load = Load([request] * count, frozenset({b"200"}))
        while bench.processor_s(pid) < warm_s:
            uvloop.run(bench.run_load(url, pid, load))
        return count / uvloop.run(bench.run_load(url, pid, load)).processor_s


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jar")
    parser.add_argument("--requests", type=int, default=40_000)
    parser.add_argument("--fake", action="append", choices=sorted(LOADS))
    parser.add_argument("--warm-s", type=float, default=60, help="processor time that WireMock has to warm up")
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    missed = False
    for name in given.fake or sorted(LOADS):
        ours, first, body = of_fake(name, given.requests, cores[0])
        theirs = of_wiremock(given.jar, given.requests, cores[0], body, given.warm_s)
        missed = missed or ours < TARGET * theirs
        sys.stdout.write(
            f"{name}: {len(body)} bytes, {ours:,.0f} reads a second of processor ({first:,.0f} first reads); "
            f"WireMock {theirs:,.0f}; {ours / theirs:.2f} times\n"
        )
        sys.stdout.flush()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
