"""Webhooks: what is sent, together, signed, and again."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from fakes.hubspot.conftest import Crm, Receiver, code_of

USUAL_OF_A_NEW_DEAL = {"deal.creation"}


def hooks(crm: Crm) -> str:
    """The path of the app."""
    return f"/webhooks/v3/{crm.credentials['app_id']}"


def test_a_won_deal_is_announced(crm: Crm, receiver: Receiver) -> None:
    deal = crm.close_deal()
    event = receiver.next().events[0]
    assert (event["subscriptionType"], event["objectId"], event["attemptNumber"]) == ("deal.creation", int(deal), 0)
    assert (event["changeSource"], event["changeFlag"]) == ("CRM_UI", "CREATED")
    assert {"eventId", "subscriptionId", "portalId", "appId", "occurredAt", "sourceId"} <= event.keys()


def test_a_change_has_its_property_and_who_made_it(crm: Crm, receiver: Receiver) -> None:
    deal = crm.close_deal()
    receiver.next()
    crm.update("deals", deal, dealstage="closedlost", description="not subscribed to")
    (event,) = receiver.next().events
    assert event["subscriptionType"] == "deal.propertyChange"
    assert (event["propertyName"], event["propertyValue"]) == ("dealstage", "closedlost")
    assert event["changeSource"] == "INTEGRATION"


@pytest.mark.slow
def test_events_of_one_moment_come_in_one_request(crm: Crm, receiver: Receiver) -> None:
    crm.configure(webhook_wait_s=30).raise_for_status()
    for number in range(4):
        crm.close_deal(f"D-{number}")
    assert len(receiver.next().events) == 4


@pytest.mark.slow
def test_a_request_has_at_most_as_many_events_as_a_batch(crm: Crm, receiver: Receiver) -> None:
    crm.configure(webhook_wait_s=30, webhook_batch=3).raise_for_status()
    for number in range(4):
        crm.close_deal(f"D-{number}")
    assert sorted(len(receiver.next().events) for _ in range(2)) == [1, 3]


def test_a_request_is_signed_over_method_address_body_and_time(crm: Crm, receiver: Receiver) -> None:
    crm.close_deal()
    sent, secret = receiver.next(), crm.credentials["client_secret"].encode()
    moment = sent.headers["x-hubspot-request-timestamp"].encode()
    text = b"POST" + receiver.url.encode() + sent.body + moment
    signature = base64.b64encode(hmac.digest(secret, text, "sha256")).decode()
    assert sent.headers["x-hubspot-signature-v3"] == signature
    assert sent.headers["x-hubspot-signature"] == hashlib.sha256(secret + sent.body).hexdigest()
    assert sent.headers["x-hubspot-signature-version"] == "v1"


def test_what_is_not_accepted_is_sent_again_with_its_number(crm: Crm, receiver: Receiver) -> None:
    crm.reset(pace=6000, outbound_url=receiver.url)
    receiver.statuses = [500, 429]
    crm.close_deal()
    first, *later = (receiver.next().events[0] for _ in range(3))
    assert [first["attemptNumber"], *(event["attemptNumber"] for event in later)] == [0, 1, 2]
    assert {event["eventId"] for event in later} == {first["eventId"]}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_what_the_receiver_refuses_for_good_is_not_sent_again(crm: Crm, receiver: Receiver, status: int) -> None:
    crm.reset(pace=6000, outbound_url=receiver.url)
    receiver.statuses = [status]
    first = crm.close_deal("D-1")
    assert receiver.next().events[0]["objectId"] == int(first)
    second = crm.close_deal("D-2")
    assert receiver.next().events[0]["objectId"] == int(second)
    problems = [event["value"]["status"] for event in crm.events("deliver") if event["outcome"] == "fail"]
    assert problems == [status, "given up"]


def test_amendments_deletions_and_restores_are_announced(crm: Crm, receiver: Receiver) -> None:
    crm.configure(webhook_subscriptions=["deal.propertyChange:amount", "deal.deletion", "deal.restore"])
    deal = crm.close_deal()
    crm.operate("amend_deal", "D-1", lines=[{"sku": "SKU-1", "quantity": 1, "unit_price": "5", "amount": "5"}])
    crm.operate("delete_deal", "D-1")
    crm.operate("restore_deal", "D-1")
    assert set(receiver.types(3)) == {"deal.propertyChange", "deal.deletion", "deal.restore"}
    assert crm.read("deals", deal)["properties"]["amount"] == "5"
    assert len(crm.lines_of(deal)) == 1


def test_a_merge_is_announced_with_all_ids(crm: Crm, receiver: Receiver) -> None:
    first, second = crm.seeded["accounts"].values()
    new = crm.operate("merge_accounts", winner="A-1", loser="A-2")["id"]
    (event,) = receiver.next().events
    assert event["subscriptionType"] == "company.merge"
    assert (event["primaryObjectId"], event["mergedObjectIds"]) == (int(first), [int(second)])
    assert event["newObjectId"] == event["objectId"] == int(new)


def test_changes_of_associations_are_announced(crm: Crm, receiver: Receiver) -> None:
    crm.configure(webhook_subscriptions=["deal.associationChange"]).raise_for_status()
    deal, item = crm.deal(), crm.create("line_items", name="x")
    crm.call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/line_items/{item}")
    (event,) = receiver.next().events
    assert (event["associationType"], event["associationRemoved"]) == ("DEAL_TO_LINE_ITEM", False)
    assert (event["fromObjectId"], event["toObjectId"]) == (int(deal), int(item))


def test_a_change_that_is_rolled_back_is_not_announced(crm: Crm, receiver: Receiver) -> None:
    body = {"inputs": [{"properties": {"dealname": "x", "dealstage": stage}} for stage in ("closedwon", "nope")]}
    assert crm.call("POST", "/crm/v3/objects/deals/batch/create", body).status_code == 400
    deal = crm.close_deal()
    assert receiver.next().events[0]["objectId"] == int(deal)


def test_the_app_changes_where_webhooks_go(crm: Crm, receiver: Receiver) -> None:
    path = f"{hooks(crm)}/settings"
    key = {"hapikey": crm.credentials["developer_api_key"]}
    body = {"targetUrl": f"{receiver.url}&new", "throttling": {"maxConcurrentRequests": 7, "period": "SECONDLY"}}
    changed = crm.client.put(f"{crm.url}{path}", json=body, params=key)
    assert changed.json()["throttling"]["maxConcurrentRequests"] == 7
    assert crm.call("GET", path).json()["targetUrl"] == f"{receiver.url}&new"
    assert crm.call("DELETE", path).status_code == 204
    assert crm.call("GET", path).status_code == 404
    for bad in ({}, {**body, "targetUrl": "ftp://x"}, {**body, "throttling": {}}):
        assert code_of(crm.call("PUT", path, bad)) == (400, "VALIDATION_ERROR")


def test_the_app_changes_what_it_subscribes_to(crm: Crm, receiver: Receiver) -> None:
    root = f"{hooks(crm)}/subscriptions"
    body = {"eventType": "deal.propertyChange", "propertyName": "dealname", "active": False}
    made = crm.call("POST", root, body)
    assert (made.status_code, made.json()["active"]) == (201, False)
    path = f"{root}/{made.json()['id']}"
    assert crm.call("PATCH", path, {"active": True}).json()["active"] is True
    turned = crm.call("POST", f"{root}/batch/update", {"inputs": [{"id": made.json()["id"], "active": True}]})
    assert turned.json()["results"][0]["propertyName"] == "dealname"
    assert crm.call("GET", path).json()["eventType"] == "deal.propertyChange"
    assert made.json()["id"] in {each["id"] for each in crm.call("GET", root).json()["results"]}
    deal = crm.deal()
    crm.update("deals", deal, dealname="new")
    assert "deal.propertyChange" in receiver.types(2)
    assert crm.call("DELETE", path).status_code == 204
    assert crm.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"eventType": "deal.won"}, {"eventType": "deal.propertyChange"}, {"eventType": 5}]
)
def test_a_subscription_that_cannot_be_is_refused(crm: Crm, body: Any) -> None:
    assert code_of(crm.call("POST", f"{hooks(crm)}/subscriptions", body)) == (400, "VALIDATION_ERROR")
    assert crm.call("GET", "/webhooks/v3/5/subscriptions").status_code == 404


def test_a_write_back_is_announced_only_to_an_app_that_subscribes_to_it(crm: Crm, receiver: Receiver) -> None:
    crm.configure(announce_write_backs=True).raise_for_status()
    deal = crm.close_deal()
    assert [event["subscriptionType"] for event in receiver.next().events] == ["deal.creation"]
    crm.update("deals", deal, erp_order_id="SO-1")
    (event,) = receiver.next().events
    assert (event["propertyName"], event["changeSource"]) == ("erp_order_id", "INTEGRATION")
    crm.configure(announce_write_backs=False).raise_for_status()
    crm.update("deals", deal, erp_order_id="SO-2", dealstage="closedlost")
    assert [event["propertyName"] for event in receiver.next().events] == ["dealstage"]


def test_a_setting_names_the_known_types(crm: Crm) -> None:
    reply = crm.configure(webhook_subscriptions=["deal.creations"])
    assert reply.status_code == 400
    assert "did you mean 'deal.creation'?" in reply.json()["error"]
