"""Webhooks: events are collected, sent together, signed, and sent again until they are accepted.

A request is a JSON array of up to 100 events. It is sent again unless the receiver refuses it with 400, 401, 403, 404
or 405; up to ten times within a day, after growing waits. Nothing is promised about order, and an event may come twice.
Source: developers.hubspot.com, "Webhooks API" and "Validating requests". The first wait is unconfirmed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.delivery import Message, RetryRules, Sender
from gameday_fakes.hubspot.portal import HUBSPOT, PORTAL_ID, USER_ID
from gameday_fakes.hubspot.record import Happened
from gameday_fakes.hubspot.settings import Settings
from gameday_fakes.hubspot.subscriptions import Subscription, Subscriptions
from gameday_fakes.rules import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Of the first wait only older documents speak, and those of minutes; the longest follows from ten times in a day.
RULES = RetryRules(
    first_s=60.0, longest_s=14_400.0, keep_s=86_400.0, timeout_s=5.0, attempts=11, final=(400, 401, 403, 404, 405)
)

_FLAGS = {"creation": "CREATED", "deletion": "DELETED"}


class Event(msgspec.Struct, frozen=True):
    """One event as it is sent, and the deal that it is about, empty for none."""

    body: dict[str, Any]
    deal: str


class Throttle(msgspec.Struct, frozen=True):
    """At most one request every ``every_s`` seconds; ``hit`` is called with each deal whose event waits for it."""

    every_s: float
    hit: Callable[[str], None]


class Webhooks:
    """Sends what the app subscribes to. ``pending`` counts events that are still collected."""

    def __init__(self, sender: Sender, clock: Clock, subscriptions: Subscriptions) -> None:
        self._sender = sender
        self._clock = clock
        self._subscriptions = subscriptions
        self._waiting: list[Event] = []
        self._task: asyncio.Task[None] | None = None
        self._events = 0
        self._requests = 0
        self._sent_s = -math.inf
        self.settings = Settings()
        #: The faults that slow the requests down.
        self.throttles: dict[str, Throttle] = {}

    @property
    def pending(self) -> int:
        """How many events have not become part of a request yet."""
        return len(self._waiting)

    def announce(self, happened: Happened, deal: str, kind: EventKind) -> None:
        """Send events about what has happened, to each subscription that wants it, under the faults of deliveries."""
        if not self._sender.url:
            return
        for subscription in self._subscriptions.wanting(happened):
            self._events += 1
            event = Event(self._body(happened, subscription), deal)
            if deal:
                self._sender.pass_on({deal: kind}, partial(self._collect, event))
            else:
                self._collect(event)

    def reset(self) -> None:
        """Forget what is collected."""
        self._waiting.clear()
        self._sent_s = -math.inf
        self.throttles.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _collect(self, event: Event) -> None:
        self._waiting.append(event)
        for throttle in self.throttles.values():
            if event.deal:
                throttle.hit(event.deal)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send_all())

    async def _send_all(self) -> None:
        await self._clock.sleep(self.settings.webhook_wait_s)
        while self._waiting:
            while (wait_s := self._throttled_s()) > _NOTHING_S:
                await self._clock.sleep(wait_s)
            size = self.settings.webhook_batch
            events, self._waiting = self._waiting[:size], self._waiting[size:]
            self._sent_s = self._clock.now_s()
            self._sender.deliver(self._message(events))

    def _throttled_s(self) -> float:
        """How long the next request waits; asked again when that is over, since a fault may have been healed."""
        every_s = max((throttle.every_s for throttle in self.throttles.values()), default=0.0)
        now_s = self._clock.now_s()
        return min(min(self._sent_s, now_s) + every_s - now_s, _LOOK_AGAIN_S)

    def _body(self, happened: Happened, subscription: Subscription) -> dict[str, Any]:
        by_app = happened.source == "INTEGRATION"
        found: dict[str, Any] = {
            "eventId": 3_000_000_000 + self._events,
            "subscriptionId": subscription.id,
            "portalId": PORTAL_ID,
            "appId": int(HUBSPOT["app_id"]),
            "occurredAt": int(self._clock.wall_s() * 1000),
            "subscriptionType": subscription.type,
            "attemptNumber": 0,
            "objectId": int(happened.record.id),
            "changeSource": happened.source,
            "sourceId": HUBSPOT["app_id"] if by_app else f"userId:{USER_ID}",
        }
        if happened.what in _FLAGS:
            found["changeFlag"] = _FLAGS[happened.what]
        if happened.what == "propertyChange":
            found |= {"propertyName": happened.name, "propertyValue": happened.value}
        return found | happened.more

    def _message(self, events: Iterable[Event]) -> Message:
        events = tuple(events)
        self._requests += 1
        return Message(
            id=f"webhook {self._requests}",
            orders=tuple(dict.fromkeys(event.deal for event in events if event.deal)),
            render=lambda attempt: _rendered(events, attempt),
            accepted=lambda _: True,
            content_type="application/json",
            headers={"user-agent": "HubSpot Webhooks"},
            signed=self._signed,
            successes=range(200, 300),
        )

    def _signed(self, url: str, body: bytes) -> dict[str, str]:
        """The headers that prove where a request comes from, in their first and third version."""
        secret, now = HUBSPOT["client_secret"].encode(), str(int(self._clock.wall_s() * 1000))
        first = hashlib.sha256(secret + body).hexdigest()
        text = b"POST" + url.encode() + body + now.encode()
        third = base64.b64encode(hmac.digest(secret, text, "sha256")).decode()
        return {
            "x-hubspot-signature": first,
            "x-hubspot-signature-version": "v1",
            "x-hubspot-signature-v3": third,
            "x-hubspot-request-timestamp": now,
        }


def _rendered(events: Iterable[Event], attempt: int) -> bytes:
    return msgspec.json.encode([{**event.body, "attemptNumber": attempt - 1} for event in events])


_LOOK_AGAIN_S = 5.0
#: A shorter wait is what rounding leaves of one that is over; a clock need not advance by it.
_NOTHING_S = 1e-3
