"""What each toxic does to a connection made after it, in both directions, through both servers.

Durations are only ever asserted as "not before": that much is the toxic's promise whatever the machine's load.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("stream", ["downstream", "upstream"])]

FOR_EVER_MS = 3_600_000


def pattern(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(size % 251)


def test_without_toxics_everything_passes(link: Any, stream: str) -> None:
    sender, receiver = link.open(stream)
    data = pattern(100_000)
    sender.send(data)
    assert receiver.read(len(data)) == data


def test_latency_delays_every_chunk(link: Any, stream: str) -> None:
    link.add("latency", stream, latency=60)
    sender, receiver = link.open(stream)
    for word in (b"one", b"two"):
        sent_s = time.monotonic()
        sender.send(word)
        assert receiver.read(3) == word
        assert time.monotonic() - sent_s >= 0.059


def test_jitter_takes_no_more_from_the_latency_than_it_says(link: Any, stream: str) -> None:
    link.add("latency", stream, latency=60, jitter=20)
    sender, receiver = link.open(stream)
    for _ in range(5):
        sent_s = time.monotonic()
        sender.send(b"word")
        assert receiver.read(4) == b"word"
        assert time.monotonic() - sent_s >= 0.039


def test_jitter_keeps_the_order(link: Any, stream: str) -> None:
    link.add("latency", stream, latency=10, jitter=10)
    sender, receiver = link.open(stream)
    words = [b"%05d" % number for number in range(50)]
    for word in words:
        sender.send(word)
    assert receiver.read(250) == b"".join(words)


def test_latencies_add_up(link: Any, stream: str) -> None:
    for name in ("first", "second"):
        body = {"name": name, "type": "latency", "stream": stream, "attributes": {"latency": 40}}
        link.api.post(f"{link.path}/toxics", json=body)
    sender, receiver = link.open(stream)
    sent_s = time.monotonic()
    sender.send(b"word")
    assert receiver.read(4) == b"word"
    assert time.monotonic() - sent_s >= 0.078


def test_bandwidth_lets_no_more_pass_than_its_rate(link: Any, stream: str) -> None:
    link.add("bandwidth", stream, rate=1000)
    sender, receiver = link.open(stream)
    data = pattern(200_000)
    started_s = time.monotonic()
    sender.send(data)
    assert receiver.read(len(data)) == data
    assert time.monotonic() - started_s >= 0.19


def test_at_bandwidth_0_nothing_passes(link: Any, stream: str) -> None:
    toxic = link.add("bandwidth", stream, rate=0)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.unreported()
    link.remove(toxic)
    assert receiver.read(4) == b"word"


def test_slow_close_delays_the_end_and_nothing_else(link: Any, stream: str) -> None:
    link.add("slow_close", stream, delay=80)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.read(4) == b"word"
    closed_s = time.monotonic()
    sender.close()
    assert receiver.read_all() == b""
    assert time.monotonic() - closed_s >= 0.079


def test_timeout_loses_all_data_and_closes(link: Any, stream: str) -> None:
    opened_s = time.monotonic()
    link.add("timeout", stream, timeout=80)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.read_all() == b""
    assert time.monotonic() - opened_s >= 0.079


def test_timeout_closes_both_ends(link: Any, stream: str) -> None:
    link.add("timeout", stream, timeout=20)
    sender, receiver = link.open(stream)
    assert (sender.read_all(), receiver.read_all()) == (b"", b"")


def test_timeout_0_lasts_until_it_is_removed_and_then_closes(link: Any, stream: str) -> None:
    toxic = link.add("timeout", stream, timeout=0)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.unreported()
    link.remove(toxic)
    assert receiver.read_all() == b""


def test_reset_peer_resets_both_ends(link: Any, stream: str) -> None:
    link.add("reset_peer", stream, timeout=0)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.was_reset()
    assert sender.was_reset()


def test_reset_peer_waits_for_its_timeout(link: Any, stream: str) -> None:
    link.add("reset_peer", stream, timeout=80)
    sender, receiver = link.open(stream)
    sent_s = time.monotonic()
    sender.send(b"word")
    assert receiver.was_reset()
    assert time.monotonic() - sent_s >= 0.079


def test_reset_peer_leaves_a_connection_alone_until_data_come(link: Any, stream: str) -> None:
    link.add("reset_peer", stream, timeout=0)
    sender, receiver = link.open(stream)
    assert receiver.unreported()
    assert sender.unreported()


def test_slicer_sends_pieces_with_a_delay_between(link: Any, stream: str) -> None:
    toxic = link.add("slicer", stream, average_size=100, size_variation=10, delay=FOR_EVER_MS * 1000)
    sender, receiver = link.open(stream)
    data = pattern(1000)
    sender.send(data)
    first = receiver.read_some()
    assert 0 < len(first) <= 110
    assert receiver.unreported()
    link.remove(toxic)
    assert first + receiver.read(len(data) - len(first)) == data


def test_slicer_keeps_the_data(link: Any, stream: str) -> None:
    link.add("slicer", stream, average_size=500, size_variation=200, delay=10)
    sender, receiver = link.open(stream)
    data = pattern(20_000)
    sender.send(data)
    assert receiver.read(len(data)) == data


def test_limit_data_closes_after_its_bytes(link: Any, stream: str) -> None:
    link.add("limit_data", stream, bytes=100)
    sender, receiver = link.open(stream)
    data = pattern(300)
    sender.send(data)
    assert receiver.read_all() == data[:100]


def test_limit_data_counts_over_chunks(link: Any, stream: str) -> None:
    link.add("limit_data", stream, bytes=10)
    sender, receiver = link.open(stream)
    sender.send(b"123456")
    assert receiver.read(6) == b"123456"
    sender.send(b"7890ABC")
    assert receiver.read_all() == b"7890"


def test_limit_data_leaves_what_is_below_it_alone(link: Any, stream: str) -> None:
    link.add("limit_data", stream, bytes=10)
    sender, receiver = link.open(stream)
    sender.send(b"12345")
    assert receiver.read(5) == b"12345"
    sender.close()
    assert receiver.read_all() == b""


def test_limit_data_0_closes_at_the_first_byte(link: Any, stream: str) -> None:
    link.add("limit_data", stream, bytes=0)
    sender, receiver = link.open(stream)
    sender.send(b"1")
    assert receiver.read_all() == b""


def test_toxicity_0_affects_no_connection(link: Any, stream: str) -> None:
    link.add("limit_data", stream, toxicity=0, bytes=0)
    sender, receiver = link.open(stream)
    sender.send(b"word")
    assert receiver.read(4) == b"word"


def test_toxicity_of_a_half_affects_some_connections_and_not_others(link: Any, stream: str) -> None:
    link.add("limit_data", stream, toxicity=0.5, bytes=0)
    received = set()
    for _ in range(64):
        sender, receiver = link.open(stream)
        sender.send(b"word")
        received.add(receiver.read(4))
    assert received == {b"", b"word"}


def test_toxics_act_one_after_the_other(link: Any, stream: str) -> None:
    link.add("limit_data", stream, bytes=100)
    link.add("slicer", stream, average_size=10, size_variation=0, delay=0)
    link.add("latency", stream, latency=60)
    sender, receiver = link.open(stream)
    data = pattern(300)
    sent_s = time.monotonic()
    sender.send(data)
    assert receiver.read_all() == data[:100]
    assert time.monotonic() - sent_s >= 0.059


def test_a_toxic_leaves_the_other_direction_alone(link: Any, stream: str) -> None:
    link.add("latency", stream, latency=FOR_EVER_MS)
    sender, receiver = link.open(stream)
    receiver.send(b"word")
    assert sender.read(4) == b"word"
