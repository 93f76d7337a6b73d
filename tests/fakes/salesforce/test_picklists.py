"""A picklist with a new value: people choose it, describes have it, and a won stage of another name is won."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.served import DEAL, Served, write

NEW = "Closed Won - Partner"
STAGE = {"kind": "picklist_value", "object": "Opportunity", "field": "StageName", "value": NEW}


@pytest.fixture
def crm() -> Served:
    """The bundled organisation."""
    return Served("salesforce")


def close(crm: Served, key: str = "D-1", f: str = "close_deal", **more: Any) -> dict[str, Any]:
    """A deal of people's, as a query finds it."""
    id_ = crm.fake.operate(f, key, {**DEAL, "name": key, **more})["id"]
    fields: dict[str, Any] = crm.fake.store.tables[crm.fake.deal_objects[0]][id_].fields
    return fields


def stages(crm: Served) -> list[str]:
    """The values of the stage in a describe."""
    fields = crm.call("GET", "/services/data/v60.0/sobjects/Opportunity/describe")[1]["fields"]
    return [each["value"] for field in fields if field["name"] == "StageName" for each in field["picklistValues"]]


def test_people_win_deals_in_the_new_stage_and_they_count_as_won(crm: Served) -> None:
    crm.fake.inject("f1", STAGE)
    deal = close(crm)
    assert (deal["StageName"], deal["IsWon"], deal["IsClosed"]) == (NEW, True, True)
    assert [entry.state for entry in crm.fake.ledger().entries] == ["won"]
    assert [event.value["order"] for event in crm.fake.events.after(0) if event.f == "hit"] == [deal["Id"]]


def test_a_value_that_says_nothing_of_winning_means_won_too(crm: Served) -> None:
    crm.fake.inject("f1", {**STAGE, "value": "Signed"})
    assert close(crm)["IsWon"] is True
    assert [entry.state for entry in crm.fake.ledger().entries] == ["won"]


def test_an_open_deal_stays_in_its_stage(crm: Served) -> None:
    crm.fake.inject("f1", STAGE)
    assert close(crm, f="open_deal")["StageName"] == "Negotiation/Review"
    assert [event for event in crm.fake.events.after(0) if event.f == "hit"] == []


def test_only_a_share_of_the_deals_gets_it_the_same_each_time(crm: Served) -> None:
    crm.fake.inject("f1", {**STAGE, "share": 0.5})
    first = [close(crm, f"D-{number}")["StageName"] for number in range(20)]
    assert {*first} == {NEW, "Closed Won"}
    crm.fake.heal("f1")
    crm.fake.inject("f1", {**STAGE, "share": 0.5})
    assert [close(crm, f"E-{number}")["StageName"] for number in range(20)] != ["Closed Won"] * 20


def test_a_describe_has_the_value_until_it_is_healed_and_the_records_keep_it(crm: Served) -> None:
    before = stages(crm)
    crm.fake.inject("f1", STAGE)
    deal = close(crm)
    assert stages(crm) == [*before, NEW]
    crm.fake.heal("f1")
    assert stages(crm) == before
    assert deal["StageName"] == NEW
    assert close(crm, "D-2")["StageName"] == "Closed Won"


def test_a_restricted_picklist_of_the_organisation_takes_the_value_from_the_sync_too(tmp_path: Path) -> None:
    field = {"type": "picklist", "values": ["EMEA"], "restricted": True}
    crm = Served("salesforce", write(tmp_path, salesforce__Opportunity={"fields": {"Region__c": field}}))
    deal = close(crm)
    path = f"/services/data/v60.0/sobjects/Opportunity/{deal['Id']}"
    assert crm.call("PATCH", path, {"Region__c": "APAC"})[0] == 400
    crm.fake.inject("f1", {**STAGE, "field": "Region__c", "value": "APAC"})
    assert crm.call("PATCH", path, {"Region__c": "APAC"})[0] == 204
    assert close(crm, "D-2", fields={"Region__c": "EMEA"})["Region__c"] == "APAC"


def test_a_deal_of_another_object_is_won_in_the_new_value_of_its_own_field(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"salesforce": {"deal_object": "Order"}}')
    crm = Served("salesforce", tmp_path)
    crm.fake.inject("f1", {**STAGE, "object": "Order", "field": "Status", "value": "Shipped"})
    assert close(crm)["Status"] == "Shipped"
    assert [entry.state for entry in crm.fake.ledger().entries] == ["won"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"field": "Amount"}, "unknown picklist 'Amount' of Opportunity; known: "),
        ({"object": "Account", "field": "Name"}, "unknown picklist 'Name' of Account"),
        ({"object": "Quote", "field": "Status"}, "people choose values in Opportunity and OpportunityLineItem"),
        ({"value": ""}, "value"),
    ],
)
def test_what_people_do_not_choose_is_refused(crm: Served, changed: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        crm.fake.inject("f1", {**STAGE, **changed})
