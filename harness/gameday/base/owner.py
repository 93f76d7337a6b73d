"""Who and where this process is: the user's key, and the machine, boot and user that rollback entries are bound to.

The key is 32 random bytes in a file of mode 0600 in the user's state folder, made when it is first used. What is sealed
with it was written by this user: a file from somebody else has no such seal. It is no protection from a program that
runs as the same user, for that can read whatever the user can.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import os
import platform
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError

KEY_FILE = "rollback.key"
KEY_BYTES = 32
#: Where a Linux system keeps its id. Source: machine-id(5).
_MACHINE_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")
#: New at each start of the system. Source: random(4), the section on /proc/sys/kernel/random.
_BOOT_FILE = "/proc/sys/kernel/random/boot_id"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Origin(msgspec.Struct, frozen=True):
    """Where something was written: hashes of the machine's id and of the boot's id, and the user's number."""

    machine: str
    boot: str
    user: str


@functools.cache
def here() -> Origin:
    """The origin of what this process writes."""
    machine = next(filter(None, map(_text, _MACHINE_FILES)), platform.node())
    return Origin(_hashed(machine), _hashed(_text(_BOOT_FILE)), str(os.getuid()))


def state_folder() -> Path:
    """The folder for what only this user may read; made if it is missing. Raises GamedayError if there can be none."""
    problems = []
    for folder in _candidates():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.lstat().st_uid == os.getuid():
                folder.chmod(0o700)
        except OSError as problem:
            problems.append(f"{folder}: {problem.strerror}")
            continue
        if _is_private(folder) and os.access(folder, os.W_OK | os.X_OK):
            return folder
        problems.append(f"{folder}: it is not this user's alone")
    raise GamedayError(f"no folder for the user's key: {'; '.join(problems)}", hint="set XDG_STATE_HOME to a folder")


def user_key() -> bytes:
    """The user's key. Raises GamedayError if there is none and none can be made, or if others can read it."""
    folder = state_folder()
    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path)
    if not _is_private(path):
        raise GamedayError(f"others can read or change the key {str(path)!r}", hint=f"chmod 600 {path}")
    return path.read_bytes()


def known_keys() -> Iterator[bytes]:
    """Every key that this user has: it may have been made while another folder was the first that could be used."""
    for folder in _candidates():
        path = folder / KEY_FILE
        with contextlib.suppress(OSError):
            if _is_private(folder) and _is_private(path):
                yield path.read_bytes()


def sealed(key: bytes, *parts: str | bytes) -> str:
    """The seal of some parts under a key: HMAC-SHA256 in hexadecimal, which only the owner of the key can compute."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        # With its length, so that no two lists of parts have the same bytes.
        mac.update(len(raw).to_bytes(8, "big") + raw)
    return mac.hexdigest()


def _candidates() -> Iterator[Path]:
    """Where the state folder may be, the best first. Source: the XDG Base Directory Specification."""
    home = os.environ.get("XDG_STATE_HOME", "")
    if Path(home).is_absolute():
        yield Path(home) / "gameday"
    with contextlib.suppress(RuntimeError):
        yield Path.home() / ".local" / "state" / "gameday"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if Path(runtime).is_absolute():
        yield Path(runtime) / "gameday"
    yield Path(tempfile.gettempdir()) / f"gameday-{os.getuid()}"


def _make_key(path: Path) -> None:
    """Make a key whole or not at all; of two processes that make one at once, the first wins."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".key-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
    except OSError as problem:
        raise GamedayError(f"cannot make the user's key {str(path)!r}: {problem.strerror}") from None


def _is_private(path: Path) -> bool:
    """Whether a file or folder is this user's, no link, and nobody else's."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return found.st_uid == os.getuid() and not stat.S_ISLNK(found.st_mode) and not found.st_mode & _OTHERS


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _hashed(text: str) -> str:
    """The machine's id itself is to be kept confidential: machine-id(5)."""
    return hashlib.blake2b(text.encode(), digest_size=8, person=b"gameday").hexdigest() if text else ""
