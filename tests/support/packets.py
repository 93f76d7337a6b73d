"""Packets, as a socket of a packet interface gives them."""

from __future__ import annotations

import socket
import struct


def packet(
    address: str, port: int = 0, *, kind: int = socket.IPPROTO_TCP, first: int = 0x45, content: bytes = b""
) -> bytes:
    """The packet by which something is sent from 127.0.0.1 to a port of an address. Source: RFC 791, section 3.1."""
    ends = socket.inet_aton("127.0.0.1") + socket.inet_aton(address)
    head = struct.pack(">BBHHHBBH", first, 0, 40, 0, 0x4000, 64, kind, 0) + ends
    return head + (content or struct.pack(">HHIIHHHH", 51_676, port, 0, 0, 0x5002, 0, 0, 0))


def packet_6(address: str, port: int = 0, *, kind: int = socket.IPPROTO_TCP, content: bytes = b"") -> bytes:
    """The same from ::1 over IPv6. Source: RFC 8200, section 3."""
    ends = socket.inet_pton(socket.AF_INET6, "::1") + socket.inet_pton(socket.AF_INET6, address)
    head = struct.pack(">IHBB", 0x6000_0000, 20, kind, 64) + ends
    return head + (content or struct.pack(">HHIIHHHH", 51_676, port, 0, 0, 0x5002, 0, 0, 0))
