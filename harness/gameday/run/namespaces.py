"""The system calls of namespaces and mounts that Python 3.11 does not have."""

from __future__ import annotations

import ctypes
import os
import tempfile
from pathlib import Path

#: Source: clone(2), unshare(2).
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
#: Source: mount(2).
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x80000


def unshare(flags: int) -> None:
    """Enter new namespaces, for good. Raises OSError. Source: unshare(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def keep_mounts() -> None:
    """Let no mount from here on be seen outside of this mount namespace. Raises OSError."""
    _mount("none", "/", _MS_REC | _MS_SLAVE)


def replace_file(path: Path, text: str) -> None:
    """Let a file of the system have another content in this mount namespace, and only in it. Raises OSError."""
    with tempfile.NamedTemporaryFile("w", prefix="gameday-") as file:
        file.write(text)
        file.flush()
        Path(file.name).chmod(0o644)
        _mount(file.name, str(path), _MS_BIND)


def _mount(source: str, target: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)
