"""The Pub/Sub API: topics, schemas, subscriptions with flow control, and publishing, over the bus of CometD.

Each call, and each request for events, is a request to a route of the fake: so faults, sessions, counts and exchanges
are those of all other calls. Salesforce, "Pub/Sub API Documentation", "RPC Methods in the Pub/Sub API", "Pull
Subscription and Flow Control", "Event Message Durability".
"""

from __future__ import annotations

import importlib
import io
import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gameday_fakes import grpc_server
from gameday_fakes.grpc_server import GrpcServer
from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.change_events import ALL_CHANGES, channel_of
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.event_bus import ALL_KEPT, NEW_ONLY, BadReplayId, Client, Published
from gameday_fakes.salesforce.event_schemas import EventSchema
from gameday_fakes.salesforce.field import Object
from gameday_fakes.salesforce.pubsub_calls import Subscription, methods
from gameday_fakes.salesforce.pubsub_errors import GRPC, INVALID_ARGUMENT, NOT_FOUND, RpcRefused, no_session, no_topic
from gameday_fakes.salesforce.pubsub_messages import CUSTOM, EARLIEST, PUBLISH_ERROR, installed, messages, replay_bytes
from gameday_fakes.salesforce.streaming_handlers import StreamingHandlers

if TYPE_CHECKING:
    from gameday_fakes.server import AnyListener

_FETCH = "subscription.fetch."
#: "Pub/Sub API and Event Allocations".
MOST_REQUESTED = 100
_LARGEST_EVENT_BYTES = 1024 * 1024


class PubSubHandlers(StreamingHandlers):
    """Answers at ``/eventbus.v1.PubSub``, where calls over gRPC come to."""

    #: None without the packages, and before the fake listens.
    grpc: GrpcServer | None = None

    async def serve_on(self, sock: socket.socket, *, tls: ssl.SSLContext | None = None) -> AnyListener:
        from gameday_fakes.server import listen  # here, because a description of the fakes needs no server

        if self.grpc is None and grpc_server.installed() and installed():
            self.grpc = GrpcServer(methods(self))
        http2 = self.grpc.port if self.grpc is not None else None
        return await listen(self, sock, tls=tls, traffic=self.traffic, lacks=self.unsupported, http2=http2)

    async def close(self) -> None:
        if self.grpc is not None:
            await self.grpc.close()
        await super().close()

    def pub_sub(self, request: Request) -> Reply:
        """A call over gRPC; over HTTP/1.1 there is none."""
        if request.header("content-type") != GRPC.decode():
            return self.left_out(request)
        method = request.path.rpartition("/")[2]
        try:
            self._admit(request)
            message = getattr(self, f"_rpc_{method.lower()}")(request)
        except RpcRefused as refused:
            return refused.reply()
        except messages().Broken:
            return RpcRefused(INVALID_ARGUMENT, "The message cannot be read.").reply()
        return Reply(200, message.SerializeToString() if message is not None else b"", content_type=GRPC)

    def has_rpc_session(self, request: Request) -> bool:
        """Whether the metadata of a call prove a right to it: token, organisation, and an address of the instance."""
        good = self.sessions.is_good(request.headers.get(b"accesstoken", b""))
        if not good:
            self.state.note_refused_session()
        mine = self.seeded.organization_id[:15] in request.header("tenantid")
        instance = urlsplit(request.header("instanceurl"))
        return good and mine and instance.scheme in ("http", "https") and bool(instance.hostname)

    def _admit(self, request: Request) -> None:
        if not self.has_rpc_session(request):
            raise no_session()

    # -- topics and schemas --------------------------------------------------------------------------

    def _rpc_gettopic(self, request: Request) -> Any:
        name = messages().TopicRequest.FromString(request.body).topic_name
        schema = self._schema_of(name)
        return messages().TopicInfo(
            topic_name=name,
            tenant_guid=f"core/prod/{self.seeded.organization_id}",
            can_publish=name.startswith("/event/"),
            can_subscribe=True,
            # A channel of several objects has no schema of its own.
            schema_id=schema.id if schema is not None else "",
            rpc_id=request.message,
        )

    def _rpc_getschema(self, request: Request) -> Any:
        id_ = messages().SchemaRequest.FromString(request.body).schema_id
        if not id_:
            raise RpcRefused(INVALID_ARGUMENT, "Schema validation failed. The schema ID can't be blank.")
        schema = self.event_schemas.find(id_)
        if schema is None:
            raise RpcRefused(NOT_FOUND, f"The schema {id_[:100]} is not found.")
        return messages().SchemaInfo(schema_json=schema.json, schema_id=schema.id, rpc_id=request.message)

    def _schema_of(self, topic: str) -> EventSchema | None:
        """The schema of a topic; None of one with the changes of all objects. Raises RpcRefused."""
        if not self.has_channel(topic):
            self.unsupported(f"the topic {'/'.join(topic.split('/')[:2])[:40]}/...")
            raise no_topic(topic, self.seeded.organization_id)
        if topic == ALL_CHANGES:
            return None
        names = {channel_of(name): name for name in self.settings.change_events}
        return self.event_schemas.current(names.get(topic) or topic.removeprefix("/event/"))

    # -- publishing ----------------------------------------------------------------------------------

    def _rpc_publish(self, request: Request) -> Any:
        asked = messages().PublishRequest.FromString(request.body)
        topic = asked.topic_name
        schema = self._schema_of(topic)
        if not topic.startswith("/event/") or schema is None:
            raise RpcRefused(INVALID_ARGUMENT, f"Events of the topic {topic} can't be published.")
        if not asked.events:
            raise RpcRefused(INVALID_ARGUMENT, "The publish request has no events.")
        results = [self._published(topic, event) for event in asked.events]
        return messages().PublishResponse(results=results, schema_id=schema.id, rpc_id=request.message)

    def _rpc_publishstream(self, request: Request) -> Any:
        return self._rpc_publish(request)

    def _published(self, topic: str, given: Any) -> Any:
        """The result of one event of a batch: others are published whatever becomes of it."""
        event = self.model.events[topic.removeprefix("/event/")]
        result = messages().PublishResult(correlation_key=given.id)
        try:
            fields = _fields_of(event, given, self.event_schemas.find(given.schema_id))
            result.replay_id = replay_bytes(self.publish_given(event, fields, given.id))
        except Refused as refused:
            result.error.CopyFrom(messages().Error(code=PUBLISH_ERROR, msg=refused.message))
        except ValueError as problem:
            result.error.CopyFrom(messages().Error(code=PUBLISH_ERROR, msg=str(problem)))
        return result

    # -- subscriptions -------------------------------------------------------------------------------

    def _rpc_subscribe(self, request: Request) -> None:
        """One request for events: the first one of a call begins the subscription."""
        asked = messages().FetchRequest.FromString(request.body)
        subscription: Subscription = request.message
        more_requested(subscription, asked.num_requested)
        if subscription.client is None:
            self._schema_of(asked.topic_name)
            subscription.topic = asked.topic_name
            subscription.client = self._subscriber(asked)
        elif asked.topic_name not in ("", subscription.topic):
            raise RpcRefused(INVALID_ARGUMENT, "The topic of a subscription can't change.")
        subscription.client.news.set()

    def _subscriber(self, asked: Any) -> Client:
        """A client of the bus that has the events of a topic from where the request says. Raises RpcRefused."""
        after = {EARLIEST: ALL_KEPT, CUSTOM: 0}.get(asked.replay_preset, NEW_ONLY)
        if asked.replay_preset == CUSTOM:
            if not asked.replay_id:
                text = "The Replay ID validation failed. A custom replay needs a Replay ID."
                raise RpcRefused(INVALID_ARGUMENT, text, f"{_FETCH}replayid.validation.failed")
            after = replay_number(asked.replay_id)
        client = self.bus.connect(lasting=True)
        try:
            self.bus.subscribe(client, asked.topic_name, after)
        except BadReplayId:
            self.bus.leave(client)
            raise _bad_replay() from None
        return client

    def consumer_event(self, event: Published) -> Any:
        """An event as subscribers have it."""
        schema = self.event_schemas.find(event.data["schema"])
        if schema is None:
            raise LookupError(event.data["schema"])
        producer = messages().ProducerEvent(
            id=event.uuid, schema_id=schema.id, payload=_encoded(schema, event.data["payload"])
        )
        return messages().ConsumerEvent(event=producer, replay_id=replay_bytes(event.replay_id))


