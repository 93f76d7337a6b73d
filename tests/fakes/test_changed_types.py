"""A field that changes its type: what is described, shown, queried and taken is of the new type, until it is healed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.served import DEAL, Served, write

OPPORTUNITY = {"fields": {"Region__c": {"type": "string", "length": 40}, "Hours__c": {"type": "double"}}}
ORDER = {"fields": {"custbody_count": {"type": "number"}, "custbody_note": {"type": "string"}}}
SOBJECTS = "/services/data/v60.0/sobjects/Opportunity"
ORDERS = "/services/rest/record/v1/salesOrder"


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM with a deal."""
    crm = Served("salesforce", write(tmp_path, salesforce__Opportunity=OPPORTUNITY))
    crm.deal = crm.fake.operate("close_deal", "D-1", {**DEAL, "Region__c": "7", "Hours__c": "2.50"})["id"]  # type: ignore[attr-defined]
    return crm


@pytest.fixture
def erp(tmp_path: Path) -> Served:
    """An ERP with a customer and an item."""
    return Served("netsuite", write(tmp_path, netsuite__salesOrder=ORDER))


def change(fake: Any, of: str, field: str, new: str) -> None:
    """Give a field another type."""
    owner = "object" if fake.name == "salesforce" else "record"
    fake.inject("F", {"kind": "change_type", owner: of, "field": field, "type": new})


def hits(fake: Any) -> int:
    """How often the fault was evident."""
    return [event.f for event in fake.events.after(0)].count("hit")


@pytest.mark.parametrize(
    ("field", "new", "shown", "described"),
    [
        ("Amount", "text", "5", "string"),
        ("Hours__c", "text", "2.50", "string"),
        ("CloseDate", "datetime", "2026-06-30T00:00:00.000+0000", "datetime"),
        ("Region__c", "number", 7, "double"),
        ("Region__c", "picklist", "7", "picklist"),
        ("StageName", "text", "Closed Won", "string"),
        ("IsWon", "text", "true", "string"),
    ],
)
def test_a_value_is_described_shown_and_queried_as_its_new_type(
    crm: Any, field: str, new: str, shown: Any, described: str
) -> None:
    before = crm.call("GET", f"{SOBJECTS}/{crm.deal}")[1][field]
    assert crm.soql(f"SELECT {field} FROM Opportunity")[1]["records"][0][field] == before
    change(crm.fake, "Opportunity", field, new)
    literal = f"'{shown}'" if described in ("string", "picklist") else str(shown).replace(".000+0000", "Z")
    for record in (
        crm.call("GET", f"{SOBJECTS}/{crm.deal}")[1],
        crm.call("GET", f"{SOBJECTS}/{crm.deal}", query={"fields": field})[1],
        *crm.soql(f"SELECT {field} FROM Opportunity WHERE {field} = {literal}")[1]["records"],
    ):
        assert record[field] == shown
    fields = crm.call("GET", f"{SOBJECTS}/describe")[1]["fields"]
    assert next(each["type"] for each in fields if each["name"] == field) == described
    assert hits(crm.fake) == 4
    assert crm.fake.ledger().entries[0].total == 5
    crm.fake.heal("F")
    assert crm.call("GET", f"{SOBJECTS}/{crm.deal}")[1][field] == before
    assert crm.soql(f"SELECT {field} FROM Opportunity")[1]["records"][0][field] == before


def test_a_condition_has_to_suit_the_new_type(crm: Any) -> None:
    assert crm.soql("SELECT Id FROM Opportunity WHERE Hours__c > 2")[1]["totalSize"] == 1
    change(crm.fake, "Opportunity", "Hours__c", "text")
    status, [error] = crm.soql("SELECT Id FROM Opportunity WHERE Hours__c > 2")
    assert (status, error["errorCode"]) == (400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("field", "new", "good", "bad", "kept"),
    [
        ("Hours__c", "text", "3.5", None, "3.5"),
        ("CloseDate", "datetime", "2026-07-01T10:00:00Z", "2026-07-01", "2026-07-01"),
        ("Region__c", "number", 8, "eight", "8"),
        ("Region__c", "picklist", "7", "8", "7"),
    ],
)
def test_a_write_has_to_be_of_the_new_type(crm: Any, field: str, new: str, good: Any, bad: Any, kept: str) -> None:
    change(crm.fake, "Opportunity", field, new)
    if bad is not None:
        assert crm.call("PATCH", f"{SOBJECTS}/{crm.deal}", {field: bad})[0] == 400
    assert crm.call("PATCH", f"{SOBJECTS}/{crm.deal}", {field: good})[0] == 204
    assert str(crm.fake.store.find("Opportunity", crm.deal).fields[field]) == kept


def order(erp: Any, **fields: Any) -> Any:
    """The status of the reply to a new order."""
    line = {"item": {"externalId": "SKU-1"}, "quantity": 1, "rate": 5, "amount": 5}
    body = {"entity": {"externalId": "A-1"}, "externalId": "O", "item": {"items": [line]}, **fields}
    return erp.reply("POST", ORDERS, body).status


