"""Managed event subscriptions: a client goes on after what it has committed, and finds them by a query."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fakes.salesforce.test_pubsub import SERVICE, WON, Client, Ended, _ended, crm, talk  # noqa: F401 - a fixture
from gameday_fakes.fake import ControlError
from gameday_fakes.salesforce.pubsub_messages import messages, replay_bytes
from support.served import Served

TOOLING = "/services/data/v62.0/tooling/query"
FIRST = {"developer_name": "Orders", "num_requested": 10}
COMMITTED = {"commit_request_id": "c-1"}


def publish(fake: Any, *deals: str) -> None:
    """Publish events of the topic."""
    event = fake.model.events["Deal_Won__e"]
    for deal in deals:
        fake.publish_given(event, {"Deal__c": deal}, "")


async def managed(client: Client, *requests: dict[str, Any], deals: tuple[str, ...] = (), responses: int = 1) -> Any:
    """So many responses to a managed subscription, or how it ended; events are published once it stands."""
    done = asyncio.Event()

    async def asking() -> AsyncIterator[bytes]:
        for request in requests:
            yield messages().ManagedFetchRequest(**request).SerializeToString()
        await done.wait()

    call = client.channel.stream_stream(f"{SERVICE}/ManagedSubscribe")(asking(), metadata=client.metadata)
    try:
        while not client.fake.bus.clients and not call.done():
            await asyncio.sleep(0.001)
        publish(client.fake, *deals)
        return [messages().ManagedFetchResponse.FromString(await call.read()) for _ in range(responses)]
    except importlib.import_module("grpc.aio").AioRpcError as problem:
        return _ended(problem)
    finally:
        done.set()
        call.cancel()
        while client.fake.bus.clients:
            await asyncio.sleep(0.001)


@pytest.fixture
def orders(crm: Served) -> Any:  # noqa: F811 - the fixture
    """The CRM, with a subscription."""
    crm.fake.configure({"managed_subscriptions": [f"Orders={WON}"]})
    return crm


def test_a_client_goes_on_after_what_was_committed(orders: Any) -> None:
    async def about(client: Client) -> Any:
        publish(client.fake, "before")
        [first] = await managed(client, FIRST, deals=("D-1", "D-2"))
        commit = {**COMMITTED, "replay_id": first.events[0].replay_id}
        [answer] = await managed(client, {**FIRST, "commit_replay_id_request": commit}, responses=1)
        [again] = await managed(client, FIRST)
        return [len(each.events) for each in (first, again)], answer.commit_response, first, again

    counts, answer, first, again = talk(orders, about)
    # Only new events at first; then what is left after the committed one.
    assert (counts, again.events[0].replay_id) == ([2, 1], replay_bytes(3))
    assert (answer.commit_request_id, answer.replay_id, answer.error.msg) == ("c-1", first.events[0].replay_id, "")
    assert answer.process_time > 0


def test_a_commit_that_makes_no_sense_is_answered_with_an_error_and_changes_nothing(orders: Any) -> None:
    async def about(client: Client) -> Any:
        commit = {**COMMITTED, "replay_id": b"x"}
        return await managed(client, {**FIRST, "commit_replay_id_request": commit})

    [answer] = talk(orders, about)
    assert (answer.commit_response.error.code, answer.commit_response.error.msg[:32]) == (
        2,
        "The Replay ID validation failed.",
    )
    assert orders.fake._committed == {}


def test_a_subscription_that_is_not_there_or_wants_nothing_is_refused(orders: Any) -> None:
    async def about(client: Client) -> list[Ended]:
        return [await managed(client, {**FIRST, **other}) for other in ({"developer_name": "X"}, {"num_requested": 0})]

    unknown, nothing = talk(orders, about)
    assert (unknown.status, nothing.status) == ("NOT_FOUND", "INVALID_ARGUMENT")


def test_a_query_finds_it_and_another_one_is_said_to_be_lacking(orders: Any) -> None:
    def query(condition: str, of: str = "ManagedEventSubscription") -> Any:
        statement = f"SELECT Id, DeveloperName, Metadata FROM {of}{condition} LIMIT 1"
        return orders.call("GET", TOOLING, query={"q": statement})

    status, found = query(" WHERE DeveloperName='Orders'")
    [record] = found["records"]
    assert (status, record["Metadata"]["topicName"], record["Metadata"]["state"]) == (200, WON, "RUN")
    assert query(f" WHERE Id = '{record['Id']}'")[1]["size"] == 1
    assert query(" WHERE DeveloperName='Other'")[1]["size"] == 0
    assert query("", "ApexClass")[0] == 501


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("=/event/Deal_Won__e", "is not NAME=TOPIC"),
        ("Orders=/event/X__e", "unknown topic '/event/X__e'; known: /event/Deal_Won__e"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(orders: Any, given: str, words: str) -> None:
    with pytest.raises((ControlError, ValueError), match=words):
        orders.fake.configure({"managed_subscriptions": [given]})
