"""The hosts that are tried inside a network namespace. Each name is answered with "no such name", and recorded.

No name server can be reached from such a namespace. So one of our own listens on its loopback interface, and in its
mount namespace ``/etc/resolv.conf`` leads to that. Source: RFC 1035, section 4.1; resolv.conf(5), nsswitch.conf(5).
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from gameday.run.asked_addresses import AskedAddresses
from gameday.run.namespaces import CLONE_NEWNS, keep_mounts, replace_file, unshare

#: How many different names are recorded; they come from the stack.
MOST = 200
_SERVER = ("127.0.0.1", 53)
_RESOLVER = Path("/etc/resolv.conf")
_SWITCH = Path("/etc/nsswitch.conf")
#: Where a daemon answers for the C library, by a socket that no network namespace cuts off.
_NAME_CACHE = Path("/var/run/nscd/socket")
_HEAD = struct.Struct(">HHHHHH")
_QUERY, _RECURSION = 0x8000, 0x0100
#: A response, recursion available, no such name.
_NO_SUCH_NAME = 0x8083


class AskedNames:
    """The names that were asked for, each once, in order. ``why_not`` says in a clause why they are not recorded.

    ``addresses`` are those that were tried without a name. Nothing is recorded before ``listen``.
    """

    def __init__(self, why_not: str = "") -> None:
        self.why_not = why_not
        self._names: dict[str, None] = {}
        self._taken = 0
        self._own = {"localhost", socket.gethostname().lower()}
        self.addresses = AskedAddresses()

    def listen(self, local: Sequence[str] = ()) -> None:
        """Answer from now on. Call it inside the network namespace; where it cannot be done, ``why_not`` says so.

        ``local`` are the addresses beside loopback that can be reached there.
        """
        with contextlib.suppress(OSError):
            self.addresses.listen(local)
        try:
            server = lead_here()
        except OSError as problem:
            self.why_not = f"the system allows no name server in a namespace: {problem.strerror or problem}"
            return
        threading.Thread(target=self._serve, args=(server,), daemon=True).start()

    @property
    def seen(self) -> tuple[str, ...]:
        """All names that were asked for so far."""
        return tuple(self._names)

    def new(self) -> list[str]:
        """The names that were asked for the first time since this was called last."""
        names = list(self._names)[self._taken :]
        self._taken += len(names)
        return names

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                query, client = server.recvfrom(4096)
                answer = self.answer(query)
                if answer:
                    server.sendto(answer, client)
            except OSError:
                # A client that has gone; the next one may be there.
                continue

    def answer(self, query: bytes) -> bytes:
        """The answer to a query: no such name. Empty for what is no query. The name is recorded."""
        try:
            number, flags, questions, *_ = _HEAD.unpack_from(query)
            if flags & _QUERY or questions != 1:
                return b""
            name, end = _name(query)
        except (struct.error, IndexError):
            return b""
        # What asks for the name of an address, or of this machine, seeks no other machine.
        if not name.endswith(".arpa") and name not in self._own and len(self._names) < MOST:
            self._names.setdefault(name)
        head = _HEAD.pack(number, _NO_SUCH_NAME | flags & _RECURSION, 1, 0, 0, 0)
        return head + query[_HEAD.size : end + 4]


def lead_here() -> socket.socket:
    """The socket of a name server to which every process leads that is started from now on. Raises OSError."""
    unshare(CLONE_NEWNS)
    keep_mounts()
    # Before anything is mounted: without it, names would be asked for where nothing answers.
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(_SERVER)
    replace_file(_RESOLVER, f"nameserver {_SERVER[0]}\n")
    if _SWITCH.exists():
        replace_file(_SWITCH, by_name_server(_SWITCH.read_text()))
    if _NAME_CACHE.exists():
        replace_file(_NAME_CACHE, "")
    return server


def by_name_server(switch: str) -> str:
    """The text of nsswitch.conf by which names are looked for in the hosts file and at the name server only.

    >>> by_name_server("passwd: files\\nhosts: mymachines resolve [!UNAVAIL=return] files dns\\n")
    'passwd: files\\nhosts: files dns\\n'
    """
    return re.sub(r"(?m)^[ \t]*hosts:.*$", "hosts: files dns", switch)


def _name(query: bytes) -> tuple[str, int]:
    """The name of a query's question, and where it ends. Raises IndexError if it is cut off or compressed."""
    labels = list(_labels(query))
    end = _HEAD.size + sum(len(label) + 1 for label in labels) + 1
    if len(query) < end + 4:
        raise IndexError
    text = ".".join(label.decode("ascii", "replace") for label in labels).lower()
    return "".join(char if char.isprintable() else "?" for char in text), end


def _labels(query: bytes) -> Iterator[bytes]:
    at = _HEAD.size
    while length := query[at]:
        # From 64 on it is no length but a reference, which a question does not have.
        if length > 63 or len(query) < at + 1 + length:
            raise IndexError
        yield query[at + 1 : at + 1 + length]
        at += 1 + length