@pytest.mark.parametrize(
    ("field", "new", "good", "bad", "shown"),
    [
        ("tranDate", "datetime", "2026-06-30T00:00:00Z", "2026-06-30", "2026-06-30T00:00:00Z"),
        ("custbody_count", "text", "3", {"id": "3"}, "3"),
        ("custbody_note", "number", 3, "three", 3),
        ("memo", "number", "3", "three", 3),
    ],
)
def test_the_erp_shows_and_takes_a_field_as_its_new_type(
    erp: Any, field: str, new: str, good: Any, bad: Any, shown: Any
) -> None:
    change(erp.fake, "salesOrder", field, new)
    assert order(erp, **{field: bad}) == 400
    assert order(erp, **{field: good}) == 204
    [item] = erp.call("GET", ORDERS)[1]["items"]
    assert erp.call("GET", f"{ORDERS}/{item['id']}")[1][field] == shown
    catalog = "/services/rest/record/v1/metadata-catalog/salesOrder"
    described = erp.call("GET", catalog, accept="application/schema+json")[1]["properties"][field]
    assert described.get("format", described["type"]) == {"datetime": "date-time", "number": "double"}.get(
        new, "string"
    )
    assert hits(erp.fake) == 3


@pytest.mark.parametrize("field", ["custbody_note", "memo"])
def test_a_text_of_the_erp_becomes_a_list_of_what_records_have(erp: Any, field: str) -> None:
    for key, value in (("O-1", "North"), ("O-2", "South"), ("O-3", "North")):
        assert order(erp, externalId=key, **{field: value}) == 204
    change(erp.fake, "salesOrder", field, "picklist")
    assert erp.call("GET", f"{ORDERS}/eid:O-2")[1][field] == {"id": "2", "refName": "South"}
    for bad in ("South", {"refName": "East"}, {"id": "3"}):
        assert erp.call("PATCH", f"{ORDERS}/eid:O-1", {field: bad})[0] == 400
    for good in ({"id": "2"}, {"refName": "South"}, "2"):
        assert erp.call("PATCH", f"{ORDERS}/eid:O-1", {field: good})[0] == 204
    assert erp.call("GET", f"{ORDERS}/eid:O-1")[1][field] == {"id": "2", "refName": "South"}
    catalog = "/services/rest/record/v1/metadata-catalog/salesOrder"
    described = erp.call("GET", catalog, accept="application/schema+json")[1]["properties"][field]
    assert "refName" in described["properties"]
    assert hits(erp.fake) == 8
    erp.fake.heal("F")
    assert erp.call("GET", f"{ORDERS}/eid:O-1")[1][field] == "South"


def test_a_text_of_lines_and_of_a_customer_becomes_a_list(erp: Any) -> None:
    line = {"item": {"externalId": "SKU-1"}, "quantity": 1, "description": "gift"}
    assert order(erp, item={"items": [line]}) == 204
    erp.call("PATCH", "/services/rest/record/v1/customer/eid:A-1", {"phone": "1"})
    erp.fake.inject(
        "L", {"kind": "change_type", "record": "salesOrder", "field": "item.description", "type": "picklist"}
    )
    change(erp.fake, "customer", "phone", "picklist")
    read = erp.call("GET", f"{ORDERS}/eid:O", query={"expandSubResources": "true"})[1]
    assert read["item"]["items"][0]["description"] == {"id": "1", "refName": "gift"}
    assert erp.call("GET", "/services/rest/record/v1/customer/eid:A-1")[1]["phone"] == {"id": "1", "refName": "1"}
    assert order(erp, externalId="P", item={"items": [{**line, "description": "gift"}]}) == 400
    assert order(erp, externalId="P", item={"items": [{**line, "description": {"refName": "gift"}}]}) == 204


def test_a_line_of_the_erp_shows_a_price_as_text(erp: Any) -> None:
    assert order(erp) == 204
    [item] = erp.call("GET", ORDERS)[1]["items"]
    change(erp.fake, "salesOrder", "item.rate", "text")
    read = erp.call("GET", f"{ORDERS}/{item['id']}", query={"expandSubResources": "true"})[1]
    assert read["item"]["items"][0]["rate"] == "5"


@pytest.mark.parametrize(
    ("of", "field", "new", "words"),
    [
        (
            "Opportunity",
            "Amount",
            "date",
            "Opportunity.Amount is a currency and no date can be made of it; it can become: text",
        ),
        ("Opportunity", "AccountId", "text", "its type cannot change"),
        ("Opportunity", "Amount", "money", "it must be one of: date, datetime, number, picklist, text"),
    ],
)
def test_a_type_that_a_field_cannot_have_is_refused(crm: Any, of: str, field: str, new: str, words: str) -> None:
    with pytest.raises(ControlError) as refused:
        change(crm.fake, of, field, new)
    assert words in str(refused.value)
