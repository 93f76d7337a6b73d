"""Records one by one: create, read, update, upsert, delete, and how each is refused."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from gameday_fakes.salesforce.ids import canonical
from support.rows import rows

DEAL = {"Name": "By hand", "StageName": "Prospecting", "CloseDate": "2024-05-01"}


def refusal(reply: Any) -> tuple[int, str, list[str]]:
    (error,) = reply.json()
    return reply.status_code, error["errorCode"], error.get("fields", [])


@pytest.mark.parametrize("length", [15, 18])
def test_a_record_is_read_by_its_id_of_15_or_18_characters(crm: Any, length: int) -> None:
    id_ = crm.close_deal()
    body = crm.get(f"/sobjects/Opportunity/{id_[:length]}").json()
    assert body["Id"] == id_
    assert body["attributes"] == {"type": "Opportunity", "url": f"/services/data/v60.0/sobjects/Opportunity/{id_}"}


def test_a_reply_echoes_the_version_that_was_asked_for(crm: Any) -> None:
    id_ = crm.close_deal()
    for version in ("v45.0", "v60.0", "v45.0"):
        body = crm.get(f"/sobjects/Opportunity/{id_}", version=version).json()
        assert body["attributes"]["url"].startswith(f"/services/data/{version}/")


def test_money_is_written_as_a_number_to_the_last_digit(crm: Any) -> None:
    id_ = crm.close_deal()
    assert '"Amount":20.33,' in crm.get(f"/sobjects/Opportunity/{id_}").text


def test_only_the_fields_asked_for_are_read(crm: Any) -> None:
    body = crm.get(f"/sobjects/Opportunity/{crm.close_deal()}", params={"fields": "Name,amount"}).json()
    assert set(body) == {"attributes", "Name", "Amount"}


def test_a_trailing_slash_makes_no_difference(crm: Any) -> None:
    assert crm.call("POST", "/sobjects/Account/", json={"Name": "Acme"}).status_code == 201


def test_an_object_is_known_in_any_case(crm: Any) -> None:
    assert crm.get(f"/sobjects/account/{crm.accounts['A-1']}").json()["Name"] == "Northwind & Sons"


@pytest.mark.parametrize("id_", ["006Gd0000000999AAA", "nonsense", "006Gd0000000001AAB"])
def test_a_record_that_is_not_there_is_not_found(crm: Any, id_: str) -> None:
    assert refusal(crm.get(f"/sobjects/Opportunity/{id_}"))[:2] == (404, "NOT_FOUND")


def test_a_record_unchanged_since_is_not_sent_again(crm: Any) -> None:
    path = f"/sobjects/Opportunity/{crm.close_deal()}"
    modified = crm.get(path).headers["last-modified"]
    assert crm.get(path, headers={"if-modified-since": modified}).status_code == 304
    assert crm.get(path, headers={"if-modified-since": formatdate(0, usegmt=True)}).status_code == 200


def test_a_record_changed_since_is_not_overwritten(crm: Any) -> None:
    path = f"/sobjects/Opportunity/{crm.close_deal()}"
    headers = {"if-unmodified-since": formatdate(0, usegmt=True)}
    assert crm.call("PATCH", path, json={"Name": "Other"}, headers=headers).status_code == 412


# -- creating --------------------------------------------------------------------------------------------


def test_a_created_record_can_be_read(crm: Any) -> None:
    created = crm.call("POST", "/sobjects/Opportunity", json=DEAL)
    assert created.status_code == 201
    assert created.json() == {"id": created.json()["id"], "success": True, "errors": []}
    body = crm.get(f"/sobjects/Opportunity/{created.json()['id']}").json()
    assert (body["Name"], body["IsWon"], body["CurrencyIsoCode"]) == ("By hand", False, "USD")


@rows(
    ("change", "expected"),
    [
        ({"Name": None}, (400, "REQUIRED_FIELD_MISSING", ["Name"])),
        ({"Nmae": "x"}, (400, "INVALID_FIELD", [])),
        ({"IsWon": True}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsWon"])),
        ({"Name": "x" * 121}, (400, "STRING_TOO_LONG", ["Name"])),
        ({"CurrencyIsoCode": "XXX"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["CurrencyIsoCode"])),
        ({"AccountId": "x"}, (400, "MALFORMED_ID", ["AccountId"])),
        ({"AccountId": "001Gd0000000999AA9"}, (400, "MALFORMED_ID", ["AccountId"])),
        ({"AccountId": "001Gd0000000999"}, (400, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"])),
        ({"Amount": "much"}, (400, "JSON_PARSER_ERROR", [])),
        ({"Amount": 10**30}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["Amount"])),
        ({"Amount": [1]}, (400, "JSON_PARSER_ERROR", [])),
        ({"CloseDate": "1 May"}, (400, "JSON_PARSER_ERROR", [])),
        ({"Account": {"ERP_Customer_Id__c": "none"}}, (400, "INVALID_FIELD", [])),
    ],
)
def test_a_bad_value_is_refused_with_its_field(
    crm: Any, change: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    assert refusal(crm.call("POST", "/sobjects/Opportunity", json={**DEAL, **change})) == expected


@pytest.mark.parametrize("content", [b"{", b"[]", b"", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_a_parser_error(crm: Any, content: bytes) -> None:
    assert refusal(crm.call("POST", "/sobjects/Opportunity", content=content))[:2] == (400, "JSON_PARSER_ERROR")


def test_a_parent_is_named_by_its_external_id(crm: Any) -> None:
    crm.call("PATCH", f"/sobjects/Account/{crm.accounts['A-1']}", json={"ERP_Customer_Id__c": "C-1"})
    body = {**DEAL, "Account": {"ERP_Customer_Id__c": "C-1"}}
    id_ = crm.call("POST", "/sobjects/Opportunity", json=body).json()["id"]
    assert crm.get(f"/sobjects/Opportunity/{id_}").json()["AccountId"] == crm.accounts["A-1"]


def test_lines_make_the_amount(crm: Any) -> None:
    deal = crm.call("POST", "/sobjects/Opportunity", json={**DEAL, "CurrencyIsoCode": "EUR"}).json()["id"]
    (entry,) = crm.rows("SELECT Id FROM PricebookEntry WHERE ProductCode = 'SKU-1' AND CurrencyIsoCode = 'EUR'")
    for quantity, discount in ((2, None), (1, 50)):
        line = {"OpportunityId": deal, "PricebookEntryId": entry["Id"], "Quantity": quantity, "Discount": discount}
        assert crm.call("POST", "/sobjects/OpportunityLineItem", json=line).status_code == 201
    body = crm.get(f"/sobjects/Opportunity/{deal}").json()
    # A total has the decimals of its currency: 9.99 less 50% is 4.995.
    assert (body["Amount"], body["HasOpportunityLineItem"], body["TotalOpportunityQuantity"]) == (24.98, True, 3)


def test_a_line_in_another_currency_than_its_deal_is_refused(crm: Any) -> None:
    (entry,) = crm.rows("SELECT Id FROM PricebookEntry WHERE ProductCode = 'SKU-1' AND CurrencyIsoCode = 'USD'")
    line = {"OpportunityId": crm.close_deal(), "PricebookEntryId": entry["Id"], "Quantity": 1}
    assert refusal(crm.call("POST", "/sobjects/OpportunityLineItem", json=line))[1] == "FIELD_INTEGRITY_EXCEPTION"


# -- updating --------------------------------------------------------------------------------------------


def test_an_update_changes_the_record_and_its_stamp(crm: Any) -> None:
    path = f"/sobjects/Opportunity/{crm.close_deal()}"
    before = crm.get(path).json()
    assert crm.call("PATCH", path, json={"ERP_Order_Id__c": "SO1"}).status_code == 204
    after = crm.get(path).json()
    assert (after["ERP_Order_Id__c"], after["Name"]) == ("SO1", before["Name"])
    assert after["SystemModstamp"] >= before["SystemModstamp"]
    assert after["LastModifiedById"] != before["LastModifiedById"]


def test_an_amount_written_where_there_are_lines_is_ignored(crm: Any) -> None:
    path = f"/sobjects/Opportunity/{crm.close_deal()}"
    assert crm.call("PATCH", path, json={"Amount": 1}).status_code == 204
    assert crm.get(path).json()["Amount"] == 20.33


def test_an_external_id_that_another_record_has_is_refused(crm: Any) -> None:
    first, second = crm.close_deal("D-1"), crm.close_deal("D-2")
    crm.call("PATCH", f"/sobjects/Opportunity/{first}", json={"ERP_Order_Id__c": "SO1"})
    reply = crm.call("PATCH", f"/sobjects/Opportunity/{second}", json={"ERP_Order_Id__c": "SO1"})
    assert refusal(reply)[:2] == (400, "DUPLICATE_VALUE")
    assert f"on record with id: {first[:15]}" in reply.json()[0]["message"]


# -- external ids ----------------------------------------------------------------------------------------


def test_an_upsert_creates_then_updates(crm: Any) -> None:
    path = "/sobjects/Account/ERP_Customer_Id__c/C%2F1"
    created = crm.call("PATCH", path, json={"Name": "Acme"})
    updated = crm.call("PATCH", path, json={"Name": "Acme again"})
    id_ = created.json()["id"]
    assert (created.status_code, created.json()["created"]) == (201, True)
    assert (updated.status_code, updated.json()) == (200, {"id": id_, "success": True, "errors": [], "created": False})
    assert crm.get(path).json()["ERP_Customer_Id__c"] == "C/1"
    assert crm.get(path).json()["Name"] == "Acme again"


def test_before_version_46_an_upsert_that_updates_answers_without_a_body(crm: Any) -> None:
    path = "/sobjects/Account/ERP_Customer_Id__c/C-1"
    crm.call("PATCH", path, json={"Name": "Acme"})
    assert crm.call("PATCH", path, json={"Name": "Acme"}, version="v45.0").status_code == 204


def test_an_external_id_that_several_records_have_names_them_all(crm: Any) -> None:
    for account in crm.accounts.values():
        crm.call("PATCH", f"/sobjects/Account/{account}", json={"ERP_Customer_Id__c": "C-1"})
    urls = [f"/services/data/v60.0/sobjects/Account/{account}" for account in crm.accounts.values()]
    for reply in (
        crm.get("/sobjects/Account/ERP_Customer_Id__c/C-1"),
        crm.call("PATCH", "/sobjects/Account/ERP_Customer_Id__c/C-1", json={"Name": "x"}),
        crm.call("DELETE", "/sobjects/Account/ERP_Customer_Id__c/C-1"),
    ):
        assert (reply.status_code, reply.json()) == (300, urls)


def test_a_field_that_is_no_external_id_is_not_found(crm: Any) -> None:
    reply = crm.get("/sobjects/Account/Name/Contoso")
    assert refusal(reply)[:2] == (404, "NOT_FOUND")
    assert reply.json()[0]["message"].endswith("is not accessible: Name")


# -- deleting, and what has changed ----------------------------------------------------------------------


def test_a_deleted_record_is_gone_with_its_lines(crm: Any) -> None:
    deal = crm.close_deal()
    assert crm.call("DELETE", f"/sobjects/Opportunity/{deal}").status_code == 204
    assert refusal(crm.get(f"/sobjects/Opportunity/{deal}"))[:2] == (404, "ENTITY_IS_DELETED")
    assert crm.rows("SELECT Id FROM OpportunityLineItem") == []


SPAN = {"start": "2000-01-01T00:00:00+00:00", "end": "2100-01-01T00:00:00Z"}


def test_changed_and_deleted_records_are_listed(crm: Any) -> None:
    kept, gone = crm.close_deal("D-1"), crm.close_deal("D-2")
    crm.call("DELETE", f"/sobjects/Opportunity/{gone}")
    updated = crm.get("/sobjects/Opportunity/updated/", params=SPAN).json()
    deleted = crm.get("/sobjects/Opportunity/deleted/", params=SPAN).json()
    # What is still to come is not covered.
    assert (updated["ids"], updated["latestDateCovered"] < "2100") == ([kept], True)
    past = {**SPAN, "end": "2001-01-01T00:00:00Z"}
    assert crm.get("/sobjects/Opportunity/updated", params=past).json()["latestDateCovered"].startswith("2001-01-01")
    assert [record["id"] for record in deleted["deletedRecords"]] == [gone]
    assert deleted["earliestDateAvailable"] == deleted["deletedRecords"][0]["deletedDate"]


BACKWARDS = {"start": SPAN["end"], "end": SPAN["start"]}


@pytest.mark.parametrize(
    "span", [{}, {"start": "x", "end": "y"}, {"start": "2000-01-01T00:00:00", "end": "x"}, BACKWARDS]
)
def test_a_span_that_is_none_is_refused(crm: Any, span: dict[str, str]) -> None:
    assert crm.get("/sobjects/Opportunity/updated", params=span).status_code == 400


def test_ids_are_of_their_object(crm: Any) -> None:
    deal = crm.close_deal()
    assert canonical(deal) == deal
    assert deal.startswith("006")
