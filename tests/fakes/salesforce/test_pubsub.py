"""The Pub/Sub API: topics, schemas, events in Avro with replay and flow control, publishing, over real gRPC."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gameday_fakes.salesforce.pubsub_messages import CUSTOM, EARLIEST, LATEST, messages
from gameday_fakes.server import LOOPBACK, bind
from gameday_fakes.tls import Authority
from support.served import DEAL, Served, write

pytestmark = pytest.mark.needs("pubsub")

SERVICE = "/eventbus.v1.PubSub"
WON = "/event/Deal_Won__e"
CHANGES = "/data/OpportunityChangeEvent"
EVENT = {
    "fields": {
        "Deal__c": {"type": "string", "length": 18, "required": True},
        "Net__c": {"type": "double"},
        "Day__c": {"type": "date"},
    }
}
SETTINGS = {
    "announce_by": "platform event",
    "announce_event": "Deal_Won__e",
    "announce_event_fields": ["Deal__c=Id", "Net__c=Amount", "Day__c=CloseDate"],
    "change_events": ["Opportunity"],
}
CODES = "sfdc.platform.eventbus.grpc."


class Ended(NamedTuple):
    """How a call ended that was refused."""

    status: str
    code: str
    text: str


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM that announces deals by an event."""
    crm = Served("salesforce", write(tmp_path, salesforce__Deal_Won__e=EVENT))
    crm.fake.configure(SETTINGS)
    return crm


class Client:
    """A client of one channel."""

    def __init__(self, crm: Served, channel: Any) -> None:
        self.fake = crm.fake
        self.channel = channel
        self.token = crm.fake.sessions.open(crm.fake.seeded.organization_id)
        self.metadata = (
            ("accesstoken", self.token),
            ("instanceurl", "https://gameday.my.salesforce.com"),
            ("tenantid", crm.fake.seeded.organization_id),
        )
        self.schemas: dict[str, Any] = {}

    async def call(self, method: str, message: Any, answer: str, metadata: Any = None) -> Any:
        """The answer to a call, or how it ended."""
        call = self.channel.unary_unary(f"{SERVICE}/{method}")
        try:
            body = await call(message.SerializeToString(), metadata=self.metadata if metadata is None else metadata)
        except importlib.import_module("grpc.aio").AioRpcError as problem:
            return _ended(problem)
        return getattr(messages(), answer).FromString(body)

    async def topic(self, name: str, metadata: Any = None) -> Any:
        """What there is to know of a topic."""
        return await self.call("GetTopic", messages().TopicRequest(topic_name=name), "TopicInfo", metadata)

    async def schema(self, id_: str) -> Any:
        """A schema, as its library reads it."""
        if id_ not in self.schemas:
            info = await self.call("GetSchema", messages().SchemaRequest(schema_id=id_), "SchemaInfo")
            self.schemas[id_] = importlib.import_module("fastavro").parse_schema(json.loads(info.schema_json))
        return self.schemas[id_]

    async def decoded(self, event: Any) -> Any:
        """The payload of an event."""
        read = importlib.import_module("fastavro").schemaless_reader
        return read(io.BytesIO(event.event.payload), await self.schema(event.event.schema_id), None)

    async def subscribed(self, *requests: dict[str, Any], responses: int = 1, act: Callable[[], Any] = int) -> Any:
        """So many responses to a subscription, or how it ended; ``act`` is done when it stands."""
        done = asyncio.Event()

        async def asking() -> AsyncIterator[bytes]:
            for request in requests:
                yield messages().FetchRequest(**request).SerializeToString()
            await done.wait()

        call = self.channel.stream_stream(f"{SERVICE}/Subscribe")(asking(), metadata=self.metadata)
        try:
            while len(self.fake.bus.clients) == 0 and not call.done():
                await asyncio.sleep(0.001)
            act()
            return [messages().FetchResponse.FromString(await call.read()) for _ in range(responses)]
        except importlib.import_module("grpc.aio").AioRpcError as problem:
            return _ended(problem)
        finally:
            done.set()
            call.cancel()

    async def publish(self, *values: dict[str, Any], topic: str = WON) -> Any:
        """The answer to the publishing of events."""
        info = await self.topic(topic)
        schema, events = await self.schema(info.schema_id), []
        for number, value in enumerate(values):
            body = io.BytesIO()
            full = {"CreatedDate": 0, "CreatedById": "", **value}
            importlib.import_module("fastavro").schemaless_writer(body, schema, full)
            events.append(messages().ProducerEvent(id=str(number), schema_id=info.schema_id, payload=body.getvalue()))
        return await self.call("Publish", messages().PublishRequest(topic_name=topic, events=events), "PublishResponse")


