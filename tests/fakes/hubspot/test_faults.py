"""The faults in HubSpot's own state: each does what it says, is recorded with its deals, and ends."""

from __future__ import annotations

import pytest

from fakes.hubspot.conftest import Crm, Receiver, code_of, line
from gameday_fakes.hubspot.errors import KINDS, Refused


def test_the_index_lags_and_catches_up(crm: Crm) -> None:
    crm.inject("delay_index", every_s=1_000_000).raise_for_status()
    deal = crm.close_deal()
    assert crm.found("deals") == []
    assert ("query", deal) in crm.hits()
    assert len([hit for hit in crm.hits() if hit == ("query", deal)]) == 1
    crm.heal()
    assert crm.found("deals") == [deal]


@pytest.mark.slow
def test_throttled_webhooks_come_late_and_together(crm: Crm, receiver: Receiver) -> None:
    crm.inject("throttle_webhooks", every_s=60).raise_for_status()
    deals = [crm.close_deal("D-0")]
    receiver.next()
    deals += [crm.close_deal(f"D-{number}") for number in range(1, 4)]
    assert [event["objectId"] for event in receiver.next().events] == [int(deal) for deal in deals[1:]]
    assert crm.hits() == [("deliver", deal) for deal in deals]


def test_a_throttle_that_is_healed_lets_events_go(crm: Crm, receiver: Receiver) -> None:
    crm.inject("throttle_webhooks", every_s=86_400).raise_for_status()
    crm.close_deal("D-0")
    receiver.next()
    deal = crm.close_deal("D-1")
    crm.heal()
    assert receiver.next().events[0]["objectId"] == int(deal)


def test_the_company_of_a_won_deal_gets_another_id(crm: Crm, receiver: Receiver) -> None:
    crm.configure(webhook_subscriptions=["company.merge"]).raise_for_status()
    crm.inject("merge_companies").raise_for_status()
    deal, first = crm.close_deal(), crm.seeded["accounts"]["A-1"]
    read = crm.read("deals", deal, associations="companies")["associations"]["companies"]["results"]
    (company,) = {each["id"] for each in read}
    assert company != first
    assert crm.read("companies", first)["id"] == company
    event = next(event for event in receiver.next().events if event["subscriptionType"] == "company.merge")
    assert (event["primaryObjectId"], event["newObjectId"]) == (int(first), int(company))
    assert crm.hits() == [("close_deal", deal)]
    assert crm.entries()[0]["customer"] == first
    crm.heal()
    crm.close_deal("D-2")
    assert crm.read("companies", company)["id"] == company


