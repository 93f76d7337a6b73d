"""A field that exists only from a version of the API on."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def deal(crm: Any) -> str:
    """A deal whose close date exists from version 61.0 on."""
    id_: str = crm.close_deal("D-1")
    crm.inject("omit_field", object="Opportunity", field="CloseDate", since_version=61)
    return id_


def test_an_older_version_neither_shows_nor_describes_nor_queries_nor_takes_it(crm: Any, deal: str) -> None:
    assert "CloseDate" not in crm.get(f"/sobjects/Opportunity/{deal}").json()
    fields = crm.get("/sobjects/Opportunity/describe").json()["fields"]
    assert "CloseDate" not in {field["name"] for field in fields}
    assert crm.query("SELECT CloseDate FROM Opportunity").json()[0]["errorCode"] == "INVALID_FIELD"
    assert crm.call("PATCH", f"/sobjects/Opportunity/{deal}", json={"CloseDate": "2026-01-01"}).status_code == 400
    assert ("deal.read", deal) in crm.hits()


def test_a_newer_version_has_it_also_right_after_an_older_one(crm: Any, deal: str) -> None:
    for version, has_it in (("v61.0", True), ("v60.0", False), ("v66.0", True)):
        reply = crm.call("GET", f"/sobjects/Opportunity/{deal}", version=version)
        assert ("CloseDate" in reply.json()) is has_it


def test_each_part_of_a_batch_sees_the_version_in_its_own_url(crm: Any, deal: str) -> None:
    parts = [{"method": "GET", "url": f"{version}/sobjects/Opportunity/{deal}"} for version in ("v60.0", "v61.0")]
    results = crm.call("POST", "/composite/batch", json={"batchRequests": parts}).json()["results"]
    assert ["CloseDate" in result["result"] for result in results] == [False, True]


def test_healed_it_is_in_every_version_again(crm: Any, deal: str) -> None:
    crm.heal()
    assert "CloseDate" in crm.get(f"/sobjects/Opportunity/{deal}").json()
