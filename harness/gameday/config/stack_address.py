"""How a stack's table asks to reach the fakes: over TLS, at fixed ports, under a name that a container knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown

ROLES = ("crm", "erp", "pager", "tickets")
#: Templates that have a value only where the fakes serve TLS.
TLS_TEMPLATES = (
    *("proxy_url", "ca_file", "truststore", "truststore_password", "node_preload", "jvm_options"),
    *(f"{role}_host" for role in ROLES),
    *(f"{role}_https_url" for role in ROLES),
)
PLAIN_PORTS = ("stack", *ROLES)
TLS_PORTS = ("proxy", *(f"{role}_https" for role in ROLES))
LOOPBACK = "127.0.0.1"

_ADD_TLS = "add `tls = true` to the stack's table"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class AddressTable(Protocol):
    """The part of a stack's table that this module is about."""

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def tls(self) -> bool: ...
    @property
    def lasting_ca(self) -> bool: ...
    @property
    def hosts(self) -> bool: ...
    @property
    def ports(self) -> Mapping[str, int]: ...
    @property
    def fakes_host(self) -> str: ...
    @property
    def fakes_listen(self) -> str: ...


def check_address(table: AddressTable, templates: Iterable[str], where: str) -> None:
    """Raise GamedayError for what cannot be: ``templates`` are the names between braces in the table."""
    if not table.tls:
        for name in templates:
            if name in TLS_TEMPLATES:
                raise GamedayError(f"{{{name}}} in {where} needs TLS", hint=_ADD_TLS)
        for key, wanted in (("hosts", table.hosts), ("lasting_ca", table.lasting_ca)):
            if wanted:
                raise GamedayError(f"{key!r} in {where} needs TLS", hint=_ADD_TLS)
    for name, port in table.ports.items():
        _check_port(table, name, port, where)
    twice = {port for port in table.ports.values() if [*table.ports.values()].count(port) > 1}
    if twice:
        raise GamedayError(f"the port {min(twice)} stands twice in 'ports' of {where}", hint="each needs its own")
    for key, host in (("fakes_host", table.fakes_host), ("fakes_listen", table.fakes_listen)):
        if host and not _HOST.fullmatch(host):
            raise GamedayError(f"{shown(host)}, {key!r} in {where}, is not a host name or an IPv4 address")
    if table.fakes_listen and not table.fakes_host:
        raise GamedayError(
            f"'fakes_listen' in {where} needs 'fakes_host'", hint="say under which name the stack finds this machine"
        )


def _check_port(table: AddressTable, name: str, port: int, where: str) -> None:
    known = (*PLAIN_PORTS, *TLS_PORTS)
    if name not in known:
        raise unknown("port", name[:80], known, where=f"'ports' in {where}")
    if not 0 < port < 65_536:
        raise GamedayError(f"{name!r} in 'ports' of {where} is {shown(port)}", hint="a port is from 1 to 65535")
    if name in TLS_PORTS and not table.tls:
        raise GamedayError(f"the port {name!r} in {where} needs TLS", hint=_ADD_TLS)
    if name == "stack" and not table.commands:
        raise GamedayError(f"the port 'stack' in {where} has no command to be given to", hint="its `url` has it")
    if table.hosts and name.endswith("_https"):
        raise GamedayError(f"the port {name!r} in {where} is 443 already", hint="leave out `hosts` or this port")


def one_at_a_time(table: AddressTable) -> bool:
    """Whether runs of a stack cannot be side by side: they would use the same ports."""
    return bool(table.ports) or table.hosts
