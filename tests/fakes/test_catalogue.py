"""What a fake says about itself, and which rules it takes."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from gameday_fakes.catalogue import Catalogue
from gameday_fakes.registry import catalogue_of, fake_kinds
from gameday_fakes.rules import HttpRule, LockRecord, RenameObjectField, Rule
from support.rows import rows

FAKES = (
    "alertmanager",
    "business-central",
    "dataverse",
    "hubspot",
    "jira",
    "netsuite",
    "opsgenie",
    "oracle-fusion",
    "pagerduty",
    "s4hana",
    "salesforce",
    "slack",
    "teams",
)
HTTP = {"kind": "http", "action": "reply", "error": "rate_limited"}


@rows("name", FAKES)
def test_a_catalogue_survives_the_wire(name: str) -> None:
    catalogue = catalogue_of(name)
    assert msgspec.json.decode(msgspec.json.encode(catalogue), type=Catalogue) == catalogue


@pytest.mark.slow
@pytest.mark.parametrize("name", FAKES)
def test_the_control_plane_shows_the_catalogue(fakes: Any, name: str) -> None:
    reply = fakes.call("GET", f"/{name}/catalogue")
    assert msgspec.json.decode(reply.content, type=Catalogue) == catalogue_of(name)


def test_every_fake_has_a_catalogue_of_its_own() -> None:
    kinds = fake_kinds()
    assert {name: kind.catalogue().fake for name, kind in kinds.items()} == {name: name for name in kinds}


@rows("name", FAKES)
def test_a_catalogue_lists_what_the_fake_answers_and_how_it_refuses(name: str) -> None:
    catalogue = catalogue_of(name)
    assert set(catalogue.operations) == {route.operation for route in fake_kinds()[name].routes}
    needed = {"bad_body", "method_not_allowed", "not_found", "server_error"}
    assert needed <= {error.name for error in catalogue.errors}
    assert catalogue.api_version


@rows("name", FAKES)
def test_everything_in_a_catalogue_is_described(name: str) -> None:
    catalogue = catalogue_of(name)
    for entry in (*catalogue.fault_kinds, *catalogue.business_operations):
        assert entry.description.endswith("."), entry.name
        assert all(parameter.description for parameter in entry.parameters), entry.name
    assert all(setting.description for setting in catalogue.settings)


def test_objects_have_their_fields_with_types() -> None:
    opportunity = catalogue_of("salesforce").object("Opportunity")
    order = catalogue_of("netsuite").object("salesOrder")
    assert opportunity is not None
    assert order is not None
    stage = next(field for field in opportunity.fields if field.name == "StageName")
    assert (stage.type, stage.required, stage.removable) == ("picklist", True, True)
    assert not next(field for field in opportunity.fields if field.name == "Id").removable
    entity = next(field for field in order.fields if field.name == "entity")
    assert (entity.type, entity.required, entity.refers_to) == ("reference", True, "customer")
    assert "item.rate" in {field.name for field in order.fields}


def test_operations_and_settings_have_their_parameters() -> None:
    crm, erp = catalogue_of("salesforce"), catalogue_of("netsuite")
    deal = next(each for each in crm.business_operations if each.name == "close_deal")
    assert [p.name for p in deal.parameters if p.required] == ["account", "currency", "close_date", "amount"]
    assert [setting.name for setting in erp.settings] == [
        "price_tolerance_percent",
        "largest_discount_percent",
        "refuse_negative_lines",
        "subsidiaries_must_match",
        "date_format",
        "time_zone",
        "deal_field",
        "ledger_fields",
        "certificate",
    ]
    assert "transaction" in erp.tables
    assert "Opportunity" in crm.tables


GOOD = [
    ("netsuite", {**HTTP, "operation": "order.write", "share": 0.3, "times": None}),
    ("netsuite", {**HTTP, "operation": "write"}),
    ("netsuite", {"kind": "rename_field", "record": "salesOrder", "field": "item.rate", "new_name": "unitPrice"}),
    ("netsuite", {"kind": "price_drift", "percent": "12.5"}),
    ("netsuite", {"kind": "concurrency_limit", "limit": 3}),
    ("salesforce", {"kind": "partial_batch", "error": "locked", "times": 2}),
    ("salesforce", {"kind": "delete_subscription"}),
    ("jira", {**HTTP, "operation": "*"}),
]


@rows(("name", "rule"), GOOD)
def test_a_rule_that_makes_sense_is_accepted(name: str, rule: dict[str, Any]) -> None:
    catalogue_of(name).check_rule(rule)


BAD = [
    ("netsuite", {"kind": "gremlins"}, "netsuite knows no fault 'gremlins'; known: change_type, check_writes, "),
    ("netsuite", {}, "netsuite knows no fault ''"),
    ("netsuite", {**HTTP, "operation": "orders.put"}, "unknown operation 'orders.put'; known: cash_sale.read, "),
    ("netsuite", {**HTTP, "error": "odd"}, "unknown error 'odd'; known: bad_body, "),
    ("netsuite", {**HTTP, "shares": 1}, "unknown parameter 'shares'; known: action, "),
    ("netsuite", {**HTTP, "share": 1.5}, "bad value 1.5 for 'share': it must be a number from 0 to 1"),
    ("netsuite", {**HTTP, "share": "nan"}, "bad value 'nan' for 'share'"),
    ("netsuite", {**HTTP, "times": -1}, "bad value -1 for 'times': it must be a whole number of at least 0 or null"),
    ("netsuite", {**HTTP, "times": 1.5}, "bad value 1.5 for 'times'"),
    ("netsuite", {**HTTP, "when": "during"}, "bad value 'during' for 'when': it must be one of: after, before"),
    ("netsuite", {"kind": "http"}, "it needs 'action'"),
    ("netsuite", {"kind": "concurrency_limit"}, "it needs 'limit'"),
    ("netsuite", {"kind": "revoke_permission", "record": "unicorn"}, "unknown record 'unicorn'; known: "),
    ("netsuite", {"kind": "hide_field", "record": "salesOrder", "field": "horn"}, "unknown field 'horn' of salesOrder"),
    ("salesforce", {"kind": "hide_field", "object": "Opportunity", "field": "Nope"}, "unknown field 'Nope' of Opport"),
    ("salesforce", {"kind": "hide_field", "object": "Opportunity", "field": "Id"}, "unknown field 'Id'"),
    ("salesforce", {"kind": "hide_field", "object": "Deal", "field": "Amount"}, "unknown object 'Deal'"),
    ("salesforce", {"kind": "partial_batch", "error": "bad_gateway"}, "unknown error 'bad_gateway'"),
    ("salesforce", {"kind": "close_period"}, "salesforce knows no fault 'close_period'"),
    (
        "salesforce",
        {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Name"},
        "'Name' cannot be the name of a field of Opportunity",
    ),
]


@rows(("name", "rule", "named"), BAD)
def test_a_rule_that_makes_no_sense_is_refused_with_what_is_known(name: str, rule: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)) as caught:
        catalogue_of(name).check_rule(rule)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rule", "named"), BAD)
def test_a_fake_refuses_a_rule_in_the_same_words(fakes: Any, name: str, rule: dict[str, Any], named: str) -> None:
    reply = fakes.call("PUT", f"/{name}/faults/f", rule)
    with pytest.raises(ValueError, match=re.escape(named)) as caught:
        catalogue_of(name).check_rule(rule)
    assert reply.json()["error"] == str(caught.value)


def test_an_unknown_fake_is_refused_with_the_known() -> None:
    with pytest.raises(
        ValueError, match="unknown fake 'sap'; known: alertmanager, business-central, dataverse, email, hubspot, jira"
    ):
        catalogue_of("sap")


@rows(
    ("rule", "wire"),
    [
        (LockRecord(share=0.5), {"kind": "lock_record", "share": 0.5}),
        (
            RenameObjectField("Opportunity", "Amount", "Total__c"),
            {"kind": "rename_field", "object": "Opportunity", "field": "Amount", "new_name": "Total__c"},
        ),
    ],
)
def test_a_rule_is_sent_with_its_kind(rule: Rule, wire: dict[str, Any]) -> None:
    assert rule.wire() == wire
    catalogue_of("salesforce").check_rule(rule.wire())


def test_an_http_rule_is_read_as_it_was_sent() -> None:
    rule = HttpRule("drop", operation="order.write", when="after", times=1)
    assert msgspec.convert(rule.wire(), HttpRule) == rule
