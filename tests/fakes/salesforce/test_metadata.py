"""What the organisation says of itself: versions, describes, limits; and what it says to unknown requests."""

from __future__ import annotations

from typing import Any

import pytest


def test_versions_are_listed_without_a_session(crm: Any) -> None:
    versions = crm.client.get(f"{crm.url}/services/data/").json()
    assert {"label": "Spring '24", "url": "/services/data/v60.0", "version": "60.0"} in versions
    assert {version["version"] for version in versions} >= {"59.0", "60.0", "61.0", "62.0", "50.0"}


@pytest.mark.parametrize(("version", "status"), [("v30.0", 410), ("v7.0", 410), ("v99.0", 404), ("vX", 404)])
def test_a_version_that_is_not_supported_is_refused(crm: Any, version: str, status: int) -> None:
    reply = crm.get("/limits", version=version)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (status, "GONE" if status == 410 else "NOT_FOUND")


def test_an_ageing_version_warns(crm: Any) -> None:
    assert "warning" in crm.get("/limits", version="v40.0").headers
    assert "warning" not in crm.get("/limits", version="v41.0").headers


def test_a_version_lists_its_resources(crm: Any) -> None:
    assert crm.get("/").json()["sobjects"] == "/services/data/v60.0/sobjects"


def test_all_objects_are_described(crm: Any) -> None:
    body = crm.get("/sobjects").json()
    found = {thing["name"]: thing for thing in body["sobjects"]}
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    assert {"Account", "Opportunity", "OpportunityLineItem", "Product2", "PricebookEntry"} <= set(found)
    assert found["Opportunity"]["keyPrefix"] == "006"
    assert found["Opportunity"]["labelPlural"] == "Opportunities"


def test_an_object_is_described_field_by_field(crm: Any) -> None:
    fields = {field["name"]: field for field in crm.get("/sobjects/Opportunity/describe").json()["fields"]}
    assert fields["Amount"]["type"] == "currency"
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert fields["AccountId"]["relationshipName"] == "Account"
    assert fields["ERP_Order_Id__c"]["externalId"] is fields["ERP_Order_Id__c"]["unique"] is True
    assert fields["IsWon"]["calculated"] is True
    assert all("compoundFieldName" in field for field in fields.values())


def test_an_object_names_its_children(crm: Any) -> None:
    children = crm.get("/sobjects/Opportunity/describe").json()["childRelationships"]
    assert ("OpportunityLineItems", "OpportunityLineItem", "OpportunityId") in [
        (child["relationshipName"], child["childSObject"], child["field"]) for child in children
    ]


def test_every_described_field_can_be_selected(crm: Any) -> None:
    crm.close_deal()
    seen = set()
    for thing in crm.get("/sobjects").json()["sobjects"]:
        fields = [field["name"] for field in crm.get(f"/sobjects/{thing['name']}/describe").json()["fields"]]
        for row in crm.rows(f"SELECT {', '.join(fields)} FROM {thing['name']} LIMIT 1"):
            assert set(row) == {"attributes", *fields}
            seen.add(thing["name"])
    assert {"Account", "Opportunity", "OpportunityLineItem", "PricebookEntry", "User"} <= seen


def test_an_object_tells_about_itself_briefly(crm: Any) -> None:
    assert crm.get("/sobjects/Account").json()["objectDescribe"]["name"] == "Account"


@pytest.mark.parametrize("path", ["/sobjects/Nothing", "/sobjects/Nothing/describe", "/sobjects/Nothing/001"])
def test_what_is_not_there_is_not_found(crm: Any, path: str) -> None:
    reply = crm.get(path)
    assert (reply.status_code, reply.json()) == (
        404,
        [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}],
    )


def test_a_method_that_is_not_allowed_is_named(crm: Any) -> None:
    reply = crm.call("PUT", "/sobjects/Account")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in reply.headers["allow"]


def test_requests_used_are_shown_in_every_reply_and_in_limits(crm: Any) -> None:
    crm.configure(daily_api_requests=100)
    used = [crm.get("/limits").headers["sforce-limit-info"] for _ in range(2)]
    assert used == ["api-usage=1/100", "api-usage=2/100"]
    assert crm.get("/limits").json()["DailyApiRequests"] == {"Max": 100, "Remaining": 97}


def test_beyond_the_daily_limit_requests_are_refused(crm: Any) -> None:
    crm.configure(daily_api_requests=1)
    replies = [crm.get("/limits") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 403]
    assert replies[1].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert "retry-after" not in replies[1].headers


@pytest.mark.parametrize("settings", [{"outbound_uri": "x"}, {"outbound_url": 1}, {"outbound_url": "ftp://x"}])
def test_a_setting_that_cannot_be_is_refused_in_one_line(crm: Any, settings: dict[str, Any]) -> None:
    reply = crm.configure(**settings)
    assert reply.status_code == 400
    assert "outbound_url" in reply.json()["error"]
    assert "\n" not in reply.json()["error"]


def test_an_object_that_this_fake_lacks_is_recorded(crm: Any) -> None:
    crm.get("/sobjects/Case/500")
    crm.query("SELECT Id FROM Case")
    assert [event["value"]["call"] for event in crm.events("unsupported")] == ["object Case", "object Case"]