def more_requested(subscription: Subscription, number: int) -> None:
    """Add to the events that a subscription wants. Raises RpcRefused."""
    if number <= 0:
        text = "The number of requested events must be greater than 0."
        raise RpcRefused(INVALID_ARGUMENT, text, f"{_FETCH}requested.events.invalid")
    subscription.pending = min(subscription.pending + number, MOST_REQUESTED)


def replay_number(given: bytes) -> int:
    """The number in a replay id; some clients send the first eight bytes only. Raises RpcRefused."""
    number = int.from_bytes(given[:8], "big")
    if len(given) < 8 or any(given[8:]) or not number:
        raise _bad_replay()
    return number


def _bad_replay() -> RpcRefused:
    text = (
        "The Replay ID validation failed. Ensure that the Replay ID is valid and refers to an event that is within the "
        "retention window."
    )
    return RpcRefused(INVALID_ARGUMENT, text, f"{_FETCH}replayid.corrupted")


def _encoded(schema: EventSchema, payload: dict[str, Any]) -> bytes:
    fastavro = importlib.import_module("fastavro")
    into = io.BytesIO()
    fastavro.schemaless_writer(into, _parsed(schema), schema.data(payload))
    return into.getvalue()


def _fields_of(event: Object, given: Any, schema: EventSchema | None) -> dict[str, Any]:
    """The fields that a client gives an event. Raises ValueError."""
    if schema is None or schema.plain["name"] != event.name:
        raise ValueError(f"the schema {given.schema_id[:100]} is not one of {event.name}")
    if len(given.payload) > _LARGEST_EVENT_BYTES:
        raise ValueError("the event is larger than 1 MB")
    fastavro = importlib.import_module("fastavro")
    try:
        data = fastavro.schemaless_reader(io.BytesIO(given.payload), _parsed(schema), None)
    except Exception:  # noqa: BLE001 - the library raises what the bytes make of it: EOFError, IndexError, ...
        raise ValueError("the payload is not Avro of its schema") from None
    return schema.given(data)


def _parsed(schema: EventSchema) -> Any:
    """The schema as the library has it, which reads it once."""
    if schema.parsed is None:
        schema.parsed = importlib.import_module("fastavro").parse_schema(schema.plain)
    return schema.parsed
