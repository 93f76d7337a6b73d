"""Platform events and change events over CometD: Bayeux messages in, events out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from gameday_fakes.http import Request
from gameday_fakes.salesforce.event_bus import ALL_KEPT, KEEP_S, BadReplayId, EventBus
from support.served import DEAL, Served, write

SOBJECTS = "/services/data/v60.0/sobjects"
CHANNEL = "/event/Deal_Won__e"
CHANGES = "/data/OpportunityChangeEvent"
EVENT = {"fields": {"Deal__c": {"type": "string", "length": 18, "required": True}, "Net__c": {"type": "double"}}}
SETTINGS = {
    "announce_by": "platform event",
    "announce_event": "Deal_Won__e",
    "announce_event_fields": ["Deal__c=Id", "Net__c=Amount"],
    "change_events": ["Opportunity"],
}


class Client:
    """A Bayeux client that has said hello."""

    def __init__(self, crm: Served) -> None:
        self.crm = crm
        [hello] = self.send({"channel": "/meta/handshake", "version": "1.0"})
        assert hello["successful"], hello
        self.id = hello["clientId"]
        self.send({"channel": "/meta/connect", "connectionType": "long-polling"})

    def send(self, *messages: dict[str, Any]) -> Any:
        """The answers to some messages."""
        own = {"clientId": self.id} if hasattr(self, "id") else {}
        status, answers = self.crm.call("POST", "/cometd/60.0", [{**own, **message} for message in messages])
        assert status == 200
        return answers

    def subscribe(self, channel: str, replay: Any = -1) -> Any:
        """The answer to a subscription."""
        [answer] = self.send(
            {"channel": "/meta/subscribe", "subscription": channel, "ext": {"replay": {channel: replay}}}
        )
        return answer

    def events(self) -> Any:
        """The events that have come."""
        return [each for each in self.send({"channel": "/meta/connect"}, {"channel": "/meta/none"}) if "data" in each]


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM that announces deals by an event."""
    crm = Served("salesforce", write(tmp_path, salesforce__Deal_Won__e=EVENT))
    crm.fake.sessions.is_good = lambda _: True
    crm.fake.configure(SETTINGS)
    return crm


def test_a_won_deal_is_announced_by_the_event_of_the_organisation(crm: Served) -> None:
    client = Client(crm)
    assert client.subscribe(CHANNEL)["successful"]
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    assert crm.fake.pending() == 1
    [event] = client.events()
    assert event["channel"] == CHANNEL
    payload = event["data"]["payload"]
    assert (payload["Deal__c"], payload["Net__c"], payload["CreatedById"]) == (deal, 5, crm.fake.seeded.sales_user_id)
    assert (crm.fake.pending(), client.events()) == (0, [])
    [sent] = [each.value for each in crm.fake.events.after(0) if each.f == "deliver"]
    assert (sent["deals"], sent["message"]) == ([deal], event["data"]["event"]["EventUuid"])


def test_a_features_table_writes_a_list_as_a_text(crm: Served) -> None:
    crm.fake.configure({"change_events": "Opportunity, Account"})
    assert crm.fake.settings.change_events == ("Opportunity", "Account")


