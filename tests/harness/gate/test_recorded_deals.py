"""Recorded CRM records become deals, by the names of the contract; pure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract, Field, FieldPair
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import Workload, workloads
from gameday.records.deal_roles import fields_of
from gameday.workloads.recorded_deals import further_fields_of, standard_fields

CONTRACT = load_contract("closed-won-to-sales-order")


def record(number: int = 1, lines: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    own = {
        "Id": f"006{number:015}",
        "Name": "Acme's Größe",
        "AccountId": "001000000000000001",
        "CurrencyIsoCode": "EUR",
        "CloseDate": "2026-05-04",
    }
    return {"Opportunity": {**own, **fields}, "OpportunityLineItem": [line()] if lines is None else lines}


def line(sku: str = "SKU-1", quantity: float = 2, price: float = 9.99, total: float = 19.98) -> dict[str, Any]:
    return {
        "PricebookEntry": {"ProductCode": sku},
        "Quantity": quantity,
        "UnitPrice": price,
        "TotalPrice": total,
    }


def deals(folder: Path, *records: Any, count: int = 100, seed: int = 1, **params: Any) -> Workload:
    path = folder / "records.jsonl"
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in records))
    spec = WorkloadSpec("recorded deals", count, 60.0, {"file": str(path), **params})
    return workloads["recorded deals"](spec, seed)


def closed(workload: Workload) -> list[dict[str, Any]]:
    return [operation.value for operation in workload.operations if operation.f == "close_deal"]


def test_a_record_becomes_a_deal_with_its_own_id(tmp_path: Path) -> None:
    [operation] = deals(tmp_path, record()).operations
    assert operation.key == "006000000000000001"
    assert operation.value["currency"] == "EUR"
    assert operation.value["close_date"] == "2026-05-04"
    assert operation.value["amount"] == "19.98"


def test_amounts_are_those_of_the_record_to_the_last_digit(tmp_path: Path) -> None:
    text = json.dumps(record()).replace("19.98", "0.123456789012345678")
    assert closed(deals(tmp_path, text))[0]["amount"] == "0.123456789012345678"


def test_the_same_records_and_seed_make_the_same_operations(tmp_path: Path) -> None:
    records = [record(number) for number in range(20)]
    first, second = (msgspec.json.encode(deals(tmp_path, *records, amended=0.2)) for _ in range(2))
    assert first == second


def test_an_item_with_two_prices_keeps_them_and_has_no_list_price(tmp_path: Path) -> None:
    workload = deals(tmp_path, record(1), record(2, [line(price=8.0, total=16.0)]))
    assert [(each["sku"], each["unit_price"]) for deal in closed(workload) for each in deal["lines"]] == [
        ("SKU-1", "9.99"),
        ("SKU-1", "8"),
    ]
    assert [(product.sku, product.prices) for product in workload.catalog.products] == [("SKU-1", {})]


def test_a_line_without_a_price_has_the_price_of_one(tmp_path: Path) -> None:
    [deal] = closed(deals(tmp_path, record(1, [{**line(), "UnitPrice": None}])))
    assert deal["lines"][0]["unit_price"] == "9.99"


def test_a_line_without_a_total_has_quantity_times_price(tmp_path: Path) -> None:
    [deal] = closed(deals(tmp_path, record(1, [{**line(), "TotalPrice": None}])))
    assert deal["lines"][0]["amount"] == "19.98"


def test_a_repeated_record_is_a_change_of_its_deal(tmp_path: Path) -> None:
    workload = deals(tmp_path, record(1), record(2), record(1, [line(quantity=3, total=29.97)]))
    assert [operation.f for operation in workload.operations] == ["close_deal", "close_deal", "amend_deal"]
    assert workload.operations[-1].value["amount"] == "29.97"


def test_a_record_that_is_not_a_deal_is_left_out(tmp_path: Path) -> None:
    workload = deals(tmp_path, "not json", "[1]", record(2, CurrencyIsoCode="euro"), record(3, []), record(4))
    assert [operation.key for operation in workload.operations] == ["006000000000000004"]


def test_records_without_a_single_deal_are_refused_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="line 1: it has no lines"):
        deals(tmp_path, record(1, []))


def test_only_as_many_records_are_taken_as_were_asked_for(tmp_path: Path) -> None:
    assert len(deals(tmp_path, *(record(number) for number in range(9)), count=4).operations) == 4


def test_the_bundled_contract_s_fields_are_known_by_their_usual_names() -> None:
    found = fields_of(CONTRACT.crm_fields)
    usual = standard_fields()
    assert found.keys() == usual.keys()
    assert [role for role, names in found.items() if names[0] not in usual[role]] == []


def test_a_renamed_field_is_known_by_the_contract_s_own_name() -> None:
    renamed = tuple(
        msgspec.structs.replace(field, physical_name="OpportunityLineItem.Unit_Net__c")
        if field.physical_name.endswith(".UnitPrice")
        else field
        for field in CONTRACT.crm_fields
    )
    assert fields_of(renamed)["unit_price"] == ("OpportunityLineItem.Unit_Net__c",)


def test_a_field_that_the_candidate_removes_is_still_read_by_the_base() -> None:
    kept = tuple(field for field in CONTRACT.crm_fields if not field.physical_name.endswith(".UnitPrice"))
    assert fields_of(kept)["unit_price"] == ()
    assert fields_of(kept, CONTRACT.crm_fields)["unit_price"] == ("OpportunityLineItem.UnitPrice",)


def test_the_name_of_a_line_is_not_mistaken_for_that_of_the_deal() -> None:
    fields = (Field("d.id", "string", physical_name="D.Id"), Field("l.id", "string", physical_name="L.Id"))
    assert fields_of(fields)["order"] == ("D.Id",)


def test_records_keep_the_further_fields_that_the_contract_compares(tmp_path: Path) -> None:
    crm = (
        Field("opportunity.region", "string", physical_name="Opportunity.Region__c"),
        Field("opportunity.rush", "boolean", physical_name="Opportunity.Rush__c"),
        Field("line.note", "string", physical_name="OpportunityLineItem.Note__c"),
    )
    pairs = (
        FieldPair("order", "Region__c", "custbody_region"),
        FieldPair("order", "Rush__c", "custbody_rush", "boolean"),
        FieldPair("order", "Plant__c", "custbody_plant", "reference"),
        FieldPair("line", "Note__c", "custcol_note"),
    )
    further = further_fields_of(Contract("f", crm_fields=crm, pairs=pairs))
    fields = {role: list(names) for role, names in {**standard_fields(), **further}.items()}
    first = record(1, [{**line(), "Note__c": "gift"}], Region__c="EMEA", Rush__c=True, Plant__c="a00", Other__c="x")
    again = record(1, [line()], Region__c="APAC")
    workload = deals(tmp_path, first, again, fields=fields)
    [deal] = closed(workload)
    assert deal["fields"] == {"Region__c": "EMEA", "Rush__c": "true"}
    assert deal["lines"][0]["fields"] == {"Note__c": "gift"}
    assert workload.operations[-1].value["fields"] == {"Region__c": "APAC"}


def test_what_a_deal_has_anyway_is_no_further_field_where_the_contract_compares_it() -> None:
    contract = load_contract("closed-won-to-sales-order.dataverse.s4hana")
    assert {pair.crm for pair in contract.pairs} == {"transactioncurrencyid.isocurrencycode", "quantity"}
    assert further_fields_of(contract) == {}
