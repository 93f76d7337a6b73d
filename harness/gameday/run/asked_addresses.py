"""The addresses to which something is sent from inside a network namespace without a name: each refused, and recorded.

A namespace without a route refuses them by itself, and leaves no trace of it. So it gets a default route, to its own
loopback interface, and each packet that comes by it is answered as a router without a route would: with "network
unreachable", at once. IPv6 knows no such route by the loopback interface, but lets every address be one of this
machine: the kernel itself then refuses what is sent to a port at which nothing listens. Where the system has no IPv6,
nothing can be sent by it. Only a port at which the stack itself listens for all addresses answers, and is recorded.
Source: rtnetlink(7), packet(7), ipv6(7), RFC 792 ("Destination Unreachable Message"); linux/icmp.h for the codes.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import ipaddress
import os
import socket
import struct
import threading
from collections.abc import Sequence

from gameday.config.reach import Address

#: How many different addresses are recorded; they come from the stack.
MOST = 200
_LOOPBACK = "lo"
# Source: rtnetlink(7), netlink(7).
_NEW_ROUTE, _REQUEST, _CREATE, _ACK = 24, 0x1, 0x400, 0x4
_MAIN_TABLE, _BOOT, _LINK_SCOPE, _UNICAST = 254, 3, 253, 1
_LOCAL_TABLE, _LOCAL = 255, 2
_OUT_INTERFACE, _PREFERRED_SOURCE = 4, 7
_IPV4, _IPV6 = 0x0800, 0x86DD
#: From here on come the addresses of groups, and the one of all machines nearby: they are no machine.
_FIRST_GROUP = 224
#: The first byte of a group's address of IPv6, and the length of a packet's head. Source: RFC 4291, RFC 8200.
_GROUP_6, _HEAD_6 = 0xFF, 40
#: The first kind of ICMPv6 message that is no error. Source: RFC 4443, section 2.1.
_NO_ERROR_6 = 128
#: Destination unreachable, "destination network unknown": as ENETUNREACH, it ends a TCP connect and a UDP socket.
_UNREACHABLE, _NETWORK_UNKNOWN = 3, 6
#: What an ICMP message quotes: the head of the packet, and the ports.
_HEAD, _QUOTED = 20, 28
_PORTS = {socket.IPPROTO_TCP: "", socket.IPPROTO_UDP: "/udp"}
_ATTACH_FILTER = 26  # SO_ATTACH_FILTER, asm-generic/socket.h


class AskedAddresses:
    """The addresses that were tried, with their ports, each once, in order. Nothing is recorded before ``listen``.

    >>> asked = AskedAddresses()
    >>> _ = asked.answer(bytes.fromhex("4500003c0000400040060000" "7f0000015db8d822" "c9dc01bb00000000"))
    >>> asked.new()
    ['93.184.216.34:443']
    """

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}
        self._taken = 0

    def listen(self, local: Sequence[str]) -> None:
        """Refuse and record from now on. Call it inside the namespace. Raises OSError where it cannot be done.

        ``local`` are the addresses beside loopback that can be reached here.
        """
        if len(local) > MOST:
            raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))
        packets = _packets(_IPV4, _filter(local))
        answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        # Last: without an answer, what is tried would wait for one.
        _add_route()
        threading.Thread(target=self._serve, args=(packets, answers), daemon=True).start()
        # Without IPv6 there is nothing to refuse.
        with contextlib.suppress(OSError):
            packets = _packets(_IPV6, _filter_6(local))
            _add_local_route_6()
            threading.Thread(target=self._see, args=(packets,), daemon=True).start()

    @property
    def seen(self) -> tuple[str, ...]:
        """All addresses that were tried so far."""
        return tuple(self._seen)

    def new(self) -> list[str]:
        """The addresses that were tried the first time since this was called last."""
        addresses = list(self._seen)[self._taken :]
        self._taken += len(addresses)
        return addresses

    def _serve(self, packets: socket.socket, answers: socket.socket) -> None:
        while True:
            try:
                packet = packets.recv(65_535)
                if answer := self.answer(packet):
                    answers.sendto(answer, (socket.inet_ntoa(packet[12:16]), 0))
            except OSError:
                # A sender that has gone; the next one may be there.
                continue

    def answer(self, packet: bytes) -> bytes:
        """The ICMP message that refuses an IPv4 packet; empty for what is none or seeks no machine. It is recorded."""
        if len(packet) < _QUOTED or packet[0] != 0x45 or packet[16] >= _FIRST_GROUP:
            return b""
        kind = packet[9]
        if kind == socket.IPPROTO_ICMP and packet[_HEAD] == _UNREACHABLE:
            # Never answer an error by an error.
            return b""
        self._record(packet[16:20], kind, packet[_HEAD : _HEAD + 4])
        body = b"\0\0\0\0" + packet[:_QUOTED]
        head = struct.pack(">BBH", _UNREACHABLE, _NETWORK_UNKNOWN, 0)
        return head[:2] + struct.pack(">H", checksum(head + body)) + body

    def _see(self, packets: socket.socket) -> None:
        while True:
            self.see_6(packets.recv(65_535))

    def see_6(self, packet: bytes) -> None:
        """Record where an IPv6 packet was sent to, which the kernel refuses; not what is none or seeks no machine."""
        if len(packet) < _HEAD_6 + 4 or packet[0] >> 4 != 6 or packet[24] == _GROUP_6:
            return
        if packet[6] != socket.IPPROTO_ICMPV6 or packet[_HEAD_6] >= _NO_ERROR_6:
            self._record(packet[24:40], packet[6], packet[_HEAD_6 : _HEAD_6 + 4])

    def _record(self, packed: bytes, kind: int, ports: bytes) -> None:
        """Record an address, with the port if the protocol is one that has ports."""
        if len(self._seen) < MOST:
            host = str(ipaddress.ip_address(packed))
            (port,) = struct.unpack_from(">H", ports, 2)
            self._seen.setdefault(f"{Address(host, port)}{_PORTS[kind]}" if kind in _PORTS else host)


def checksum(text: bytes) -> int:
    """The Internet checksum of an even number of bytes. Source: RFC 1071."""
    total: int = sum(struct.unpack(f">{len(text) // 2}H", text))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _packets(protocol: int, steps: Sequence[tuple[int, int, int, int]]) -> socket.socket:
    """A socket that sees those packets of a protocol on loopback that a filter lets through. Source: bpf(4)."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    packets.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HP", len(steps), ctypes.addressof(program)))
    packets.bind((_LOOPBACK, protocol))
    return packets


