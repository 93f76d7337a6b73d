"""Outbound messages: when one is sent, what it says, and what counts as an acknowledgement."""

from __future__ import annotations

import hmac
import json
import queue
import re
import time
from typing import Any

import pytest

NACK = b"<a><Ack>false</Ack></a>"
#: An hour of retries in a fraction of a second.
FAST = 10_000.0


def fields(message: str) -> dict[str, str]:
    return dict(re.findall(r"<sf:(\w+)>(.*?)</sf:\1>", message))


@pytest.fixture
def idle(crm: Any, receiver: Any) -> Any:
    """Says that nothing was sent: everything before another deal's message is none of the deal's."""

    def nothing_about(deal: str) -> bool:
        marker = crm.close_deal("marker")
        messages = []
        while marker not in (message := receiver.next()):
            messages.append(message)
        return not any(deal in message for message in messages)

    return nothing_about


def test_a_won_deal_is_announced_with_its_fields(crm: Any, receiver: Any) -> None:
    deal = crm.close_deal(name="Fish & <Chips> \x03")
    message = receiver.next()
    body = crm.get(f"/sobjects/Opportunity/{deal}").json()
    assert fields(message) == {
        "Id": deal,
        "AccountId": crm.accounts["A-1"],
        "Name": "Fish &amp; &lt;Chips&gt; ",
        "StageName": "Closed Won",
        "Amount": "20.33",
        "CloseDate": "2024-03-31",
        "IsWon": "true",
        "CurrencyIsoCode": "EUR",
        "SystemModstamp": body["SystemModstamp"].replace("+0000", "Z"),
    }
    assert re.search(r"<OrganizationId>00D\w{15}</OrganizationId><ActionId>04k\w{15}</ActionId>", message)
    assert re.search(r"<Notification><Id>04l\w{15}</Id><sObject xsi:type=\"sf:Opportunity\"", message)


def test_an_amended_and_a_voided_deal_are_announced_once_each(crm: Any, receiver: Any, make_line: Any) -> None:
    crm.close_deal()
    crm.operate("amend_deal", "D-1", lines=[make_line("SKU-1", "1", "1.50", "1.50")], amount="1.50")
    crm.operate("void_deal", "D-1")
    messages = [fields(receiver.next()) for _ in range(3)]
    assert len(crm.events("deliver")) <= 3
    assert any(message["StageName"] == "Closed Lost" and message["IsWon"] == "false" for message in messages)
    with pytest.raises(queue.Empty):
        receiver.messages.get_nowait()


def test_no_message_tells_of_deals_that_a_merge_gives_another_account(crm: Any, receiver: Any, idle: Any) -> None:
    deal = crm.close_deal(account="A-2", currency="USD")
    receiver.next()
    before = crm.entries()[0]
    crm.operate("merge_accounts", winner="A-1", loser="A-2")
    assert idle(deal)
    after = crm.entries()[0]
    assert after["customer"] == crm.accounts["A-1"] != before["customer"]
    assert after["changed_s"] > before["changed_s"]


def test_people_who_give_a_deal_another_account_are_announced(crm: Any, receiver: Any) -> None:
    deal = crm.close_deal()
    receiver.next()
    crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"AccountId": crm.accounts["A-2"]})
    assert fields(receiver.next())["AccountId"] == crm.accounts["A-2"]


def test_a_fault_of_changes_holds_back_no_message_about_a_new_or_a_voided_deal(
    crm: Any, receiver: Any, make_line: Any
) -> None:
    crm.inject("delay_delivery", delay_s=1e9, events="amendment")
    crm.close_deal()
    assert fields(receiver.next())["IsWon"] == "true"
    crm.operate("amend_deal", "D-1", lines=[make_line("SKU-1", "1", "1.50", "1.50")], amount="1.50")
    crm.operate("void_deal", "D-1")
    assert fields(receiver.next())["IsWon"] == "false"
    assert len(crm.events("hit")) == 1


def test_a_deal_won_over_the_api_is_announced(crm: Any, receiver: Any) -> None:
    deal = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2024-01-01", "Amount": 7}
    id_ = crm.call("POST", "/sobjects/Opportunity", json=deal).json()["id"]
    crm.call("PATCH", f"/sobjects/Opportunity/{id_}", json={"StageName": "Closed Won"})
    assert fields(receiver.next())["Id"] == id_


def test_the_id_written_back_is_not_announced(crm: Any, receiver: Any, idle: Any) -> None:
    deal = crm.close_deal()
    receiver.next()
    crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"ERP_Order_Id__c": "SO1"})
    assert idle(deal)


