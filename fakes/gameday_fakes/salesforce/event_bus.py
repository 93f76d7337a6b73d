"""The event bus: what has been published, who listens, and for how long events are kept. No HTTP here.

Salesforce, "Platform Events Developer Guide" and "Change Data Capture Developer Guide": events have replay ids in the
order of their publication and are kept for 72 hours, in which a client can have them again.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

KEEP_S = 72 * 3_600.0
#: A client that asks for nothing for so long is forgotten; scenario seconds, an assumption.
FORGET_S = 300.0
#: The most events that are kept, so that a run cannot fill the memory; and those that a client can leave unread.
MOST_KEPT = 200_000

NEW_ONLY, ALL_KEPT = -1, -2


class BadReplayId(ValueError):
    """A replay id that no kept event has."""


class Published(msgspec.Struct, frozen=True):
    """An event on one channel or several; of one that is published twice the ``uuid`` stays.

    ``deal`` is the one that the platform announces by it, empty for another event.
    """

    replay_id: int
    uuid: str
    time_s: float
    channels: tuple[str, ...]
    data: dict[str, Any]
    deal: str = ""


class Client:
    """One connected client: its channels, and the messages that it has not fetched."""

    def __init__(self, id_: str, now_s: float) -> None:
        self.id = id_
        self.channels: dict[str, None] = {}
        self.unread: deque[tuple[str, Published]] = deque(maxlen=MOST_KEPT)
        self.news = asyncio.Event()
        self.seen_s = now_s
        #: How many times it has asked for messages: the first answer does not wait.
        self.connects = 0

    def put(self, channel: str, event: Published) -> None:
        """Add an event of a channel."""
        self.unread.append((channel, event))
        self.news.set()

    def take(self, most: int = MOST_KEPT) -> list[tuple[str, Published]]:
        """The events that have come since, with their channels; at most so many."""
        taken = [self.unread.popleft() for _ in range(min(most, len(self.unread)))]
        if not self.unread:
            self.news.clear()
        return taken


class EventBus:
    """All events and clients of an organisation."""

    def __init__(self, now_s: Callable[[], float], seed: int) -> None:
        self._now_s = now_s
        self._seed = seed
        self._events: deque[Published] = deque(maxlen=MOST_KEPT)
        self._last = 0
        self._named = 0
        self._clients = 0
        #: For how long events are kept; scenario seconds.
        self.keep_s = KEEP_S
        self.clients: dict[str, Client] = {}

    @property
    def latest(self) -> int:
        """The replay id of the last event; 0 before the first."""
        return self._last

    def new_uuid(self) -> str:
        """An id for an event that is to be published, once or several times."""
        self._named += 1
        digest = hashlib.blake2b(f"{self._seed}:event:{self._named}".encode(), digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))

    def publish(self, channels: tuple[str, ...], data: dict[str, Any], id_: str = "", deal: str = "") -> int:
        """Publish an event; returns its replay id, which the data has too."""
        self._last += 1
        id_ = id_ or self.new_uuid()
        named = {**data, "event": {"replayId": self._last, "EventUuid": id_}}
        event = Published(self._last, id_, self._now_s(), channels, named, deal)
        self._events.append(event)
        self._forget()
        for client in self.clients.values():
            for channel in channels:
                if channel in client.channels:
                    client.put(channel, event)
        return self._last

    def connect(self, *, lasting: bool = False) -> Client:
        """A new client; a ``lasting`` one is not forgotten, because its connection says how long it listens."""
        self._forget()
        self._clients += 1
        client = Client(f"{self._seed:x}{self._clients:08x}gameday", math.inf if lasting else self._now_s())
        self.clients[client.id] = client
        return client

    def client(self, id_: str) -> Client | None:
        """A client that is not forgotten; it is seen now."""
        self._forget()
        client = self.clients.get(id_)
        if client is not None:
            client.seen_s = self._now_s()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client; if it waits, it waits no longer."""
        self.clients.pop(client.id, None)
        client.news.set()

    def close(self) -> None:
        """Forget all clients: what they listened to is no longer there."""
        for client in list(self.clients.values()):
            self.leave(client)

    def subscribe(self, client: Client, channel: str, replay_id: int) -> None:
        """Let a client have a channel's events after one of them. Raises BadReplayId."""
        self._forget()
        if replay_id not in (NEW_ONLY, ALL_KEPT):
            oldest = self._events[0].replay_id if self._events else self._last + 1
            if not oldest - 1 <= replay_id <= self._last:
                raise BadReplayId(str(replay_id))
        client.channels[channel] = None
        if replay_id != NEW_ONLY:
            for event in self._events:
                if channel in event.channels and event.replay_id > replay_id:
                    client.put(channel, event)

    def unread(self) -> int:
        """How many messages clients have not fetched yet."""
        return sum(len(client.unread) for client in self.clients.values())

    def _forget(self) -> None:
        now_s = self._now_s()
        while self._events and self._events[0].time_s < now_s - self.keep_s:
            self._events.popleft()
        for id_ in [id_ for id_, client in self.clients.items() if client.seen_s < now_s - FORGET_S]:
            del self.clients[id_]
