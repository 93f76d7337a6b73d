"""Takes this process, and every process that it starts from now on, off all networks but loopback.

A proxy variable stops only the clients that obey it. A new network namespace stops all of them: its only interface is
loopback, and the kernel enforces that. Source: network_namespaces(7), user_namespaces(7), netdevice(7).
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from gameday.config.reach import Address
from gameday.run.asked_names import AskedNames, lead_here
from gameday.run.bridge import Bridge, Route, hosts_lines, routes_to
from gameday.run.namespaces import CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUSER, keep_mounts, replace_file, unshare

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_LOOPBACK = b"lo"
_HOSTS = Path("/etc/hosts")
#: Exit codes of the child that tries what the system allows.
_NO_NAMESPACE, _NO_NAMES = 1, 2


def can_go_offline() -> bool:
    """Whether the system allows it."""
    return _tried() in (0, _NO_NAMES)


def can_record_names() -> bool:
    """Whether the names that are asked for in such a namespace can be recorded."""
    return _tried() == 0


@functools.cache
def _tried() -> int:
    """The exit code of a child process that tries it, because there is no way back."""
    if not sys.platform.startswith("linux"):
        return _NO_NAMESPACE
    child = os.fork()
    if not child:
        status = _NO_NAMESPACE
        with contextlib.suppress(OSError):
            _enter(())
            status = _NO_NAMES
            lead_here()
            status = 0
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def go_offline(reach: Sequence[Address] = (), names: AskedNames | None = None) -> bool:
    """Leave all networks but loopback, for good, if the system allows it. Call it before any thread is started.

    The addresses of ``reach`` stay reachable, by TCP. ``names`` gets the host names that are asked for from now on, and
    the addresses that are tried without one. Raises RunError for an address that does not resolve.
    """
    if not can_go_offline():
        return False
    routes = routes_to(reach)
    bridge = Bridge(routes) if routes else None
    _enter(routes)
    if bridge is not None:
        bridge.open()
    if names is not None:
        names.listen([route.inside for route in routes])
    return True


def _enter(routes: Sequence[Route]) -> None:
    """Enter a new network namespace; without privileges also a user namespace. Raises OSError."""
    uid, gid = os.getuid(), os.getgid()
    names = hosts_lines(routes)
    flags = CLONE_NEWNET | (CLONE_NEWNS if names else 0)
    try:
        unshare(flags)
    except PermissionError:
        unshare(CLONE_NEWUSER | flags)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", _LOOPBACK, _IFF_UP))
    if names:
        _add_hosts(names)


def _add_hosts(lines: Sequence[str]) -> None:
    """Let names resolve here, and only here."""
    known = ""
    with contextlib.suppress(OSError):
        known = _HOSTS.read_text()
    keep_mounts()
    replace_file(_HOSTS, known + "\n" + "\n".join(lines) + "\n")
