"""Takes this process, and every process that it starts from now on, off all networks but loopback.

A proxy variable stops only the clients that obey it. A new network namespace stops all of them: its only interface is
loopback, and the kernel enforces that. Source: network_namespaces(7), user_namespaces(7), netdevice(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import functools
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gameday.config.reach import Address
from gameday.run.bridge import Bridge, Route, hosts_lines, routes_to

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_LOOPBACK = b"lo"
#: Source: mount(2).
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x80000
_HOSTS = "/etc/hosts"


@functools.cache
def can_go_offline() -> bool:
    """Whether the system allows it: tried in a child process, because there is no way back."""
    if not sys.platform.startswith("linux"):
        return False
    child = os.fork()
    if not child:
        try:
            _enter(())
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def go_offline(reach: Sequence[Address] = ()) -> bool:
    """Leave all networks but loopback, for good, if the system allows it. Call it before any thread is started.

    The addresses of ``reach`` stay reachable, by TCP. Raises RunError for one that does not resolve.
    """
    if not can_go_offline():
        return False
    routes = routes_to(reach)
    bridge = Bridge(routes) if routes else None
    _enter(routes)
    if bridge is not None:
        bridge.open()
    return True


def _enter(routes: Sequence[Route]) -> None:
    """Enter a new network namespace; without privileges also a user namespace. Raises OSError."""
    uid, gid = os.getuid(), os.getgid()
    names = hosts_lines(routes)
    flags = CLONE_NEWNET | (CLONE_NEWNS if names else 0)
    try:
        _unshare(flags)
    except PermissionError:
        _unshare(CLONE_NEWUSER | flags)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", _LOOPBACK, _IFF_UP))
    if names:
        _add_hosts(names)


def _add_hosts(lines: Sequence[str]) -> None:
    """Let names resolve here, and only here: another hosts file is mounted over the system's in this namespace."""
    with tempfile.NamedTemporaryFile("w", prefix="gameday-hosts-") as file:
        with contextlib.suppress(OSError):
            file.write(Path(_HOSTS).read_text())
        file.write("\n" + "\n".join(lines) + "\n")
        file.flush()
        Path(file.name).chmod(0o644)
        _mount("none", "/", _MS_REC | _MS_SLAVE)
        _mount(file.name, _HOSTS, _MS_BIND)


def _mount(source: str, target: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
