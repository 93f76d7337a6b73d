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

import httpx
import respx
from respx.mocks import AbstractRequestMocker

from gameday.model.fault import Toxic
from gameday.run.network import Network, scaled_attributes
from gameday.simulation.asgi_call import Answer, App, begun
from gameday.simulation.quick_httpx import quick_httpx
from gameday_fakes.traffic import Traffic

#: The types of toxics that can be simulated.
SIMULATED = frozenset({"down", "latency", "timeout", "bandwidth"})
#: How long one way of a request takes by itself (real seconds, at least and at most), so that requests overtake each
#: other: on a quiet machine, and on busier ones.
WAYS_S = ((0.0005, 0.004), (0.002, 0.015), (0.005, 0.04))
#: The end of the host names; one that no resolver knows (RFC 6761, section 6.4).
DOMAIN = "invalid"


_Awaited = asyncio.Future[httpx.Response]


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
        self._closed = False

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
        self._closed = True
        for link in self.links.values():
            for task in list(link.tasks):
                task.cancel()
            await asyncio.gather(*link.tasks, return_exceptions=True)

    @contextlib.contextmanager
    def routed(self) -> Iterator[None]:
        """Lead every httpx client of this process over the links."""
        with quick_httpx(), _Router(self.send):
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
        # What the other end has begun it finishes, also if the client does not wait for it.
        loop = asyncio.get_running_loop()
        reply: _Awaited = loop.create_future()
        timeout_s = request.extensions.get("timeout", {}).get("read")
        until_s = None if timeout_s is None else loop.time() + timeout_s
        if timeout_s is not None and timeout_s <= 2 * self._way_s[1]:
            # It may be over before the reply is here, whatever the other end does.
            _end_at(until_s, reply, request)
        loop.call_later(self._draw.uniform(*self._way_s), self._arrive, link, request, reply, until_s)
        return await reply

    def _arrive(self, link: Link, request: httpx.Request, reply: _Awaited, until_s: float | None) -> None:
        """Have the other end answer: a fake here, if nothing has to be waited for, else in a task of its own.

        ``until_s`` is how long the client waits, on the loop's clock.
        """
        app = link.app
        if self._closed or app is None:
            _settle(reply, httpx.ReadError("the connection was reset", request=request))
            return
        answer = begun(app, request)
        if isinstance(answer, httpx.Response) and not link.toxics:
            self._send_back(reply, answer)
            return
        _end_at(until_s, reply, request)
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._carried(link, request, answer, reply))
        link.tasks.add(task)
        task.add_done_callback(link.tasks.discard)

    def _send_back(self, reply: _Awaited, response: httpx.Response) -> None:
        asyncio.get_running_loop().call_later(self._draw.uniform(*self._way_s), _settle, reply, response)

    async def _carried(self, link: Link, request: httpx.Request, answer: Answer, reply: _Awaited) -> None:
        try:
            response = answer if isinstance(answer, httpx.Response) else await answer
            for toxic, attributes in list(link.toxics.values()):
                if self._draw.random() < toxic.toxicity:
                    await self._delayed(link, toxic, attributes, request, len(response.content))
        except asyncio.CancelledError:
            _settle(reply, httpx.ReadError("the connection was reset", request=request))
            raise
        except Exception as problem:  # noqa: BLE001 - the client's, whatever it is
            _settle(reply, problem)
        else:
            self._send_back(reply, response)

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
    def mock(cls, spec: Callable[..., Any]) -> Callable[..., Any]:
        if spec.__name__ not in cls.target_methods:
            return spec

        async def routed(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            response: httpx.Response = await cls.async_handler(request)  # type: ignore[no-untyped-call]
            return response

        return routed


class _Router(respx.MockRouter):
    """Routes every request by ``send``: a link is found by its name, so there is no pattern to be tried for each."""

    def __init__(self, send: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> None:
        super().__init__(assert_all_called=False, using=_Transports.name)
        self._send = send

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        return await self._send(request)


def _settle(reply: _Awaited, outcome: httpx.Response | Exception) -> None:
    """Give a client its reply, or why it gets none, if it still waits."""
    if reply.done():
        return
    if isinstance(outcome, Exception):
        reply.set_exception(outcome)
    else:
        reply.set_result(outcome)


def _end_at(until_s: float | None, reply: _Awaited, request: httpx.Request) -> None:
    """Let a client give up at a time of the loop's clock, if it has no reply by then."""
    if until_s is not None and not reply.done():
        timer = asyncio.get_running_loop().call_at(until_s, _time_out, reply, request)
        reply.add_done_callback(lambda _: timer.cancel())


def _time_out(reply: _Awaited, request: httpx.Request) -> None:
    _settle(reply, httpx.ReadTimeout("no reply in time", request=request))
