"""The addresses to which something is sent from inside a network namespace without a name: each refused, and recorded.

A namespace without a route refuses them by itself, and leaves no trace of it. So it gets a default route, to its own
loopback interface, and each packet that comes by it is answered as a router without a route would: with "network
unreachable", at once. IPv4 only; IPv6 has no route, so what is tried there is refused and not seen.
Source: rtnetlink(7), packet(7), RFC 792 ("Destination Unreachable Message"); linux/icmp.h for the codes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import threading
from collections.abc import Sequence

#: How many different addresses are recorded; they come from the stack.
MOST = 200
_LOOPBACK = "lo"
# Source: rtnetlink(7), netlink(7).
_NEW_ROUTE, _REQUEST, _CREATE, _ACK = 24, 0x1, 0x400, 0x4
_MAIN_TABLE, _BOOT, _LINK_SCOPE, _UNICAST = 254, 3, 253, 1
_OUT_INTERFACE, _PREFERRED_SOURCE = 4, 7
_IPV4 = 0x0800
#: From here on come the addresses of groups, and the one of all machines nearby: they are no machine.
_FIRST_GROUP = 224
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
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        _see_only_others(packets, local)
        packets.bind((_LOOPBACK, _IPV4))
        answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        # Last: without an answer, what is tried would wait for one.
        _add_route()
        threading.Thread(target=self._serve, args=(packets, answers), daemon=True).start()

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
        if len(self._seen) < MOST:
            address = socket.inet_ntoa(packet[16:20])
            (port,) = struct.unpack_from(">H", packet, _HEAD + 2)
            self._seen.setdefault(f"{address}:{port}{_PORTS[kind]}" if kind in _PORTS else address)
        body = b"\0\0\0\0" + packet[:_QUOTED]
        head = struct.pack(">BBH", _UNREACHABLE, _NETWORK_UNKNOWN, 0)
        return head[:2] + struct.pack(">H", checksum(head + body)) + body


def checksum(text: bytes) -> int:
    """The Internet checksum of an even number of bytes. Source: RFC 1071."""
    total: int = sum(struct.unpack(f">{len(text) // 2}H", text))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _see_only_others(packets: socket.socket, local: Sequence[str]) -> None:
    """Let a socket see only packets to other addresses than loopback and ``local``. Source: bpf(4), socket(7)."""
    own = [int.from_bytes(socket.inet_aton(each), "big") for each in local if ":" not in each]
    load, mask, equal, give = (0x20, 0, 0, 16), 0x54, 0x15, 0x06
    steps = [
        load,
        (mask, 0, 0, 0xFF000000),
        (equal, len(own) + 2, 0, 0x7F000000),
        load,
        *((equal, len(own) - number, 0, address) for number, address in enumerate(own)),
        (give, 0, 0, 0xFFFF),
        (give, 0, 0, 0),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    packets.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HP", len(steps), ctypes.addressof(program)))


def _add_route() -> None:
    """Send what has no other route to loopback, from 127.0.0.1. Raises OSError."""
    attributes = struct.pack("HHI", 8, _OUT_INTERFACE, socket.if_nametoindex(_LOOPBACK))
    attributes += struct.pack("HH4s", 8, _PREFERRED_SOURCE, socket.inet_aton("127.0.0.1"))
    route = struct.pack("8BI", socket.AF_INET, 0, 0, 0, _MAIN_TABLE, _BOOT, _LINK_SCOPE, _UNICAST, 0) + attributes
    head = struct.pack("IHHII", 16 + len(route), _NEW_ROUTE, _REQUEST | _CREATE | _ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(head + route)
        # The acknowledgement: a head, and 0 or a negative error number.
        (number,) = struct.unpack_from("i", netlink.recv(4096), 16)
    if number:
        raise OSError(-number, os.strerror(-number))
