"""The embedded proxy's process, and what happens while an upstream is being dialled."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gameday_fakes.toxiproxy.connection import Connection
from gameday_fakes.toxiproxy.proxy import Proxy
from gameday_fakes.toxiproxy.toxics import ToxicRequest, Toxics

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "gameday_fakes.toxiproxy"]
FOR_EVER_MS = 3_600_000
PATIENCE_S = 20.0


def started(*arguments: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    process = subprocess.Popen([*COMMAND, "--json", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def bearer(ready: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {ready['token']}"}


def ended(process: subprocess.Popen[bytes]) -> int:
    """Its exit code after its standard input has been closed."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    code = process.wait(PATIENCE_S)
    process.stdout.close()
    return code


def test_it_says_where_and_which_process_it_is() -> None:
    process, ready = started()
    assert ready["url"].startswith("http://127.0.0.1:")
    assert ready["pid"] == process.pid
    assert ended(process) == 0


def test_it_ends_with_its_standard_input_whatever_is_open() -> None:
    process, ready = started()
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        body = {"name": "held", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream.getsockname()[1]}"}
        made = httpx.post(f"{ready['url']}/proxies", json=body, headers=bearer(ready), trust_env=False).json()
        toxic = {"type": "latency", "attributes": {"latency": FOR_EVER_MS}}
        httpx.post(f"{ready['url']}/proxies/held/toxics", json=toxic, headers=bearer(ready), trust_env=False)
        with socket.create_connection(("127.0.0.1", int(made["listen"].rpartition(":")[2]))):
            accepted = upstream.accept()[0]
            accepted.sendall(b"held up")
            assert ended(process) == 0
            accepted.close()


def test_a_standard_input_that_is_closed_from_the_start_ends_it() -> None:
    done = subprocess.run(
        [*COMMAND, "--json"], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_taken_port_is_one_line_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--json", "--port", port], check=False, stdin=subprocess.DEVNULL, capture_output=True
        )
    assert done.returncode == 2
    assert done.stderr.decode() == f"cannot listen on 127.0.0.1:{port}: Address already in use\n"


def spared(seed: str) -> list[bool]:
    """Which of twenty connections a toxicity of a half spares."""
    process, ready = started("--seed", seed)
    try:
        with socket.create_server(("127.0.0.1", 0)) as upstream:
            body = {"name": "p", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream.getsockname()[1]}"}
            made = httpx.post(f"{ready['url']}/proxies", json=body, headers=bearer(ready), trust_env=False).json()
            toxic = {"type": "limit_data", "toxicity": 0.5}
            httpx.post(f"{ready['url']}/proxies/p/toxics", json=toxic, headers=bearer(ready), trust_env=False)
            results = []
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", int(made["listen"].rpartition(":")[2]))) as client:
                    accepted = upstream.accept()[0]
                    accepted.sendall(b"x")
                    results.append(client.recv(1) == b"x")
                    accepted.close()
            return results
    finally:
        ended(process)


def test_one_seed_affects_the_same_connections() -> None:
    assert spared("7") == spared("7")


# -- while the upstream is being dialled -------------------------------------------------------------


class Dial:
    """Stands in for the dialling of an upstream that takes its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.given_up = asyncio.Event()
        self.answered = asyncio.Event()
        loop = asyncio.get_running_loop()
        dial: Callable[..., Any] = loop.create_connection

        async def create_connection(*arguments: Any) -> Any:
            self.begun.set()
            try:
                await self.answered.wait()
            except asyncio.CancelledError:
                self.given_up.set()
                raise
            return await dial(*arguments)

        monkeypatch.setattr(loop, "create_connection", create_connection)


async def dialling(monkeypatch: pytest.MonkeyPatch, upstream: socket.socket) -> tuple[Proxy, Dial, socket.socket]:
    proxy = Proxy("p", "127.0.0.1:0", f"127.0.0.1:{upstream.getsockname()[1]}")
    await proxy.start()
    dial = Dial(monkeypatch)
    client = socket.create_connection(("127.0.0.1", int(proxy.listen.rpartition(":")[2])), timeout=PATIENCE_S)
    await dial.begun.wait()
    return proxy, dial, client


def test_the_dialling_is_given_up_when_the_client_resets(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as upstream:
            proxy, dial, client = await dialling(monkeypatch, upstream)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            await dial.given_up.wait()
            proxy.stop()

    asyncio.run(asyncio.wait_for(run(), PATIENCE_S))


def test_a_client_that_was_accepted_as_the_proxy_went_down_is_dropped() -> None:
    async def run() -> bytes:
        loop = asyncio.get_running_loop()
        connection = Connection("127.0.0.1:9", Toxics(lambda _: []), lambda _: None)
        connection.abort()
        server = await loop.create_server(lambda: connection.client, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname(), timeout=PATIENCE_S) as client:
            received = await asyncio.to_thread(client.recv, 1)
        server.close()
        return received

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE_S)) == b""


def test_the_dialling_is_given_up_when_the_proxy_goes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as upstream:
            proxy, dial, client = await dialling(monkeypatch, upstream)
            proxy.stop()
            await dial.given_up.wait()
            with client:
                return await asyncio.to_thread(client.recv, 1)

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE_S)) == b""


@pytest.mark.parametrize("kind", ["", "latency"], ids=["without toxics", "with a toxic"])
def test_what_a_client_says_before_the_upstream_is_there_arrives(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def listen_to(upstream: socket.socket) -> bytes:
        with upstream.accept()[0] as accepted:
            data = b""
            while more := accepted.recv(100):
                data += more
            return data

    async def run() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as upstream:
            proxy, dial, client = await dialling(monkeypatch, upstream)
            if kind:
                await proxy.toxics.add(ToxicRequest(type=kind, stream="upstream"))
            client.sendall(b"early ")
            client.sendall(b"words")
            client.close()
            dial.answered.set()
            heard = await asyncio.to_thread(listen_to, upstream)
            proxy.stop()
            return heard

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE_S)) == b"early words"
