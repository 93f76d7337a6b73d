"""The links of one run: a proxy before each fake and before the stack, at the addresses that the table asks for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from gameday.base.errors import RunError
from gameday.config.stack_address import LOOPBACK, ROLES
from gameday.config.stack_table import StackTable
from gameday.run.network import TLS_SUFFIX, Network
from gameday.run.rollback import RollbackLog
from gameday.run.rollback_entries import DeleteProxy

HTTPS_PORT = 443
#: Where the links listen for names of /etc/hosts: port 443 is one, so each has an address of loopback of its own.
HOSTS_ADDRESSES = {role: f"127.0.0.{number}" for number, role in enumerate(ROLES, start=11)}


class Links:
    """Puts a proxy into every connection of the stack. The URLs are those that the stack uses."""

    def __init__(self, network: Network, rollback: RollbackLog, table: StackTable) -> None:
        self._network = network
        self._rollback = rollback
        self._table = table

    async def add_plain(self, fakes: Mapping[str, str], stack_url: str) -> dict[str, str]:
        """Links to the fakes, whose URLs are given by role, and from the CRM to the stack; URLs by link."""
        table = self._table
        links = {"crm-stack": await self._add("crm-stack", stack_url, LOOPBACK, 0)}
        for role, url in fakes.items():
            link = f"stack-{role}"
            added = await self._add(link, url, table.fakes_listen or LOOPBACK, table.ports.get(role, 0))
            links[link] = self._as_seen(added)
        return links

    async def add_tls(self, fakes: Mapping[str, str]) -> tuple[dict[str, str], dict[str, tuple[str, int]]]:
        """Links to the fakes' TLS ports, by role: their URLs as the stack sees them, and their addresses here.

        Each is the twin of the plain link of its role: a fault on that link acts on both.
        """
        table = self._table
        urls, addresses = {}, {}
        for role, url in fakes.items():
            host = HOSTS_ADDRESSES[role] if table.hosts else table.fakes_listen or LOOPBACK
            port = HTTPS_PORT if table.hosts else table.ports.get(f"{role}_https", 0)
            added = urlsplit(await self._add(f"stack-{role}{TLS_SUFFIX}", url, host, port))
            assert added.port is not None  # noqa: S101 - a proxy always has one
            addresses[role] = (host if table.hosts else LOOPBACK, added.port)
            urls[role] = added.geturl() if table.hosts else self._as_seen(added.geturl())
        return urls, addresses

    async def _add(self, link: str, upstream: str, host: str, port: int) -> str:
        if self._network.shared:
            name = self._network.proxy_name(link)
            self._rollback.before(f"proxy-{link}", DeleteProxy(self._network.api_url, name))
        try:
            return await self._network.add(link, upstream, listen=f"{host}:{port}")
        except RunError as problem:
            if not port:
                raise
            why = "it needs the right to use ports below 1024" if port < 1024 else "the stack's table asks for it"
            hint = f"is it free? {why}"
            raise RunError(f"cannot listen on {host}:{port} for {link}: {problem.problem}", hint=hint) from None

    def _as_seen(self, url: str) -> str:
        """A link's URL with the name under which the stack finds this machine."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"{self._table.fakes_host or LOOPBACK}:{parts.port}").geturl()
