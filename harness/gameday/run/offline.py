"""Takes this process, and every process that it starts from now on, off all networks but loopback.

A proxy variable stops only the clients that obey it. A new network namespace stops all of them: its only interface is
loopback, and the kernel enforces that. Source: network_namespaces(7), user_namespaces(7), netdevice(7).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_LOOPBACK = b"lo"


def can_go_offline() -> bool:
    """Whether the system allows it: tried in a child process, because there is no way back."""
    if not sys.platform.startswith("linux"):
        return False
    child = os.fork()
    if not child:
        try:
            _enter()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def go_offline() -> bool:
    """Leave all networks but loopback, for good, if the system allows it. Call it before any thread is started."""
    if not can_go_offline():
        return False
    _enter()
    return True


def _enter() -> None:
    """Enter a new network namespace; without privileges also a user namespace. Raises OSError."""
    uid, gid = os.getuid(), os.getgid()
    try:
        _unshare(CLONE_NEWNET)
    except PermissionError:
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", _LOOPBACK, _IFF_UP))


def _unshare(flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
