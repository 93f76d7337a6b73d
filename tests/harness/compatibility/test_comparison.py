"""The comparison: what a fuzzed contract does to it, versions, renames, and what a fake needs to know."""

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
from planted import base, edited, flow, planted

from gameday.compatibility import RULES, Comparison, Flow, WireChange, compare, wire_changes
from gameday.compatibility.checks import check_contracts
from gameday.compatibility.version import Version, parse_version, step_between
from gameday.errors import GamedayError

ROWS = {row["name"]: row for row in planted("breaking") + planted("harmless")}
HARMLESS = planted("harmless")


def change(name: str) -> Comparison:
    return compare(flow(base()), flow(edited(base(), ROWS[name])))


def raw() -> dict[str, Any]:
    return {side: yaml.safe_load(text) for side, text in base().items()}


def of_raw(documents: dict[str, Any]) -> Flow:
    return flow({side: msgspec.json.encode(document).decode() for side, document in documents.items()})


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [each.rule for each in compare(of_raw(before), of_raw(after)).changes]


def fields(documents: dict[str, Any], side: str = "crm", thing: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = documents[side]["schema"][thing]["properties"]
    return found


# -- the same, and sequences of harmless edits -------------------------------------------------------


def test_a_contract_is_no_change_of_itself() -> None:
    comparison = compare(flow(base()), flow(base()))
    assert (comparison.changes, comparison.violations, comparison.signers) == ((), (), ())


@settings(max_examples=50)
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


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_everything_but_objects_is_no_change(shuffler: random.Random) -> None:
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


# -- fuzzing -----------------------------------------------------------------------------------------

_ODD = [None, True, False, 0, -1, 1.5, 10**30, 1e300, "", "x", "2020-01-01", "(", [], {}, ["a"], {"a": 1}, "string"]


def _values_by_key() -> dict[str, list[Any]]:
    """Every value of the base contracts and of the planted edits' keys, by the key that it stands under."""
    found: dict[str, list[Any]] = {
        "enum": [[{"value": "a"}, {"value": 1}]],
        "items": [{"logicalType": "string"}],
        "transformLogic": ["a + b", "a - b"],
        "deprecated": [True],
        "relationships": [[{"to": "line.id"}]],
        "renamedFrom": ["Amount"],
        "logicalType": ["time", "object", "array"],
    }

    def below(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else ():
            if not (key == "value" and isinstance(inner, dict | list)):
                found.setdefault(key, []).append(inner)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            below(inner)

    below(raw())
    return found


_VALUES = _values_by_key()
_OF_PROPERTIES = [
    "classification",
    "customProperties",
    "deprecated",
    "description",
    "enum",
    "items",
    "logicalTypeOptions",
    "physicalType",
    "primaryKey",
    "properties",
    "quality",
    "relationships",
    "required",
    "transformLogic",
    "unique",
]


@st.composite
def fuzzed(draw: st.DrawFn) -> dict[str, Any]:
    """The base contracts with values at any place replaced, removed, added or exchanged, seldom by ones of any type."""
    documents = copy.deepcopy(raw())
    for _ in range(draw(st.integers(1, 5))):
        holder: Any = documents[draw(st.sampled_from(["crm", "erp"]))]
        for _ in range(draw(st.integers(0, 7))):
            inner = [part for part in (holder.values() if isinstance(holder, dict) else holder) if part]
            inner = [part for part in inner if isinstance(part, dict | list)]
            if not inner:
                break
            holder = draw(st.sampled_from(inner))
        if isinstance(holder, list):
            at, to = (draw(st.integers(0, len(holder) - 1)) for _ in range(2))
            if draw(st.booleans()):
                del holder[at]
            else:
                holder[at], holder[to] = holder[to], holder[at]
        else:
            more = _OF_PROPERTIES if "logicalType" in holder else []
            key = draw(st.sampled_from([*holder, *more]))
            pool = _ODD if draw(st.integers(0, 19)) == 0 else _VALUES.get(key, _ODD)
            if key in holder and draw(st.booleans()):
                del holder[key]
            else:
                holder[key] = copy.deepcopy(draw(st.sampled_from(pool)))
    return documents


def compared_or_refused(before: dict[str, Any], after: dict[str, Any]) -> None:
    try:
        comparison = compare(of_raw(before), of_raw(after))
    except GamedayError as problem:
        assert "\n" not in str(problem)
    else:
        assert {each.rule for each in comparison.changes} <= RULES.keys()


@pytest.mark.slow
@settings(max_examples=150)
@given(fuzzed())
def test_a_fuzzed_contract_is_compared_with_the_one_it_was_or_refused(documents: dict[str, Any]) -> None:
    compared_or_refused(raw(), documents)
    compared_or_refused(documents, raw())


@pytest.mark.slow
@settings(max_examples=50)
@given(fuzzed(), fuzzed())
def test_two_fuzzed_contracts_are_compared_or_refused(before: dict[str, Any], after: dict[str, Any]) -> None:
    compared_or_refused(before, after)


@pytest.mark.slow
@settings(max_examples=50)
@given(fuzzed())
def test_a_fuzzed_contract_is_checked_without_a_traceback(documents: dict[str, Any]) -> None:
    files = {f"deals.{side}.yaml": msgspec.json.encode(document) for side, document in documents.items()}
    assert all(each.line >= 1 for each in check_contracts(files))


@pytest.mark.slow
@settings(max_examples=50)
@given(fuzzed())
def test_a_fuzzed_contract_is_no_change_of_itself(documents: dict[str, Any]) -> None:
    try:
        comparison = compare(of_raw(documents), of_raw(copy.deepcopy(documents)))
    except GamedayError:
        return
    assert comparison.changes == ()


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
def test_the_same_in_other_bytes_is_no_change(rewrite: Callable[[str], str]) -> None:
    rewritten = {side: rewrite(text) for side, text in base().items()}
    assert compare(flow(base()), flow(rewritten)).changes == ()


# -- renames -----------------------------------------------------------------------------------------


def test_a_rename_is_not_told_as_removal_and_addition_too() -> None:
    assert [each.rule for each in change("a field is renamed in both names").changes] == ["contract.field-renamed"]


def test_two_renames_at_once_are_each_recognised() -> None:
    before, after = raw(), raw()
    by_name = {field["name"]: field for field in fields(after)}
    by_name["won"].update(name="closedWon", physicalName="ClosedWon__c")
    by_name["title"].update(name="dealTitle", physicalName="DealTitle__c")
    assert compared(before, after) == ["contract.field-renamed"] * 2


def test_two_fields_that_exchange_their_names_on_the_wire_keep_what_records_carry() -> None:
    before, after = raw(), raw()
    lines = {field["name"]: field for field in fields(after, thing=1)}
    lines["sku"]["name"], lines["id"]["name"] = "id", "sku"
    assert set(compared(before, after)) == {"contract.name-changed"}


def test_another_field_of_another_type_is_no_rename() -> None:
    before, after = raw(), raw()
    fields(after)[7] = {"name": "region", "physicalName": "Region__c", "logicalType": "string"}
    assert sorted(compared(before, after)) == ["contract.field-added", "contract.field-removed"]


def test_a_remembered_rename_of_long_ago_is_no_change() -> None:
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
    with pytest.raises(GamedayError, match=r"deals\.crm\.yaml:1: two are named 'deal\.id'"):
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
    comparison = compare(whole, Flow("deals", half.documents))
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


def test_each_fake_learns_of_its_own_side_only() -> None:
    comparison = change("a column of the lines is removed")
    assert wire_changes(comparison, "crm") == ()
    assert wire_changes(comparison, "erp") == (WireChange("item", "rate", None),)


# -- versions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("1.4.2", "1.4.2", "none"),
        ("1.4.2", "1.4.3", "patch"),
        ("1.4.2", "1.5.0", "minor"),
        ("1.4.2", "2.0.0", "major"),
        ("1.9.0", "1.10.0", "minor"),
        ("v1.4.2", "1.5.0", "minor"),
        ("0.4.0", "0.5.0", "major"),
        ("0.4.0", "0.4.1", "minor"),
        ("0.4.0", "1.0.0", "major"),
        ("1.4.2", "2.0.0-rc.1", "major"),
        ("2.0.0-rc.1", "2.0.0-rc.2", "major"),
        ("2.0.0-rc.2", "2.0.0-rc.10", "major"),
        ("2.0.0-rc.1", "2.0.0", "major"),
        ("1.5.0-rc.1", "1.5.0", "minor"),
        ("2.0.0", "2.0.0-rc.1", "none"),
        ("2.0.0", "1.9.9", "none"),
        ("1.0.0+a", "1.0.0+b", "none"),
    ],
)
def test_the_step_from_one_version_to_the_next(old: str, new: str, step: str) -> None:
    before, after = parse_version(old), parse_version(new)
    assert isinstance(before, Version)
    assert isinstance(after, Version)
    assert step_between(before, after) == step


