"""Faults in Salesforce's own state: what they change, what they leave alone, and that healing brings it all back."""

from __future__ import annotations

from typing import Any

import pytest

from support.credentials import SALESFORCE
from support.rows import rows

ROOT = "/services/data/v60.0"


def field_names(crm: Any, thing: str = "Opportunity") -> set[str]:
    return {field["name"] for field in crm.get(f"/sobjects/{thing}/describe").json()["fields"]}


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()[0]["errorCode"]


# -- renamed and hidden fields ---------------------------------------------------------------------------

RENAME = {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Total__c"}
HIDE = {"kind": "hide_field", "object": "Opportunity", "field": "Amount"}


def test_a_renamed_field_has_its_new_name_everywhere(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject(**RENAME)
    assert "Total__c" in field_names(crm)
    assert "Amount" not in field_names(crm)
    assert crm.get(f"/sobjects/Opportunity/{deal}").json()["Total__c"] == 20.33
    assert crm.rows("SELECT total__c FROM Opportunity WHERE Total__c > 1")[0]["Total__c"] == 20.33


def test_the_old_name_of_a_renamed_field_is_unknown(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject(**RENAME)
    assert code(crm.query("SELECT Amount FROM Opportunity")) == (400, "INVALID_FIELD")
    assert code(crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"Amount": 1})) == (400, "INVALID_FIELD")
    assert code(crm.get(f"/sobjects/Opportunity/{deal}?fields=Amount")) == (400, "INVALID_FIELD")


def test_a_hidden_field_is_absent_from_replies_without_an_error(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject(**HIDE)
    reply = crm.get(f"/sobjects/Opportunity/{deal}")
    assert reply.status_code == 200
    assert "Amount" not in reply.json()
    assert "Amount" not in field_names(crm)


def test_a_hidden_field_is_unknown_in_queries(crm: Any) -> None:
    crm.inject(**HIDE)
    reply = crm.query("SELECT Id FROM Opportunity WHERE Amount > 1")
    assert code(reply) == (400, "INVALID_FIELD")
    assert "No such column 'Amount' on entity 'Opportunity'" in reply.json()[0]["message"]


def test_a_hidden_reference_leads_nowhere(crm: Any) -> None:
    crm.inject("hide_field", object="Opportunity", field="AccountId")
    assert code(crm.query("SELECT Account.Name FROM Opportunity")) == (400, "INVALID_FIELD")


@pytest.mark.parametrize("fault", [RENAME, HIDE])
def test_healing_brings_a_field_back_with_its_value(crm: Any, fault: dict[str, str]) -> None:
    deal = crm.close_deal()
    before = crm.get(f"/sobjects/Opportunity/{deal}").json()
    crm.inject(**fault)
    crm.get(f"/sobjects/Opportunity/{deal}")
    crm.heal()
    assert crm.get(f"/sobjects/Opportunity/{deal}").json() == before


@pytest.mark.parametrize("fault", [RENAME, HIDE])
def test_the_ledger_knows_the_truth_whatever_fields_are_called(crm: Any, fault: dict[str, str]) -> None:
    crm.inject(**fault)
    crm.close_deal()
    assert crm.entries()[0]["total"] == "20.33"


def test_deals_affected_by_a_lost_field_are_recorded(crm: Any) -> None:
    deals = [crm.close_deal("D-1"), crm.close_deal("D-2")]
    listed = ", ".join(f"'{deal}'" for deal in deals)
    crm.inject("rename_field", object="OpportunityLineItem", field="UnitPrice", new_name="Net__c")
    crm.query(f"SELECT UnitPrice FROM OpportunityLineItem WHERE OpportunityId IN ({listed})")
    crm.get(f"/sobjects/Opportunity/{deals[0]}")
    assert crm.hits() == [("query", deals[0]), ("query", deals[1])]


def test_a_deal_read_without_a_hidden_field_is_recorded(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject(**HIDE)
    crm.get(f"/sobjects/Opportunity/{deal[:15]}")
    assert crm.hits() == [("deal.read", deal)]


# -- permissions and tokens ------------------------------------------------------------------------------


def test_without_the_right_to_edit_writes_are_refused_and_reads_are_not(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("revoke_permission", object="Opportunity", access="edit")
    path = f"/sobjects/Opportunity/{deal}"
    forbidden = (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert code(crm.call("PATCH", path, json={"Name": "x"})) == forbidden
    assert code(crm.call("DELETE", path)) == forbidden
    assert crm.get(path).status_code == 200
    assert crm.get("/sobjects/Opportunity/describe").json()["updateable"] is False
    record = {"attributes": {"type": "Opportunity"}, "id": deal, "Name": "x"}
    (result,) = crm.call("PATCH", "/composite/sobjects", json={"records": [record]}).json()
    assert result["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert set(crm.hits()) == {("deal.write", deal), ("batch", deal), ("metadata", None)}


def test_without_the_right_to_read_an_object_is_out_of_sight(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("revoke_permission", object="Opportunity", access="read")
    assert code(crm.get(f"/sobjects/Opportunity/{deal}")) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert code(crm.query("SELECT Id FROM Opportunity")) == (400, "INVALID_TYPE")
    assert "Opportunity" not in [thing["name"] for thing in crm.get("/sobjects").json()["sobjects"]]
    crm.heal()
    assert crm.get(f"/sobjects/Opportunity/{deal}").status_code == 200


def login(crm: Any) -> Any:
    form = {"grant_type": "client_credentials", "client_id": SALESFORCE["client_id"]}
    form["client_secret"] = SALESFORCE["client_secret"]
    return crm.client.post(f"{crm.url}/services/oauth2/token", data=form)


def test_revoked_tokens_are_refused_and_no_new_ones_are_issued(crm: Any) -> None:
    crm.inject("revoke_tokens")
    assert code(crm.get("/limits")) == (401, "INVALID_SESSION_ID")
    reply = login(crm)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")
    assert set(crm.hits()) == {("limits", None), ("login", None)}


def test_after_healing_a_new_login_works_and_old_tokens_stay_revoked(crm: Any) -> None:
    crm.inject("revoke_tokens")
    crm.heal()
    assert crm.get("/limits").status_code == 401
    crm.login()
    assert crm.get("/limits").status_code == 200


def test_tokens_can_be_revoked_while_logins_work(crm: Any) -> None:
    crm.inject("revoke_tokens", login="works")
    assert crm.get("/limits").status_code == 401
    crm.login()
    assert crm.get("/limits").status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": SALESFORCE["refresh_token"]}
    form["client_id"] = SALESFORCE["client_id"]
    assert crm.client.post(f"{crm.url}/services/oauth2/token", data=form).status_code == 400


# -- batches and locks -----------------------------------------------------------------------------------


def composite(crm: Any, *deals: str) -> list[int]:
    listed = ", ".join(f"'{deal}'" for deal in deals)
    parts = [{"method": "GET", "url": f"{ROOT}/sobjects/Opportunity/{deal}", "referenceId": deal} for deal in deals]
    query = f"{ROOT}/query?q=SELECT%20Id%20FROM%20OpportunityLineItem%20WHERE%20OpportunityId%20IN%20({listed})"
    parts.append({"method": "GET", "url": query.replace("'", "%27"), "referenceId": "lines"})
    reply = crm.call("POST", "/composite", json={"compositeRequest": parts})
    assert reply.status_code == 200
    return [part["httpStatusCode"] for part in reply.json()["compositeResponse"]]


def test_parts_of_affected_deals_fail_inside_a_200(crm: Any) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(8)]
    crm.inject("partial_batch", share=0.5)
    statuses = composite(crm, *deals)
    hits_found = [deal for deal, status in zip(deals, statuses, strict=False) if status == 400]
    assert 0 < len(hits_found) < 8
    assert statuses[-1] == 200
    assert crm.hits() == [("batch", deal) for deal in hits_found]
    assert composite(crm, *reversed(deals))[:-1] == list(reversed(statuses[:-1]))


def test_of_a_batch_about_one_deal_not_everything_fails(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("partial_batch")
    assert composite(crm, deal) == [200, 400]


def test_a_deal_is_affected_as_many_times_as_the_rule_says(crm: Any) -> None:
    deals = [crm.close_deal("D-1"), crm.close_deal("D-2")]
    crm.inject("partial_batch", times=1)
    assert composite(crm, *deals) == [400, 400, 200]
    assert composite(crm, *deals) == [200, 200, 200]


def test_records_of_affected_deals_fail_in_collections(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("partial_batch", error="validation")
    record = {"attributes": {"type": "Opportunity"}, "id": deal, "ERP_Order_Id__c": "SO1"}
    (result,) = crm.call("PATCH", "/composite/sobjects", json={"records": [record]}).json()
    assert result["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert crm.get(f"/sobjects/Opportunity/{deal}").json()["ERP_Order_Id__c"] is None


def test_a_locked_deal_cannot_be_written(crm: Any) -> None:
    deal = crm.close_deal()
    crm.inject("lock_record", times=1)
    path = f"/sobjects/Opportunity/{deal}"
    reply = crm.call("PATCH", path, json={"Name": "x"})
    assert code(reply) == (400, "UNABLE_TO_LOCK_ROW")
    assert reply.json()[0]["message"].endswith(f"1 records: {deal}")
    assert crm.call("PATCH", path, json={"Name": "x"}).status_code == 204
    assert crm.hits() == [("deal.write", deal)]


# -- HTTP faults in the vendor's words -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "errorcode"),
    [
        ("rate_limited", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("locked", 400, "UNABLE_TO_LOCK_ROW"),
        ("unavailable", 503, "SERVER_UNAVAILABLE"),
        ("server_error", 500, "UNKNOWN_EXCEPTION"),
        ("unauthorized", 401, "INVALID_SESSION_ID"),
        ("maintenance", 400, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"),
        ("gone", 410, "GONE"),
    ],
)
def test_an_affected_request_is_answered_in_the_vendors_words(
    crm: Any, error: str, status: int, errorcode: str
) -> None:
    deal = crm.close_deal()
    crm.inject("http", action="reply", operation="deal.read", error=error)
    assert code(crm.get(f"/sobjects/Opportunity/{deal}")) == (status, errorcode)
    assert crm.get("/limits").status_code == 200
    assert crm.hits() == [("deal.read", deal)]


@pytest.mark.parametrize(("error", "status"), [("setting_things_up", 420), ("not_acceptable", 406)])
def test_edge_servers_answer_without_json(crm: Any, error: str, status: int) -> None:
    crm.inject("http", action="reply", operation="limits", error=error)
    reply = crm.get("/limits")
    assert reply.status_code == status
    assert not reply.text.startswith("[")


def test_an_affected_login_is_answered_in_its_own_form(crm: Any) -> None:
    crm.inject("http", action="reply", operation="login", error="unavailable")
    assert login(crm).json()["error"] == "server_error"
    soap = crm.client.post(f"{crm.url}/services/Soap/u/59.0", content="<a/>")
    assert "<sf:exceptionCode>SERVER_UNAVAILABLE</sf:exceptionCode>" in soap.text


def test_a_read_by_external_id_is_about_its_deal(crm: Any) -> None:
    deal = crm.close_deal()
    crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"ERP_Order_Id__c": "SO1"})
    crm.inject("http", action="reply", operation="deal.read", error="unavailable")
    crm.get("/sobjects/Opportunity/ERP_Order_Id__c/SO1")
    assert crm.hits() == [("deal.read", deal)]


@rows(
    ("fault", "named"),
    [
        ({"kind": "rename_field", "object": "Opportunity", "field": "Amuont", "new_name": "x"}, "Amount"),
        ({"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "a b"}, "a b"),
        ({"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Name"}, "Name"),
        ({"kind": "hide_field", "object": "Deal", "field": "Amount"}, "Opportunity"),
        ({"kind": "hide_field", "object": "Opportunity", "field": "Id"}, "Id"),
        ({"kind": "revoke_permission", "object": "Opportunity", "access": "all"}, "access"),
        ({"kind": "revoke_permission", "object": "Deal"}, "Opportunity"),
        ({"kind": "revoke_tokens", "login": "perhaps"}, "login"),
        ({"kind": "partial_batch", "error": "bad_luck"}, "locked"),
        ({"kind": "lock_record", "shear": 1}, "shear"),
        ({"kind": "drop_delivery", "shear": 1}, "shear"),
        ({"kind": "gremlins"}, "delete_subscription"),
        ({"kind": "http", "action": "reply", "error": "bad_luck"}, "rate_limited"),
        ({"kind": "http", "action": "delay", "operation": "order.write"}, "deal.write"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_is_known(crm: Any, fault: dict[str, Any], named: str) -> None:
    reply = crm.inject(**fault)
    assert reply.status_code == 400
    assert named in reply.json()["error"]
    assert "\n" not in reply.json()["error"]
