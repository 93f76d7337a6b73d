"""`contract check`: what is wrong with a contract is found, all of it, each at its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from planted import base

from gameday.base.violation import Violation
from gameday.contracts.compatibility.checks import check_contracts
from support.rows import rows

BUNDLED = Path(__file__).parents[4] / "scenarios" / "gameday_scenarios" / "contracts"


def check(texts: Mapping[str, str]) -> tuple[Violation, ...]:
    return check_contracts({f"deals.{side}.yaml": text.encode() for side, text in texts.items()})


def edited(side: str, find: str, put: str) -> dict[str, str]:
    texts = base()
    assert find in texts[side]
    return {**texts, side: texts[side].replace(find, put, 1)}


@rows("flow", sorted({path.name.removesuffix(".crm.yaml") for path in BUNDLED.glob("*.crm.yaml")}))
def test_a_bundled_contract_is_without_a_finding(flow: str) -> None:
    sides = (BUNDLED / f"{flow}.{side}.yaml" for side in ("crm", "erp"))
    assert check_contracts({str(path): path.read_bytes() for path in sides}) == ()


def test_the_base_of_the_planted_changes_is_without_a_finding() -> None:
    assert check(base()) == ()


LATENCY = "property: latency\n    value: 5\n    unit: min"
MATCH = "property: match\n    value: otherRefNum"
KEY = "property: idempotencyKey\n    value: externalId"
ORDERING = "property: ordering\n    value: SystemModstamp"
INVOICED = "property: invoiced\n    value: true"
USED = "property: used\n            value: false"
DATE = "physicalName: tranDate\n        logicalType: date\n"
IGNORED = "        customProperties: [{property: compare, value: ignored}]\n"
NEGOTIATION = "- value: Negotiation"

# Each case: what is edited, on which side, and of the one finding the rule, the level and a part of the line it is at.
CASES = [
    ("crm", "version: 1.4.2", "version: one", "version-not-semantic", "error", "version: one"),
    ("crm", "    primaryKey: true", "    primaryKey: false", "no-key", "warning", "name: deal"),
    ("crm", "name: won", "name: title", "duplicate-name", "error", "name: title"),
    ("crm", "physicalName: IsWon", "physicalName: Name", "duplicate-physical-name", "error", "physicalName: Name"),
    ("crm", "{minimum: 0, maximum: 10000000}", "{minimum: 5, maximum: 4}", "empty-range", "error", "maximum: 4"),
    ("crm", "{minimum: 1, format: i32}", "{exclusiveMinimum: 3, exclusiveMaximum: 4}", "empty-range", "error", "um: 4"),
    ("crm", "minLength: 15, maxLength: 18", "minLength: 19, maxLength: 18", "empty-range", "error", "maxLength: 18"),
    ("crm", '"^[A-Za-z0-9]+$"', '"^[A-Za-z0-9+$"', "bad-pattern", "error", "^[A-Za-z0-9+$"),
    ("crm", NEGOTIATION, "- {value: Closed Won, label: x}", "duplicate-enum-value", "error", "label: x"),
    ("crm", NEGOTIATION, "- value: 7", "bad-enum-value", "error", "value: 7"),
    ("crm", NEGOTIATION, "- value: true", "bad-enum-value", "error", "value: true"),
    ("crm", "role: source", "role: reader", "no-owner", "warning", "team:"),
    ("crm", "role: sync", "role: reader", "no-owner", "error", "team:"),
    ("erp", "role: finance", "role: reader", "no-owner", "warning", "team:"),
    ("erp", "role: finance", "role: finance\n  - {username: b, role: sink}", "several-owners", "warning", "team:"),
    ("crm", LATENCY, "property: latency\n    value: soon", "bad-sla", "error", "property: latency"),
    ("crm", LATENCY, f"{LATENCY}utes of arc", "bad-sla", "error", "property: latency"),
    ("crm", "value: 60", "value: 3", "bad-sla", "error", "property: timeToDetect"),
    ("crm", "property: timeToDetect", "property: timeToGlory", "no-sla", "warning", "slaProperties:"),
    ("erp", MATCH, MATCH.replace("otherRefNum", "dealId"), "match-unknown", "error", "property: match"),
    ("erp", KEY, KEY.replace("externalId", "gone"), "idempotency-key-unknown", "error", "property: idempotencyKey"),
    ("crm", ORDERING, ORDERING.replace("System", ""), "ordering-unknown", "error", "property: ordering"),
    ("crm", ORDERING, "property: ordering\n    value: ForecastCategoryName", "ordering-unknown", "error", "ordering"),
    ("erp", "value: 5%", "value: 500%", "bad-value", "error", "property: priceTolerance"),
    ("erp", '"0.01"', '"a cent"', "bad-value", "error", "property: tolerance"),
    ("erp", "value: true", "value: perhaps", "bad-value", "error", "property: invoiced"),
    ("erp", INVOICED, "property: tax\n    value: maybe", "bad-value", "error", "property: tax"),
    ("erp", INVOICED, "property: approval\n    value: the-board", "no-owner", "error", "property: approval"),
    ("crm", ORDERING, "property: tolerance\n    value: 5", "contradiction", "error", "property: tolerance"),
    ("crm", USED, USED.replace("false", "nope"), "bad-value", "error", "property: used"),
    ("crm", "- property: unit", "- property: scale", "bad-value", "error", "property: scale"),
    ("erp", DATE, DATE + IGNORED, "bad-value", "error", "schema:"),
    ("crm", "kind: DataContract", "kind: DataContrakt", "not-standard", "error", "DataContrakt"),
    ("crm", "logicalType: boolean", "logicalType: bool", "not-standard", "error", "logicalType: bool"),
    ("crm", "        logicalType: boolean\n", "", "not-standard", "error", "name: won"),
    ("crm", "apiVersion: v3.1.0", "apiVersion: v2.2.2", "not-standard", "error", "apiVersion"),
    ("crm", "kind: DataContract", "kind: [", "unreadable", "error", "name: Deals"),
    ("crm", "kind: DataContract", "kind: DataContract\nkind: DataContract", "unreadable", "error", "kind: "),
]  # fmt: skip


@rows(("side", "find", "put", "rule", "level", "at"), CASES)
def test_a_mistake_is_the_one_finding_at_its_line(
    side: str, find: str, put: str, rule: str, level: str, at: str
) -> None:
    texts = edited(side, find, put)
    found = check(texts)
    assert [(each.rule, each.level) for each in found] == [(f"contract.{rule}", level)]
    lines = texts[found[0].path.split(".")[1]].splitlines()
    assert at in lines[found[0].line - 1]


def test_every_finding_is_reported_not_only_the_first() -> None:
    texts = edited("crm", "value: 60", "value: 3")
    texts["crm"] = texts["crm"].replace("version: 1.4.2", "version: new").replace("name: won", "name: title")
    texts["erp"] = texts["erp"].replace("value: 5%", "value: -5%")
    assert [each.rule for each in check(texts)] == [
        "contract.version-not-semantic",
        "contract.duplicate-name",
        "contract.bad-sla",
        "contract.bad-value",
    ]


def test_every_place_that_breaks_the_standard_is_reported() -> None:
    texts = edited("crm", "logicalType: boolean", "logicalType: bool")
    texts["crm"] = texts["crm"].replace("required: true", "required: yes please", 1)
    assert [each.line for each in check(texts) if each.rule == "contract.not-standard"] == [28, 77]


def test_one_file_alone_is_not_blamed_for_terms_that_may_be_in_the_other() -> None:
    for side, text in base().items():
        assert check({side: text}) == ()


def test_a_document_that_is_a_list_is_not_a_contract() -> None:
    assert [each.rule for each in check({"crm": "- a\n"})] == ["contract.not-standard"]


def test_a_missing_type_is_reported() -> None:
    assert (
        '"logicalType" is a required property' in check(edited("crm", "        logicalType: boolean\n", ""))[0].message
    )


def test_unused_fields_are_not_checked() -> None:
    forecast = "physicalName: ForecastCategoryName\n        logicalType: string"
    assert check(edited("crm", forecast, forecast + "\n        enum: [{value: 7}]")) == ()
