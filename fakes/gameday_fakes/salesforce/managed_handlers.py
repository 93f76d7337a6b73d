"""Managed event subscriptions of the Pub/Sub API: the platform keeps up to where a client has committed.

The setting ``managed_subscriptions`` names them. Salesforce, "Pub/Sub API Documentation", "Managed Event
Subscriptions", "ManagedSubscribe RPC Method"; "Tooling API", "ManagedEventSubscription". A subscription starts with new
events until one is committed; so it does where the committed one is no longer kept. Texts of refusals are unconfirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.change_events import ALL_CHANGES, channel_of
from gameday_fakes.salesforce.event_bus import NEW_ONLY, BadReplayId, Client
from gameday_fakes.salesforce.ids import make_id
from gameday_fakes.salesforce.pubsub_calls import Subscription
from gameday_fakes.salesforce.pubsub_errors import NOT_FOUND, RpcRefused
from gameday_fakes.salesforce.pubsub_handlers import PubSubHandlers, more_requested, replay_number
from gameday_fakes.salesforce.pubsub_messages import COMMIT_ERROR, messages
from gameday_fakes.salesforce.settings import Settings

_PREFIX = "18x"
_OBJECT = "ManagedEventSubscription"
_name = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9]){0,79}").fullmatch
#: The only query of the Tooling API that is answered: clients look a subscription up by it.
_look_up = re.compile(
    rf"\s*SELECT\s+[\w\s,.]{{1,500}}?\s+FROM\s+{_OBJECT}"
    r"(?:\s+WHERE\s+(Id|DeveloperName)\s*=\s*'(\w{1,80})')?(?:\s+LIMIT\s+\d{1,6})?\s*",
    re.IGNORECASE,
).fullmatch


class Managed(NamedTuple):
    """A subscription: its id, its name and the topic."""

    id: str
    name: str
    topic: str

    def record(self, version: str) -> dict[str, Any]:
        """It as the Tooling API has it."""
        url = f"/services/data/{version}/tooling/sobjects/{_OBJECT}/{self.id}"
        replay = {"defaultReplay": "LATEST", "errorRecoveryReplay": "LATEST"}
        metadata = {"label": self.name, "topicName": self.topic, "state": "RUN", **replay}
        attributes = {"type": _OBJECT, "url": url}
        return {"attributes": attributes, "Id": self.id, "DeveloperName": self.name, "Metadata": metadata}


def read(given: Iterable[str], topics: Iterable[str]) -> dict[str, Managed]:
    """The subscriptions of a setting by name. Raises ValueError."""
    known, found = tuple(topics), {}
    for number, text in enumerate(given, start=1):
        name, _, topic = (part.strip() for part in text.partition("="))
        if not _name(name):
            raise ValueError(
                f"managed_subscriptions: {text[:80]!r} is not NAME=TOPIC, such as Orders=/event/Deal_Won__e"
            )
        if topic not in known:
            raise ValueError(
                f"managed_subscriptions: unknown topic {topic[:80]!r}; known: {', '.join(known) or 'none'}"
            )
        found[name] = Managed(make_id(_PREFIX, number), name, topic)
    return found


class ManagedHandlers(PubSubHandlers):
    """Answers at ``ManagedSubscribe``, and says which subscriptions there are."""

    def reset(self) -> None:
        super().reset()
        self._managed: dict[str, Managed] = {}
        #: The replay id up to which each subscription's events have been dealt with.
        self._committed: dict[str, int] = {}

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        captured = settings.change_events
        topics = (*(f"/event/{name}" for name in self.model.events), *map(channel_of, captured))
        managed = read(settings.managed_subscriptions, (*topics, *((ALL_CHANGES,) if captured else ())))
        super().change_settings(settings, changed)
        self._managed = managed

    def tooling_query(self, request: Request) -> Reply:
        """A query of the Tooling API."""
        asked = _look_up(request.query.get("q", ""))
        if asked is None:
            return self.left_out(request)
        field, value = asked.groups()
        found = [
            each.record(request.params["version"])
            for each in self._managed.values()
            if not field or value == (each.name if field.lower() == "developername" else each.id)
        ]
        sizes = {"size": len(found), "totalSize": len(found), "done": True, "queryLocator": None}
        return Reply.json(200, {**sizes, "entityTypeName": _OBJECT, "records": found})

    def _rpc_managedsubscribe(self, request: Request) -> None:
        """One request for events, or to commit some: the first one of a call begins the subscription."""
        asked = messages().ManagedFetchRequest.FromString(request.body)
        subscription: Subscription = request.message
        if subscription.client is None:
            managed = self._managed_by(asked.subscription_id, asked.developer_name)
            more_requested(subscription, asked.num_requested)
            subscription.topic, subscription.managed = managed.topic, managed.name
            subscription.client = self._managed_client(managed)
        elif asked.num_requested:
            more_requested(subscription, asked.num_requested)
        if asked.HasField("commit_replay_id_request"):
            subscription.commits.append(self._commit_replay(subscription.managed, asked.commit_replay_id_request))
        subscription.client.news.set()

    def _managed_by(self, id_: str, name: str) -> Managed:
        found = self._managed.get(name) or next((each for each in self._managed.values() if each.id == id_), None)
        if found is None:
            raise RpcRefused(NOT_FOUND, f"The managed subscription {(id_ or name)[:100]} is not found.")
        return found

    def _managed_client(self, managed: Managed) -> Client:
        client = self.bus.connect(lasting=True)
        try:
            self.bus.subscribe(client, managed.topic, self._committed.get(managed.name, NEW_ONLY))
        except BadReplayId:
            self.bus.subscribe(client, managed.topic, NEW_ONLY)
        return client

    def _commit_replay(self, name: str, asked: Any) -> Any:
        response = messages().CommitReplayResponse(
            commit_request_id=asked.commit_request_id,
            replay_id=asked.replay_id,
            process_time=int(self.clock.wall_s() * 1000),
        )
        try:
            number = replay_number(asked.replay_id)
        except RpcRefused as refused:
            response.error.CopyFrom(messages().Error(code=COMMIT_ERROR, msg=refused.refusal.text))
        else:
            # An earlier one takes nothing back.
            self._committed[name] = max(min(number, self.bus.latest), self._committed.get(name, 0))
        return response
