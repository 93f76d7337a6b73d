"""A whole file is validated: what is counted, what is kept, and that the two ways of reading it come to one verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.records.check import RecordCheck, check_records
from gameday.records.examples import make_records
from gameday.records.read import read_records
from gameday.records.record import Record
from gameday.records.validator import Validator

FIELDS = load_contract("closed-won-to-sales-order").crm_fields
VALIDATOR = Validator(FIELDS)


@pytest.fixture
def check(tmp_path: Path) -> Any:
    def check(*lines: bytes, **options: Any) -> RecordCheck:
        path = tmp_path / "records.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        return check_records(path, VALIDATOR, **options)

    return check


def records(count: int) -> list[bytes]:
    return list(make_records(FIELDS, count, seed=7))


def spoilt(record: bytes, **changes: object) -> bytes:
    found = json.loads(record)
    found["Opportunity"] |= changes
    return json.dumps(found).encode()


def test_good_bad_and_broken_records_are_counted(check: Any) -> None:
    one, two, three = records(3)
    found = check(one, spoilt(two, StageName="x", IsWon="y"), b"{", three)
    assert (found.seen, found.valid, found.invalid, found.rejected) == (3, 2, 1, 1)
    assert found.by_rule == {"record.unknown-value": 1, "record.wrong-type": 1, "record.rejected": 1}
    assert found.by_field == {"Opportunity.StageName": 1, "Opportunity.IsWon": 1}
    assert sum(found.by_rule.values()) == 3


def test_a_violation_says_in_which_file_and_line_its_record_begins(check: Any, tmp_path: Path) -> None:
    one, two = records(2)
    (violation,) = check(one, spoilt(two, StageName="x")).violations
    assert (violation.path, violation.line) == (str(tmp_path / "records.jsonl"), 2)
    assert violation.orders == (json.loads(two)["Opportunity"]["Id"],)


def test_no_more_violations_are_kept_than_asked_for_but_the_first_of_each_rule_is(check: Any) -> None:
    made = records(50)
    found = check(*(spoilt(one, StageName="x") for one in made[:49]), spoilt(made[49], IsWon=1), limit_violations=10)
    assert [violation.rule for violation in found.violations] == ["record.unknown-value"] * 10 + ["record.wrong-type"]
    assert found.by_rule == {"record.unknown-value": 49, "record.wrong-type": 1}


def test_a_key_that_comes_again_is_a_violation(check: Any) -> None:
    one, two = records(2)
    found = check(one, two, one)
    assert (found.valid, found.invalid) == (2, 1)
    (violation,) = found.violations
    assert (violation.rule, violation.line) == ("record.repeated-record", 3)


def test_in_traffic_a_record_may_come_again(check: Any) -> None:
    (one,) = records(1)
    assert check(one, one, unique=False).valid == 2


def test_the_summary_names_the_commonest_rules(check: Any) -> None:
    one, two = records(2)
    assert check(one, spoilt(two, StageName="x")).summary == (
        "2 records: 1 valid, 1 invalid, 0 rejected (record.unknown-value 1)"
    )


def test_a_missing_file_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(GamedayError):
        check_records(tmp_path / "records.jsonl", VALIDATOR)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"Opportunity":{', b'{"Opportunity":{"Id":"x",'),
        (b'{"Opportunity":{', b'{"Opportunity" : {"\\u0049d":"x",'),
        (b'{"Opportunity":{', b'{"Opportunity":{"Name":"a:b",'),
    ],
    ids=["as written", "behind an escape and a blank", "with a colon in it"],
)
def test_a_key_twice_is_rejected_also_where_all_else_keeps_the_contract(check: Any, old: bytes, new: bytes) -> None:
    found = check(*(record.replace(old, new, 1) for record in records(5)))
    assert found.rejected + found.valid == 5
    assert found.rejected


def test_unknown_fields_and_colons_in_texts_are_not_reason_to_reject(check: Any) -> None:
    one, two, three = records(3)
    found = check(
        spoilt(one, Name="a: b"), spoilt(two, Other={"x": {"y": 'a "quote": here'}}), spoilt(three, Name="é\n")
    )
    assert found.valid == 3


def test_a_file_has_the_findings_of_its_single_records(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    made = records(200)
    lines = [spoilt(one, StageName="x") if n % 7 == 0 else one for n, one in enumerate(made)]
    path.write_bytes(b"\n".join(lines))
    alone = [VALIDATOR.check(item.data) for item in read_records(path, FIELDS) if isinstance(item, Record)]
    assert check_records(path, VALIDATOR).invalid == sum(map(bool, alone))