@pytest.mark.parametrize("text", ["1", "1.2", "1.2.x", "01.2.3", "1.2.3-", "", "1.2.3.4", "latest", "1.2.3-01"])
def test_what_is_no_semantic_version(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("version", "rule"),
    [
        ("1.4.1", "contract.version-backwards"),
        ("next", "contract.version-not-semantic"),
        ("1.5.0", "contract.version-step"),
    ],
)
def test_a_version_that_does_not_say_it_is_an_error_at_its_line(version: str, rule: str) -> None:
    texts = edited(base(), ROWS["a field is removed"])
    texts["crm"] = texts["crm"].replace("version: 1.4.2", f"version: {version}")
    found = next(each for each in compare(flow(base()), flow(texts)).violations if each.rule == rule)
    assert (found.level, found.path, found.line) == ("error", "deals.crm.yaml", 6)


def test_each_file_has_to_take_the_step_of_its_own_changes() -> None:
    texts = edited(base(), ROWS["a field is removed"])
    texts["crm"] = texts["crm"].replace("version: 1.4.2", "version: 2.0.0")
    assert [each.level for each in compare(flow(base()), flow(texts)).violations] == ["warning"]


def test_words_without_a_new_version_are_only_noted() -> None:
    comparison = change("a field is described otherwise")
    assert [(each.rule, each.level) for each in comparison.violations] == [("contract.version-step", "note")]


# -- the rules ---------------------------------------------------------------------------------------


def test_every_rule_has_an_id_of_its_area() -> None:
    assert all(name == each.id and name.startswith("contract.") for name, each in RULES.items())


def test_two_rules_of_one_id_are_refused() -> None:
    from gameday.compatibility.change import rule

    with pytest.raises(ValueError, match="field-removed"):
        rule("field-removed", "major", breaks="new", says="")
