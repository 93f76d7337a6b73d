"""Redaction of records: what stays, what is replaced, and what still holds afterwards."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gameday.capture.raw_record import encode_record
from gameday.contracts.odcs import load_contract
from gameday.records.explain import decode
from gameday.records.redaction import Redactor
from gameday.records.validator import Validator
from support.rows import rows

CONTRACT = load_contract("closed-won-to-sales-order")
KEY = b"a key of the tests"
#: The fields of the deal itself. Those that are kept have constraints, which no secret here fits.
OWN_FIELDS = [each.physical_name for each in CONTRACT.crm_fields if each.physical_name.startswith("Opportunity.")]

Record = dict[str, Any]


def redactor(key: bytes = KEY) -> Redactor:
    return Redactor(CONTRACT.crm_fields, key)


def line(quantity: Any, price: str, total: str | None = None) -> Record:
    worth = Decimal(total) if total else Decimal(quantity) * Decimal(price)
    return {
        "Id": "00kGd0000000001AAA",
        "OpportunityId": "006Gd00000000ABAA1",
        "PricebookEntry": {"ProductCode": "SKU-1"},
        "Quantity": quantity,
        "UnitPrice": Decimal(price),
        "TotalPrice": worth,
    }


def deal(*lines: Record, amount: Decimal | None = None, **fields: Any) -> Record:
    return {
        "Opportunity": {
            "Id": "006Gd00000000ABAA1",
            "Name": "Northwind & Sons",
            "AccountId": "0015g00000AbCdE",
            "StageName": "Closed Won",
            "IsWon": True,
            "Amount": sum((each["TotalPrice"] for each in lines), Decimal(0)) if amount is None else amount,
            "CurrencyIsoCode": "EUR",
            "CloseDate": "2024-03-31",
            "SystemModstamp": "2024-03-31T10:00:00.000+0000",
            **fields,
        },
        "OpportunityLineItem": list(lines),
    }


cents = st.integers(1, 10**8).map(lambda number: Decimal(number) / 100)
sold = st.builds(lambda quantity, price: line(quantity, str(price)), st.integers(1, 500), cents)
deals = st.lists(sold, min_size=1, max_size=5).map(lambda lines: deal(*lines))


@given(deals)
def test_the_amount_is_again_the_sum_of_the_lines(record: Record) -> None:
    found = redactor().redact(record)
    assert found["Opportunity"]["Amount"] == sum(each["TotalPrice"] for each in found["OpportunityLineItem"])


@given(deals)
def test_a_total_is_again_quantity_times_price(record: Record) -> None:
    for each in redactor().redact(record)["OpportunityLineItem"]:
        assert each["TotalPrice"] == each["Quantity"] * each["UnitPrice"]


@given(deals)
def test_every_amount_price_and_total_is_changed(record: Record) -> None:
    found = redactor().redact(record)
    assert found["Opportunity"]["Amount"] != record["Opportunity"]["Amount"]
    for old, new in zip(record["OpportunityLineItem"], found["OpportunityLineItem"], strict=True):
        assert old["TotalPrice"] != new["TotalPrice"]
        assert old["UnitPrice"] != new["UnitPrice"]


@given(deals)
def test_a_valid_record_stays_valid(record: Record) -> None:
    validator = Validator(CONTRACT.crm_fields)
    for index, each in enumerate(record["OpportunityLineItem"]):
        each["Id"] = f"00kGd00000000{index:02}"
    assert not validator.check(encode_record(record))
    assert not validator.check(encode_record(redactor().redact(record)))


@given(deals)
def test_the_original_is_left_alone(record: Record) -> None:
    before = copy.deepcopy(record)
    redactor().redact(record)
    assert record == before


@given(deals)
def test_the_same_record_and_key_give_the_same_redacted_record(record: Record) -> None:
    assert redactor().redact(record) == redactor().redact(record)


def test_another_key_gives_another_redacted_record() -> None:
    one, other = (redactor(key).redact(deal(line(2, "119.90"))) for key in (KEY, b"another key of the tests"))
    assert one["Opportunity"]["Name"] != other["Opportunity"]["Name"]
    assert one["Opportunity"]["Amount"] != other["Opportunity"]["Amount"]


def test_the_same_name_has_the_same_pseudonym_in_every_record() -> None:
    redact = redactor().redact
    one, other = redact(deal(line(2, "1.10"))), redact(deal(line(3, "7.77")))
    assert one["Opportunity"]["Name"] == other["Opportunity"]["Name"]


def test_fields_that_are_internal_stay() -> None:
    found = redactor().redact(deal(line(2, "1.10")))
    assert found["Opportunity"]["Id"] == "006Gd00000000ABAA1"
    assert found["Opportunity"]["CurrencyIsoCode"] == "EUR"
    assert found["OpportunityLineItem"][0]["Quantity"] == 2


def test_undeclared_fields_are_dropped_and_counted() -> None:
    redact = redactor()
    found = redact.redact(deal(line(1, "1.10"), Secret="x"))
    assert "Secret" not in found["Opportunity"]
    assert redact.report.dropped == {"Opportunity": 1}


def test_an_undeclared_name_is_shown_only_when_several_records_have_it() -> None:
    redact = redactor()
    for name in ("Phone", "Phone", "Phone", "Alice"):
        redact.redact(deal(line(1, "1.10"), **{name: "x"}))
    assert redact.report.shown_names() == ["Opportunity.Phone"]


def test_a_value_that_does_not_fit_a_kept_field_is_redacted() -> None:
    redact = redactor()
    found = redact.redact(deal(line(1, "1.10"), CurrencyIsoCode="alice@contoso.com", StageName="Alice"))
    assert found["Opportunity"]["CurrencyIsoCode"] != "alice@contoso.com"
    assert found["Opportunity"]["StageName"] != "Alice"
    assert redact.report.misfits == {"Opportunity.CurrencyIsoCode": 1, "Opportunity.StageName": 1}


def test_null_and_absent_stay_null_and_absent() -> None:
    record = deal(line(1, "1.10"), Name=None)
    del record["Opportunity"]["CloseDate"]
    found = redactor().redact(record)["Opportunity"]
    assert found["Name"] is None
    assert "CloseDate" not in found


@given(st.lists(st.tuples(st.integers(1, 99), cents, cents), min_size=1, max_size=4))
def test_the_sum_holds_with_any_discount(sold: list[tuple[int, Decimal, Decimal]]) -> None:
    record = deal(*(line(quantity, str(price), str(total)) for quantity, price, total in sold))
    found = redactor().redact(record)
    assert found["Opportunity"]["Amount"] == sum(each["TotalPrice"] for each in found["OpportunityLineItem"])
    assert all(each["TotalPrice"] > 0 for each in found["OpportunityLineItem"])


def test_paid_amounts_keep_the_decimals_of_their_currency() -> None:
    record = deal(line(3, "163.09", total="489"), line(2, "99.95", total="200"))
    record["Opportunity"]["CurrencyIsoCode"] = "JPY"
    found = redactor().redact(record)
    paid = [found["Opportunity"]["Amount"], *(each["TotalPrice"] for each in found["OpportunityLineItem"])]
    assert all(Decimal(amount) == Decimal(amount).to_integral_value() for amount in paid)
    assert paid[0] == sum(paid[1:])


@given(deals)
def test_the_sum_holds_where_json_has_lost_trailing_zeros(record: Record) -> None:
    lost = decode(json.dumps(record, default=float).encode())
    found = redactor().redact(lost)
    assert found["Opportunity"]["Amount"] == sum(each["TotalPrice"] for each in found["OpportunityLineItem"])
    for each in found["OpportunityLineItem"]:
        assert each["TotalPrice"] == each["Quantity"] * each["UnitPrice"]


def test_a_discount_stays_one_of_about_so_many_per_cent() -> None:
    found = redactor().redact(deal(line(2, "1000.00", total="1500.00")))["OpportunityLineItem"][0]
    assert abs(found["TotalPrice"] / (found["Quantity"] * found["UnitPrice"]) - Decimal("0.75")) < Decimal("0.001")


def test_an_amount_that_was_a_cent_off_is_so_again() -> None:
    found = redactor().redact(deal(line(2, "10.50"), amount=Decimal("21.01")))
    assert found["Opportunity"]["Amount"] - found["OpportunityLineItem"][0]["TotalPrice"] == Decimal("0.01")


def test_an_amount_that_was_no_sum_does_not_become_one() -> None:
    found = redactor().redact(deal(line(2, "10.50"), amount=Decimal("999.00")))
    assert found["Opportunity"]["Amount"] != found["OpportunityLineItem"][0]["TotalPrice"]


def test_an_amount_that_would_come_out_as_it_was_is_redacted_by_itself() -> None:
    free = line(1, "0.00")
    assert redactor().redact(deal(free, free, amount=Decimal("0.75")))["Opportunity"]["Amount"] != Decimal("0.75")


@rows("only", ["Opportunity.Amount", "OpportunityLineItem.UnitPrice", "OpportunityLineItem.TotalPrice"])
def test_if_one_of_amount_price_and_total_is_confidential_all_are_redacted(only: str) -> None:
    fields = [
        each if each.physical_name == only else msgspec.structs.replace(each, classification="internal")
        for each in CONTRACT.crm_fields
    ]
    found = Redactor(fields, KEY).redact(deal(line(2, "119.90")))
    assert found["Opportunity"]["Amount"] == found["OpportunityLineItem"][0]["TotalPrice"] != Decimal("239.80")
    assert found["OpportunityLineItem"][0]["UnitPrice"] != Decimal("119.90")


def test_the_amount_of_a_record_without_lines_is_redacted_by_itself() -> None:
    assert redactor().redact(deal(amount=Decimal("999.00")))["Opportunity"]["Amount"] != Decimal("999.00")


@rows("amount", ["Alice", ["Alice"], {"Alice": 1}, True, Decimal("1E+400")])
def test_an_amount_of_any_other_kind_is_redacted_too(amount: Any) -> None:
    record = deal(line(1, "1.10"))
    record["Opportunity"]["Amount"] = amount
    assert "Alice" not in repr(redactor().redact(record))


@rows("shape", [{"Opportunity": "Alice"}, {"Opportunity": ["Alice"]}, {"OpportunityLineItem": "Alice"}])
def test_a_record_of_another_shape_shows_nothing(shape: Record) -> None:
    assert "Alice" not in repr(redactor().redact(shape))


secret = st.sampled_from(["Geheimnis", "alice@geheim.example", "Geheimrat Maximiliane Müller", ["Geheimnis"]])
anything = st.recursive(
    secret | st.none() | st.booleans() | st.integers() | cents,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Id", "geheim", "Name"]), inner),
)
records = st.fixed_dictionaries(
    {},
    optional={
        "Opportunity": anything
        | st.dictionaries(st.sampled_from([name.rpartition(".")[2] for name in OWN_FIELDS]), anything, max_size=9),
        "OpportunityLineItem": st.lists(secret, max_size=2) | secret,
        "geheim": anything,
    },
)


@given(records)
def test_whatever_stands_in_a_field_shows_nothing(record: Record) -> None:
    assert "geheim" not in repr(redactor().redact(record)).lower()