def _ended(problem: Any) -> Ended:
    trailers = dict(problem.trailing_metadata())
    return Ended(problem.code().name, trailers.get("error-code", "").removeprefix(CODES), problem.details())


def talk(crm: Served, about: Callable[[Client], Awaitable[Any]], tls: Path | None = None) -> Any:
    """What a client finds out over a socket."""

    async def run() -> Any:
        aio, grpc = importlib.import_module("grpc.aio"), importlib.import_module("grpc")
        authority = Authority(tls) if tls else None
        context = authority.context(["api.pubsub.salesforce.com"]) if authority else None
        listener = await crm.fake.serve_on(bind(LOOPBACK, 0), tls=context)
        address = f"{LOOPBACK}:{listener.port}"
        name = (("grpc.ssl_target_name_override", "api.pubsub.salesforce.com"),)
        secure = grpc.ssl_channel_credentials(authority.bundle.read_bytes()) if authority else None
        channel = aio.secure_channel(address, secure, name) if secure else aio.insecure_channel(address)
        try:
            async with channel:
                return await asyncio.wait_for(about(Client(crm, channel)), 10)
        finally:
            await listener.close()
            await crm.fake.close()

    return asyncio.run(run())


def test_a_topic_and_its_schema_are_served(crm: Served) -> None:
    async def about(client: Client) -> Any:
        won, changes, every = [await client.topic(name) for name in (WON, CHANGES, "/data/ChangeEvents")]
        blank = await client.call("GetSchema", messages().SchemaRequest(), "SchemaInfo")
        return won, changes, every, await client.schema(changes.schema_id), await client.topic("/event/Other__e"), blank

    won, changes, every, schema, missing, blank = talk(crm, about)
    assert (won.can_publish, changes.can_publish, won.can_subscribe, every.schema_id) == (True, False, True, "")
    assert won.tenant_guid == f"core/prod/{crm.fake.seeded.organization_id}"
    assert [field["name"] for field in schema["fields"][:3]] == ["ChangeEventHeader", "AccountId", "Name"]
    assert missing.status == "NOT_FOUND"
    assert "/event/Other__e not found. Ensure the topic name is correct" in missing.text
    assert (blank.status, blank.text[:57]) == (
        "INVALID_ARGUMENT",
        "Schema validation failed. The schema ID can't be blank. r",
    )
    assert [event.f for event in crm.fake.events.after(0)].count("unsupported") == 1


def test_a_call_proves_its_right_by_its_metadata(crm: Served) -> None:
    async def about(client: Client) -> Any:
        token, url, tenant = client.metadata
        bad = [(), (url, tenant), (token, tenant), (token, url), (token, url, ("tenantid", "00DOther"))]
        answers = [await client.topic(WON, metadata) for metadata in bad]
        client.fake.sessions.revoke_all()
        return [*answers, await client.topic(WON), await client.subscribed({"topic_name": WON, "num_requested": 1})]

    assert {(end.status, end.code) for end in talk(crm, about)} == {("UNAUTHENTICATED", "service.auth.error")}


def test_a_subscription_ends_with_its_session(crm: Served) -> None:
    def revoked() -> None:
        crm.fake.sessions.revoke_all()
        crm.fake.operate("close_deal", "D-1", DEAL)

    async def about(client: Client) -> Any:
        return await client.subscribed({"topic_name": WON, "num_requested": 1}, act=revoked)

    assert talk(crm, about)[:2] == ("UNAUTHENTICATED", "service.auth.error")


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_won_deal_is_announced_in_avro(crm: Served, tmp_path: Path, encrypted: bool) -> None:
    def close() -> None:
        crm.fake.operate("close_deal", "D-1", DEAL)

    async def about(client: Client) -> Any:
        [response] = await client.subscribed({"topic_name": WON, "num_requested": 1}, act=close)
        return response, await client.decoded(response.events[0])

    response, payload = talk(crm, about, tmp_path if encrypted else None)
    assert (payload["Deal__c"][:3], payload["Net__c"], payload["Day__c"]) == ("006", 5.0, 1_782_777_600_000)
    assert (response.pending_num_requested, response.latest_replay_id) == (0, response.events[0].replay_id)
    assert crm.fake.traffic.connections_open == 0