def test_a_locked_deal_is_not_written(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("lock_record", times=1).raise_for_status()
    assert code_of(crm.update("deals", deal, amount="1")) == (423, "LOCKED")
    assert crm.hits() == [("deal.write", deal)]
    assert crm.update("deals", deal, amount="1").status_code == 200


def test_a_hidden_property_is_neither_read_nor_written(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("hide_field", object="deals", field="amount").raise_for_status()
    assert "amount" not in crm.read("deals", deal)["properties"]
    assert code_of(crm.update("deals", deal, amount="1")) == (400, "VALIDATION_ERROR")
    assert crm.search("deals", sorts=["amount"]).status_code == 400
    assert crm.call("GET", "/crm/v3/properties/deals/amount").status_code == 404
    assert {operation for operation, _ in crm.hits()} >= {"deal.read", "deal.write", "metadata"}
    assert ("deal.read", deal) in crm.hits()
    crm.heal()
    assert crm.read("deals", deal)["properties"]["amount"] == "20.33"


def test_a_renamed_property_has_its_values_under_the_new_name(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("rename_field", object="deals", field="amount", new_name="net_amount").raise_for_status()
    shown = crm.read("deals", deal, properties="amount,net_amount")["properties"]
    assert "amount" not in shown
    assert shown["net_amount"] == "20.33"
    assert crm.found("deals", ("net_amount", "GT", "1")) == [deal]
    before = len(crm.hits())
    gone = {"filters": [{"propertyName": "amount", "operator": "GT", "value": "1"}]}
    assert crm.call("POST", "/crm/v3/objects/deals/search", gone).status_code == 400
    assert len(crm.hits()) == before + 1
    refused = crm.inject("rename_field", "f2", object="deals", field="dealname", new_name="dealstage")
    assert refused.status_code == 400


def test_a_new_stage_means_won(crm: Crm) -> None:
    crm.inject("picklist_value", object="deals", field="dealstage", value="closedwonpartner").raise_for_status()
    deal = crm.close_deal()
    assert crm.read("deals", deal)["properties"]["dealstage"] == "closedwonpartner"
    assert crm.entries()[0]["state"] == "won"
    assert crm.hits() == [("close_deal", deal)]
    crm.heal()
    assert crm.entries()[0]["state"] == "won"
    assert crm.read("deals", crm.close_deal("D-2"))["properties"]["dealstage"] == "closedwon"


def test_who_does_not_win_a_deal_chooses_no_stage_that_means_won(crm: Crm) -> None:
    crm.inject("picklist_value", object="deals", field="dealstage", value="closedwonpartner").raise_for_status()
    terms = {"account": "A-1", "currency": "EUR", "amount": "9.99", "close_date": "2026-06-30"}
    line = {"sku": "SKU-1", "quantity": "1", "unit_price": "9.99", "amount": "9.99"}
    crm.operate("open_deal", "D-1", **terms, lines=[line])
    assert [entry["state"] for entry in crm.entries()] == []
    assert crm.hits() == []


def test_people_choose_a_new_value(crm: Crm) -> None:
    crm.inject("picklist_value", object="deals", field="dealtype", value="upsell").raise_for_status()
    deal = crm.close_deal()
    assert crm.read("deals", deal, properties="dealtype")["properties"]["dealtype"] == "upsell"
    shown = crm.call("GET", "/crm/v3/properties/deals/dealtype").json()["options"]
    assert "upsell" in {each["value"] for each in shown}


@pytest.mark.parametrize(("access", "read"), [("edit", 200), ("read", 403)])
def test_a_scope_that_is_lost(crm: Crm, access: str, read: int) -> None:
    deal = crm.close_deal()
    crm.inject("revoke_permission", object="deals", access=access).raise_for_status()
    assert crm.call("GET", f"/crm/v3/objects/deals/{deal}").status_code == read
    assert code_of(crm.update("deals", deal, amount="1")) == (403, "MISSING_SCOPES")
    assert ("deal.write", deal) in crm.hits()
    crm.heal()
    assert crm.update("deals", deal, amount="1").status_code == 200


@pytest.mark.parametrize(("login", "status"), [("refused", 400), ("works", 200)])
def test_revoked_tokens(crm: Crm, login: str, status: int) -> None:
    crm.inject("revoke_tokens", login=login).raise_for_status()
    assert code_of(crm.call("GET", "/crm/v3/objects/deals")) == (401, "INVALID_AUTHENTICATION")
    own = crm.credentials
    form = {name: own[name] for name in ("client_id", "client_secret", "refresh_token")}
    reply = crm.client.post(f"{crm.url}/oauth/v1/token", data={"grant_type": "refresh_token", **form})
    assert reply.status_code == status
    assert ("deal.read", None) in crm.hits()
    crm.heal()
    assert crm.call("GET", "/crm/v3/objects/deals").status_code == 200


def test_parts_of_a_batch_fail(crm: Crm) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(2)]
    crm.inject("partial_batch", share=1.0, times=1, error="locked").raise_for_status()
    inputs = [{"id": deal, "properties": {"erp_order_id": f"SO-{deal}"}} for deal in deals]
    reply = crm.call("POST", "/crm/v3/objects/deals/batch/update", {"inputs": inputs})
    assert (reply.status_code, reply.json()["numErrors"]) == (207, 2)
    assert crm.hits() == [("batch.write", deal) for deal in deals]
    again = crm.call("POST", "/crm/v3/objects/deals/batch/update", {"inputs": inputs})
    assert again.status_code == 200


def test_parts_of_a_batch_that_reads_fail_each_with_its_id(crm: Crm) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(2)]
    crm.inject("partial_batch", share=1.0, times=1, error="locked").raise_for_status()
    wanted = {"inputs": [{"id": deal} for deal in (deals[0], "99", deals[1])], "properties": ["amount"]}
    reply = crm.call("POST", "/crm/v3/objects/deals/batch/read", wanted)
    failed = [(each["category"], each["context"]["ids"]) for each in reply.json()["errors"]]
    assert (reply.status_code, reply.json()["results"]) == (207, [])
    assert failed == [("LOCKED", [deals[0]]), ("LOCKED", [deals[1]]), ("OBJECT_NOT_FOUND", ["99"])]
    assert crm.hits() == [("batch.read", deal) for deal in deals]
    again = crm.call("POST", "/crm/v3/objects/deals/batch/read", wanted).json()
    assert [each["id"] for each in again["results"]] == deals


def test_deleted_subscriptions_send_nothing(crm: Crm, receiver: Receiver) -> None:
    crm.inject("delete_subscription").raise_for_status()
    lost = crm.close_deal("D-1")
    assert crm.hits() == [("deliver", lost)]
    crm.heal()
    deal = crm.close_deal("D-2")
    assert receiver.next().events[0]["objectId"] == int(deal)


def test_events_are_sent_twice_or_lost(crm: Crm, receiver: Receiver) -> None:
    crm.inject("duplicate_delivery", copies=1, gap_s=5, times=1).raise_for_status()
    deal = crm.close_deal("D-1")
    seen: list[int] = []
    while len(seen) < 2:
        seen += [event["eventId"] for event in receiver.next().events]
    assert len(set(seen)) == 1
    crm.heal()
    crm.inject("drop_delivery", "f2").raise_for_status()
    lost = crm.close_deal("D-2")
    crm.heal("f2")
    after = crm.close_deal("D-3")
    assert receiver.next().events[0]["objectId"] == int(after)
    assert crm.hits() == [("deliver", deal), ("deliver", lost)]


def test_faults_in_the_way_of_requests_choose_deals(crm: Crm) -> None:
    deal = crm.close_deal(lines=[line("SKU-1", "1", "20.33", "20.33")])
    crm.inject("http", action="reply", error="rate_limited", operation="deal.read").raise_for_status()
    reply = crm.call("GET", f"/crm/v3/objects/deals/{deal}")
    assert (reply.status_code, reply.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert crm.hits() == [("deal.read", deal)]
    assert crm.call("GET", "/crm/v3/objects/companies").status_code == 200


def test_a_batch_is_chosen_by_the_deal_that_it_names(crm: Crm) -> None:
    deal = crm.close_deal()
    crm.inject("http", action="reply", error="unavailable", operation="batch").raise_for_status()
    body = {"inputs": [{"id": deal}], "properties": []}
    assert crm.call("POST", "/crm/v3/objects/deals/batch/read", body).status_code == 503
    inputs = {"inputs": [{"id": deal}]}
    assert crm.call("POST", "/crm/v4/associations/deals/line_items/batch/read", inputs).status_code == 503
    assert crm.hits() == [("batch.read", deal), ("batch.read", deal)]


def test_a_reply_asks_for_no_longer_wait_than_a_game_day_allows() -> None:
    asked = {kind: dict(Refused.of(kind).reply("c").headers).get(b"retry-after", b"0") for kind in KINDS}
    assert asked["migration"] == b"60"
    assert max(int(wait) for wait in asked.values()) < 300
