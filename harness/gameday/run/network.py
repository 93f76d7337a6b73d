"""The network between the fakes and the stack: a Toxiproxy proxy for each link, and toxics as faults."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import urllib.parse
from pathlib import Path
from typing import Any

import toxiproxy.proxy
import toxiproxy.server
from toxiproxy.exceptions import ProxyExists

from gameday.base.errors import GamedayError, RunError, unknown
from gameday.base.process import Child, Identity
from gameday.config.stack_environment import TOXIPROXY_URL_VARIABLE
from gameday.model.fault import Toxic
from gameday.run.proxy_server import find_server, start_embedded, start_real
from gameday.run.renewal import holder_headers
from gameday.run.toxiproxy_client import Connection, ignoring_absence
from gameday_fakes.toxiproxy.names import RENEW_PATH, TOKEN_VARIABLE
from gameday_fakes.toxiproxy.names import VERSION as EMBEDDED_VERSION

LOG_FILE = "proxy.log"
#: Ends the name of a link that leads to the TLS port of a fake; its plain link has the name without it.
TLS_SUFFIX = "-tls"


class Network:
    """The proxies of one run on one server.

    Their names begin with ``prefix``, and no other proxy is touched: the server may be ``shared`` with other runs.
    ``child`` is the server's process if this run has started one; the caller ends it.
    """

    def __init__(self, api_url: str, *, prefix: str, child: Child | None = None, token: str = "") -> None:
        self.api_url = api_url.rstrip("/")
        self.child = child
        #: What every call carries: this run's name, for the embedded server to expire its faults by, and the token.
        self.headers = holder_headers(token)
        #: Where the run renews its hold; empty for a real server, which knows no such thing.
        self.renewal_url = ""
        self._prefix = prefix
        self._connection = Connection(self.api_url, self.headers)
        self._links: set[str] = set()
        self._down: dict[str, set[str]] = {}
        self._toxics: set[tuple[str, str]] = set()

    @classmethod
    async def start(cls, run_dir: Path, *, seed: int | None = None) -> Network:
        """Use the server that GAMEDAY_TOXIPROXY_URL names, else start a real one, else the embedded one.

        ``seed`` is for the embedded one; the real one draws jitter and toxicity without a seed. Raises GamedayError.
        """
        prefix = prefix_of(run_dir)
        named = os.environ.get(TOXIPROXY_URL_VARIABLE, "").strip()
        if named:
            network = cls(_checked(named), prefix=prefix, token=os.environ.get(TOKEN_VARIABLE, ""))
            try:
                network.renewal_url = _renewal_url(network.api_url, await network.version())
            except RunError as problem:
                await network.close()
                raise RunError(problem.problem, hint=f"{TOXIPROXY_URL_VARIABLE} names it; is it running?") from None
            return network
        program = find_server()
        if program is not None:
            child, url = await start_real(program, run_dir / LOG_FILE)
            return cls(url, prefix=prefix, child=child)
        child, url, token = await start_embedded(run_dir / LOG_FILE, seed=seed)
        network = cls(url, prefix=prefix, child=child, token=token)
        network.renewal_url = _renewal_url(network.api_url, EMBEDDED_VERSION)
        return network

    @property
    def shared(self) -> bool:
        """Whether the server is shared with other runs: this one has not started it."""
        return self.child is None

    @property
    def server(self) -> Identity | None:
        """The server's process if this run has started it."""
        return self.child.identity if self.child is not None else None

    @property
    def delays(self) -> bool:
        """Whether a fault may hold back what passes: any but one that refuses connections."""
        return bool(self._toxics)

    def proxy_name(self, link: str) -> str:
        """The name of a link's proxy on the server."""
        return self._prefix + link

    async def version(self) -> str:
        """The server's version."""
        return await self._connection.version()

    def with_twin(self, link: str) -> tuple[str, ...]:
        """A link, and the one beside it that leads to the same fake over TLS, if there is one."""
        twin = link + TLS_SUFFIX
        return (link, twin) if twin in self._links else (link,)

    async def add(self, link: str, upstream_url: str, *, listen: str = "127.0.0.1:0") -> str:
        """Create the proxy of a link; returns the upstream's URL through the proxy. Raises GamedayError."""
        upstream = urllib.parse.urlsplit(upstream_url)
        if not upstream.hostname:
            raise GamedayError(
                f"no URL for link {link!r}: {upstream_url!r}", hint="write for instance http://127.0.0.1:8080"
            )
        port = upstream.port or (443 if upstream.scheme == "https" else 80)
        host = f"[{upstream.hostname}]" if ":" in upstream.hostname else upstream.hostname
        name = self.proxy_name(link)

        def make() -> str:
            server = toxiproxy.server.Toxiproxy()
            try:
                return str(server.create(f"{host}:{port}", name, listen).listen)
            except ProxyExists:
                # The name is this run's own, so an interrupted call of this run has left the proxy.
                ignoring_absence(self._proxy(link).destroy)
                return str(server.create(f"{host}:{port}", name, listen).listen)

        address = await self._connection.run(make)
        self._links.add(link)
        return upstream._replace(netloc=address).geturl()

    async def remove(self, link: str) -> None:
        """Delete a link's proxy and all its toxics; a missing one is no error."""
        await self._connection.run(lambda: ignoring_absence(self._proxy(link).destroy))
        self._links.discard(link)
        self._down.pop(link, None)

    async def inject(self, key: str, toxic: Toxic, *, pace: float) -> None:
        """Add a toxic named ``key``; one of that name on the link is changed. Raises GamedayError."""
        if toxic.link not in self._links:
            raise unknown("link", toxic.link, self._links)
        if toxic.type == "down":
            self._down.setdefault(toxic.link, set()).add(key)
            await self._connection.run(self._proxy(toxic.link).disable)
        else:
            self._toxics.add((toxic.link, key))
            await self._connection.run(lambda: self._put(key, toxic, scaled_attributes(toxic, pace)))

    async def heal(self, key: str, toxic: Toxic) -> None:
        """Remove it; a missing toxic or proxy is no error."""
        proxy = self._proxy(toxic.link)
        if toxic.type != "down":
            await self._connection.run(lambda: ignoring_absence(lambda: proxy.destroy_toxic(key)))
            self._toxics.discard((toxic.link, key))
            return
        holders = self._down.get(toxic.link, set())
        holders.discard(key)
        # Another fault may still hold the link down.
        if not holders:
            await self._connection.run(lambda: ignoring_absence(proxy.enable))

    async def toxics(self, link: str) -> dict[str, dict[str, Any]]:
        """The active toxics of a link by name, each ``{"type", "stream", "toxicity", "attributes"}``."""
        active = await self._connection.run(lambda: ignoring_absence(self._proxy(link).toxics)) or {}
        fields = ("type", "stream", "toxicity", "attributes")
        return {name: {field: getattr(toxic, field) for field in fields} for name, toxic in active.items()}

    async def close(self) -> None:
        """Delete this run's proxies if the server is shared, and give up the connection."""
        try:
            if self.shared:
                for link in sorted(self._links):
                    await self.remove(link)
        finally:
            self._connection.close()

    def _put(self, key: str, toxic: Toxic, attributes: dict[str, int]) -> None:
        proxy = self._proxy(toxic.link)
        settings = {"type": toxic.type, "stream": toxic.stream, "toxicity": toxic.toxicity, "attributes": attributes}
        existing = proxy.get_toxic(key)
        if existing is None:
            proxy.add_toxic(name=key, **settings)
        elif (existing.type, existing.stream) == (toxic.type, toxic.stream):
            # The client has no call for this. It is POST because servers before 2.6 do not know PATCH.
            self._connection.call("POST", f"/proxies/{proxy.name}/toxics/{key}", json=settings)
        else:
            proxy.destroy_toxic(key)
            proxy.add_toxic(name=key, **settings)

    def _proxy(self, link: str) -> Any:
        """The client's object for a link; its calls only use the name."""
        return toxiproxy.proxy.Proxy(name=self.proxy_name(link), upstream="", listen="", enabled=True)