def test_what_has_changed_is_a_bitmap_of_the_schemas_fields(crm: Served) -> None:
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    crm.call("PATCH", f"/services/data/v60.0/sobjects/Opportunity/{deal}", {"Type": None, "Name": "Other"})

    async def about(client: Client) -> Any:
        [response] = await client.subscribed({"topic_name": CHANGES, "num_requested": 5, "replay_preset": EARLIEST})
        event = response.events[-1]
        return await client.decoded(event), await client.schema(event.event.schema_id)

    payload, schema = talk(crm, about)
    header, names = payload["ChangeEventHeader"], [field["name"] for field in schema["fields"]]

    def named(bitmaps: list[str]) -> set[str]:
        return {name for place, name in enumerate(names) if int(bitmaps[0], 16) >> place & 1}

    assert named(header["changedFields"]) == {"Name", "Type", "LastModifiedDate", "LastModifiedById"}
    assert (named(header["nulledFields"]), header["diffFields"]) == ({"Type"}, [])
    assert (payload["Name"], payload["Type"], payload["StageName"]) == ("Other", None, None)


def test_a_client_gets_as_many_events_as_it_asks_for_from_where_it_says(crm: Served) -> None:
    async def about(client: Client) -> Any:
        await client.publish(*({"Deal__c": str(number)} for number in range(5)))
        first = {"topic_name": WON, "num_requested": 2, "replay_preset": EARLIEST}
        [two] = await client.subscribed(first)
        after = {**first, "replay_preset": CUSTOM, "replay_id": two.events[-1].replay_id, "num_requested": 500}
        [rest] = await client.subscribed(after)
        [short] = await client.subscribed({**after, "replay_id": two.events[-1].replay_id[:8]})
        got = (two, rest, short)
        found = [[(await client.decoded(event))["Deal__c"] for event in response.events] for response in got]
        return found, rest.pending_num_requested

    assert talk(crm, about) == ([["0", "1"], ["2", "3", "4"], ["2", "3", "4"]], 97)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"num_requested": 0}, "subscription.fetch.requested.events.invalid"),
        ({"num_requested": 1, "replay_preset": CUSTOM}, "subscription.fetch.replayid.validation.failed"),
        (
            {"num_requested": 1, "replay_preset": CUSTOM, "replay_id": b"\0\0\0\0\0\0\0\x63\0\0"},
            "subscription.fetch.replayid.corrupted",
        ),
        ({"num_requested": 1, "replay_preset": CUSTOM, "replay_id": b"x"}, "subscription.fetch.replayid.corrupted"),
    ],
)
def test_a_bad_request_for_events_is_refused_with_its_code(crm: Served, request_: dict[str, Any], code: str) -> None:
    async def about(client: Client) -> Any:
        return await client.subscribed({"topic_name": WON, **request_})

    assert talk(crm, about)[:2] == ("INVALID_ARGUMENT", code)


def test_what_is_published_reaches_subscribers_and_each_event_has_its_own_result(crm: Served) -> None:
    async def about(client: Client) -> Any:
        answer = await client.publish({"Deal__c": "x", "Net__c": 1.5, "Day__c": 0}, {"Net__c": 2.0})
        broken = messages().ProducerEvent(id="b", schema_id=answer.schema_id, payload=b"\xff")
        other = messages().ProducerEvent(id="o", schema_id="no", payload=b"")
        request = messages().PublishRequest(topic_name=WON, events=[broken, other])
        bad = await client.call("Publish", request, "PublishResponse")
        [got] = await client.subscribed({"topic_name": WON, "num_requested": 5, "replay_preset": EARLIEST})
        return answer, bad, [await client.decoded(event) for event in got.events]

    answer, bad, events = talk(crm, about)
    good, missing = answer.results
    assert (good.replay_id[-3:], good.correlation_key, good.HasField("error")) == (b"\x01\0\0", "0", False)
    assert missing.error.msg == "Required fields are missing: [Deal__c]"
    assert [result.error.msg for result in bad.results] == [
        "the payload is not Avro of its schema",
        "the schema no is not one of Deal_Won__e",
    ]
    assert [(event["Deal__c"], event["Net__c"], event["Day__c"]) for event in events] == [("x", 1.5, 0)]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("rate_limited", "RESOURCE_EXHAUSTED", "subscription.limit.exceeded"),
        ("unavailable", "UNAVAILABLE", "service.unavailable"),
        ("unauthorized", "UNAUTHENTICATED", "service.auth.error"),
    ],
)
def test_a_fault_of_the_fake_ends_a_subscription(crm: Served, error: str, status: str, code: str) -> None:
    crm.fake.inject("F", {"kind": "http", "action": "reply", "error": error, "operation": "stream"})

    async def about(client: Client) -> Any:
        return await client.subscribed({"topic_name": WON, "num_requested": 1, "replay_preset": LATEST})

    assert talk(crm, about)[:2] == (status, code)


