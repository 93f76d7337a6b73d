"""Two Toxiproxy servers, the embedded and the real one, under one suite; and both ends of a connection in hand."""

from __future__ import annotations

import itertools
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday.base.ports import free_port
from gameday.run.proxy_server import find_server
from support.control import NO_AUTHORITY
from support.needs import demand

PATIENCE_S = 20.0
_numbers = itertools.count(1)


class End:
    """One end of a connection through a proxy, with blocking calls that give up after PATIENCE_S."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(PATIENCE_S)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read_some(self) -> bytes:
        return self.sock.recv(1 << 20)

    def read(self, count: int) -> bytes:
        """Exactly so many bytes, or fewer where the connection ends."""
        data = bytearray()
        while len(data) < count and (more := self.sock.recv(count - len(data))):
            data += more
        return bytes(data)

    def read_all(self) -> bytes:
        """Everything until the connection ends in good order."""
        data = bytearray()
        while more := self.read_some():
            data += more
        return bytes(data)

    def unreported(self) -> bool:
        """Whether nothing arrives for a moment: no byte, no end."""
        return not select.select([self.sock], [], [], 0.05)[0]

    def was_reset(self) -> bool:
        """Whether the connection ends with an RST."""
        try:
            self.read_all()
        except ConnectionResetError:
            return True
        return False

    def close(self) -> None:
        self.sock.close()


class Upstream:
    """A listening socket whose connections the test drives itself."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE_S)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def accept(self) -> End:
        return End(self._listener.accept()[0])

    def close(self) -> None:
        self._listener.close()


class Link:
    """A proxy and its upstream; ``connect`` gives both ends of a new connection through it."""

    def __init__(self, api: httpx.Client, name: str, upstream: Upstream, listen: str) -> None:
        self.api = api
        self.name = name
        self.path = f"/proxies/{name}"
        self.upstream = upstream
        host, _, port = listen.rpartition(":")
        self.address = (host, int(port))
        self._ends: list[End] = []

    def dial(self) -> End:
        """The client's end alone. Raises ConnectionRefusedError."""
        end = End(socket.create_connection(self.address, timeout=PATIENCE_S))
        self._ends.append(end)
        return end

    def connect(self) -> tuple[End, End]:
        """The client's end and the upstream's, once the proxy has joined them."""
        client = self.dial()
        server = self.upstream.accept()
        self._ends.append(server)
        # A byte each way: the proxy has taken up both directions.
        client.send(b"?")
        assert server.read(1) == b"?"
        server.send(b"!")
        assert client.read(1) == b"!"
        return client, server

    def open(self, stream: str) -> tuple[End, End]:
        """A new connection as (sender, receiver) of a direction; nothing has passed yet."""
        client = self.dial()
        server = self.upstream.accept()
        self._ends.append(server)
        return (client, server) if stream == "upstream" else (server, client)

    def add(self, kind: str, stream: str = "downstream", toxicity: float = 1.0, **attributes: int) -> str:
        """Add a toxic; returns its path."""
        body = {"name": kind, "type": kind, "stream": stream, "toxicity": toxicity, "attributes": attributes}
        self.api.post(f"{self.path}/toxics", json=body).raise_for_status()
        return f"{self.path}/toxics/{kind}"

    def change(self, toxic: str, **attributes: int) -> None:
        """Change a toxic's attributes."""
        self.api.post(toxic, json={"attributes": attributes}).raise_for_status()

    def remove(self, toxic: str) -> None:
        """Remove a toxic."""
        self.api.delete(toxic).raise_for_status()

    def close(self) -> None:
        for end in self._ends:
            end.close()
        self.upstream.close()


def _real_program() -> Path:
    demand("toxiproxy")
    program = find_server()
    assert program is not None
    return program


@pytest.fixture
def real_program() -> Path:
    """The real server's program; the test is skipped where there is none."""
    return _real_program()


@pytest.fixture(scope="session", params=["embedded", "real"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server's API."""
    if request.param == "embedded":
        # As other clients use it, which cannot send a token.
        command = [sys.executable, "-m", "gameday_fakes.toxiproxy", "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        yield process.stdout.readline().split()[-1]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        process.stdout.close()
        return
    program = _real_program()
    port = free_port()
    command = [str(program), "-host", "127.0.0.1", "-port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield _answering(f"http://127.0.0.1:{port}", process)
    process.terminate()
    process.wait(PATIENCE_S)


def _answering(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline_s = time.monotonic() + PATIENCE_S
    with httpx.Client(verify=NO_AUTHORITY, trust_env=False) as client:
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            try:
                client.get(f"{url}/version")
            except httpx.TransportError:
                time.sleep(0.01)
            else:
                return url


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the API."""
    with httpx.Client(base_url=server, verify=NO_AUTHORITY, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture
def name() -> str:
    """A name for a proxy that no other test has."""
    return f"proxy-{next(_numbers)}"


@pytest.fixture
def link(api: httpx.Client, name: str) -> Iterator[Link]:
    """A proxy to an upstream of the test's own."""
    upstream = Upstream()
    made: dict[str, Any] = api.post(
        "/proxies", json={"name": name, "listen": "127.0.0.1:0", "upstream": upstream.address}
    ).json()
    link = Link(api, name, upstream, made["listen"])
    yield link
    link.close()
    api.delete(link.path)
