"""The network between the fakes and the stack: a Toxiproxy proxy for each link, and toxics as faults.

The one adapter around toxiproxy-python. That client, of 2019, keeps the server's address for the whole
process, waits for ever, follows the proxies of the environment, cannot change a toxic, and takes an answer of 500 for a
proxy. Its calls are led through a connection of ours, which is the calling run's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import os
import re
import urllib.parse
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import requests
import toxiproxy.proxy
import toxiproxy.server
from toxiproxy.api import APIConsumer, validate_response
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from gameday.base.errors import GamedayError, RunError, unknown
from gameday.base.process import Child
from gameday.model.fault import Toxic
from gameday.run.proxy_server import find_server, start_embedded, start_real

URL_VARIABLE = "GAMEDAY_TOXIPROXY_URL"
LOG_FILE = "proxy.log"
CALL_TIMEOUT_S = 10.0

_Result = TypeVar("_Result")


class _Connection:
    """Requests to one server, with a time limit. Raises the client's own errors, and RunError if nothing answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, **options: Any) -> Any:
        try:
            reply = self._session.request(method, self.url + path, timeout=CALL_TIMEOUT_S, **options)
        except requests.RequestException as problem:
            raise RunError(f"Toxiproxy at {self.url} did not answer: {type(problem).__name__}") from None
        if reply.status_code >= 500:
            raise RunError(f"Toxiproxy at {self.url} refused {method} {path}: {_reason(reply.content)}")
        return validate_response(reply)

    def close(self) -> None:
        self._session.close()


_connection: ContextVar[_Connection] = ContextVar("_connection")


class _Consumer(APIConsumer):  # type: ignore[misc]  # published without types
    """The client's class of API calls; outside a call of ours it does what it always did."""

    @classmethod
    def get(cls, url: str, params: Any = None, **options: Any) -> Any:
        ours = _connection.get(None)
        return ours.call("GET", url, params=params) if ours else super().get(url, params, **options)

    @classmethod
    def post(cls, url: str, data: Any = None, json: Any = None, **options: Any) -> Any:
        ours = _connection.get(None)
        return ours.call("POST", url, data=data, json=json) if ours else super().post(url, data, json, **options)

    @classmethod
    def delete(cls, url: str, **options: Any) -> Any:
        ours = _connection.get(None)
        return ours.call("DELETE", url) if ours else super().delete(url, **options)


toxiproxy.server.APIConsumer = toxiproxy.proxy.APIConsumer = _Consumer


