"""A record is held against a contract: what is wrong is named with its field, its value and what was expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Field
from gameday.records.rules import BUSINESS_RULES, RULES
from gameday.records.validator import Validator
from support.rows import rows

CONTRACT = load_contract("closed-won-to-sales-order")
CRM = Validator(CONTRACT.crm_fields)
ERP = Validator(CONTRACT.erp_fields)


def deal(**changes: Any) -> dict[str, Any]:
    record = {
        "Opportunity": {
            "Id": "006000000000000001",
            "Name": "Acme",
            "AccountId": "001000000000000001",
            "StageName": "Closed Won",
            "IsWon": True,
            "Amount": 29.99,
            "CurrencyIsoCode": "EUR",
            "CloseDate": "2024-03-09",
            "SystemModstamp": "2024-03-09T08:00:00.000+0000",
        },
        "OpportunityLineItem": [line("00k1", 20), line("00k2", 9.99)],
    }
    record["Opportunity"] |= changes  # type: ignore[operator]
    return record


def line(key: str, total: float) -> dict[str, Any]:
    return {
        "Id": key,
        "OpportunityId": "006000000000000001",
        "PricebookEntry": {"ProductCode": "SKU-1"},
        "Quantity": 1,
        "UnitPrice": total,
        "TotalPrice": total,
    }


def found(record: object, validator: Validator = CRM) -> list[tuple[str, str]]:
    return [(violation.rule, violation.message) for violation in validator.check(json.dumps(record).encode())]


def one_field(
    kind: str, value: object, *, required: bool = True, classified: str = "internal", **constraints: Any
) -> list[str]:
    """The messages about a contract of one field with this value."""
    field = Field("deal.value", kind, required, "Deal.Value", classified, constraints)
    return [message for _, message in found({"Deal": {"Value": value}}, Validator([field]))]


# -- records of the bundled contract -------------------------------------------------------------------


def test_a_record_that_keeps_the_contract_has_no_violation() -> None:
    assert found(deal()) == []


def test_unknown_fields_are_not_violations() -> None:
    assert found(deal(Custom__c={"a": [1]}) | {"Other": 1}) == []


def test_an_order_of_the_erp_that_keeps_the_contract_has_no_violation() -> None:
    item = {"item": {"id": "7"}, "quantity": 2, "rate": 10, "amount": 20}
    order = {"otherRefNum": "006000000000000001", "entity": {"id": "1"}, "tranDate": "2024-03-09", "total": 20}
    assert found({"salesOrder": {**order, "currency": {"refName": "EUR"}, "item": [item]}}, ERP) == []


def test_everything_that_is_wrong_is_reported_at_once() -> None:
    record = deal(StageName="Almost", CloseDate="2024-02-30", IsWon="yes")
    del record["Opportunity"]["AccountId"]
    assert sorted(rule for rule, _ in found(record)) == [
        "record.missing-field",
        "record.unknown-value",
        "record.wrong-format",
        "record.wrong-type",
    ]


def test_a_renamed_field_is_missing() -> None:
    record = deal(AmountNet=29.99)
    del record["Opportunity"]["Amount"]
    assert found(record) == [("record.missing-field", "Opportunity.Amount is missing; expected a number")]


def test_null_is_as_bad_as_missing() -> None:
    assert found(deal(CurrencyIsoCode=None)) == [
        ("record.missing-field", "Opportunity.CurrencyIsoCode is null; expected a text")
    ]


def test_a_value_of_a_line_is_reported_with_the_number_of_its_item() -> None:
    record = deal()
    record["OpportunityLineItem"][1]["Quantity"] = 0
    assert found(record) == [
        (
            "record.out-of-range",
            "OpportunityLineItem.Quantity in item 2 of OpportunityLineItem is a number like 0; "
            "expected a number above 0",
        )
    ]


def test_a_missing_parent_is_reported_by_the_field_that_the_contract_names() -> None:
    record = deal()
    del record["OpportunityLineItem"][0]["PricebookEntry"]
    ((_, message),) = found(record)
    assert message.startswith(
        "OpportunityLineItem.PricebookEntry.ProductCode in item 1 of OpportunityLineItem is missing"
    )


def test_a_record_without_its_lines_misses_them() -> None:
    record = deal()
    del record["OpportunityLineItem"]
    assert found(record) == [("record.missing-field", "OpportunityLineItem is missing; expected a list")]


def test_an_item_that_is_not_an_object_is_reported() -> None:
    assert found({**deal(), "OpportunityLineItem": [1]})[0][0] == "record.wrong-type"


def test_a_violation_names_the_record_by_its_key() -> None:
    (violation,) = CRM.check(json.dumps(deal(StageName="x")).encode())
    assert violation.orders == ("006000000000000001",)
    assert violation.level == "error"


@rows("data", [b"", b"{", b"[]", b"5", b'"a"', b"\xff", b"[" * 100_000, b'{"Opportunity":1e99999999999999}'])
def test_a_line_that_is_not_a_record_is_a_violation_not_an_exception(data: bytes) -> None:
    assert CRM.check(data)


# -- business rules ------------------------------------------------------------------------------------


def test_an_amount_that_is_not_the_sum_of_its_lines_is_reported_without_either_being_shown() -> None:
    ((rule, message),) = found(deal(Amount=29.98))
    assert rule == "record.total-differs"
    assert "29.9" not in message
    assert "within 0" in message


def test_the_distance_from_the_sum_is_shown_where_nothing_is_confidential() -> None:
    fields = [msgspec.structs.replace(field, classification="internal") for field in CONTRACT.crm_fields]
    ((_, message),) = found(deal(Amount=29.98), Validator(fields))
    assert message.startswith("Opportunity.Amount is a number like 00.00; expected the sum of the OpportunityLineItem.")
    assert message.endswith("of its 2 items, from which it is 0.01 away, within 0")


def test_a_difference_within_the_tolerance_counts_as_equal() -> None:
    validator = Validator(CONTRACT.crm_fields, tolerance=Decimal("0.01"))
    assert found(deal(Amount=29.98), validator) == []
    assert found(deal(Amount=29.97), validator) != []


def test_sums_are_exact_where_floats_are_not() -> None:
    record = deal(Amount=0.3)
    record["OpportunityLineItem"] = [line("00k1", 0.1), line("00k2", 0.2)]
    assert found(record) == []


def test_a_record_without_any_line_has_no_amount() -> None:
    assert [rule for rule, _ in found({**deal(), "OpportunityLineItem": []})] == ["record.total-differs"]


def test_two_lines_with_one_key_are_reported() -> None:
    record = deal()
    record["OpportunityLineItem"][1]["Id"] = "00k1"
    assert found(record) == [
        (
            "record.repeated-line",
            "OpportunityLineItem.Id is a text of 4 characters like '00a0' in two items of one record; "
            "expected a different one in each",
        )
    ]


@rows(("currency", "amount", "fine"), [("EUR", 1.23, True), ("EUR", 1.234, False), ("KWD", 1.234, True)])
def test_an_amount_has_the_decimals_of_its_currency(currency: str, amount: float, fine: bool) -> None:
    record = deal(CurrencyIsoCode=currency, Amount=amount)
    record["OpportunityLineItem"] = [line("00k1", amount)]
    rules = {rule for rule, _ in found(record)}
    assert rules == (set() if fine else {"record.too-many-decimals"})


def test_a_yen_has_no_decimals_and_each_amount_with_some_is_reported() -> None:
    messages = [message for _, message in found(deal(CurrencyIsoCode="JPY"))]
    expected = "is a number; expected at most 0 decimals in JPY"
    assert messages == [
        f"Opportunity.Amount {expected}",
        f"OpportunityLineItem.TotalPrice in item 2 of OpportunityLineItem {expected}",
    ]


def test_a_unit_price_may_have_more_decimals_than_its_currency() -> None:
    record = deal()
    record["OpportunityLineItem"][0]["UnitPrice"] = 0.00125
    assert found(record) == []


def test_trailing_zeros_are_not_decimals() -> None:
    assert CRM.check(json.dumps(deal()).replace("29.99", "29.99000").encode()) == ()


def test_a_rule_can_be_left_out() -> None:
    rules = [rule for rule in BUSINESS_RULES if rule.id != "record.total-differs"]
    assert found(deal(Amount=1), Validator(CONTRACT.crm_fields, rules=rules)) == []


def test_every_rule_has_an_id_of_the_area_and_a_text() -> None:
    assert all(rule.startswith("record.") and text for rule, text in RULES.items())
    assert {rule.id for rule in BUSINESS_RULES} < set(RULES)


# -- single values -------------------------------------------------------------------------------------

WRONG: list[tuple[str, object, Mapping[str, Any], str]] = [
    ("string", 5, {}, "Deal.Value is a number like 0; expected a text"),
    ("string", "", {"minLength": 1}, "Deal.Value is a text of 0 characters; expected at least 1 characters"),
    (
        "string",
        "abc",
        {"maxLength": 2},
        "Deal.Value is a text of 3 characters like 'aaa'; expected at most 2 characters",
    ),
    (
        "string",
        "eur",
        {"pattern": "^[A-Z]{3}$"},
        "Deal.Value is a text of 3 characters like 'aaa'; expected the pattern ^[A-Z]{3}$",
    ),
    (
        "string",
        "EUR\n",
        {"pattern": "^[A-Z]{3}$"},
        "Deal.Value is a text of 4 characters like 'AAA\\n'; expected the pattern ^[A-Z]{3}$",
    ),
    ("string", "٣", {"pattern": "^\\d$"}, "Deal.Value is a text of 1 characters like "),
    ("string", "c", {"enum": ["a", "b"]}, "Deal.Value is a text of 1 characters like 'a'; expected one of 'a', 'b'"),
    ("string", "x" * 99, {"maxLength": 2}, "Deal.Value is a text of 99 characters like 'aaaaaaaaaaaaaaa"),
    ("number", "5", {}, "Deal.Value is a text of 1 characters like '0'; expected a number"),
    ("number", True, {}, "Deal.Value is true; expected a number"),
    ("number", -0.01, {"minimum": 0}, "Deal.Value is a number like -0.00; expected a number of at least 0"),
    ("number", 0, {"exclusiveMinimum": 0}, "Deal.Value is a number like 0; expected a number above 0"),
    ("number", 100.5, {"maximum": 100}, "Deal.Value is a number like 000.0; expected a number of at most 100"),
    ("number", 100, {"exclusiveMaximum": 100}, "Deal.Value is a number like 000; expected a number below 100"),
    ("number", 0.015, {"multipleOf": 0.01}, "Deal.Value is a number like 0.000; expected a multiple of 0.01"),
    ("integer", 5.5, {}, "Deal.Value is a number like 0.0; expected a whole number"),
    ("integer", 128, {"format": "i8"}, "Deal.Value is a number like 000; expected a whole number of at most 127"),
    ("integer", -1, {"format": "u16"}, "Deal.Value is a number like -0; expected a whole number of at least 0"),
    ("boolean", "true", {}, "Deal.Value is a text of 4 characters like 'aaaa'; expected true or false"),
    (
        "date",
        "09.03.2024",
        {},
        "Deal.Value is a text of 10 characters like '00.00.0000'; expected a date as YYYY-MM-DD",
    ),
    (
        "date",
        "2023-02-29",
        {},
        "Deal.Value is a text of 10 characters like '0000-00-00'; expected a date as YYYY-MM-DD",
    ),
    (
        "date",
        "2024-03-09",
        {"format": "dd.MM.yyyy"},
        "Deal.Value is a text of 10 characters like '0000-00-00'; expected a date as dd.MM.yyyy",
    ),
    ("date", "2019-12-31", {"minimum": "2020-01-01"}, "expected a date as YYYY-MM-DD not before 2020-01-01"),
    ("time", "24:00:00", {}, "Deal.Value is a text of 8 characters like '00:00:00'; expected a time as HH:MM:SS"),
    (
        "timestamp",
        "2024-03-09",
        {},
        "Deal.Value is a text of 10 characters like '0000-00-00'; expected a timestamp by ISO 8601",
    ),
    ("timestamp", "2024-03-09T25:00:00Z", {}, "expected a timestamp by ISO 8601"),
    ("timestamp", "2024-03-09T08:00:00", {"timezone": True}, "with its zone, such as Z or +01:00"),
    ("timestamp", "2024-03-09T08:00:00Z", {"timezone": False}, "without a zone"),
    ("object", [], {}, "Deal.Value is a list of 0; expected an object"),
    (
        "object",
        {"a": 1},
        {"minProperties": 2},
        "Deal.Value is an object of 1 fields; expected at least 2 fields",
    ),
    ("array", {}, {}, "Deal.Value is an object of 0 fields; expected a list"),
    ("array", [1, 1.0], {"uniqueItems": True}, "Deal.Value is a list of 2; expected items that differ"),
    ("array", [], {"minItems": 1}, "Deal.Value is a list of 0; expected at least 1 items"),
    ("vector", [1, 2], {"dimensions": 3}, "Deal.Value is a list of 2; expected at least 3 items"),
]


@rows(("kind", "value", "constraints", "message"), WRONG)
def test_a_wrong_value_is_named_with_what_was_expected(
    kind: str, value: object, constraints: Mapping[str, Any], message: str
) -> None:
    (found_message,) = one_field(kind, value, **constraints)
    assert message in found_message


RIGHT: list[tuple[str, object, Mapping[str, Any]]] = [
    ("string", "é" * 3, {"maxLength": 3}),
    ("string", "a$", {"pattern": "^a[$]$"}),
    ("number", 1e300, {}),
    ("number", 0.3, {"multipleOf": 0.1}),
    ("integer", 5.0, {}),
    ("integer", 2**70, {}),
    ("date", "9.3.2024", {"format": "d.M.yyyy"}),
    ("date", "2024-02-29", {}),
    ("time", "23:59:59.5", {}),
    ("timestamp", "2024-03-09T08:00:00.000+0000", {"timezone": True}),
    ("timestamp", "2024-03-09 08:00:00", {}),
    ("timestamp", "2024-03-09T09:30:00", {"defaultTimezone": "Europe/Berlin", "maximum": "2024-03-09T08:30:00Z"}),
    ("timestamp", "9.3.2024 7:05 Uhr", {"format": "d.M.yyyy H:mm 'Uhr'"}),
    ("map", {"a": 1}, {}),
    ("array", [1, True], {"uniqueItems": True}),
    ("", {"anything": [None]}, {}),
]


@rows(("kind", "value", "constraints"), RIGHT)
def test_a_right_value_is_not_a_violation(kind: str, value: object, constraints: Mapping[str, Any]) -> None:
    assert one_field(kind, value, **constraints) == []


def test_an_optional_field_may_be_missing_or_null_but_not_wrong() -> None:
    assert one_field("number", None, required=False) == []
    assert one_field("number", "x", required=False) != []


# -- what a message may show ---------------------------------------------------------------------------

SECRET = "Confidential Customer 4711"
SHAPES: list[tuple[str, object, str]] = [
    ("number", SECRET, "a text of 26 characters"),
    ("string", 4711.25, "a number"),
    ("string", True, "a boolean"),
    ("string", {SECRET: SECRET}, "an object of 1 fields"),
    ("string", [SECRET], "a list of 1"),
]


@rows("classification", ["confidential", "Restricted", "secret", "3", "1", "our own word", ""])
@rows(("kind", "value", "shape"), SHAPES)
def test_a_confidential_value_is_shown_only_by_its_shape(
    classification: str, kind: str, value: object, shape: str
) -> None:
    (message,) = one_field(kind, value, classified=classification)
    assert f"is {shape};" in message
    assert "4711" not in message


@rows("value", [{SECRET: SECRET}, [SECRET]])
def test_what_lies_within_a_value_is_never_shown(value: object) -> None:
    (message,) = one_field("number", value, classified="public")
    assert "4711" not in message


def test_a_value_below_a_confidential_field_is_shown_only_by_its_shape() -> None:
    fields = [
        Field("deal.buyer", "object", False, "Deal.Buyer", "confidential"),
        Field("deal.buyer.name", "number", True, "Deal.Buyer.Name", "internal"),
    ]
    ((_, message),) = found({"Deal": {"Buyer": {"Name": SECRET}}}, Validator(fields))
    assert message == "Deal.Buyer.Name is a text of 26 characters; expected a number"


@rows("classification", ["confidential", ""])
def test_a_record_whose_key_may_not_be_shown_is_not_named(classification: str) -> None:
    fields = [
        Field("deal.id", "string", True, "Deal.Id", classification),
        Field("deal.won", "boolean", True, "Deal.Won"),
    ]
    (violation,) = Validator(fields).check(json.dumps({"Deal": {"Id": SECRET, "Won": 1}}).encode())
    assert violation.orders == ()


# -- contracts that make no sense ----------------------------------------------------------------------


@rows(
    ("kind", "constraints", "message"),
    [
        ("string", {"pattern": "["}, "Deal.Value: the pattern '[' is not a regular expression"),
        ("string", {"minLength": -1}, "Deal.Value: minLength -1 is not a count"),
        ("number", {"minimum": "low"}, "Deal.Value: minimum 'low' is not a number"),
        ("number", {"multipleOf": 0}, "Deal.Value: multipleOf 0 is not a number"),
        ("date", {"format": "yyyy-QQ-dd"}, "Deal.Value: unknown letters 'QQ' in the format 'yyyy-QQ-dd'"),
        ("date", {"format": "yyyy"}, "the format 'yyyy' of a date lacks 'M'"),
        ("date", {"minimum": "soon"}, "Deal.Value: minimum 'soon' is not a date"),
        ("timestamp", {"defaultTimezone": "Mars/Base"}, "Deal.Value: 'Mars/Base' is not a time zone"),
    ],
)
def test_a_constraint_that_makes_no_sense_is_named(kind: str, constraints: dict[str, Any], message: str) -> None:
    with pytest.raises(GamedayError) as caught:
        Validator([Field("deal.value", kind, True, "Deal.Value", "", constraints)])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [Field("deal.id", "string", True, "Deal.Id"), Field("deal.key", "string", True, "Deal.Id")],
        [Field("deal.id", "string", True, "Deal.Id"), Field("deal.id.x", "string", True, "Deal.Id.X")],
        [Field("id", "string", True, "Id")],
    ],
    ids=["no fields", "one name twice", "fields below a text", "no element"],
)
def test_fields_that_do_not_describe_a_record_are_one_error(fields: list[Field]) -> None:
    with pytest.raises(GamedayError):
        Validator(fields)
