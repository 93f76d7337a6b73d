"""What an isolated stack may reach beside the fakes: addresses such as that of its own database."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.tables import shown

_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})))(?::(?P<port>\d{1,5}))"
)
_HINT = "write HOST:PORT, for instance 127.0.0.1:5432, db.internal:5432 or [::1]:6379"


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
    host = match["six"] or match["host"]
    if match["six"] or re.fullmatch(r"[0-9.]+", host):
        try:
            host = str(ipaddress.ip_address(host))
        except ValueError:
            raise problem from None
        if ipaddress.ip_address(host).is_unspecified:
            raise problem
    return Address(host, int(match["port"]))
