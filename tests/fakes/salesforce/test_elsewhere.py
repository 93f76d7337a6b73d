"""A CRM whose address leads to another organisation: a sandbox without the deals."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def deal(crm: Any) -> str:
    """A deal that was won before the address led elsewhere, and a session there."""
    id_: str = crm.close_deal("D-1")
    crm.inject("other_organization")
    assert crm.get(f"/sobjects/Opportunity/{id_}").status_code == 401
    crm.login()
    return id_


def test_a_login_there_works_and_names_another_organisation(crm: Any) -> None:
    before = crm.client.get(f"{crm.url}/services/oauth2/userinfo", headers=crm.headers).json()
    crm.inject("other_organization")
    crm.login()
    there = crm.client.get(f"{crm.url}/services/oauth2/userinfo", headers=crm.headers).json()
    assert there["organization_id"] != before["organization_id"]
    assert crm.headers["authorization"].startswith(f"Bearer {there['organization_id'][:15]}!")


def test_no_deal_is_found_there_by_id_by_query_or_by_its_last_change(crm: Any, deal: str) -> None:
    reply = crm.get(f"/sobjects/Opportunity/{deal}")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    assert crm.rows("SELECT Id FROM Opportunity") == []
    assert crm.query("SELECT COUNT() FROM OpportunityLineItem").json()["totalSize"] == 0
    span = {"start": "2020-01-01T00:00:00Z", "end": "2099-01-01T00:00:00Z"}
    assert crm.get("/sobjects/Opportunity/updated", params=span).json()["ids"] == []
    assert crm.rows("SELECT Username FROM User")


def test_what_is_written_there_is_gone_when_the_address_is_right_again(crm: Any, deal: str) -> None:
    assert crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"Description": "there"}).status_code == 404
    made = crm.call("POST", "/sobjects/Account", json={"Name": "Made there"})
    assert made.status_code == 201
    crm.heal()
    assert crm.get(f"/sobjects/Opportunity/{deal}").status_code == 401
    crm.login()
    assert crm.get(f"/sobjects/Opportunity/{deal}").status_code == 200
    assert crm.rows("SELECT Id FROM Account WHERE Name = 'Made there'") == []


def test_people_go_on_winning_deals_in_the_organisation_itself(crm: Any, deal: str) -> None:
    other = crm.close_deal("D-2")
    crm.heal()
    crm.login()
    assert {row["Id"] for row in crm.rows("SELECT Id FROM Opportunity")} == {deal, other}
    assert crm.hits()