def scaled_attributes(toxic: Toxic, pace: float) -> dict[str, int]:
    """A toxic's attributes with its durations divided by the pace, as whole numbers.

    A duration is at least one millisecond, because to some toxics 0 means for ever.
    """
    return {
        name: (max(1, round(value / pace)) if value > 0 else round(value)) if name in toxic.scaled else round(value)
        for name, value in toxic.attributes.items()
    }


def prefix_of(run_dir: Path) -> str:
    """The prefix of a run's proxy names: the run folder's name, and a hash of its path."""
    where = hashlib.blake2b(str(run_dir.resolve()).encode(), digest_size=4).hexdigest()
    return f"gameday-{re.sub(r'[^A-Za-z0-9_.-]+', '-', run_dir.name)}-{where}-"


def _renewal_url(api_url: str, version: str) -> str:
    """Where a run renews its hold on its faults: only the embedded server expires them."""
    return f"{api_url}{RENEW_PATH}" if version == EMBEDDED_VERSION else ""


def _checked(url: str) -> str:
    """The URL from the environment variable. Proxies listen on loopback, so the server must run on this machine."""
    parts = urllib.parse.urlsplit(url)
    hint = "write for instance http://127.0.0.1:8474"
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or not parts.hostname or port is None:
        raise GamedayError(f"{TOXIPROXY_URL_VARIABLE} is not the URL of a Toxiproxy: {url!r}", hint=hint)
    try:
        local = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    if not local:
        raise GamedayError(f"{TOXIPROXY_URL_VARIABLE} names a Toxiproxy on another machine: {url!r}", hint=hint)
    return url.rstrip("/")
