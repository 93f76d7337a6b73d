"""The Streaming API: platform events and change events over CometD, that is Bayeux with long polling.

Bayeux Protocol 1.0; Salesforce, "Streaming API Developer Guide", "Message Durability" and "Streaming API Error Codes".
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from gameday_fakes.answering import Answer
from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.salesforce.change_events import ALL_CHANGES, ChangeEvents, channel_of
from gameday_fakes.salesforce.deal_lines import deal_of, find_deal
from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.event_bus import MOST_KEPT, NEW_ONLY, BadReplayId, Client, EventBus, Published
from gameday_fakes.salesforce.event_schemas import EventSchemas
from gameday_fakes.salesforce.field import Object
from gameday_fakes.salesforce.ids import EVENT_PREFIX, make_id
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.record_handlers import RecordHandlers, body_of
from gameday_fakes.salesforce.settings import Settings
from gameday_fakes.salesforce.values import coerce

#: How long a request waits for events; scenario seconds.
WAIT_S = 110.0
_MOST_CHANNELS = 100
_AGAIN = {"interval": 0, "timeout": int(WAIT_S * 1000), "reconnect": "retry"}
_HANDSHAKE = {"interval": 0, "reconnect": "handshake"}
_VERSION = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"]}

Message = dict[str, Any]


class StreamingHandlers(RecordHandlers):
    """Answers at ``/cometd``, and publishes events that clients create like records."""

    bus: EventBus

    def begin(self, request: Request) -> Answer:
        return self._once_it_waited(request) if request.path.startswith("/cometd/") else super().begin(request)

    async def _once_it_waited(self, request: Request) -> Reply:
        await self._wait(request)
        answer = super().begin(request)
        return answer if isinstance(answer, Reply) else await answer

    def reset(self) -> None:
        super().reset()
        if hasattr(self, "bus"):
            self.bus.close()
        self.bus = EventBus(self.clock.now_s, self.seed)
        self.events_published = 0
        self.event_schemas = EventSchemas(self.model, self.state.schema)
        self.changes = ChangeEvents(
            self.store, self.state.schema, self.event_schemas, self._comes_as_gap, self._send_change
        )
        self.store.on_change = self._changed

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        for name in settings.change_events:
            if name not in self.model.objects:
                raise ValueError(f"change_events: unknown object {name!r}; known: {', '.join(self.model.objects)}")
        if "announce_event" in changed or "announce_event_fields" in changed:
            self._check_event(settings)
        super().change_settings(settings, changed)
        self.bus.keep_s = self.settings.event_retention_s
        self.changes.objects, self.changes.most = self.settings.change_events, self.settings.change_event_overflow
        self.store.tracked = self.model.house.settles | frozenset(self.changes.objects)

    def pending(self) -> int:
        return super().pending() + self.bus.unread()

    def _check_event(self, settings: Settings) -> None:
        event = self.model.events.get(settings.announce_event)
        if event is None:
            known = ", ".join(self.model.events) or "none"
            raise ValueError(f"announce_event: unknown event {settings.announce_event!r}; known: {known}")
        deal = self.model.objects[self.deal_objects[0]].fields
        for name, of in settings.event_fields.items():
            if name not in event.fields:
                raise ValueError(
                    f"announce_event_fields: {event.name} has no field {name!r}; known: {', '.join(event.fields)}"
                )
            if of not in deal:
                raise ValueError(f"announce_event_fields: {self.deal_objects[0]} has no field {of!r}")

    def _changed(self, written: dict[str, Record], before: dict[str, dict[str, Any] | None]) -> None:
        if self.settings.announce_by == "change event" and self.state.without_subscription():
            return
        self.changes.publish(written, before)

    def _comes_as_gap(self, record: Record) -> bool:
        key = deal_of(self.store, record) or record.id
        by = self.state.gaps(key)
        for fault_id in by:
            self.hit(fault_id, "deliver", key)
        return bool(by)

    def _announce(self, deals: list[str]) -> None:
        if self.settings.announce_by not in ("platform event", "change event"):
            super()._announce(deals)
            return
        deleted_by = self.state.without_subscription()
        for deal in deals:
            for fault_id in deleted_by:
                self.hit(fault_id, "deliver", deal)
            if self.settings.announce_by == "platform event" and not deleted_by:
                self._publish_deal(deal)

    def _publish_deal(self, deal: str) -> None:
        """Publish what the organisation's own flow does about a deal."""
        event, record = self.model.events[self.settings.announce_event], find_deal(self.store, deal)
        shown = self.state.schema.view(self.deal_objects[0]).names
        for fault_id in self.state.schema.faults_of(self.deal_objects[0], tuple(self.settings.event_fields.values())):
            self.hit(fault_id, "deliver", deal)
        fields = record.fields if record else {}
        given = {name: fields.get(of) if of in shown else None for name, of in self.settings.event_fields.items()}
        self._send((f"/event/{event.name}",), self._event_data(event, given), deal)

    def _event_data(self, event: Object, given: dict[str, Any]) -> dict[str, Any]:
        """A platform event; fields that are not given are null."""
        stamps = {"CreatedDate": self.store.now(), "CreatedById": self.store.user_id}
        payload = {**dict.fromkeys(event.fields), **given, **stamps}
        return {"schema": self.event_schemas.current(event.name).id, "payload": payload}

    def _send_change(self, channels: tuple[str, ...], data: dict[str, Any], record: Record | None) -> None:
        self._send(channels, data, deal_of(self.store, record) if record is not None else None)

    def _send(self, channels: tuple[str, ...], data: dict[str, Any], deal: str | None) -> None:
        """Publish what the platform says of a deal, under the faults of deliveries."""
        id_ = self.bus.new_uuid()
        kinds = self.outbound.kinds_of([deal] if deal else [])
        self.sender.pass_on(kinds, lambda: self.bus.publish(channels, data, id_, deal or ""))

    def fetched(self, client: Client, most: int = MOST_KEPT) -> list[tuple[str, Published]]:
        """The events that a client fetches now; those that announce a deal are recorded as delivered."""
        taken = client.take(most)
        for _, event in taken:
            if event.deal:
                value = {"message": event.uuid, "deals": [event.deal], "attempt": 1, "status": 200}
                self.events.append(self.name, "deliver", "ok", value)
        return taken

    def bayeux(self, request: Request) -> Reply:
        """``POST /cometd/VERSION``: messages in, messages out."""
        messages = _messages(request)
        good = self._has_session(request)
        if not good:
            self.state.note_refused_session()
        answers: list[Message] = []
        for message in messages:
            answers += self._reply_to(message, good=good)
        return Reply.json(200, answers)

    def create_record(self, request: Request) -> Reply:
        """``POST .../sobjects/X__e`` publishes an event; of any other object it is a record."""
        published = self.publish_one(body_of(request), request.params.get("object", ""))
        return super().create_record(request) if published is None else Reply.json(201, published)

    def publish_one(self, given: dict[str, Any], name: str) -> dict[str, Any] | None:
        event = self.model.event(name)
        if event is None:
            return None
        self.publish_given(event, {key: value for key, value in given.items() if key != "attributes"})
        self.events_published += 1
        return {"id": make_id(EVENT_PREFIX, self.events_published), "success": True, "errors": []}

    def publish_given(self, event: Object, body: dict[str, Any], id_: str = "") -> int:
        """Publish an event with the fields of a body; returns its replay id. Raises Refused."""
        by_lower = {name.lower(): field for name, field in event.fields.items()}
        given = {}
        for name, value in body.items():
            field = by_lower.get(name.lower())
            if field is None or not field.createable:
                raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {event.name}")
            given[field.name] = coerce(field, value, field.name)
        missing = [name for name, field in event.fields.items() if field.is_required and given.get(name) is None]
        if missing:
            listed = ", ".join(missing)
            raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{listed}]", missing)
        return self.bus.publish((f"/event/{event.name}",), self._event_data(event, given), id_)

    def _has_session(self, request: Request) -> bool:
        return self.sessions.is_good(request.headers.get(b"authorization", b"").rpartition(b" ")[2])

    # -- waiting -------------------------------------------------------------------------------------

    async def _wait(self, request: Request) -> None:
        """Hold a request for events until there are some."""
        try:
            messages = _messages(request)
        except BadBody:
            return
        asking = [each for each in messages if each.get("channel") == "/meta/connect"]
        client = self.bus.client(str(asking[0].get("clientId"))) if asking else None
        if client is None or not client.connects or client.unread or len(messages) > len(asking):
            return
        if not self._has_session(request):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.clock.real_s(WAIT_S)):
                await client.news.wait()
        client.seen_s = self.clock.now_s()

    # -- messages ------------------------------------------------------------------------------------

    def _reply_to(self, message: Message, *, good: bool) -> list[Message]:
        channel = str(message.get("channel", ""))
        answer: Message = {"channel": channel, "successful": True}
        if "id" in message:
            answer["id"] = message["id"]
        if channel == "/meta/handshake":
            return [self._handshake(answer, good=good)]
        if not good:
            return [_refused(answer, "401::Authentication invalid", _HANDSHAKE)]
        client = self.bus.client(str(message.get("clientId", "")))
        if client is None:
            return [_refused(answer, "403::Unknown client", _HANDSHAKE)]
        answer["clientId"] = client.id
        match channel:
            case "/meta/connect":
                client.connects += 1
                # What comes first is what the client has waited for.
                come = [{"data": event.data, "channel": of} for of, event in self.fetched(client)]
                return [*come, {**answer, "advice": _AGAIN} if client.connects == 1 else answer]
            case "/meta/subscribe":
                # One message may name several channels ("Bayeux Protocol", section 4.4).
                named = message.get("subscription")
                channels = named if isinstance(named, list) and 0 < len(named) <= _MOST_CHANNELS else [named]
                return [self._subscribe(client, message, answer, str(each or "")) for each in channels]
            case "/meta/unsubscribe":
                client.channels.pop(str(message.get("subscription", "")), None)
                return [{**answer, "subscription": message.get("subscription")}]
            case "/meta/disconnect":
                self.bus.leave(client)
                return [answer]
        self.unsupported("a Bayeux message that publishes to a channel")
        return [_refused(answer, "404::Unknown channel")]

    def _handshake(self, answer: Message, *, good: bool) -> Message:
        if not good:
            denied = {"sfdc": {"failureReason": "401::Authentication invalid"}, "replay": True}
            return {**_refused(answer, "403::Handshake denied", {"reconnect": "none"}), "ext": denied}
        client = self.bus.connect()
        return {**answer, **_VERSION, "clientId": client.id, "ext": {"replay": True, "payload.format": True}}

    def _subscribe(self, client: Client, message: Message, answer: Message, channel: str) -> Message:
        answer = {**answer, "subscription": channel}
        if not self.has_channel(channel):
            self.unsupported(f"the streaming channel {'/'.join(channel.split('/')[:2])[:40]}/...")
            return _refused(answer, f"404::Unknown channel: {channel[:200]}")
        replay = message.get("ext", {}).get("replay") if isinstance(message.get("ext"), dict) else None
        wanted = replay.get(channel, NEW_ONLY) if isinstance(replay, dict) else NEW_ONLY
        try:
            self.bus.subscribe(client, channel, int(str(wanted)))
        except (BadReplayId, ValueError):
            error = (
                f"400::The replayId {{{str(wanted)[:40]}}} you provided was invalid.  Please provide a valid ID, -2 to "
                "replay all events, or -1 to replay only new events."
            )
            return _refused(answer, error)
        return answer

    def has_channel(self, channel: str) -> bool:
        """Whether events can come there; those of other kinds and of objects that are not selected cannot."""
        captured = self.settings.change_events
        return (
            (channel == ALL_CHANGES and bool(captured))
            or channel in map(channel_of, captured)
            or (channel.startswith("/event/") and channel.removeprefix("/event/") in self.model.events)
        )


def _refused(answer: Message, error: str, advice: Message | None = None) -> Message:
    return {**answer, "successful": False, "error": error, **({"advice": advice} if advice else {})}


def _messages(request: Request) -> list[Message]:
    """The messages of a body. Raises BadBody."""
    body = request.json
    messages = body if isinstance(body, list) else [body]
    if not messages or not all(isinstance(message, dict) for message in messages):
        raise BadBody("a list of Bayeux messages is expected")
    return messages