# The operations of a filter, (operation, jump if true, jump if false, operand): load 4 bytes, mask, compare, give.
_LOAD, _MASK, _EQUAL, _GIVE = 0x20, 0x54, 0x15, 0x06
_THROUGH, _NOTHING = (_GIVE, 0, 0, 0xFFFF), (_GIVE, 0, 0, 0)


def _filter(local: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Lets packets through to other addresses than loopback and ``local``."""
    own = [int.from_bytes(socket.inet_aton(each), "big") for each in local if ":" not in each]
    loopback = [(_LOAD, 0, 0, 16), (_MASK, 0, 0, 0xFF000000), (_EQUAL, 0, 1, 0x7F000000), _NOTHING, (_LOAD, 0, 0, 16)]
    return [*loopback, *(step for address in own for step in ((_EQUAL, 0, 1, address), _NOTHING)), _THROUGH]


def _filter_6(local: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The same for IPv6, whose addresses have four times 4 bytes."""
    steps: list[tuple[int, int, int, int]] = []
    for address in ("::1", *(each for each in local if ":" in each)):
        for number, word in enumerate(struct.unpack(">4I", socket.inet_pton(socket.AF_INET6, address))):
            steps += [(_LOAD, 0, 0, 24 + 4 * number), (_EQUAL, 0, 7 - 2 * number, word)]
        steps.append(_NOTHING)
    return [*steps, _THROUGH]


def _add_route() -> None:
    """Send what has no other route to loopback, from 127.0.0.1. Raises OSError."""
    source = struct.pack("HH4s", 8, _PREFERRED_SOURCE, socket.inet_aton("127.0.0.1"))
    _route_by_loopback(socket.AF_INET, (_MAIN_TABLE, _BOOT, _LINK_SCOPE, _UNICAST), source)


def _add_local_route_6() -> None:
    """Let every IPv6 address that has no other route be one of this machine. Raises OSError."""
    _route_by_loopback(socket.AF_INET6, (_LOCAL_TABLE, _BOOT, 0, _LOCAL), b"")


def _route_by_loopback(family: int, kind: tuple[int, int, int, int], more: bytes) -> None:
    """Add a default route by the loopback interface: table, protocol, scope, type. Raises OSError."""
    attributes = struct.pack("HHI", 8, _OUT_INTERFACE, socket.if_nametoindex(_LOOPBACK)) + more
    route = struct.pack("8BI", family, 0, 0, 0, *kind, 0) + attributes
    head = struct.pack("IHHII", 16 + len(route), _NEW_ROUTE, _REQUEST | _CREATE | _ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(head + route)
        # The acknowledgement: a head, and 0 or a negative error number.
        (number,) = struct.unpack_from("i", netlink.recv(4096), 16)
    if number:
        raise OSError(-number, os.strerror(-number))
