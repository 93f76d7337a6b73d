"""The contract says for each field how it is compared; it ignores none without a reason."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from gameday.analysis.reconcile import reconcile
from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.model.contract import COMPARED_FIELDS, CompareRule, Contract
from support.rows import rows

FLOW = "closed-won-to-sales-order"
TEXT = {"logicalType": "string"}
#: One of each field that a rule may be on.
SCHEMA: list[dict[str, Any]] = [
    {
        "name": "order",
        "physicalName": "salesOrder",
        "properties": [
            {"name": "date", "physicalName": "tranDate", **TEXT},
            {"name": "customer", **TEXT},
            {"name": "total", **TEXT},
            {"name": "memo", **TEXT},
            {
                "name": "lines",
                "logicalType": "array",
                "items": {
                    "logicalType": "object",
                    "properties": [{"name": "rate", **TEXT}, {"name": "amount", **TEXT}],
                },
            },
        ],
    },
    {
        "name": "invoice",
        "properties": [{"name": "date", **TEXT}, {"name": "period", **TEXT}, {"name": "lines", **TEXT}],
    },
]
BASE = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "a",
    "version": "1.0.0",
    "status": "active",
    "team": {"members": [{"username": "us", "role": "sync"}]},
}


def load(folder: Path, *path: str, **custom: Any) -> Contract:
    """A contract whose ERP field at ``path`` (object, field, field of a line) has these custom properties."""
    schema = copy.deepcopy(SCHEMA)
    properties: list[dict[str, Any]] = schema
    for name in path:
        found = next(each for each in properties if each["name"] == name)
        properties = found.get("items", found).get("properties", [])
    found["customProperties"] = [{"property": name, "value": value} for name, value in custom.items()]
    for side, content in (("crm", BASE), ("erp", {**BASE, "schema": schema})):
        (folder / f"mine.{side}.yaml").write_text(yaml.safe_dump(content))
    return load_contract("mine", [folder])


@rows(
    ("path", "custom", "field", "rule"),
    [
        ("order.date", {"compare": "exact"}, "date", CompareRule()),
        ("order.date", {"tolerance": "2 days"}, "date", CompareRule("tolerance", days=2)),
        ("order.total", {"tolerance": "0.05"}, "total", CompareRule("tolerance", amount=Decimal("0.05"))),
        ("order.total", {"compare": "tolerance", "tolerance": 1}, "total", CompareRule("tolerance", amount=Decimal(1))),
        ("order.lines.rate", {"tolerance": "5%"}, "line.unitPrice", CompareRule("tolerance", share=Decimal("0.05"))),
        ("order.lines.amount", {"compare": "exact"}, "line.amount", CompareRule()),
        ("invoice.period", {"compare": "ignored", "reason": "a"}, "invoice.period", CompareRule("ignored", reason="a")),
        ("invoice.lines", {"compare": "ignored", "reason": "b"}, "invoice.lines", CompareRule("ignored", reason="b")),
        ("order.memo", {"compare": "exact", "comparedField": "currency"}, "currency", CompareRule()),
    ],
)
def test_a_rule_is_read_for_the_field_that_is_meant(
    tmp_path: Path, path: str, custom: dict[str, Any], field: str, rule: CompareRule
) -> None:
    contract = load(tmp_path, *path.split("."), **custom)
    assert contract.rules == {field: rule}
    assert contract.rule(field) == rule


def test_an_order_that_the_vendor_calls_an_invoice_is_an_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (order, *_) = copy.deepcopy(SCHEMA)
    monkeypatch.setattr(f"{__name__}.SCHEMA", [{**order, "physicalName": "Invoice"}])
    assert load(tmp_path, "order", "date", compare="exact").rules == {"date": CompareRule()}


@rows(
    ("path", "custom", "problem"),
    [
        ("order.date", {"compare": "ignored"}, "date is ignored without a reason"),
        ("order.date", {"compare": "ignored", "reason": " "}, "date is ignored without a reason"),
        ("order.date", {"compare": "ignore", "reason": "x"}, "did you mean 'ignored'?"),
        ("order.date", {"compare": "tolerance"}, "compare: tolerance without a tolerance"),
        ("order.date", {"compare": "exact", "tolerance": "2 days"}, "compare: exact with a tolerance"),
        ("order.date", {"tolerance": "5%"}, "'5%' is not a number of days"),
        ("order.customer", {"tolerance": 1}, "customer has no tolerance"),
        ("order.total", {"tolerance": "-1"}, "'-1' is not a number of at least 0"),
        ("order.total", {"tolerance": "101%"}, "'101%' is more than 100%"),
        ("order.memo", {"compare": "exact"}, "it has a rule, but no such field is compared"),
        ("order.memo", {"compare": "exact", "comparedField": "curency"}, "did you mean 'currency'?"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_place(
    tmp_path: Path, path: str, custom: dict[str, Any], problem: str
) -> None:
    with pytest.raises(GamedayError) as caught:
        load(tmp_path, *path.split("."), **custom)
    assert problem in str(caught.value)
    assert f"mine.erp.yaml: schema.{path}" in str(caught.value)


def test_without_a_rule_money_has_the_tolerances_of_the_contract_and_the_rest_is_exact() -> None:
    contract = Contract("f", tolerance=Decimal("0.01"), price_tolerance=Decimal("0.05"))
    rules = {field: contract.rule(field) for field in COMPARED_FIELDS}
    money = CompareRule("tolerance", amount=Decimal("0.01"))
    assert {field for field, rule in rules.items() if rule == money} == {
        *("total", "line.amount", "line.tax", "invoice.total", "invoice.line.amount", "invoice.line.tax")
    }
    price = CompareRule("tolerance", share=Decimal("0.05"))
    assert {field for field, rule in rules.items() if rule == price} == {"line.unitPrice", "invoice.line.unitPrice"}
    assert all(rule == CompareRule() for rule in rules.values() if rule not in (money, price))


def test_the_bundled_contract_ignores_nothing_and_gives_no_other_tolerance_than_for_prices() -> None:
    contract = load_contract(FLOW)
    for field in COMPARED_FIELDS:
        rule = contract.rule(field)
        assert rule.compare != "ignored"
        assert (rule.amount, rule.days) == (0, 0)
        assert not rule.share or field.endswith("unitPrice")


# -- in the reconciliation ---------------------------------------------------------------------------


def _state(story: Any, rules: dict[str, CompareRule], **order: Any) -> str:
    story.contract = msgspec.structs.replace(story.contract, rules=rules)
    (outcome,) = reconcile(story.deal("D1").order("D1", **order).case()).outcomes
    return outcome.state


@pytest.mark.parametrize(("date", "state"), [("2026-06-28", "ok"), ("2026-07-02", "ok"), ("2026-07-03", "mismatched")])
def test_a_date_may_differ_by_the_days_of_its_rule(story: Any, date: str, state: str) -> None:
    rule = CompareRule("tolerance", days=2)
    assert _state(story, {"date": rule, "invoice.date": rule}, date=date) == state


@pytest.mark.parametrize(("total", "state"), [("101.00", "ok"), ("99.00", "ok"), ("101.01", "mismatched")])
def test_a_rule_of_a_field_takes_precedence_over_the_tolerance_of_the_contract(
    story: Any, total: str, state: str
) -> None:
    billed = {"total": Decimal(100), "lines": ()}
    rule = CompareRule("tolerance", share=Decimal("0.01"))
    assert _state(story, {"total": rule}, total=Decimal(total), billed=billed) == state


def test_an_ignored_field_is_not_compared_and_listed_with_its_reason(story: Any) -> None:
    rule = CompareRule("ignored", reason="invoices are dated by the shipment")
    assert _state(story, {"invoice.date": rule}, billed={"date": "2026-07-02", "period": "2026-07"}) == "ok"
    assert [(n.field, n.reason) for n in reconcile(story.case()).not_compared] == [
        ("invoice.date", "ignored by the contract: invoices are dated by the shipment")
    ]


def test_ignored_lines_of_an_invoice_are_listed_once(story: Any) -> None:
    rule = CompareRule("ignored", reason="one line for all")
    assert _state(story, {"invoice.lines": rule}, billed={"lines": ()}) == "ok"
    assert [n.field for n in reconcile(story.case()).not_compared] == ["invoice.lines"]