def test_what_is_rolled_back_is_not_announced(crm: Any, receiver: Any, idle: Any) -> None:
    deal = crm.close_deal()
    receiver.next()
    parts = [
        {
            "method": "PATCH",
            "url": f"/services/data/v60.0/sobjects/Opportunity/{deal}",
            "referenceId": "a",
            "body": {"StageName": "Closed Lost"},
        },
        {"method": "POST", "url": "/services/data/v60.0/sobjects/Account", "referenceId": "b", "body": {}},
    ]
    crm.call("POST", "/composite", json={"allOrNone": True, "compositeRequest": parts})
    assert idle(deal)


@pytest.mark.parametrize(
    "answer", [(200, NACK), (200, b""), (200, b"<html>"), (500, b""), (503, b"busy"), (302, b""), (204, b"")]
)
def test_a_message_is_sent_again_until_it_is_acknowledged(crm: Any, receiver: Any, answer: tuple[int, bytes]) -> None:
    crm.reset(pace=FAST)
    crm.accounts = crm.operate("seed", accounts=[{"key": "A-1"}], products=[])
    receiver.answers.put(answer)
    deal = crm.close_deal(lines=[])
    messages = [receiver.next(), receiver.next()]
    assert [fields(message)["Id"] for message in messages] == [deal, deal]
    identity = re.compile(r"<Notification><Id>(\w+)</Id>")
    assert len({identity.search(message).group(1) for message in messages}) == 1  # type: ignore[union-attr]


def test_a_retry_carries_the_values_of_now(crm: Any, receiver: Any) -> None:
    crm.reset(pace=FAST)
    crm.operate("seed", accounts=[{"key": "A-1"}], products=[])
    receiver.answers.put((500, b""))
    receiver.gate.clear()
    crm.close_deal(lines=[])
    assert fields(receiver.next())["StageName"] == "Closed Won"
    crm.operate("void_deal", "D-1")
    receiver.gate.set()
    assert {fields(receiver.next())["StageName"] for _ in range(2)} == {"Closed Lost"}


def test_a_renamed_field_has_its_new_name_in_messages_and_a_hidden_one_is_absent(crm: Any, receiver: Any) -> None:
    crm.inject("rename_field", "f1", object="Opportunity", field="Amount", new_name="Total__c")
    crm.inject("hide_field", "f2", object="Opportunity", field="CurrencyIsoCode")
    deal = crm.close_deal()
    found = fields(receiver.next())
    assert found["Total__c"] == "20.33"
    assert not {"Amount", "CurrencyIsoCode"} & set(found)
    assert crm.hits() == [("deliver", deal), ("deliver", deal)]


def test_a_deleted_subscription_sends_nothing_then_and_nothing_later(crm: Any, receiver: Any, idle: Any) -> None:
    crm.inject("delete_subscription")
    deal = crm.close_deal()
    assert crm.hits() == [("deliver", deal)]
    crm.heal()
    assert idle(deal)


def test_deleted_deals_are_not_announced(crm: Any, receiver: Any, idle: Any) -> None:
    deal = crm.close_deal()
    receiver.next()
    crm.call("DELETE", f"/sobjects/Opportunity/{deal}")
    assert idle(deal)


def test_a_write_back_is_not_announced_unless_the_organisation_says_so(crm: Any, receiver: Any, idle: Any) -> None:
    deal = crm.close_deal()
    receiver.next()
    crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"ERP_Order_Id__c": "SO-1"})
    assert idle(deal)


def test_each_write_back_to_a_won_deal_is_announced_where_the_organisation_says_so(crm: Any, receiver: Any) -> None:
    crm.configure(announce_write_backs=True)
    deal = crm.close_deal()
    assert fields(receiver.next())["Id"] == deal
    stamps = set()
    for number in (1, 1, 2):
        crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"ERP_Order_Id__c": f"SO-{number}"})
        stamps.add(fields(receiver.next())["SystemModstamp"])
    assert len(stamps) == 3


def test_a_write_back_does_not_change_when_the_deal_last_changed(crm: Any, receiver: Any) -> None:
    crm.configure(announce_write_backs=True)
    deal = crm.close_deal()
    before = crm.entries()[0]["changed_s"]
    crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"ERP_Order_Id__c": "SO-1"})
    assert crm.entries()[0]["changed_s"] == before


# -- what an organisation sets ---------------------------------------------------------------------------


def test_a_message_has_the_fields_that_the_organisation_chose(crm: Any, receiver: Any) -> None:
    crm.configure(outbound_fields=["Subsidiary__c", "ERP_Order_Id__c"])
    deal = crm.close_deal(subsidiary="EMEA")
    found = fields(receiver.next())
    assert (found["Id"], found["Subsidiary__c"], "ERP_Order_Id__c" in found) == (deal, "EMEA", False)


