"""What the embedded proxy promises beyond the real one: half-closes, flow control, loopback."""

from __future__ import annotations

import select
import socket
import threading
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

FOR_EVER_MS = 3_600_000
#: More than the buffers of every socket on the way can hold.
FAR_TOO_MUCH = 256 << 20
PATIENCE_S = 20.0

embedded = pytest.mark.parametrize("server", ["embedded"], indirect=True)
streams = pytest.mark.parametrize("stream", ["downstream", "upstream"])


@embedded
@streams
def test_a_half_close_is_carried_through(link: Any, stream: str) -> None:
    sender, receiver = link.open(stream)
    sender.send(b"question")
    sender.sock.shutdown(socket.SHUT_WR)
    assert receiver.read_all() == b"question"
    receiver.send(b"answer")
    receiver.close()
    assert sender.read_all() == b"answer"


@embedded
@streams
def test_a_half_close_waits_its_turn_behind_slow_data(link: Any, stream: str) -> None:
    link.add("latency", stream, latency=30)
    sender, receiver = link.open(stream)
    sender.send(b"question")
    sender.sock.shutdown(socket.SHUT_WR)
    assert receiver.read_all() == b"question"
    receiver.send(b"answer")
    assert sender.read(6) == b"answer"


@embedded
def test_both_directions_at_once_lose_nothing(link: Any) -> None:
    client, server = link.connect()
    data = bytes(range(256)) * 40_000
    threads = [threading.Thread(target=end.send, args=(data,)) for end in (client, server)]
    for thread in threads:
        thread.start()
    received: dict[str, bytes] = {}
    readers = [
        threading.Thread(target=lambda name=name, end=end: received.update({name: end.read(len(data))}))
        for name, end in {"client": client, "server": server}.items()
    ]
    for thread in readers:
        thread.start()
    for thread in threads + readers:
        thread.join()
    assert received["client"] == data
    assert received["server"] == data


def fill(end: Any) -> int:
    """Send until nothing more is taken; returns the number of bytes."""
    end.sock.setblocking(False)
    sent = 0
    while sent < FAR_TOO_MUCH and select.select([], [end.sock], [], 0.3)[1]:
        sent += end.sock.send(bytes(1 << 16))
    end.sock.settimeout(PATIENCE_S)
    return sent


@embedded
@streams
@pytest.mark.parametrize("kind", ["", "bandwidth", "slicer"])
def test_a_sender_is_held_up_by_what_cannot_pass(link: Any, stream: str, kind: str) -> None:
    toxic = link.add(kind, stream, **{"bandwidth": {"rate": 0}, "slicer": {"delay": 10**12}}[kind]) if kind else ""
    sender, receiver = link.open(stream)
    sent = fill(sender)
    assert sent < FAR_TOO_MUCH
    if toxic:
        link.remove(toxic)
    assert receiver.read(sent) == bytes(sent)


@embedded
@streams
def test_a_latency_does_not_hold_without_end(link: Any, stream: str) -> None:
    toxic = link.add("latency", stream, latency=FOR_EVER_MS)
    sender, receiver = link.open(stream)
    sent = fill(sender)
    assert sent < FAR_TOO_MUCH
    link.remove(toxic)
    assert receiver.read(sent) == bytes(sent)


@embedded
@streams
def test_a_slicer_of_0_makes_single_bytes(link: Any, stream: str) -> None:
    link.add("slicer", stream, delay=FOR_EVER_MS * 1000)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.read_some() == b"w"


@embedded
def test_an_address_without_a_host_is_loopback(api: httpx.Client, name: str) -> None:
    for number, listen in enumerate(["", ":0"]):
        made = api.post(
            "/proxies", json={"name": f"{name}-{number}", "listen": listen, "upstream": "127.0.0.1:9"}
        ).json()
        assert made["listen"].startswith("127.0.0.1:")
        api.delete(f"/proxies/{made['name']}")


@embedded
@pytest.mark.parametrize("upstream", ["nonsense", "127.0.0.1:port", "127.0.0.1:99999"])
def test_an_upstream_that_is_no_address_ends_the_clients_connection(link: Any, upstream: str) -> None:
    link.api.post(link.path, json={"upstream": upstream})
    assert link.dial().read_all() == b""
