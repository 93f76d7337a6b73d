"""Whether processes are connected with something that is no part of the run: it may be about to answer them.

Linux only: ``/proc/<process>/net/tcp`` (proc(5)), and the other ends of Unix sockets by sock_diag(7).
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

_ESTABLISHED, _CONNECTING, _LISTENING = 0x01, 0x02, 0x0A
#: linux/netlink.h, linux/sock_diag.h and linux/unix_diag.h.
_NETLINK_SOCK_DIAG, _BY_FAMILY, _REQUEST_ALL, _SHOW_PEER, _PEER = 4, 20, 0x301, 4, 2
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_TIMEOUT_S = 1.0


class _Tcp(NamedTuple):
    local: int
    remote: int
    loopback: bool
    state: int
    inode: int


def outside_connection(processes: Collection[int], servers: Collection[int]) -> str:
    """What these processes are connected with that is neither theirs nor one of the servers', in a clause; else "".

    Connections that others have opened to a port of theirs do not count: they ask, and do not answer.
    """
    own = _sockets(processes)
    if not own:
        return ""
    tcp = list(_tcp(next(iter(processes))))
    ports = {each.local for each in tcp if each.state == _LISTENING and each.inode in own}
    reachable = {each.local for each in tcp if each.state == _LISTENING and each.inode in _sockets(servers)} | ports
    for each in tcp:
        open_ = each.state in (_ESTABLISHED, _CONNECTING) and each.inode in own
        if open_ and each.local not in ports and not (each.loopback and each.remote in reachable):
            return f"a process of the stack is connected with port {each.remote} of what is no part of the run"
    try:
        peers = _unix_peers()
    except OSError:
        return "the kernel does not say with what the stack's Unix sockets are connected (unix_diag)"
    if any(inode in own and peer and peer not in own for inode, peer in peers.items()):
        return "a process of the stack is connected over a Unix socket with what is no part of the run"
    return ""


def _sockets(processes: Collection[int]) -> set[int]:
    """The inodes of the sockets that processes have open."""
    found = set()
    for process in processes:
        with contextlib.suppress(OSError):
            for each in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    target = str(each.readlink())
                    if target.startswith("socket:["):
                        found.add(int(target[8:-1]))
    return found


def _tcp(process: int) -> Iterator[_Tcp]:
    """The TCP sockets of a process's network namespace."""
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:]:
                _, local, remote, state, *rest = line.split()
                address, _, port = remote.rpartition(":")
                # Addresses are words of the machine's order: 127.0.0.1, ::1 and ::ffff:127.0.0.1.
                ends = ("7F", "00000000000000000000000001000000")
                loopback = address.endswith(ends[0]) if len(address) == 8 else address == ends[1]
                loopback = loopback or (address.startswith("0000000000000000FFFF0000") and address.endswith("7F"))
                yield _Tcp(int(local.rpartition(":")[2], 16), int(port, 16), loopback, int(state, 16), int(rest[5]))


def _unix_peers() -> dict[int, int]:
    """The other end of each connected Unix socket, by inode. Raises OSError where the kernel does not say."""
    found: dict[int, int] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as asked:
        asked.settimeout(_TIMEOUT_S)
        body = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _SHOW_PEER, 0xFFFFFFFF, 0xFFFFFFFF)
        asked.send(_HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _REQUEST_ALL, 1, 0) + body)
        while True:
            data, at = asked.recv(1 << 18), 0
            while at + _HEADER.size <= len(data):
                length, kind, *_ = _HEADER.unpack_from(data, at)
                if kind == _NLMSG_DONE:
                    return found
                if kind == _NLMSG_ERROR or length < _HEADER.size:
                    raise OSError("sock_diag is refused")
                inode = int(struct.unpack_from("=I", data, at + 20)[0])
                found[inode] = _attribute(data[at + 32 : at + length], _PEER)
                at += (length + 3) & ~3


def _attribute(data: bytes, wanted: int) -> int:
    """A whole number among the attributes of a message; 0 if it is not there."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if kind == wanted:
            return int(struct.unpack_from("=I", data, at + 4)[0])
        at += max(4, (length + 3) & ~3)
    return 0
