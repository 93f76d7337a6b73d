"""What is sent to an address without a name is refused as by a router without a route, and recorded."""

from __future__ import annotations

import socket
import struct

import pytest

from gameday.run.asked_addresses import MOST, AskedAddresses, checksum
from support.packets import packet, packet_6


def test_the_answer_quotes_the_packet_and_says_that_there_is_no_way_to_it() -> None:
    sent = packet("93.184.216.34", 443)
    answer = AskedAddresses().answer(sent)
    assert struct.unpack_from(">BB", answer) == (3, 6)
    assert answer[8:] == sent[:28]
    assert checksum(answer) == 0


def test_an_address_is_recorded_once_for_each_port_and_protocol() -> None:
    asked = AskedAddresses()
    for sent in (
        packet("93.184.216.34", 443),
        packet("93.184.216.34", 443),
        packet("93.184.216.34", 80),
        packet("8.8.8.8", 53, kind=socket.IPPROTO_UDP),
        packet("10.0.0.7", kind=socket.IPPROTO_ICMP, content=b"\x08" + bytes(15)),
    ):
        assert asked.answer(sent)
    assert asked.new() == ["93.184.216.34:443", "93.184.216.34:80", "8.8.8.8:53/udp", "10.0.0.7"]
    assert asked.new() == []


def test_not_more_than_a_bound_of_addresses_is_recorded_and_all_are_refused() -> None:
    asked = AskedAddresses()
    assert all(asked.answer(packet("10.0.0.7", port)) for port in range(1, MOST + 5))
    assert len(asked.new()) == MOST


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        packet("10.0.0.7", 443)[:27],
        packet("10.0.0.7", 443, first=0x60),
        packet("224.0.0.251", 5353, kind=socket.IPPROTO_UDP),
        packet("255.255.255.255", 67, kind=socket.IPPROTO_UDP),
        packet("10.0.0.7", kind=socket.IPPROTO_ICMP, content=b"\x03\x06" + bytes(30)),
    ],
    ids=["empty", "cut off", "no IPv4", "a group", "all machines nearby", "an error"],
)
def test_what_seeks_no_machine_is_neither_refused_nor_recorded(sent: bytes) -> None:
    asked = AskedAddresses()
    assert asked.answer(sent) == b""
    assert asked.new() == []


def test_an_address_of_ipv6_is_recorded_with_its_port_and_protocol() -> None:
    asked = AskedAddresses()
    for sent in (
        packet_6("2001:db8::7", 443),
        packet_6("2001:db8::7", 443),
        packet_6("fd00::53", 53, kind=socket.IPPROTO_UDP),
        packet_6("2001:db8::9", kind=socket.IPPROTO_ICMPV6, content=b"\x80" + bytes(7)),
    ):
        asked.see_6(sent)
    assert asked.new() == ["[2001:db8::7]:443", "[fd00::53]:53/udp", "2001:db8::9"]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        packet_6("2001:db8::7", 443)[:43],
        packet("10.0.0.7", 443, content=bytes(40)),
        packet_6("ff02::fb", 5353, kind=socket.IPPROTO_UDP),
        packet_6("2001:db8::7", kind=socket.IPPROTO_ICMPV6, content=b"\x01" + bytes(7)),
    ],
    ids=["empty", "cut off", "no IPv6", "a group", "an error"],
)
def test_what_seeks_no_machine_over_ipv6_is_not_recorded(sent: bytes) -> None:
    asked = AskedAddresses()
    asked.see_6(sent)
    assert asked.new() == []