def test_a_client_publishes_an_event_like_a_record(crm: Served) -> None:
    client = Client(crm)
    client.subscribe(CHANNEL)
    status, made = crm.call("POST", f"{SOBJECTS}/Deal_Won__e", {"Deal__c": "x"})
    assert (status, made["id"][:3], made["success"]) == (201, "e00", True)
    assert [event["data"]["payload"]["Deal__c"] for event in client.events()] == ["x"]
    assert crm.call("POST", f"{SOBJECTS}/Deal_Won__e", {})[1][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert crm.call("POST", f"{SOBJECTS}/Deal_Won__e", {"Deal": 1})[1][0]["errorCode"] == "INVALID_FIELD"


def test_events_are_published_many_at_a_time(crm: Served) -> None:
    client = Client(crm)
    client.subscribe(CHANNEL)
    records = [{"attributes": {"type": "Deal_Won__e"}, **fields} for fields in ({"Deal__c": "a"}, {}, {"Deal__c": "b"})]
    _, made = crm.call("POST", "/services/data/v60.0/composite/sobjects", {"records": records})
    assert [each["success"] for each in made] == [True, False, True]
    assert [event["data"]["payload"]["Deal__c"] for event in client.events()] == ["a", "b"]


def test_one_message_subscribes_to_several_channels(crm: Served) -> None:
    client = Client(crm)
    answers = client.send({"channel": "/meta/subscribe", "subscription": [CHANNEL, CHANGES, "/u/x"]})
    assert [(each["subscription"], each["successful"]) for each in answers] == [
        (CHANNEL, True),
        (CHANGES, True),
        ("/u/x", False),
    ]


def test_events_can_be_had_again_from_a_replay_id_on(crm: Served) -> None:
    for number in range(4):
        crm.call("POST", f"{SOBJECTS}/Deal_Won__e", {"Deal__c": str(number)})
    replayed = {}
    for replay in (-1, -2, 2):
        client = Client(crm)
        client.subscribe(CHANNEL, replay)
        replayed[replay] = [event["data"]["payload"]["Deal__c"] for event in client.events()]
    assert replayed == {-1: [], -2: ["0", "1", "2", "3"], 2: ["2", "3"]}
    refused = Client(crm).subscribe(CHANNEL, 99)
    assert (refused["successful"], refused["error"][:26]) == (False, "400::The replayId {99} you")


def test_events_are_kept_for_72_hours() -> None:
    now = [0.0]
    bus = EventBus(lambda: now[0], 0)
    bus.publish(("/event/A__e",), {})
    now[0] = KEEP_S - 1
    bus.publish(("/event/A__e",), {})
    for moment, kept in ((KEEP_S - 1, 2), (KEEP_S + 1, 1), (3 * KEEP_S, 0)):
        now[0] = moment
        client = bus.connect()
        bus.subscribe(client, "/event/A__e", ALL_KEPT)
        assert len(client.take()) == kept
    with pytest.raises(BadReplayId):
        bus.subscribe(client, "/event/A__e", 1)


def test_changes_say_what_has_changed(crm: Served) -> None:
    client = Client(crm)
    client.subscribe(CHANGES)
    client.subscribe("/data/ChangeEvents")
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    crm.call("PATCH", f"{SOBJECTS}/Opportunity/{deal}", {"Type": None, "Name": "Other"})
    crm.fake.operate("delete_deal", "D-1", {})
    events = client.events()
    assert [event["channel"] for event in events] == [CHANGES, "/data/ChangeEvents"] * 3
    created, changed, deleted = (event["data"]["payload"] for event in events[::2])
    headers = [payload.pop("ChangeEventHeader") for payload in (created, changed, deleted)]
    assert [header["changeType"] for header in headers] == ["CREATE", "UPDATE", "DELETE"]
    assert [header["recordIds"] for header in headers] == [[deal]] * 3
    assert (created["StageName"], created["Amount"]) == ("Closed Won", 5)
    assert changed.keys() == {"Name", "LastModifiedDate", "LastModifiedById"}
    assert headers[1]["nulledFields"] == ["Type"]
    assert deleted == {}


def test_what_is_rolled_back_is_no_change(crm: Served) -> None:
    client = Client(crm)
    client.subscribe(CHANGES)
    with pytest.raises(ControlError):
        crm.fake.operate("close_deal", "D-1", {**DEAL, "lines": [{**DEAL["lines"][0], "sku": "none"}]})
    assert client.events() == []


def test_a_large_transaction_is_an_overflow_event(crm: Served) -> None:
    crm.fake.configure({"change_event_overflow": 2})
    client = Client(crm)
    client.subscribe(CHANGES)
    record = {"attributes": {"type": "Opportunity"}, "Name": "x", "StageName": "Prospecting", "CloseDate": "2026-01-01"}
    crm.call("POST", "/services/data/v60.0/composite/sobjects", {"allOrNone": True, "records": [record] * 3})
    [event] = client.events()
    header = event["data"]["payload"]["ChangeEventHeader"]
    assert (header["changeType"], header["recordIds"]) == ("GAP_OVERFLOW", ["000000000000000AAA"])


def test_a_gap_event_says_only_which_record_has_changed(crm: Served) -> None:
    crm.fake.inject("F", {"kind": "gap_events"})
    client = Client(crm)
    client.subscribe(CHANGES)
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    [event] = client.events()
    payload = event["data"]["payload"]
    assert (list(payload), payload["ChangeEventHeader"]["changeType"]) == (["ChangeEventHeader"], "GAP_CREATE")
    assert [each.value["order"] for each in crm.fake.events.after(0) if each.f == "hit"] == [deal]


def test_renamed_and_hidden_fields_reach_events(crm: Served) -> None:
    crm.fake.inject("F", {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Sum__c"})
    client = Client(crm)
    client.subscribe(CHANGES)
    crm.fake.operate("close_deal", "D-1", DEAL)
    payload = client.events()[0]["data"]["payload"]
    assert (payload["Sum__c"], "Amount" in payload) == (5, False)


def test_a_deleted_subscription_announces_nothing(crm: Served) -> None:
    crm.fake.inject("F", {"kind": "delete_subscription"})
    client = Client(crm)
    client.subscribe(CHANNEL)
    crm.fake.operate("close_deal", "D-1", DEAL)
    assert client.events() == []
    assert [event.value["fault"] for event in crm.fake.events.after(0) if event.f == "hit"] == ["F"]


@pytest.mark.parametrize("channel", ["/event/Other__e", "/data/AccountChangeEvent", "/topic/Deals", "/u/x"])
def test_a_channel_that_there_is_not_is_refused_and_recorded(crm: Served, channel: str) -> None:
    answer = Client(crm).subscribe(channel)
    assert (answer["successful"], answer["error"][:20]) == (False, "404::Unknown channel")
    assert [event.f for event in crm.fake.events.after(0)].count("unsupported") == 1


def test_without_a_session_a_client_is_not_let_in(tmp_path: Path) -> None:
    crm = Served("salesforce")
    [denied] = crm.call("POST", "/cometd/60.0/handshake", [{"channel": "/meta/handshake", "id": "1"}])[1]
    assert (denied["successful"], denied["error"], denied["id"]) == (False, "403::Handshake denied", "1")
    assert denied["ext"]["sfdc"]["failureReason"] == "401::Authentication invalid"


def test_a_client_whose_session_has_ended_or_that_is_not_known_says_hello_again(crm: Served) -> None:
    client = Client(crm)
    crm.fake.sessions.is_good = lambda _: False
    [answer] = client.send({"channel": "/meta/connect"})
    assert (answer["error"], answer["advice"]["reconnect"]) == ("401::Authentication invalid", "handshake")
    crm.fake.sessions.is_good = lambda _: True
    client.send({"channel": "/meta/disconnect"})
    [answer] = client.send({"channel": "/meta/connect"})
    assert answer["error"] == "403::Unknown client"


def test_a_request_waits_for_the_next_event(crm: Served) -> None:
    client = Client(crm)
    client.subscribe(CHANNEL)
    body = json.dumps([{"channel": "/meta/connect", "clientId": client.id}]).encode()

    async def waited() -> Any:
        asked = asyncio.ensure_future(crm.fake.respond(Request("POST", "/cometd/60.0/connect", body=body)))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not asked.done()
        crm.fake.operate("close_deal", "D-1", DEAL)
        return json.loads((await asked).body)

    event, answer = asyncio.run(waited())
    assert (event["channel"], answer["channel"]) == (CHANNEL, "/meta/connect")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"announce_event": "Other__e"}, "announce_event: unknown event 'Other__e'; known: Deal_Won__e"),
        (
            {"announce_event": "Deal_Won__e", "announce_event_fields": ["Dael__c=Id"]},
            "Deal_Won__e has no field 'Dael__c'; known: Deal__c, Net__c",
        ),
        (
            {"announce_event": "Deal_Won__e", "announce_event_fields": ["Deal__c=Idd"]},
            "Opportunity has no field 'Idd'",
        ),
        ({"change_events": ["Oportunity"]}, "change_events: unknown object 'Oportunity'; known: Account"),
    ],
)
def test_settings_that_make_no_sense_are_refused(crm: Served, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError) as refused:
        crm.fake.configure(settings)
    assert words in str(refused.value)


def test_parts_of_an_address_are_below_it_in_a_change_event(crm: Served) -> None:
    crm.fake.configure({"change_events": ["Account"]})
    client = Client(crm)
    client.subscribe("/data/AccountChangeEvent")
    made = crm.call("POST", f"{SOBJECTS}/Account", {"Name": "Seven", "BillingCity": "Turin"})[1]["id"]
    crm.call(
        "PATCH", f"{SOBJECTS}/Account/{made}", {"BillingCity": "Rome", "BillingStreet": None, "ShippingCity": "Bari"}
    )
    created, changed = (event["data"]["payload"] for event in client.events())
    assert created["BillingAddress"] == {"City": "Turin"}
    assert (changed["BillingAddress"], changed["ShippingAddress"]) == ({"City": "Rome"}, {"City": "Bari"})
    fields = changed["ChangeEventHeader"]["changedFields"]
    assert [field for field in fields if "." in field] == ["BillingAddress.City", "ShippingAddress.City"]
