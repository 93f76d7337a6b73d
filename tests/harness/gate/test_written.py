"""What a stack wrote to the ERP, against the ERP side of a contract: found, located, redacted, and enforced alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from gameday.gate.contracts import LocatedContract, read_candidate
from gameday.gate.erp_schema import by_record, schema_of, write_checks
from gameday.gate.written import Judged, judge_writes, not_enforced
from gameday.model.contract import Condition, Field
from gameday.model.history import History, operation
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.write_check import WriteCheck
from gameday_fakes.rules import CheckWrites

CONTRACT = "closed-won-to-sales-order"
BODY: dict[str, Any] = {
    "otherRefNum": "006000000000000001",
    "entity": {"externalId": "001000000000000001"},
    "tranDate": "2026-06-30",
    "currency": {"refName": "EUR"},
    "memo": "Rosebud GmbH",
    "region": {"id": "2", "refName": "EMEA"},
    "share": 0.5,
    "paid": False,
    "item": [{"item": {"externalId": "SKU-1"}, "quantity": 2, "rate": 19.99, "amount": 39.98, "taxCode": {"id": "7"}}],
}
MEMO = {"memo": Field("order.memo", "string", True, "salesOrder.memo")}


@pytest.fixture(scope="module")
def located() -> LocatedContract:
    return read_candidate(CONTRACT, ())


def changed(located: LocatedContract, *fields: Field) -> LocatedContract:
    """The contract with these fields in place of those of the same name, or beside them."""
    new = {field.physical_name: field for field in fields}
    kept = [new.pop(field.physical_name, field) for field in located.contract.erp_fields]
    orders = [field for field in kept if field.physical_name.startswith("salesOrder")]
    others = [field for field in kept if not field.physical_name.startswith("salesOrder")]
    contract = msgspec.structs.replace(located.contract, erp_fields=(*orders, *new.values(), *others))
    return msgspec.structs.replace(located, contract=contract)


def judged(located: LocatedContract, *bodies: dict[str, Any], story: Any, supplied: tuple[str, ...] = ()) -> Judged:
    case = story.deal("D-1").case()
    history = History(
        operation(
            "netsuite",
            "record_sent",
            {"record": "salesOrder", "deal": "D-1", "body": json.dumps(body), "supplied": supplied},
            "ok",
            1.0,
            number,
        )
        for number, body in enumerate(bodies)
    )
    entries = tuple(msgspec.structs.replace(e, keys={**e.keys, "key": f"key {e.id}"}) for e in case.crm.entries)
    crm = msgspec.structs.replace(case.crm, entries=entries)
    return judge_writes(history, crm, located, located.contract)


def field(name: str, kind: str = "string", *, required: bool = False, **constraints: Any) -> Field:
    return Field(f"order.{name}", kind, required, f"salesOrder.{name}", "internal", constraints)


def test_a_day_that_is_written_as_its_midnight_is_one(located: LocatedContract, story: Any) -> None:
    days = [f"2026-06-30T00:00:00{zone}" for zone in ("", "Z", "+00:00", ".000Z")]
    bodies = [{**BODY, "tranDate": day} for day in days]
    assert judged(located, *bodies, story=story).violations == ()
    [late] = judged(located, {**BODY, "tranDate": "2026-06-30T23:00:00Z"}, story=story).violations
    assert "tranDate" in late.message


#: By what is planted: the field as the contract has it, the rule that the body above breaks, and whether JSON Schema
#: can say it too.
PLANTED: list[tuple[Field, str, bool]] = [
    (field("subsidiary", "object", required=True), "write.missing-field", True),
    (field("custbody_region", required=True), "write.missing-field", True),
    (field("item.costCenter", required=True), "write.missing-field", True),
    (field("otherRefNum", maxLength=16), "write.wrong-length", True),
    (field("otherRefNum", minLength=19), "write.wrong-length", True),
    (field("memo", "number"), "write.wrong-type", True),
    (field("share", "integer"), "write.wrong-type", True),
    (field("share"), "write.wrong-type", True),
    (field("paid"), "write.wrong-type", True),
    (field("tranDate", "object"), "write.wrong-type", True),
    (field("memo", enum=["A", "B"]), "write.unknown-value", True),
    (field("region", enum=["AMER"]), "write.unknown-value", True),
    (field("currency", "object", enum=["USD", "GBP"]), "write.unknown-value", True),
    (field("item.taxCode", enum=["US-TX", "US-NY"]), "write.unknown-value", True),
    (field("item.taxCode", "object", pattern="^US-"), "write.wrong-pattern", True),
    (field("memo", pattern="^[0-9]+$"), "write.wrong-pattern", True),
    (field("otherRefNum", pattern="^SFDC_"), "write.wrong-pattern", True),
    (field("share", "number", minimum=1), "write.out-of-range", True),
    (field("share", "number", exclusiveMaximum=0.5), "write.out-of-range", True),
    (field("item.quantity", "number", maximum=1), "write.out-of-range", True),
    (field("item.rate", "number", multipleOf=0.05), "write.not-a-multiple", True),
    (field("item", "array", minItems=2), "write.wrong-length", True),
    (field("tranDate", "date", format="dd.MM.yyyy"), "write.wrong-format", False),
    (field("tranDate", "date", minimum="2026-07-01"), "write.out-of-range", False),
]


@pytest.mark.parametrize(("planted", "rule", "by_schema"), PLANTED)
def test_a_planted_break_is_found_with_its_field_and_deal(
    located: LocatedContract, planted: Field, rule: str, by_schema: bool, story: Any
) -> None:
    contract = changed(located, planted)
    [violation] = judged(contract, BODY, story=story).violations
    assert (violation.rule, violation.level, violation.orders) == (rule, "error", ("key D-1",))
    assert f"flow {CONTRACT}: {planted.physical_name} is " in violation.message
    schema = schema_of(by_record(contract.contract.erp_fields)["salesOrder"])
    assert jsonschema_rs.is_valid(schema, BODY) is not by_schema


@pytest.mark.parametrize(
    "kept",
    [
        field("memo", maxLength=12, minLength=12, required=True),
        field("region", enum=["EMEA"]),
        field("region", enum=["2"]),
        field("currency", "object", enum=["EUR"]),
        field("item.taxCode", "object", required=True),
        field("share", "number", minimum=0.5, maximum=0.5, multipleOf=0.25),
        field("paid", "boolean", enum=[False]),
        field("tranDate", "date", minimum="2026-06-30"),
        field("item", "array", minItems=1, maxItems=1),
        field("otherRefNum", pattern="^006[0-9]+$"),
    ],
)
def test_a_body_that_keeps_the_contract_is_neither_found_nor_refused(
    located: LocatedContract, kept: Field, story: Any
) -> None:
    contract = changed(located, kept)
    assert judged(contract, BODY, story=story) == Judged(1)
    assert jsonschema_rs.is_valid(schema_of(by_record(contract.contract.erp_fields)["salesOrder"]), BODY)


def test_a_finding_points_to_the_fields_line_and_its_owners(located: LocatedContract, story: Any) -> None:
    [violation] = judged(located, {**BODY, "otherRefNum": "short"}, story=story).violations
    line = Path(violation.path).read_text().splitlines()[violation.line - 1]
    assert violation.path.endswith(".erp.yaml")
    assert "name: deal" in line
    assert violation.owners == ("revenue-operations", "erp-platform")


def test_no_finding_shows_a_value_even_of_a_field_that_everyone_may_read(located: LocatedContract, story: Any) -> None:
    contract = changed(located, field("memo", maxLength=3), field("otherRefNum", pattern="^X"))
    violations = judged(contract, BODY, story=story).violations
    assert len(violations) == 2
    assert not any("Rosebud" in v.message or "006000" in v.message for v in violations)
    assert "salesOrder.memo is a text of 12 characters; expected at most 3 characters" in violations[0].message


def test_all_writes_of_one_kind_are_one_finding(located: LocatedContract, story: Any) -> None:
    two = {**BODY, "item": [{**BODY["item"][0], "quantity": 0}, {**BODY["item"][0], "quantity": 0}]}
    [violation] = judged(located, two, two, BODY, story=story).violations
    assert "salesOrder.item.quantity is a number; expected a number" in violation.message
    assert ", in 2 of 3 writes of salesOrder; deal key D-1" in violation.message


def test_an_amount_with_more_decimals_than_its_currency_is_found(located: LocatedContract, story: Any) -> None:
    line = {**BODY["item"][0], "amount": 39.98}
    body = {**BODY, "currency": {"refName": "JPY"}, "item": [line]}
    assert [v.rule for v in judged(located, body, story=story).violations] == ["write.too-many-decimals"]


def test_what_the_record_has_without_the_body_is_not_missing(located: LocatedContract, story: Any) -> None:
    patch = {"memo": "Rosebud", "item": [{"quantity": 3}]}
    supplied = ("otherRefNum", "entity", "tranDate", "currency", "item.item", "item.rate", "item.amount")
    assert judged(located, patch, story=story, supplied=supplied).violations == ()
    rules = {v.rule for v in judged(located, patch, story=story).violations}
    assert rules == {"write.missing-field"}


def test_a_type_of_record_that_the_contract_does_not_have_is_not_judged(located: LocatedContract, story: Any) -> None:
    sent = {"record": "customer", "deal": None, "body": "{}", "supplied": ()}
    history = History([operation("netsuite", "record_sent", sent, "ok", 1.0, 0)])
    assert judge_writes(history, story.case().crm, located, located.contract) == Judged()


def test_every_type_of_record_of_the_contract_is_enforced(located: LocatedContract) -> None:
    rules = write_checks(located.contract.erp_fields, report=True)["erp"]
    assert {rule["record"] for rule in rules.values()} == {"salesOrder", "invoice"}
    assert write_checks((), report=True) == {}


def test_a_type_of_record_that_the_fake_cannot_enforce_is_a_warning(located: LocatedContract) -> None:
    [violation] = not_enforced({"vendorBill": "unknown record 'vendorBill'"}, located)
    assert (violation.rule, violation.level) == ("write.not-enforced", "warning")
    assert "vendorBill: unknown record" in violation.message


APPROVAL = Condition("large orders wait", "salesOrder", {"total": {"minimum": 39}}, {"memo": {"enum": ["A"]}})
TAX = Condition("tax of Texas", "salesOrder", {"region": {"enum": ["EMEA"]}}, {"item.taxCode": {"enum": ["US-TX"]}})
ANY_LINE = Condition("bulk", "salesOrder", {"item.quantity": {"minimum": 2}}, {"share": {"minimum": 1}})


def conditional(located: LocatedContract, *conditions: Condition) -> LocatedContract:
    fields = [field("memo"), field("region", "object"), field("share", "number"), field("item.taxCode", "object")]
    contract = changed(located, *fields).contract
    return msgspec.structs.replace(located, contract=msgspec.structs.replace(contract, conditions=conditions))


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (APPROVAL, {"memo": "A"}),
        (APPROVAL, {"item": [{**BODY["item"][0], "amount": 38.99}]}),
        (TAX, {"item": [{**BODY["item"][0], "taxCode": {"refName": "US-TX"}}]}),
        (TAX, {"region": {"refName": "AMER"}}),
        (ANY_LINE, {"share": 1}),
        (ANY_LINE, {"item": [{**BODY["item"][0], "quantity": 1}]}),
    ],
)
def test_a_broken_condition_is_found_and_enforced_alike(
    located: LocatedContract, condition: Condition, kept: dict[str, Any], story: Any
) -> None:
    contract = conditional(located, condition)
    checks = write_checks(contract.contract.erp_fields, contract.contract.conditions, report=True)["erp"]
    rule = msgspec.convert({k: v for k, v in checks["accepts-salesOrder"].items() if k != "kind"}, CheckWrites)
    enforced = WriteCheck(rule)
    [violation] = judged(contract, BODY, story=story).violations
    assert (violation.rule, violation.orders) == ("write.condition-broken", ("key D-1",))
    assert condition.name in violation.message
    with pytest.raises(Refused):
        enforced.check(enforced.written(BODY, frozenset()))
    right = {**BODY, **kept}
    assert judged(contract, right, story=story).violations == ()
    enforced.check(enforced.written(right, frozenset()))


def test_a_change_need_not_send_again_what_a_condition_demands(located: LocatedContract, story: Any) -> None:
    contract = conditional(located, APPROVAL)
    body = {key: value for key, value in BODY.items() if key != "memo"}
    assert judged(contract, body, story=story, supplied=("memo",)).violations == ()
    assert judged(contract, body, story=story).violations != ()
    rule = CheckWrites("salesOrder", schema_of(by_record(contract.contract.erp_fields)["salesOrder"], [APPROVAL]))
    WriteCheck(rule).check(WriteCheck(rule).written(body, frozenset({"*", "item.*"})))
    with pytest.raises(Refused, match="memo"):
        WriteCheck(rule).check(WriteCheck(rule).written(body, frozenset()))
