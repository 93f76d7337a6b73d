"""Toxics that come, change and go while connections are open; proxies that move, go down and up again."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from gameday.base.ports import free_port

pytestmark = pytest.mark.slow

FOR_EVER_MS = 3_600_000
STREAMS = pytest.mark.parametrize("stream", ["downstream", "upstream"])


def joined(link: Any, stream: str) -> tuple[Any, Any]:
    """(sender, receiver) of a connection that carries data already."""
    client, server = link.connect()
    return (client, server) if stream == "upstream" else (server, client)


@STREAMS
def test_a_new_toxic_affects_an_open_connection(link: Any, stream: str) -> None:
    sender, receiver = joined(link, stream)
    link.add("latency", stream, latency=60)
    sent_s = time.monotonic()
    sender.send(b"word")
    assert receiver.read(4) == b"word"
    assert time.monotonic() - sent_s >= 0.059


@STREAMS
@pytest.mark.parametrize(
    ("kind", "attributes"), [("latency", {"latency": FOR_EVER_MS}), ("bandwidth", {"rate": 0})], ids=str
)
def test_what_a_removed_toxic_held_goes_on_at_once(link: Any, stream: str, kind: str, attributes: Any) -> None:
    toxic = link.add(kind, stream, **attributes)
    sender, receiver = link.open(stream)
    for word in (b"one", b"two", b"six"):
        sender.send(word)
    assert receiver.unreported()
    link.remove(toxic)
    assert receiver.read(9) == b"onetwosix"
    sender.send(b"ten")
    assert receiver.read(3) == b"ten"


@STREAMS
def test_a_changed_latency_holds_for_what_is_under_way(link: Any, stream: str) -> None:
    toxic = link.add("latency", stream, latency=FOR_EVER_MS)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.unreported()
    link.change(toxic, latency=0)
    assert receiver.read(4) == b"word"


@STREAMS
def test_a_removed_slow_close_lets_the_end_through(link: Any, stream: str) -> None:
    toxic = link.add("slow_close", stream, delay=FOR_EVER_MS)
    sender, receiver = joined(link, stream)
    sender.close()
    assert receiver.unreported()
    link.remove(toxic)
    assert receiver.read_all() == b""


@STREAMS
def test_a_changed_limit_remembers_what_has_passed(link: Any, stream: str) -> None:
    toxic = link.add("limit_data", stream, bytes=100)
    sender, receiver = link.open(stream)
    sender.send(b"x" * 60)
    assert receiver.read(60) == b"x" * 60
    link.change(toxic, bytes=80)
    sender.send(b"y" * 60)
    assert receiver.read_all() == b"y" * 20


@STREAMS
def test_a_limit_counts_from_when_it_was_added(link: Any, stream: str) -> None:
    sender, receiver = joined(link, stream)
    link.add("limit_data", stream, bytes=5)
    sender.send(b"1234567")
    assert receiver.read_all() == b"12345"


@STREAMS
def test_reset_peer_closes_an_older_connection_in_good_order(link: Any, stream: str) -> None:
    sender, receiver = joined(link, stream)
    link.add("reset_peer", stream, timeout=0)
    sender.send(b"word")
    assert receiver.read_all() == b""


@STREAMS
def test_a_removed_toxic_leaves_those_around_it(link: Any, stream: str) -> None:
    link.add("limit_data", stream, bytes=10)
    middle = link.add("bandwidth", stream, rate=0)
    last = link.add("latency", stream, latency=FOR_EVER_MS)
    sender, receiver = link.open(stream)
    sender.send(b"words")
    link.remove(middle)
    assert receiver.unreported()
    link.remove(last)
    assert receiver.read(5) == b"words"
    sender.send(b"and more")
    assert receiver.read_all() == b"and m"


@STREAMS
def test_a_changed_toxicity_selects_connections_again(link: Any, stream: str) -> None:
    toxic = link.add("latency", stream, latency=FOR_EVER_MS)
    sender, receiver = joined_silently(link, stream)
    sender.send(b"word")
    assert receiver.unreported()
    link.api.post(toxic, json={"toxicity": 0})
    assert receiver.read(4) == b"word"
    sender.send(b"next")
    assert receiver.read(4) == b"next"


def joined_silently(link: Any, stream: str) -> tuple[Any, Any]:
    sender, receiver = link.open(stream)
    receiver.send(b"!")
    assert sender.read(1) == b"!"
    return sender, receiver


def test_a_proxy_that_goes_down_drops_its_connections(link: Any) -> None:
    client, server = link.connect()
    link.api.post(link.path, json={"enabled": False})
    assert (client.read_all(), server.read_all()) == (b"", b"")


def test_a_proxy_that_is_down_refuses_connections(link: Any) -> None:
    link.api.post(link.path, json={"enabled": False})
    with pytest.raises(ConnectionRefusedError):
        link.dial()


def test_a_proxy_comes_up_again_at_its_address(link: Any) -> None:
    link.connect()
    link.api.post(link.path, json={"enabled": False})
    link.api.post(link.path, json={"enabled": True})
    link.connect()


def test_a_proxy_that_is_created_disabled_does_not_listen(link: Any) -> None:
    name = f"{link.name}-disabled"
    address = ("127.0.0.1", free_port())
    body = {"name": name, "listen": f"127.0.0.1:{address[1]}", "upstream": link.upstream.address, "enabled": False}
    link.api.post("/proxies", json=body).raise_for_status()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    link.api.delete(f"/proxies/{name}")


def test_a_deleted_proxy_drops_its_connections_and_refuses_new_ones(link: Any) -> None:
    client, server = link.connect()
    link.api.delete(link.path)
    assert (client.read_all(), server.read_all()) == (b"", b"")
    with pytest.raises(ConnectionRefusedError):
        link.dial()


def test_a_new_upstream_takes_the_new_connections_and_drops_the_old(link: Any) -> None:
    client, _ = link.connect()
    with socket.create_server(("127.0.0.1", 0)) as other:
        link.api.post(link.path, json={"upstream": f"127.0.0.1:{other.getsockname()[1]}"})
        assert client.read_all() == b""
        link.dial().send(b"word")
        accepted = other.accept()[0]
        assert accepted.recv(4) == b"word"
        accepted.close()


def test_reset_leaves_connections_open(link: Any) -> None:
    client, server = link.connect()
    link.add("latency", latency=FOR_EVER_MS)
    server.send(b"word")
    link.api.post("/reset")
    assert client.read(4) == b"word"


def test_an_upstream_that_refuses_ends_the_clients_connection(link: Any) -> None:
    link.upstream.close()
    assert link.dial().read_all() == b""


def test_an_end_of_the_upstream_ends_the_client(link: Any) -> None:
    client, server = link.connect()
    server.send(b"last words")
    server.close()
    assert client.read_all() == b"last words"


def test_an_end_of_the_client_ends_the_upstream(link: Any) -> None:
    client, server = link.connect()
    client.send(b"last words")
    client.close()
    assert server.read_all() == b"last words"
