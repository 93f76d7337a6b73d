"""The further fields that a contract maps are compared in both ledgers, by type and rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday.analysis.field_pairs import is_same
from gameday.analysis.reconcile import reconcile
from gameday.model.contract import CompareRule, FieldPair, Unmapped
from gameday_fakes.ledger import Line
from support.rows import rows

ORDER = FieldPair("order", "Region__c", "custbody_region")
INVOICE = FieldPair("invoice", "Region__c", "custbody_area")
LINE = FieldPair("line", "Note__c", "custcol_note")
INVOICE_LINE = FieldPair("invoice.line", "Note__c", "custcol_text")
CUSTOMER = FieldPair("customer", "Tier__c", "custentity_tier")


def tolerance(**values: Any) -> CompareRule:
    return CompareRule("tolerance", **values)


@rows(
    ("kind", "crm", "erp", "same"),
    [
        ("text", "EMEA", "EMEA", True),
        ("text", "EMEA", "emea", False),
        ("text", "EMEA", "EMEA ", False),
        ("text", "", "", True),
        ("text", "EMEA", "", False),
        ("number", "10.50", "10.5", True),
        ("number", "10.50", "10.51", False),
        ("number", "0", "", False),
        ("number", "NaN", "nan", False),
        ("boolean", "True", "T", True),
        ("boolean", "False", "", True),
        ("boolean", "True", "", False),
        ("boolean", "yes", "true", False),
        ("date", "2026-06-30T23:00:00.000+0000", "2026-06-30", True),
        ("date", "2026-06-30", "2026-07-01", False),
        ("timestamp", "2026-06-30T10:00:00.000+0000", "2026-06-30T12:00:00+02:00", True),
        ("timestamp", "2026-06-30T10:00:00Z", "2026-06-30T10:00:01Z", False),
        ("reference", "a0B1", "a0B1", True),
        ("reference", "a0B1", "a0B2", False),
    ],
)
def test_two_texts_are_one_value_by_their_type(kind: Any, crm: str, erp: str, same: bool) -> None:
    assert is_same(FieldPair("order", "A__c", "custbody_a", kind), crm, erp) is same


@rows(
    ("kind", "rule", "crm", "erp", "same"),
    [
        ("number", tolerance(amount=Decimal("0.01")), "10.50", "10.51", True),
        ("number", tolerance(amount=Decimal("0.01")), "10.50", "10.52", False),
        ("number", tolerance(share=Decimal("0.1")), "10", "11", True),
        ("number", tolerance(share=Decimal("0.1")), "10", "11.1", False),
        ("date", tolerance(days=2), "2026-06-30", "2026-07-02", True),
        ("date", tolerance(days=2), "2026-06-30", "2026-07-03", False),
    ],
)
def test_a_tolerance_lets_numbers_and_dates_differ(kind: Any, rule: Any, crm: str, erp: str, same: bool) -> None:
    assert is_same(FieldPair("order", "A__c", "custbody_a", kind, rule), crm, erp) is same


def test_texts_are_trimmed_and_folded_only_if_the_contract_says_so() -> None:
    assert is_same(FieldPair("order", "a", "b", trim=True), "x", " x ")
    assert not is_same(FieldPair("order", "a", "b", trim=True), "x", "X")
    assert is_same(FieldPair("order", "a", "b", ignore_case=True), "x", "X")


def compared(
    story: Any, pairs: tuple[FieldPair, ...], crm: dict[str, Any], erp: dict[str, Any], **contract: Any
) -> Any:
    """The reconciliation of one deal whose further fields are these."""
    story.contract = msgspec.structs.replace(story.contract, pairs=pairs, **contract)
    return reconcile(story.deal("D1", **crm).order("D1", **erp).case())


def lines(**fields: str) -> tuple[Line, ...]:
    return (Line("SKU-1", Decimal(1), Decimal(100), Decimal(100), fields=tuple(fields.items())),)


def differences(found: Any) -> list[tuple[str, str, str]]:
    [outcome] = found.outcomes
    return [(each.field, each.crm, each.erp) for each in outcome.differences]


def test_a_wrong_field_of_the_order_makes_the_deal_mismatched_and_names_both_values(story: Any) -> None:
    found = compared(
        story, (ORDER,), crm={"fields": {"Region__c": "EMEA"}}, erp={"fields": {"custbody_region": "APAC"}}
    )
    assert found.outcomes[0].state == "mismatched"
    assert differences(found) == [("field Region__c / custbody_region", "EMEA", "APAC")]


def test_a_field_that_the_order_lacks_is_a_difference(story: Any) -> None:
    found = compared(story, (ORDER,), crm={"fields": {"Region__c": "EMEA"}}, erp={"fields": {"custbody_region": ""}})
    assert differences(found) == [("field Region__c / custbody_region", "EMEA", "")]


def test_a_wrong_field_of_the_invoice_is_a_difference(story: Any) -> None:
    erp = {"billed": {"fields": {"custbody_area": "APAC"}}}
    found = compared(story, (INVOICE,), crm={"fields": {"Region__c": "EMEA"}}, erp=erp)
    assert differences(found) == [("invoice field Region__c / custbody_area", "EMEA", "APAC")]


def test_a_wrong_field_of_a_line_is_a_difference_of_that_line(story: Any) -> None:
    erp = {"lines": lines(custcol_note="b"), "billed": {"lines": lines(custcol_text="c")}}
    found = compared(story, (LINE, INVOICE_LINE), crm={"lines": lines(Note__c="a")}, erp=erp)
    assert differences(found) == [
        ("line SKU-1 field Note__c / custcol_note", "a", "b"),
        ("invoice line SKU-1 field Note__c / custcol_text", "a", "c"),
    ]


def test_customers_are_compared_by_what_the_ledgers_say_of_them(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, pairs=(CUSTOMER,))
    story.deal("D1").order("D1")
    case = story.case()
    crm = msgspec.structs.replace(case.crm, customers={"ACC-1": {"Tier__c": "Gold"}})
    erp = msgspec.structs.replace(case.erp, customers={"ACC-1": {"custentity_tier": "Silver"}})
    found = reconcile(msgspec.structs.replace(case, crm=crm, erp=erp))
    assert differences(found) == [("customer field Tier__c / custentity_tier", "Gold", "Silver")]


def test_right_values_leave_the_deal_as_it_is(story: Any) -> None:
    crm = {"fields": {"Region__c": "EMEA"}, "lines": lines(Note__c="a")}
    erp = {"fields": {"custbody_region": "EMEA"}, "lines": lines(custcol_note="a")}
    found = compared(story, (ORDER, LINE), crm=crm, erp=erp)
    assert found.outcomes[0].state == "ok"
    assert not [each for each in found.not_compared if each.field.startswith("field")]


def test_what_is_not_compared_is_listed_with_the_reason(story: Any) -> None:
    ignored = msgspec.structs.replace(ORDER, rule=CompareRule("ignored", reason="local text"))
    held = FieldPair("order", "A__c", "custbody_a")
    unmapped = (Unmapped("B__c", "no counterpart"),)
    crm = {"fields": {"A__c": "1", "Region__c": "x"}}
    found = compared(story, (ignored, held), crm=crm, erp={}, unmapped=unmapped)
    listed = {each.words: each.reason for each in found.not_compared if each.field.startswith("field")}
    assert listed == {
        "field Region__c / custbody_region": "ignored by the contract: local text",
        "field A__c / custbody_a": "the ERP does not state it",
        "field B__c": "no counterpart",
    }
    assert found.outcomes[0].state == "ok"


def test_a_field_that_a_system_states_is_compared_although_no_document_has_it(story: Any) -> None:
    story.contract = msgspec.structs.replace(story.contract, pairs=(ORDER,))
    story.deal("D1", fields={"Region__c": "EMEA"}).order("D1")
    case = story.case()
    erp = msgspec.structs.replace(case.erp, states=("fields.custbody_region",))
    found = reconcile(msgspec.structs.replace(case, erp=erp))
    assert differences(found) == [("field Region__c / custbody_region", "EMEA", "")]