def test_a_renamed_field_has_its_new_name_in_a_new_schema(crm: Served) -> None:
    async def about(client: Client) -> Any:
        before = (await client.topic(CHANGES)).schema_id
        rename = {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Sum__c"}
        crm.fake.inject("F", rename)
        close = lambda: crm.fake.operate("close_deal", "D-1", DEAL)  # noqa: E731
        [response] = await client.subscribed({"topic_name": CHANGES, "num_requested": 1}, act=close)
        return before, await client.decoded(response.events[0]), response.events[0].event.schema_id

    before, payload, after = talk(crm, about)
    assert (payload["Sum__c"], "Amount" in payload, before == after) == (5.0, False, False)
    assert crm.fake.event_schemas.find(before) is not None


@pytest.mark.parametrize(
    ("rule", "ids"),
    [
        ({"kind": "drop_delivery"}, 0),
        ({"kind": "duplicate_delivery", "copies": 2, "gap_s": 0.01}, 3),
        ({"kind": "delay_delivery", "delay_s": 0.01}, 1),
        ({"kind": "reorder_delivery", "hold_s": 0.01}, 1),
    ],
)
def test_faults_of_deliveries_reach_what_is_announced_on_the_bus(crm: Served, rule: dict[str, Any], ids: int) -> None:
    crm.fake.inject("F", rule)

    async def closed() -> tuple[str, list[Any]]:
        client = crm.fake.bus.connect()
        crm.fake.bus.subscribe(client, WON, -1)
        deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
        while crm.fake.sender.pending():
            await asyncio.sleep(0.001)
        return deal, [event for _, event in client.take()]

    deal, events = asyncio.run(closed())
    assert (len(events), len({event.uuid for event in events})) == (ids, min(ids, 1))
    hits = [event.value for event in crm.fake.events.after(0) if event.f == "hit"]
    assert {(hit["fault"], hit["order"]) for hit in hits} == {("F", deal)}
    assert not +crm.fake.held()


def test_an_address_is_one_field_of_a_change_event_with_bits_of_its_own(crm: Served) -> None:
    crm.fake.configure({"change_events": ["Account", "Contact"]})
    account = crm.fake.operate("seed", "", {"accounts": [{"key": "A-7", "name": "Seven"}], "products": []})["accounts"][
        "A-7"
    ]
    for changed in ({"BillingCity": "Turin", "BillingCountry": "Italy", "Phone": "1"}, {"BillingCity": None}):
        crm.call("PATCH", f"/services/data/v60.0/sobjects/Account/{account}", changed)
    crm.call("POST", "/services/data/v60.0/sobjects/Contact", {"FirstName": "Ada", "LastName": "Byron"})

    async def about(client: Client) -> Any:
        request = {"topic_name": "/data/AccountChangeEvent", "num_requested": 5, "replay_preset": EARLIEST}
        [response] = await client.subscribed(request)
        [people] = await client.subscribed({**request, "topic_name": "/data/ContactChangeEvent"})
        events = [await client.decoded(event) for event in response.events[-2:]]
        return events, await client.schema(response.events[-1].event.schema_id), await client.decoded(people.events[-1])

    (given, emptied), schema, person = talk(crm, about)
    place = [field["name"] for field in schema["fields"]].index("BillingAddress")
    assert {name: value for name, value in given["BillingAddress"].items() if value} == {
        "City": "Turin",
        "Country": "Italy",
    }
    assert given["ChangeEventHeader"]["changedFields"][1:] == [f"{place}-0x12"]
    assert emptied["ChangeEventHeader"]["nulledFields"] == [f"{place}-0x02"]
    assert (person["Name"]["FirstName"], person["Name"]["LastName"]) == ("Ada", "Byron")
