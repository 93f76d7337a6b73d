"""What an isolated stack may reach beside the fakes: addresses such as that of its own database."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday_fakes.connect import matches
from gameday_fakes.registry import fake_kinds

#: The address of all machines nearby.
_ALL_NEARBY = "255.255.255.255"
_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})))(?::(?P<port>[0-9]{1,5}))"
)
_HINT = (
    "write HOST:PORT, for instance 127.0.0.1:5432, db.internal:5432 or [::1]:6379, an entry for each address and port"
)


class Address(msgspec.Struct, frozen=True, order=True):
    """A TCP port of a host, which is a name or an IP address."""

    host: str
    port: int

    @property
    def is_name(self) -> bool:
        """Whether the host is a name and no IP address."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return True
        return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_reach(entries: Sequence[str], where: str) -> tuple[Address, ...]:
    """The addresses of ``reach``, each once. Raises GamedayError for one that is not HOST:PORT.

    >>> [str(address) for address in read_reach(["127.0.0.1:5432", "[::1]:6379"], "'reach'")]
    ['127.0.0.1:5432', '[::1]:6379']
    """
    return tuple(dict.fromkeys(_read(entry, where) for entry in entries))


def _read(entry: str, where: str) -> Address:
    match = _ADDRESS.fullmatch(entry)
    problem = GamedayError(f"{shown(entry)}, in {where}, is not an address", hint=_HINT)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise problem
    # A dot at the end only says that the name is complete.
    host = match["six"] or match["host"].removesuffix(".")
    # No name ends in a number: it is an address, or a mistake such as a range of them.
    if match["six"] or host.rpartition(".")[2].isdecimal():
        host = _ip(host)
        if not host:
            raise problem
    elif vendor := _vendor(host):
        raise GamedayError(
            f"{shown(entry)}, in {where}, is a host of {vendor}, which a fake plays",
            hint="leave it out: a run leads this name to the fake, never to the vendor",
        )
    return Address(host, int(match["port"]))


def _ip(text: str) -> str:
    """An IP address in its usual form; empty for what is none of one machine."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    return "" if address.is_unspecified or address.is_multicast or str(address) == _ALL_NEARBY else str(address)


def _vendor(name: str) -> str:
    """The fake that plays the vendor to whom a name belongs; empty for any other name."""
    patterns = ((pattern, fake) for fake, kind in fake_kinds().items() for pattern in kind.hosts)
    return next((fake for pattern, fake in patterns if matches(pattern, name.lower())), "")
