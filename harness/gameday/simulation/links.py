"""The links of a simulated run: a request goes over the link that its host names, with the toxics that are on it.

Only what a toxic does to a whole request is simulated: a link that is down, slow, stalled or narrow. What depends on
single packets, or on how long a connection has been open, is not (``SIMULATED``).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar
from unittest import mock

import httpx
import respx
from respx.mocks import AbstractRequestMocker

from gameday.model.fault import Toxic
from gameday.run.network import Network, scaled_attributes
from gameday.simulation.asgi_call import App, Call
from gameday_fakes.traffic import Traffic

#: The types of toxics that can be simulated.
SIMULATED = frozenset({"down", "latency", "timeout", "bandwidth"})
#: How long one way of a request takes by itself (real seconds, at least and at most), so that requests overtake each
#: other: on a quiet machine, and on busier ones.
WAYS_S = ((0.0005, 0.004), (0.002, 0.015), (0.005, 0.04))
#: The end of the host names; one that no resolver knows (RFC 6761, section 6.4).
DOMAIN = "invalid"


class Link:
    """One link: what it leads to (None: nothing listens), and the toxics on it by key."""

    def __init__(self, app: App | None = None, traffic: Traffic | None = None) -> None:
        self.app = app
        self.traffic = traffic or Traffic()
        self.toxics: dict[str, tuple[Toxic, dict[str, int]]] = {}
        #: Set and replaced whenever a toxic goes: what it held up ends then.
        self.healed = asyncio.Event()
        self.tasks: set[asyncio.Task[Any]] = set()


class Links(Network):
    """All links of a run, in the place of its proxies. ``race`` decides how long each request takes by itself."""

    def __init__(self, seed: int, race: int) -> None:
        # What heals them has an entry in the rollback log, which nobody has to carry out: they end with this process.
        super().__init__(f"http://links.{DOMAIN}", prefix="")
        self.links: dict[str, Link] = {}
        self._way_s = WAYS_S[race % len(WAYS_S)]
        self._draw = random.Random(f"links {seed} {race}")

    def url(self, link: str) -> str:
        """The address of a link."""
        return f"http://{link}.{DOMAIN}"

    def with_twin(self, link: str) -> tuple[str, ...]:
        return (link,)

    async def inject(self, key: str, toxic: Toxic, *, pace: float) -> None:
        self.links[toxic.link].toxics[key] = (toxic, scaled_attributes(toxic, pace))

    async def heal(self, key: str, toxic: Toxic) -> None:
        link = self.links[toxic.link]
        link.toxics.pop(key, None)
        link.healed.set()
        link.healed = asyncio.Event()

    async def close(self) -> None:
        for link in self.links.values():
            for task in list(link.tasks):
                task.cancel()
            await asyncio.gather(*link.tasks, return_exceptions=True)

    @contextlib.contextmanager
    def routed(self) -> Iterator[None]:
        """Lead every httpx client of this process over the links."""
        unconnected = mock.patch.multiple(httpx.AsyncHTTPTransport, **_UNCONNECTED)
        with unconnected, _few_cookies(), _Router(self.send):
            yield

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Carry a request over its link. Raises the errors of httpx."""
        name = request.url.host.removesuffix(f".{DOMAIN}")
        link = self.links.get(name)
        await request.aread()
        if link is None or link.app is None or any(toxic.type == "down" for toxic, _ in link.toxics.values()):
            await asyncio.sleep(self._way_s[0])
            raise httpx.ConnectError("connection refused", request=request)
        link.traffic.connections_opened += 1
        link.traffic.bytes_received += len(request.content)
        # A task of its own: what the other end has begun it finishes, also if the client does not wait for it.
        task = asyncio.get_running_loop().create_task(self._carried(link, request))
        link.tasks.add(task)
        task.add_done_callback(link.tasks.discard)
        timeout_s = request.extensions.get("timeout", {}).get("read")
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
        if not done:
            task.add_done_callback(_forget)
            raise httpx.ReadTimeout("no reply in time", request=request)
        if task.cancelled():
            raise httpx.ReadError("the connection was reset", request=request)
        return task.result()

    async def _carried(self, link: Link, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._draw.uniform(*self._way_s))
        app = link.app
        if app is None:
            raise httpx.ReadError("the connection was reset", request=request)
        reply = await Call(app, request).reply()
        for toxic, attributes in list(link.toxics.values()):
            if self._draw.random() < toxic.toxicity:
                await self._delayed(link, toxic, attributes, request, len(reply.content))
        await asyncio.sleep(self._draw.uniform(*self._way_s))
        return reply

    async def _delayed(
        self, link: Link, toxic: Toxic, attributes: dict[str, int], request: httpx.Request, size: int
    ) -> None:
        """What a toxic does to a reply, until it is healed."""
        wait_s: float | None = None
        match toxic.type:
            case "latency":
                jitter = attributes.get("jitter", 0)
                wait_s = max(0.0, attributes["latency"] + self._draw.uniform(-jitter, jitter)) / 1000
            case "bandwidth":
                wait_s = size / 1024 / max(1, attributes["rate"])
            case "timeout":
                wait_s = attributes["timeout"] / 1000 or None
        healed = link.healed.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(healed, wait_s)
        if toxic.type == "timeout":
            raise httpx.ReadError("the connection was closed", request=request)


class _Transports(AbstractRequestMocker):
    """Has respx answer in the place of httpx's transport: below it, each request would be built two times more."""

    name = "gameday links"
    targets: ClassVar = ["httpx.AsyncHTTPTransport"]
    target_methods: ClassVar = ["handle_async_request"]

    @classmethod
    def to_httpx_request(cls, **given: Any) -> httpx.Request:
        request: httpx.Request = given["request"]
        return request

    @classmethod
    async def from_async_httpx_response(cls, httpx_response: httpx.Response, target: Any, **_: Any) -> httpx.Response:
        del target
        return httpx_response


class _Router(respx.MockRouter):
    """Routes every request by ``send``: a link is found by its name, so there is no pattern to be tried for each."""

    def __init__(self, send: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> None:
        super().__init__(assert_all_called=False, using=_Transports.name)
        self._send = send

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        return await self._send(request)


def _nothing(*_: object, **__: object) -> None:
    """A transport that is led over the links has no connections, and needs no certificates."""


async def _itself(transport: httpx.AsyncHTTPTransport) -> httpx.AsyncHTTPTransport:
    return transport


async def _closed(*_: object) -> None:
    """There are no connections to close."""


#: What a transport without connections does in the place of its methods.
_UNCONNECTED: dict[str, Any] = {
    "__init__": _nothing,
    "__aenter__": _itself,
    "__aexit__": _closed,
    "aclose": _closed,
}


@contextlib.contextmanager
def _few_cookies() -> Iterator[None]:
    """Have httpx look for cookies only in replies that set one: it takes as long as all else that it does to them."""
    extract = httpx.Cookies.extract_cookies

    def look(cookies: httpx.Cookies, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            extract(cookies, response)

    with mock.patch.object(httpx.Cookies, "extract_cookies", look):
        yield


def _forget(task: asyncio.Task[Any]) -> None:
    """Nobody waits for its result any more."""
    if not task.cancelled():
        task.exception()
