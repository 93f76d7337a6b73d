"""What every organisation has: automatic numbers, addresses, and the ways from a record to its parent and children."""

from __future__ import annotations

from typing import Any

import pytest

from support.served import DEAL, Served

DATA = "/services/data/v62.0"
SOBJECTS = f"{DATA}/sobjects"


@pytest.fixture(scope="module")
def crm() -> Any:
    """An organisation with an account and a deal, whose ids are ``account`` and ``deal``."""
    crm: Any = Served("salesforce")
    crm.fake.operate("close_deal", "D-1", dict(DEAL))
    crm.account, crm.deal = (next(iter(crm.fake.store.tables[name])) for name in ("Account", "Opportunity"))
    return crm


def created(crm: Any, sobject: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A new record as it is read."""
    status, body = crm.call("POST", f"{SOBJECTS}/{sobject}", fields)
    assert status == 201, body
    record: dict[str, Any] = crm.call("GET", f"{SOBJECTS}/{sobject}/{body['id']}")[1]
    return record


def test_orders_quotes_and_contracts_get_numbers_that_nobody_can_give(crm: Any) -> None:
    order = {"AccountId": crm.account, "Status": "Draft", "EffectiveDate": "2026-01-01"}
    numbers = [created(crm, "Order", order)["OrderNumber"] for _ in range(2)]
    assert numbers == ["00000001", "00000002"]
    assert created(crm, "Quote", {"Name": "Q", "OpportunityId": crm.deal})["QuoteNumber"] == "00000001"
    contract = created(crm, "Contract", {"AccountId": crm.account, "Status": "Draft", "ContractTerm": 12})
    assert (contract["ContractNumber"], contract["ContractTerm"]) == ("00000001", 12)
    assert crm.call("POST", f"{SOBJECTS}/Order", {**order, "OrderNumber": "7"})[0] == 400
    fields = {field["name"]: field for field in crm.call("GET", f"{SOBJECTS}/Order/describe")[1]["fields"]}
    assert (fields["OrderNumber"]["autoNumber"], fields["OrderNumber"]["createable"]) == (True, False)


def test_an_address_is_kept_as_it_was_given(crm: Any) -> None:
    address = {"Street": "1 Main St\nFloor 2", "City": "Berlin", "State": "BE", "PostalCode": "10115", "Country": "DE"}
    given = {f"{of}{part}": value for of in ("Billing", "Shipping") for part, value in address.items()}
    assert given.items() <= created(crm, "Account", {"Name": "Acme", **given, "ParentId": crm.account}).items()


def test_currencies_are_read_only(crm: Any) -> None:
    status, body = crm.call("POST", f"{SOBJECTS}/CurrencyType", {"IsoCode": "EUR"})
    assert (status, body[0]["errorCode"]) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")


def test_a_parent_and_children_are_read_by_the_name_of_the_relationship(crm: Any) -> None:
    children = f"{SOBJECTS}/Account/{crm.account}/opportunities"
    assert crm.call("GET", f"{SOBJECTS}/Opportunity/{crm.deal}/Account")[1]["Id"] == crm.account
    status, found = crm.call("GET", children, query={"fields": "Name, StageName"})
    assert (status, found["totalSize"], found["done"]) == (200, 1, True)
    (deal,) = found["records"]
    assert deal["attributes"]["type"] == "Opportunity"
    assert {*deal} == {"attributes", "Name", "StageName"}
    assert crm.call("GET", children)[1]["records"][0]["Id"] == crm.deal


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("Opportunity/{deal}/Contract", {}, 404, "NOT_FOUND"),
        ("Account/{account}/Opportunities", {"fields": "Nmae"}, 400, "INVALID_FIELD"),
        ("Account/001000000000000AAA/Opportunities", {}, 404, "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_refused(crm: Any, path: str, query: dict[str, str], status: int, code: str) -> None:
    path = path.format(deal=crm.deal, account=crm.account)
    got, body = crm.call("GET", f"{SOBJECTS}/{path}", query=query)
    assert (got, body[0]["errorCode"]) == (status, code)


def test_a_name_that_is_no_relationship_is_said_to_be_lacking(crm: Any) -> None:
    assert crm.call("GET", f"{SOBJECTS}/Account/{crm.account}/Photo")[0] == 501
