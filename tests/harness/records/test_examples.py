"""Made-up records keep the contract that they are made for, and the seed decides them."""

from __future__ import annotations

import json

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Field
from gameday.records.examples import make_records
from gameday.records.validator import Validator
from support.rows import rows

CONTRACT = load_contract("closed-won-to-sales-order")


@pytest.mark.parametrize("fields", [CONTRACT.crm_fields, CONTRACT.erp_fields], ids=["crm", "erp"])
def test_made_up_records_are_valid_and_have_keys_of_their_own(fields: tuple[Field, ...]) -> None:
    validator = Validator(fields)
    examined = [validator.examine(record) for record in make_records(fields, 200, seed=1)]
    assert not any(one.problems for one in examined)
    assert len({one.key for one in examined}) == 200


def test_the_same_seed_makes_the_same_records() -> None:
    made = [list(make_records(CONTRACT.crm_fields, 5, seed=seed)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


def test_a_line_refers_to_its_record() -> None:
    (record,) = (json.loads(data) for data in make_records(CONTRACT.crm_fields, 1))
    assert {line["OpportunityId"] for line in record["OpportunityLineItem"]} == {record["Opportunity"]["Id"]}


@rows(
    "pattern",
    ["^SKU-\\d{4,6}$", "^[A-Z]{2}[0-9]?x*$", "^a.b$".replace(".", "\\."), "^[^a]+$", "^[0-9a-f]{8}(-?[0-9a-f]{4}){3}$"],
)
def test_a_text_follows_a_pattern_without_alternatives(pattern: str) -> None:
    fields = [Field("deal.code", "string", True, "Deal.Code", "", {"pattern": pattern})]
    assert len(list(make_records(fields, 20))) == 20


@pytest.mark.parametrize(
    "limits", [{"minimum": 2, "maximum": 1}, {"pattern": "^(a|b)$"}], ids=["no number", "alternatives"]
)
def test_a_field_without_a_possible_value_is_named(limits: dict[str, object]) -> None:
    kind = "string" if "pattern" in limits else "number"
    with pytest.raises(GamedayError, match=r"Deal\.Code"):
        list(make_records([Field("deal.code", kind, True, "Deal.Code", "", limits)], 1))