class Network:
    """The proxies of one run on one server.

    Their names begin with ``prefix``, and no other proxy is touched: the server may be ``shared`` with other runs.
    ``child`` is the server's process where this run started one; ending it is the caller's part.
    """

    def __init__(self, api_url: str, *, prefix: str, child: Child | None = None) -> None:
        self.api_url = api_url.rstrip("/")
        self.child = child
        self._prefix = prefix
        self._connection = _Connection(self.api_url)
        self._links: set[str] = set()
        self._down: dict[str, set[str]] = {}

    @classmethod
    async def start(cls, run_dir: Path, *, seed: int | None = None) -> Network:
        """Use the server that GAMEDAY_TOXIPROXY_URL names, else start a real one, else the embedded one.

        ``seed`` is for the embedded one; the real one draws jitter and toxicity as it likes. Raises GamedayError.
        """
        prefix = prefix_of(run_dir)
        named = os.environ.get(URL_VARIABLE, "").strip()
        if named:
            network = cls(_checked(named), prefix=prefix)
            try:
                await network.version()
            except RunError as problem:
                await network.close()
                raise RunError(problem.problem, hint=f"{URL_VARIABLE} names it; is it running?") from None
            return network
        program = find_server()
        if program is not None:
            child, url = await start_real(program, run_dir / LOG_FILE)
        else:
            child, url = await start_embedded(run_dir / LOG_FILE, seed=seed)
        return cls(url, prefix=prefix, child=child)

    @property
    def shared(self) -> bool:
        """Whether the server is somebody else's."""
        return self.child is None

    def proxy_name(self, link: str) -> str:
        """The name of a link's proxy on the server."""
        return self._prefix + link

    async def version(self) -> str:
        """What the server says it is."""
        return str(await self._call(lambda: _decoded(self._connection.call("GET", "/version").content)))

    async def add(self, link: str, upstream_url: str) -> str:
        """Make the proxy of a link; returns the upstream's URL as it reads through the proxy. Raises GamedayError."""
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
                return str(server.create(f"{host}:{port}", name).listen)
            except ProxyExists:
                # Its name is this run's own, so it is what an interrupted call of this run has left.
                _ignoring_absence(self._proxy(link).destroy)
                return str(server.create(f"{host}:{port}", name).listen)

        listen = await self._call(make)
        self._links.add(link)
        return upstream._replace(netloc=listen).geturl()

    async def remove(self, link: str) -> None:
        """Delete a link's proxy and all its toxics; one that is not there is no error."""
        await self._call(lambda: _ignoring_absence(self._proxy(link).destroy))
        self._links.discard(link)
        self._down.pop(link, None)

    async def inject(self, key: str, toxic: Toxic, *, pace: float) -> None:
        """Put a toxic named ``key`` into force; one of that name on the link is changed. Raises GamedayError."""
        if toxic.link not in self._links:
            raise unknown("link", toxic.link, self._links)
        if toxic.type == "down":
            self._down.setdefault(toxic.link, set()).add(key)
            await self._call(self._proxy(toxic.link).disable)
        else:
            await self._call(lambda: self._put(key, toxic, scaled_attributes(toxic, pace)))

    async def heal(self, key: str, toxic: Toxic) -> None:
        """Take it out of force; one that never was, or whose proxy is gone, is no error."""
        proxy = self._proxy(toxic.link)
        if toxic.type != "down":
            await self._call(lambda: _ignoring_absence(lambda: proxy.destroy_toxic(key)))
            return
        ledger_state = self._down.get(toxic.link, set())
        ledger_state.discard(key)
        # Another fault may still hold the link down.
        if not ledger_state:
            await self._call(lambda: _ignoring_absence(proxy.enable))

    async def toxics(self, link: str) -> dict[str, dict[str, Any]]:
        """The toxics in force on a link by name, each ``{"type", "stream", "toxicity", "attributes"}``."""
        found = await self._call(lambda: _ignoring_absence(self._proxy(link).toxics)) or {}
        fields = ("type", "stream", "toxicity", "attributes")
        return {name: {field: getattr(toxic, field) for field in fields} for name, toxic in found.items()}

    async def close(self) -> None:
        """Delete this run's proxies where the server outlives the run, and give up the connection."""
        try:
            if self.shared:
                for link in sorted(self._links):
                    await self.remove(link)
        finally:
            self._connection.close()

    def _put(self, key: str, toxic: Toxic, attributes: dict[str, int]) -> None:
        proxy = self._proxy(toxic.link)
        wanted = {"type": toxic.type, "stream": toxic.stream, "toxicity": toxic.toxicity, "attributes": attributes}
        existing = proxy.get_toxic(key)
        if existing is None:
            proxy.add_toxic(name=key, **wanted)
        elif (existing.type, existing.stream) == (toxic.type, toxic.stream):
            # The client has no call for this. POST, for servers before 2.6 do not know PATCH.
            self._connection.call("POST", f"/proxies/{proxy.name}/toxics/{key}", json=wanted)
        else:
            proxy.destroy_toxic(key)
            proxy.add_toxic(name=key, **wanted)

    def _proxy(self, link: str) -> Any:
        """The client's object for a link; its calls need no more than the name."""
        return toxiproxy.proxy.Proxy(name=self.proxy_name(link), upstream="", listen="", enabled=True)

    async def _call(self, action: Callable[[], _Result]) -> _Result:
        def bound() -> _Result:
            _connection.set(self._connection)
            try:
                return action()
            except (NotFound, InvalidToxic, ProxyExists) as problem:
                raise RunError(f"Toxiproxy at {self.api_url} refused: {_reason(problem.args[0])}") from None

        # A thread of a pool, each call in a context of its own: setting the variable touches nobody else.
        return await asyncio.to_thread(bound)


def scaled_attributes(toxic: Toxic, pace: float) -> dict[str, int]:
    """A toxic's attributes with its durations divided by the pace, as whole numbers.

    A duration stays at least a millisecond: to some toxics nought means for ever.
    """
    return {
        name: (max(1, round(value / pace)) if value > 0 else round(value)) if name in toxic.scaled else round(value)
        for name, value in toxic.attributes.items()
    }


def prefix_of(run_dir: Path) -> str:
    """What a run's proxies are called before their link: the run folder, and a hash of where it is."""
    where = hashlib.blake2b(str(run_dir.resolve()).encode(), digest_size=4).hexdigest()
    return f"gameday-{re.sub(r'[^A-Za-z0-9_.-]+', '-', run_dir.name)}-{where}-"


def _ignoring_absence(action: Callable[[], _Result]) -> _Result | None:
    try:
        return action()
    except NotFound:
        return None


def _checked(url: str) -> str:
    """The URL from the environment. Proxies are bound to loopback, so a server elsewhere would be of no use."""
    parts = urllib.parse.urlsplit(url)
    hint = "write for instance http://127.0.0.1:8474"
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "http" or not parts.hostname or port is None:
        raise GamedayError(f"{URL_VARIABLE} is no URL of a Toxiproxy: {url!r}", hint=hint)
    try:
        local = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    if not local:
        raise GamedayError(f"{URL_VARIABLE} names a Toxiproxy on another machine: {url!r}", hint=hint)
    return url.rstrip("/")


def _decoded(content: bytes) -> str:
    """The version; before 2.7 the answer was no JSON but the bare word."""
    try:
        return str(msgspec.json.decode(content)["version"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return content.decode(errors="replace").strip()


def _reason(content: bytes) -> str:
    try:
        return str(msgspec.json.decode(content)["error"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return content.decode(errors="replace").strip()[:300]
