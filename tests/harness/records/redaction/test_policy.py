"""What is redacted by a contract's classification, and how far a field's own constraints hold afterwards."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from gameday.base.errors import GamedayError
from gameday.model.contract import Field
from gameday.records.redaction import Redactor, redaction_key
from support.rows import rows

KEY = b"a key of the tests"


def field(path: str, kind: str = "string", classification: str = "confidential", **constraints: Any) -> Field:
    return Field(path.lower(), kind, False, path, classification, constraints)


def test_an_id_that_is_confidential_still_joins_its_lines() -> None:
    fields = [
        field("Deal.Id"),
        field("Line.DealId"),
        field("Line.Price", "number"),
    ]
    record = {"Deal": {"Id": "0065g00000AbCdE"}, "Line": [{"DealId": "0065g00000AbCdE"}]}
    found = Redactor(fields, KEY).redact(record)
    assert found["Deal"]["Id"] == found["Line"][0]["DealId"] != "0065g00000AbCdE"


@rows("word", ["confidential", "restricted", "pii", "Sensitive", "secret", "whatever", ""])
def test_every_class_but_public_and_internal_is_redacted(word: str) -> None:
    found = Redactor([field("Deal.Name", classification=word)], KEY).redact({"Deal": {"Name": "Northwind"}})
    assert found["Deal"]["Name"] != "Northwind"


@rows("word", ["public", "internal", " Internal "])
def test_public_and_internal_are_kept(word: str) -> None:
    found = Redactor([field("Deal.Name", classification=word)], KEY).redact({"Deal": {"Name": "Northwind"}})
    assert found["Deal"]["Name"] == "Northwind"


def test_a_field_without_a_classification_is_reported() -> None:
    report = Redactor([field("Deal.Name", classification="")], KEY).report
    assert report.fields == {"Deal.Name": "pseudonym (not classified)"}


def test_a_field_below_a_confidential_one_is_redacted() -> None:
    fields = [field("Deal.Buyer", "object", "pii"), field("Deal.Buyer.City", classification="internal")]
    found = Redactor(fields, KEY).redact({"Deal": {"Buyer": {"City": "Bonn"}}})
    assert found["Deal"]["Buyer"]["City"] != "Bonn"


def test_what_is_below_a_field_that_declares_nothing_is_dropped() -> None:
    fields = [field("Order.entity", "object", "internal")]
    assert Redactor(fields, KEY).redact({"Order": {"entity": {"refName": "Alice"}}}) == {"Order": {"entity": {}}}


def test_an_enumerated_value_becomes_another_of_the_enumeration() -> None:
    stages = ["Open", "Won", "Lost"]
    redact = Redactor([field("Deal.Stage", enum=stages)], KEY)
    found = [redact.redact({"Deal": {"Stage": stage}})["Deal"]["Stage"] for stage in stages]
    assert sorted(found) == sorted(stages)
    assert not [one for one, other in zip(found, stages, strict=True) if one == other]


def test_a_set_too_small_to_hide_in_is_reported() -> None:
    redact = Redactor([field("Deal.Insured", "boolean")], KEY)
    assert isinstance(redact.redact({"Deal": {"Insured": True}})["Deal"]["Insured"], bool)
    assert redact.report.unhidden == {"Deal.Insured": 1}


def test_zero_stays_zero_and_is_reported() -> None:
    redact = Redactor([field("Deal.Discount", "number")], KEY)
    assert redact.redact({"Deal": {"Discount": Decimal("0.00")}}) == {"Deal": {"Discount": Decimal("0.00")}}
    assert redact.report.unhidden == {"Deal.Discount": 1}


@rows("share", ["12.5", "99.9", "3.0"])
def test_a_number_within_its_limits_stays_within_them(share: str) -> None:
    redact = Redactor([field("Deal.Share", "number", maximum=100)], KEY)
    assert redact.redact({"Deal": {"Share": Decimal(share)}})["Deal"]["Share"] <= 100


def test_a_text_that_follows_a_pattern_follows_it_again() -> None:
    redact = Redactor([field("Deal.Tax", pattern="^[A-M][A-Z][0-9]{9}$")], KEY)
    found = redact.redact({"Deal": {"Tax": "DE123456789"}})["Deal"]["Tax"]
    assert found[0] in "ABCDEFGHIJKLM"


@rows(("pattern", "value"), [("^DE[0-9]{9}$", "DE123456789"), ("^[A-Z]{2}-2024$", "AB-2024"), ("^K-[0-9]+$", "K-77")])
def test_where_a_pattern_leaves_no_choice_of_letters_or_digits_the_others_change(pattern: str, value: str) -> None:
    found = Redactor([field("Deal.Tax", pattern=pattern)], KEY).redact({"Deal": {"Tax": value}})["Deal"]["Tax"]
    assert re.fullmatch(pattern, found)
    assert found != value


def test_a_key_from_the_environment_lasts() -> None:
    assert redaction_key({"GAMEDAY_REDACTION_KEY": "0123456789abcdef"}) == (b"0123456789abcdef", True)


def test_without_a_key_one_is_drawn_that_does_not_last() -> None:
    (one, lasting), (other, _) = redaction_key({}), redaction_key({})
    assert one != other
    assert not lasting


def test_a_key_that_could_be_guessed_is_refused_and_not_shown() -> None:
    with pytest.raises(GamedayError, match="GAMEDAY_REDACTION_KEY has 6 characters") as refused:
        redaction_key({"GAMEDAY_REDACTION_KEY": "s3cret"})
    assert "s3cret" not in str(refused.value)
