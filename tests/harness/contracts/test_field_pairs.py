"""Which further fields two contracts map to each other, and how each is compared."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.model.contract import CompareRule, Contract, FieldPair
from support.rows import rows

BASE = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "a",
    "version": "1.0.0",
    "status": "active",
    "team": {"members": [{"username": "us", "role": "sync"}]},
}


def prop(name: str, physical: str, kind: str = "string", **custom: Any) -> dict[str, Any]:
    """A property of a contract with these custom properties."""
    properties = [{"property": key, "value": value} for key, value in custom.items()]
    return {"name": name, "physicalName": physical, "logicalType": kind, "customProperties": properties}


def array(name: str, physical: str, *inner: dict[str, Any]) -> dict[str, Any]:
    """A list of objects."""
    items = {"logicalType": "object", "properties": list(inner)}
    return {"name": name, "physicalName": physical, "logicalType": "array", "items": items}


def load(folder: Path, crm: dict[str, list[dict[str, Any]]], erp: dict[str, list[dict[str, Any]]]) -> Contract:
    """A contract of these objects, by ``name physicalName``."""
    for side, objects in (("crm", crm), ("erp", erp)):
        schema = [
            {"name": name.split()[0], "physicalName": name.split()[1], "properties": properties}
            for name, properties in objects.items()
        ]
        (folder / f"mine.{side}.yaml").write_text(yaml.safe_dump({**BASE, "schema": schema}), encoding="utf-8")
    return load_contract("mine", [folder])


def one(folder: Path, crm: dict[str, Any], erp: dict[str, Any]) -> FieldPair:
    """The only pair of a contract with one property on each side."""
    [pair] = load(folder, {"deal Opportunity": [crm]}, {"order salesOrder": [erp]}).pairs
    return pair


def test_custom_fields_of_one_name_are_a_pair_in_orders_lines_invoices_and_customers(tmp_path: Path) -> None:
    contract = load(
        tmp_path,
        {
            "deal Opportunity": [prop("region", "Region__c")],
            "line OpportunityLineItem": [prop("note", "Note__c")],
            "account Account": [prop("tier", "Tier__c")],
        },
        {
            "order salesOrder": [
                prop("region", "custbody_region"),
                array("lines", "item", prop("note", "custcol_note")),
            ],
            "invoice invoice": [prop("region", "custbody_area"), array("lines", "item", prop("note", "custcol_text"))],
            "customer customer": [prop("tier", "custentity_tier")],
        },
    )
    assert [(pair.part, pair.crm, pair.erp) for pair in contract.pairs] == [
        ("order", "Region__c", "custbody_region"),
        ("line", "Note__c", "custcol_note"),
        ("invoice", "Region__c", "custbody_area"),
        ("invoice.line", "Note__c", "custcol_text"),
        ("customer", "Tier__c", "custentity_tier"),
    ]
    assert contract.unmapped == ()


@rows("named", ["Region__c", "Opportunity.Region__c", "area"])
def test_a_field_is_compared_with_the_one_that_it_names(tmp_path: Path, named: str) -> None:
    pair = one(tmp_path, prop("area", "Region__c"), prop("region", "custbody_region", comparedWith=named))
    assert (pair.crm, pair.erp) == ("Region__c", "custbody_region")


def test_standard_fields_are_a_pair_where_the_contract_says_how_they_are_compared(tmp_path: Path) -> None:
    pair = one(tmp_path, prop("text", "NextStep"), prop("text", "memo", compare="exact"))
    assert (pair.crm, pair.erp) == ("NextStep", "memo")
    assert (
        load(tmp_path, {"deal Opportunity": [prop("id", "Id")]}, {"order salesOrder": [prop("id", "id")]}).pairs == ()
    )


def test_payment_terms_in_a_custom_field_of_the_erp_are_a_pair(tmp_path: Path) -> None:
    pair = one(tmp_path, prop("terms", "Payment_Terms__c"), prop("terms", "custbody_terms"))
    assert (pair.crm, pair.erp) == ("Payment_Terms__c", "custbody_terms")


def test_what_every_flow_compares_is_no_pair(tmp_path: Path) -> None:
    contract = load(
        tmp_path,
        {"deal Opportunity": [prop("terms", "Payment_Terms__c")]},
        {"order salesOrder": [prop("terms", "terms")]},
    )
    assert (contract.pairs, contract.unmapped) == ((), ())


def test_custom_fields_without_a_counterpart_are_listed_but_not_those_that_refer_to_the_deal(tmp_path: Path) -> None:
    match = {"property": "match", "value": "custbody_deal"}
    of_erp = {**BASE, "customProperties": [match]}
    crm = {"name": "deal", "physicalName": "Opportunity", "properties": [prop("a", "A__c"), prop("name", "Name")]}
    erp = {
        "name": "o",
        "physicalName": "salesOrder",
        "properties": [prop("b", "custbody_b"), prop("d", "custbody_deal")],
    }
    for side, base, item in (("crm", BASE, crm), ("erp", of_erp, erp)):
        (tmp_path / f"mine.{side}.yaml").write_text(yaml.safe_dump({**base, "schema": [item]}), encoding="utf-8")
    assert [each.field for each in load_contract("mine", [tmp_path]).unmapped] == ["custbody_b", "A__c"]


@rows(
    ("crm", "erp", "kind"),
    [
        ("string", "string", "text"),
        ("number", "string", "number"),
        ("integer", "number", "number"),
        ("boolean", "string", "boolean"),
        ("timestamp", "date", "date"),
        ("timestamp", "timestamp", "timestamp"),
        ("string", "object", "reference"),
    ],
)
def test_the_type_of_the_values_follows_from_both_contracts(tmp_path: Path, crm: str, erp: str, kind: str) -> None:
    assert one(tmp_path, prop("a", "A__c", crm), prop("a", "custbody_a", erp)).kind == kind


@pytest.mark.parametrize(
    ("kind", "custom", "rule"),
    [
        ("number", {"tolerance": "0.05"}, CompareRule("tolerance", amount=Decimal("0.05"))),
        ("number", {"tolerance": "5%"}, CompareRule("tolerance", share=Decimal("0.05"))),
        ("date", {"tolerance": "2 days"}, CompareRule("tolerance", days=2)),
        ("string", {"compare": "ignored", "reason": "local text"}, CompareRule("ignored", reason="local text")),
    ],
)
@pytest.mark.parametrize("side", ["crm", "erp"])
def test_a_rule_stands_in_either_contract(
    tmp_path: Path, kind: str, custom: dict[str, Any], rule: CompareRule, side: str
) -> None:
    given = {"crm": {}, "erp": {}, side: custom}
    assert (
        one(tmp_path, prop("a", "A__c", kind, **given["crm"]), prop("a", "custbody_a", kind, **given["erp"])).rule
        == rule
    )


@rows(
    ("kind", "custom", "problem"),
    [
        ("string", {"comparedWith": "B__c"}, "unknown comparedWith 'B__c'"),
        ("string", {"tolerance": 1}, "text has no tolerance"),
        ("date", {"tolerance": 1}, "1 is not a number of days"),
        ("string", {"compare": "ignored"}, "custbody_a is ignored without a reason"),
        ("string", {"trim": "yes"}, "trim: 'yes' is neither true nor false"),
        ("number", {"ignoreCase": True}, "ignoreCase is for texts"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_place(
    tmp_path: Path, kind: str, custom: dict[str, Any], problem: str
) -> None:
    with pytest.raises(GamedayError) as caught:
        one(tmp_path, prop("a", "A__c", kind), prop("a", "custbody_a", kind, **custom))
    assert problem in str(caught.value)
    assert "mine.erp.yaml: schema.order.a" in str(caught.value)


def test_two_rules_for_one_pair_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="another rule for A__c"):
        one(tmp_path, prop("a", "A__c", trim=True), prop("a", "custbody_a", compare="exact"))
