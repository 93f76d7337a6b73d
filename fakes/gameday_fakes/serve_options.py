"""Where and how the fakes are served, as the command line says it."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable

import msgspec

from gameday_fakes.server import LOOPBACK

#: Names of ports other than the fakes'.
OWN_LISTENERS = ("control", "control_https", "proxy")


class ServeOptions(msgspec.Struct, frozen=True):
    """Where to listen. ``ports`` by fake name, and those of OWN_LISTENERS; a port that is not named is a free one.

    With ``tls`` each fake and the control plane listen once more over TLS, and a CONNECT listener leads the vendors'
    host names there; ``names`` are host names under which clients know this machine, for the certificates.
    ``lasting``: their authority is the user's own, not one of these fakes only.
    ``pace`` is the clock's until the first reset: scenario seconds in a real second. ``organisation`` is the folder of
    what CRM and ERP serve; empty for the bundled one. ``endpoints`` are the files of its own endpoints by fake.
    ``sandbox`` is the file of a run's tenants, which take the place of their vendors' fakes; empty without any.
    """

    host: str = LOOPBACK
    ports: dict[str, int] = {}
    token: str = ""
    fakes: tuple[str, ...] = ()
    tls: bool = False
    names: tuple[str, ...] = ()
    lasting: bool = False
    pace: float = 1.0
    organisation: str = ""
    endpoints: dict[str, str] = {}
    sandbox: str = ""


class ServeError(Exception):
    """The fakes cannot be served; one line."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def parse_ports(items: Iterable[str]) -> dict[str, int]:
    """Ports by name out of ``NAME=PORT``. Raises ServeError."""
    ports = {}
    for item in items:
        name, _, port = item.partition("=")
        if not name or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65_535:
            raise ServeError(f"bad port {item[:80]!r}; expected FAKE=PORT with a port from 0 to 65535")
        ports[name] = int(port)
    return ports


def parse_endpoints(items: Iterable[str]) -> dict[str, str]:
    """Files of endpoints by name out of ``NAME=FILE``. Raises ServeError."""
    files = {}
    for item in items:
        name, _, file = item.partition("=")
        if not name or not file:
            raise ServeError(f"bad endpoints {item[:80]!r}; expected FAKE=FILE")
        files[name] = file
    return files
