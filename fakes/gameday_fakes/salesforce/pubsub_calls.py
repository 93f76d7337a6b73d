"""Calls of the Pub/Sub API over gRPC: each message becomes a request to the fake, and events become messages."""

from __future__ import annotations

import asyncio
import traceback
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

from gameday_fakes.clock import Clock
from gameday_fakes.grpc_server import code
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.salesforce.event_bus import Client, EventBus, Published
from gameday_fakes.salesforce.pubsub_errors import GRPC, INTERNAL, UNAVAILABLE, Refusal, no_session, refusal_of
from gameday_fakes.salesforce.pubsub_messages import PACKAGE, messages, replay_bytes

SERVICE = f"/{PACKAGE}.PubSub"
#: Without events an empty response comes so often ("Subscribe RPC Method"); scenario seconds.
KEEP_ALIVE_S = 270.0
_UNARY = ("GetTopic", "GetSchema", "Publish")
_BROKEN = Refusal(INTERNAL, "An internal error occurred.")
_LOST = Refusal(UNAVAILABLE, "the connection was lost")


class Subscription:
    """One call of ``Subscribe`` or ``ManagedSubscribe``: its topic, how many events it still wants, and why it ends."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.topic = ""
        self.pending = 0
        #: The name of the managed subscription, and the answers to what has been committed; empty for another one.
        self.managed = ""
        self.commits: deque[Any] = deque()
        self.refusal: Refusal | None = None
        self.asked_all = False
        #: Set with the first request.
        self.begun = asyncio.Event()


class PubSubFake(Protocol):
    """What calls need of the fake."""

    clock: Clock
    bus: EventBus

    def respond(self, request: Request) -> Awaitable[Reply]:
        """Answer a request. Raises Dropped."""

    def unsupported(self, call: str) -> None:
        """Record a call that the fake lacks."""

    def has_rpc_session(self, request: Request) -> bool:
        """Whether the metadata of a call prove a right to it."""

    def fetched(self, client: Client, most: int) -> list[tuple[str, Published]]:
        """The events that a client fetches now, at most so many."""

    def consumer_event(self, event: Published) -> Any:
        """An event as subscribers have it."""


def methods(fake: PubSubFake) -> Callable[[Any, str], Any]:
    """What finds the handler of a call to a fake."""

    def method(grpc: Any, called: str) -> Any:
        service, _, name = called.rpartition("/")
        if service == SERVICE and name in _UNARY:
            return grpc.unary_unary_rpc_method_handler(_Calls(fake, grpc, called).answer)
        if called in (f"{SERVICE}/Subscribe", f"{SERVICE}/ManagedSubscribe"):
            return grpc.stream_stream_rpc_method_handler(_Calls(fake, grpc, called).subscribe)
        if called == f"{SERVICE}/PublishStream":
            return grpc.stream_stream_rpc_method_handler(_Calls(fake, grpc, called).publish)
        fake.unsupported(f"gRPC {called}")
        return None

    return method


class _Calls:
    """The calls of one method."""

    def __init__(self, fake: PubSubFake, grpc: Any, path: str) -> None:
        self._fake = fake
        self._grpc = grpc
        self._path = path

    async def answer(self, body: bytes, context: Any) -> bytes:
        """One message for one."""
        rpc_id = _rpc_id()
        reply, refusal = await self._carried_out(context, body, rpc_id)
        if refusal is not None:
            await self._end(context, refusal, rpc_id)
        return reply

    async def publish(self, bodies: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        """A response for each request of a stream."""
        rpc_id, topic = _rpc_id(), ""
        async for body in bodies:
            asked = messages().PublishRequest.FromString(body)
            topic = topic or asked.topic_name
            asked.topic_name = asked.topic_name or topic
            reply, refusal = await self._carried_out(context, asked.SerializeToString(), rpc_id)
            if refusal is not None:
                await self._end(context, refusal, rpc_id)
            yield reply

    async def subscribe(self, bodies: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        """Events, as many as the client asks for, until it has asked for all that it wants and has them."""
        rpc_id, subscription = _rpc_id(), Subscription()
        asking = asyncio.ensure_future(self._take_requests(bodies, context, subscription))
        try:
            await subscription.begun.wait()
            while subscription.client is not None and subscription.refusal is None:
                # A stream is a request that waits, and what its client makes of a pause is not known.
                with self._fake.clock.working():
                    response = await self._next(context, subscription, rpc_id)
                if response is None:
                    break
                yield response
            if subscription.refusal is not None:
                await self._end(context, subscription.refusal, rpc_id)
        finally:
            asking.cancel()
            if subscription.client is not None:
                self._fake.bus.leave(subscription.client)

    async def _next(self, context: Any, subscription: Subscription, rpc_id: str) -> bytes | None:
        """The next response: events, or none after a while; None where the call ends."""
        client = subscription.client
        assert client is not None  # noqa: S101 - the caller asks
        while not (client.unread and subscription.pending) and not subscription.commits:
            if subscription.refusal is not None or (subscription.asked_all and not subscription.pending):
                return None
            if self._fake.bus.client(client.id) is not client:
                break
            client.news.clear()
            try:
                async with asyncio.timeout(self._fake.clock.real_s(KEEP_ALIVE_S)):
                    await client.news.wait()
            except TimeoutError:
                break
        if self._fake.bus.client(client.id) is not client:
            subscription.refusal = _LOST
            return None
        if not self._fake.has_rpc_session(self._request(context, b"", rpc_id)):
            subscription.refusal = no_session().refusal
            return None
        taken = self._fake.fetched(client, subscription.pending)
        subscription.pending -= len(taken)
        events = [self._fake.consumer_event(event) for _, event in taken]
        latest = taken[-1][1].replay_id if taken else self._fake.bus.latest
        response = getattr(messages(), "ManagedFetchResponse" if subscription.managed else "FetchResponse")(
            events=events,
            latest_replay_id=replay_bytes(latest),
            rpc_id=rpc_id,
            pending_num_requested=subscription.pending,
        )
        if subscription.commits:
            response.commit_response.CopyFrom(subscription.commits.popleft())
        encoded: bytes = response.SerializeToString()
        return encoded

    async def _take_requests(self, bodies: AsyncIterator[bytes], context: Any, subscription: Subscription) -> None:
        try:
            async for body in bodies:
                _, subscription.refusal = await self._carried_out(context, body, subscription)
                subscription.begun.set()
                if subscription.refusal is not None:
                    break
        finally:
            subscription.asked_all = True
            subscription.begun.set()
            if subscription.client is not None:
                subscription.client.news.set()

    async def _carried_out(self, context: Any, body: bytes, about: Any) -> tuple[bytes, Refusal | None]:
        try:
            reply = await self._fake.respond(self._request(context, body, about))
        except Dropped:
            return b"", _LOST
        except Exception:  # noqa: BLE001 - a mistake of ours is for our log; the client sees what the vendor would say
            traceback.print_exc()
            return b"", _BROKEN
        return reply.body, refusal_of(reply)

    def _request(self, context: Any, body: bytes, about: Any) -> Request:
        headers = {
            key.encode(): value if isinstance(value, bytes) else value.encode("latin-1", "replace")
            for key, value in context.invocation_metadata() or ()
        }
        request = Request("POST", self._path, headers={**headers, b"content-type": GRPC}, body=body)
        request.message = about
        return request

    async def _end(self, context: Any, refusal: Refusal, rpc_id: str) -> None:
        trailers = (*([("error-code", refusal.code)] if refusal.code else ()), ("rpc-id", rpc_id))
        await context.abort(code(self._grpc, refusal.status), f"{refusal.text} rpcId: {rpc_id}", trailers)


def _rpc_id() -> str:
    return str(uuid.uuid4())
