"""Which field of a record holds a compared field follows from its names, or from comparedField."""

from __future__ import annotations

import msgspec

from gameday.contracts.compared_columns import compared_columns
from gameday.contracts.odcs import contract_columns
from gameday.contracts.odcs_file import SchemaProperty


def schema(*properties: dict[str, object]) -> list[SchemaProperty]:
    order = {"name": "order", "physicalName": "salesOrder", "properties": list(properties)}
    return msgspec.convert([order], list[SchemaProperty])


def test_the_bundled_contract_says_where_both_systems_have_what_is_compared() -> None:
    found = contract_columns("closed-won-to-sales-order")
    assert found["crm"]["total"] == "Opportunity.Amount"
    assert found["crm"]["line.sku"] == "OpportunityLineItem.PricebookEntry.ProductCode"
    assert found["erp"]["line.unitPrice"] == "salesOrder.item.rate"
    assert found["erp"]["total"] == "salesOrder.total"


def test_what_comparedField_names_comes_before_a_usual_name() -> None:
    own = {"name": "net", "customProperties": [{"property": "comparedField", "value": "total"}]}
    assert compared_columns(schema({"name": "total"}, own)) == {"total": "salesOrder.net"}


def test_a_field_that_is_compared_with_another_is_no_usual_one() -> None:
    own = {"name": "total", "customProperties": [{"property": "comparedWith", "value": "Net__c"}]}
    assert compared_columns(schema(own)) == {}
