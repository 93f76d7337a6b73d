"""The comparison: what is the same, what a rename is, shapes, and what a fake needs to know."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import base, edited, flow, of_raw, planted, raw

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility import RULES, Comparison, FlowContracts, WireChange, compare, wire_changes
from support.thorough import examples

ROWS = {row["name"]: row for row in planted("breaking") + planted("harmless")}
HARMLESS = planted("harmless")


def change(name: str) -> Comparison:
    return compare(flow(base()), flow(edited(base(), ROWS[name])))


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [each.rule for each in compare(of_raw(before), of_raw(after)).changes]


def fields(documents: dict[str, Any], side: str = "crm", thing: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = documents[side]["schema"][thing]["properties"]
    return found


# -- the same, and sequences of harmless edits -------------------------------------------------------


def test_a_contract_has_no_change_to_itself() -> None:
    comparison = compare(flow(base()), flow(base()))
    assert (comparison.changes, comparison.violations, comparison.signers) == ((), (), ())


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(st.lists(st.sampled_from(HARMLESS), max_size=12, unique_by=lambda row: row["name"]))
def test_any_sequence_of_harmless_edits_is_harmless(rows: list[dict[str, Any]]) -> None:
    texts = base()
    for row in rows:
        try:
            texts = edited(texts, row)
        except AssertionError:  # an edit before it took away what it edits
            continue
    comparison = compare(flow(base()), flow(texts))
    assert comparison.required_step != "major"
    assert comparison.signers == ()


@pytest.mark.slow
@settings(max_examples=examples(30))
@given(st.randoms(use_true_random=False))
def test_the_order_of_everything_but_objects_is_not_a_change(shuffler: random.Random) -> None:
    documents = raw()
    shuffled = {side: _shuffled(document, shuffler) for side, document in documents.items()}
    comparison = compare(of_raw(documents), of_raw(shuffled))
    assert comparison.changes == ()


def _shuffled(value: Any, shuffler: random.Random, key: str = "") -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        shuffler.shuffle(items)
        return {name: _shuffled(inner, shuffler, name) for name, inner in items}
    if isinstance(value, list):
        items = [_shuffled(inner, shuffler) for inner in value]
        if key != "schema":
            shuffler.shuffle(items)
        return items
    return value


# -- the same in other bytes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: "---\n" + text + "\n\n",
        lambda text: yaml.safe_dump(yaml.safe_load(text), sort_keys=True),
        lambda text: yaml.safe_dump(yaml.safe_load(text), default_flow_style=True, width=10**6),
        lambda text: msgspec.json.encode(yaml.safe_load(text)).decode(),
    ],
    ids=["other line ends", "a byte order mark", "a document's start", "sorted", "in flow style", "as JSON"],
)
def test_another_spelling_of_the_same_is_not_a_change(rewrite: Callable[[str], str]) -> None:
    rewritten = {side: rewrite(text) for side, text in base().items()}
    assert compare(flow(base()), flow(rewritten)).changes == ()


# -- renames -----------------------------------------------------------------------------------------


def test_a_rename_is_not_reported_as_removal_and_addition_too() -> None:
    assert [each.rule for each in change("a field is renamed in both names").changes] == ["contract.field-renamed"]


def test_two_renames_at_once_are_each_recognised() -> None:
    before, after = raw(), raw()
    by_name = {field["name"]: field for field in fields(after)}
    by_name["won"].update(name="closedWon", physicalName="ClosedWon__c")
    by_name["title"].update(name="dealTitle", physicalName="DealTitle__c")
    assert compared(before, after) == ["contract.field-renamed"] * 2


def test_two_fields_that_exchange_their_names_on_the_wire_are_each_read_for_the_other() -> None:
    before, after = raw(), raw()
    lines = {field["name"]: field for field in fields(after, thing=1)}
    lines["sku"]["name"], lines["id"]["name"] = "id", "sku"
    assert compared(before, after) == ["contract.name-reused"] * 2


def test_another_field_of_another_type_is_not_a_rename() -> None:
    before, after = raw(), raw()
    fields(after)[7] = {"name": "region", "physicalName": "Region__c", "logicalType": "string"}
    assert sorted(compared(before, after)) == ["contract.field-added", "contract.field-removed"]


def test_a_remembered_rename_of_long_ago_is_not_a_change() -> None:
    before, after = raw(), raw()
    custom = {"property": "renamedFrom", "value": "Amount"}
    fields(after)[1].setdefault("customProperties", []).append(custom)
    assert compared(before, after) == []


def test_a_match_that_follows_a_renamed_field_is_part_of_the_rename() -> None:
    before, after = raw(), raw()
    fields(after, "erp")[1]["physicalName"] = "custbody_deal"
    after["erp"]["customProperties"][0]["value"] = "custbody_deal"
    assert compared(before, after) == ["contract.field-renamed"]


def test_the_same_name_twice_cannot_be_compared() -> None:
    after = raw()
    fields(after).append(copy.deepcopy(fields(after)[0]))
    with pytest.raises(GamedayError, match=r"deals\.crm\.yaml:1: two elements are named 'deal\.id'"):
        compare(of_raw(raw()), of_raw(after))


# -- shapes ------------------------------------------------------------------------------------------


def test_another_first_object_is_another_record() -> None:
    before, after = raw(), raw()
    after["crm"]["schema"].reverse()
    assert compared(before, after) == ["contract.record-changed"]


def test_an_object_that_is_gone_is_one_change() -> None:
    before, after = raw(), raw()
    del after["crm"]["schema"][1]
    assert compared(before, after) == ["contract.object-removed"]


def test_a_file_that_is_gone_is_a_major_change() -> None:
    whole, half = flow(base()), flow({"crm": base()["crm"]})
    comparison = compare(whole, FlowContracts("deals", half.documents))
    assert "contract.contract-removed" in {each.rule for each in comparison.changes}
    assert comparison.required_step == "major"


def test_the_type_of_a_lists_items_said_first_is_a_change_of_type() -> None:
    before, after = raw(), raw()
    del fields(before, thing=1)[4]["items"]
    assert compared(before, after) == ["contract.type-changed"]


def test_a_retired_contract_is_a_major_change() -> None:
    before, after = raw(), raw()
    after["crm"]["status"] = "retired"
    assert compared(before, after) == ["contract.status-retired"]


def test_what_becomes_used_and_required_at_once_is_both() -> None:
    before, after = raw(), raw()
    forecast = next(field for field in fields(after) if field["name"] == "forecast")
    forecast["customProperties"][0]["value"] = True
    forecast["required"] = True
    assert sorted(compared(before, after)) == ["contract.field-used", "contract.required-added"]


# -- what a fake needs -------------------------------------------------------------------------------


def test_a_fake_learns_of_a_rename() -> None:
    found = wire_changes(change("a field is renamed on the wire"))
    assert found == (WireChange("Opportunity", "Amount", "Total_Contract__c"),)


def test_a_fake_learns_of_a_removal() -> None:
    assert wire_changes(change("a field is removed")) == (WireChange("Opportunity", "IsWon", None),)


def test_a_field_behind_a_reference_is_one_of_the_object_referred_to() -> None:
    found = wire_changes(change("a field behind a reference is renamed"))
    assert found == (WireChange("PricebookEntry", "ProductCode", "StockKeepingUnit"),)


def test_each_side_has_its_own_wire_changes() -> None:
    comparison = change("a column of the lines is removed")
    assert wire_changes(comparison, "crm") == ()
    assert wire_changes(comparison, "erp") == (WireChange("item", "rate", None),)


# -- the rules ---------------------------------------------------------------------------------------


def test_every_rule_has_an_id_of_its_area() -> None:
    assert all(name == each.id and name.startswith("contract.") for name, each in RULES.items())


def test_two_rules_of_one_id_are_refused() -> None:
    from gameday.contracts.compatibility.change import rule

    with pytest.raises(ValueError, match="field-removed"):
        rule("field-removed", "major", breaks="new", says="")
