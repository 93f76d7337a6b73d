"""Properties, pipelines, owners and the account."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.hubspot.conftest import Crm, code_of

PROPERTIES = "/crm/v3/properties/deals"
PIPELINES = "/crm/v3/pipelines/deals"
REGION = {
    "name": "region",
    "label": "Region",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "dealinformation",
    "options": [{"label": "North", "value": "north", "hidden": False}],
}


def test_a_new_property_can_be_written_and_read(crm: Crm) -> None:
    made = crm.call("POST", PROPERTIES, REGION)
    assert (made.status_code, made.json()["hubspotDefined"]) == (201, False)
    id_ = crm.deal(region="north")
    assert crm.read("deals", id_, properties="region")["properties"]["region"] == "north"
    assert crm.update("deals", id_, region="south").status_code == 400
    assert code_of(crm.call("POST", PROPERTIES, REGION)) == (409, "CONFLICT")


def test_an_archived_property_is_gone_with_its_values_kept(crm: Crm) -> None:
    crm.call("POST", PROPERTIES, REGION)
    id_ = crm.deal(region="north")
    assert crm.call("DELETE", f"{PROPERTIES}/region").status_code == 204
    assert crm.call("GET", f"{PROPERTIES}/region").status_code == 404
    assert "region" not in crm.read("deals", id_, properties="region")["properties"]
    archived = crm.call("GET", f"{PROPERTIES}?archived=true").json()["results"]
    assert [each["name"] for each in archived] == ["region"]
    assert crm.call("DELETE", f"{PROPERTIES}/amount").status_code == 400


def test_options_can_be_added(crm: Crm) -> None:
    crm.call("POST", PROPERTIES, REGION)
    options = [*REGION["options"], {"label": "South", "value": "south", "hidden": False}]
    assert crm.call("PATCH", f"{PROPERTIES}/region", {"options": options, "label": "Area"}).json()["label"] == "Area"
    assert crm.deal(region="south")
    assert crm.call("PATCH", f"{PROPERTIES}/dealtype", {"options": options}).status_code == 400


def test_the_stages_are_the_options_of_dealstage(crm: Crm) -> None:
    shown = crm.call("GET", f"{PROPERTIES}/dealstage").json()
    assert {"closedwon", "closedlost"} < {each["value"] for each in shown["options"]}
    assert {each["name"] for each in crm.call("GET", PROPERTIES).json()["results"]} > {"amount", "erp_order_id"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**REGION, "name": "Region"},
        {**REGION, "type": "float"},
        {**REGION, "groupName": "nope"},
        {**REGION, "options": "x"},
        {**REGION, "options": ["x"]},
        {**REGION, "label": None},
    ],
)
def test_a_property_that_cannot_be_is_refused(crm: Crm, body: Any) -> None:
    assert code_of(crm.call("POST", PROPERTIES, body)) == (400, "VALIDATION_ERROR")


def test_properties_in_batches(crm: Crm) -> None:
    made = crm.call("POST", f"{PROPERTIES}/batch/create", {"inputs": [REGION]})
    assert made.status_code == 201
    read = crm.call(
        "POST", f"{PROPERTIES}/batch/read", {"archived": False, "inputs": [{"name": "region"}, {"name": "x"}]}
    )
    assert (read.status_code, read.json()["errors"][0]["context"]) == (207, {"name": ["x"]})
    assert crm.call("POST", f"{PROPERTIES}/batch/archive", {"inputs": [{"name": "region"}]}).status_code == 204


def test_groups(crm: Crm) -> None:
    root = f"{PROPERTIES}/groups"
    assert crm.call("POST", root, {"name": "erp", "label": "ERP"}).status_code == 201
    assert crm.call("PATCH", f"{root}/erp", {"label": "Order"}).json()["label"] == "Order"
    assert crm.call("GET", f"{root}/erp").json()["label"] == "Order"
    assert crm.call("DELETE", f"{root}/erp").status_code == 204
    assert crm.call("DELETE", f"{root}/dealinformation").status_code == 400
    assert [each["name"] for each in crm.call("GET", root).json()["results"]] == ["dealinformation"]


def test_the_won_stage_is_closed_with_a_probability_of_1(crm: Crm) -> None:
    pipeline = crm.call("GET", f"{PIPELINES}/default").json()
    won = next(each for each in pipeline["stages"] if each["id"] == "closedwon")
    assert won["metadata"] == {"isClosed": "true", "probability": "1.0"}


def test_a_deal_is_won_in_another_pipeline(crm: Crm) -> None:
    stages = [
        {"label": "Open", "displayOrder": 0, "metadata": {"probability": "0.3"}},
        {"label": "Signed", "displayOrder": 1, "metadata": {"probability": "1.0", "isClosed": "true"}},
    ]
    made = crm.call("POST", PIPELINES, {"label": "Partners", "displayOrder": 1, "stages": stages})
    assert made.status_code == 201
    signed = made.json()["stages"][1]["id"]
    id_ = crm.deal(pipeline=made.json()["id"], dealstage=signed)
    assert crm.read("deals", id_, properties="hs_is_closed_won")["properties"]["hs_is_closed_won"] == "true"
    assert [entry["id"] for entry in crm.entries()] == [id_]
    assert crm.update("deals", id_, dealstage="contractsent").status_code == 400
    audit = crm.call("GET", f"{PIPELINES}/{made.json()['id']}/audit").json()["results"]
    assert [each["action"] for each in audit] == ["CREATE"]
    reply = crm.call("DELETE", f"{PIPELINES}/{made.json()['id']}?validateReferencesBeforeDelete=true")
    assert code_of(reply) == (400, "VALIDATION_ERROR")


def test_stages_are_added_changed_and_deleted(crm: Crm) -> None:
    root = f"{PIPELINES}/default/stages"
    made = crm.call("POST", root, {"label": "Legal", "displayOrder": 9, "metadata": {"probability": "0.95"}}).json()
    path = f"{root}/{made['id']}"
    assert crm.call("PATCH", path, {"label": "Law"}).json()["metadata"]["probability"] == "0.95"
    put = {"label": "Legal", "displayOrder": 8, "metadata": {"probability": "0.5"}}
    assert crm.call("PUT", path, put).json()["displayOrder"] == 8
    assert crm.call("GET", f"{path}/audit").status_code == 200
    for metadata in ({"probability": "2"}, {"probability": "x"}, "x"):
        assert crm.call("POST", root, {"label": "x", "displayOrder": 1, "metadata": metadata}).status_code == 400
    assert crm.call("DELETE", path).status_code == 204
    assert crm.call("GET", path).status_code == 404
    crm.deal()
    assert crm.call("DELETE", f"{root}/contractsent").status_code == 400


def test_owners_and_the_account(crm: Crm) -> None:
    owners = crm.call("GET", "/crm/v3/owners/").json()["results"]
    assert crm.call("GET", f"/crm/v3/owners/{owners[0]['id']}").json() == owners[0]
    found = crm.call("GET", f"/crm/v3/owners?email={owners[1]['email']}").json()["results"]
    assert [each["id"] for each in found] == [owners[1]["id"]]
    assert crm.call("GET", "/crm/v3/owners/5").status_code == 404
    assert crm.call("GET", "/account-info/v3/details").json()["accountType"] == "DEVELOPER_TEST"