def test_a_field_that_there_is_not_is_refused(crm: Any) -> None:
    reply = crm.configure(outbound_fields=["Nothing__c"])
    assert reply.status_code == 400
    assert "outbound_fields: unknown field 'Nothing__c'; known: Id, AccountId, " in reply.json()["error"]


def test_deals_that_change_together_come_in_one_message(crm: Any, receiver: Any) -> None:
    crm.configure(outbound_batch=2)
    deals = [crm.close_deal(f"D-{number}") for number in range(3)]
    for _ in deals:
        receiver.next()
    records = [{"attributes": {"type": "Opportunity"}, "id": deal, "StageName": "Closed Lost"} for deal in deals]
    crm.call("PATCH", "/composite/sobjects", json={"records": records})
    messages = [receiver.next(), receiver.next()]
    named = sorted(re.findall(r"<sf:Id>(\w+)</sf:Id>", message) for message in messages)
    assert named == [deals[:2], deals[2:]]
    assert len(set(re.findall(r"<Notification><Id>(\w+)</Id>", "".join(messages)))) == 3


def test_a_lost_message_counts_for_all_its_deals(crm: Any, receiver: Any) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(2)]
    for _ in deals:
        receiver.next()
    crm.configure(outbound_batch=100)
    crm.inject("drop_delivery", times=1)
    records = [{"attributes": {"type": "Opportunity"}, "id": deal, "StageName": "Closed Lost"} for deal in deals]
    crm.call("PATCH", "/composite/sobjects", json={"records": records})
    assert crm.hits() == [("deliver", deal) for deal in deals]


def test_the_session_of_a_message_works(crm: Any, receiver: Any) -> None:
    crm.configure(outbound_session=True)
    crm.close_deal()
    session = re.search(r"<SessionId>(\S+)</SessionId>", receiver.next())
    assert session is not None
    assert crm.get("/limits", headers={"authorization": f"Bearer {session[1]}"}).status_code == 200


# -- callouts of a flow ----------------------------------------------------------------------------------


def test_a_flow_announces_a_deal_by_json(crm: Any, receiver: Any) -> None:
    crm.configure(announce_by="flow callout", outbound_fields=["Subsidiary__c"])
    deal = crm.close_deal()
    body = json.loads(receiver.next())
    assert body["SystemModstamp"].endswith("Z")
    assert (body["Id"], body["Amount"], body["IsWon"], body["CloseDate"]) == (deal, 20.33, True, "2024-03-31")
    assert body["Subsidiary__c"] is None
    assert receiver.headers[0]["content-type"] == "application/json;charset=UTF-8"
    assert "x-signature" not in receiver.headers[0]


def test_a_callout_may_have_a_header_and_a_signature(crm: Any, receiver: Any) -> None:
    crm.configure(announce_by="flow callout", callout_header="X-Api-Key: k:1", callout_secret="secret")
    crm.close_deal()
    body = receiver.next()
    assert receiver.headers[0]["x-api-key"] == "k:1"
    digest = hmac.digest(b"secret", body.encode(), "sha256").hex()
    assert receiver.headers[0]["x-signature"] == f"sha256={digest}"


@pytest.mark.parametrize("answer", [(500, b""), (302, b"")])
def test_a_callout_is_made_once(crm: Any, receiver: Any, answer: tuple[int, bytes]) -> None:
    crm.reset(pace=FAST)
    crm.operate("seed", accounts=[{"key": "A-1"}], products=[])
    crm.configure(announce_by="flow callout")
    receiver.answers.put(answer)
    deal = crm.close_deal(lines=[])
    assert deal in receiver.next()
    crm.close_deal("marker", lines=[])
    assert deal not in receiver.next()
    # The marker's message may arrive before the reply to the first one has been read.
    deadline = time.monotonic() + 20
    given_up: list[Any] = []
    while not given_up and time.monotonic() < deadline:
        values = [event["value"] for event in crm.events("deliver")]
        given_up = [value["deals"] for value in values if value["status"] == "given up"]
    assert given_up == [[deal]]


def test_a_renamed_field_has_its_new_name_in_a_callout(crm: Any, receiver: Any) -> None:
    crm.configure(announce_by="flow callout")
    crm.inject("rename_field", object="Opportunity", field="Amount", new_name="Total__c")
    deal = crm.close_deal()
    assert json.loads(receiver.next())["Total__c"] == 20.33
    assert crm.hits() == [("deliver", deal)]


@pytest.mark.parametrize("header", ["x", "a b: c", "X: \n"])
def test_a_header_that_is_none_is_refused(crm: Any, header: str) -> None:
    reply = crm.configure(callout_header=header)
    assert reply.status_code == 400
    assert "is not NAME: VALUE" in reply.json()["error"]
