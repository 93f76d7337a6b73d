"""Contracts with anything at any place: they are compared, or refused in one line."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import of_raw, raw

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility import RULES, compare
from gameday.contracts.compatibility.checks import check_contracts
from support.thorough import examples

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
@settings(max_examples=examples(150))
@given(fuzzed())
def test_a_fuzzed_contract_is_compared_with_the_one_it_was_or_refused(documents: dict[str, Any]) -> None:
    compared_or_refused(raw(), documents)
    compared_or_refused(documents, raw())


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(fuzzed(), fuzzed())
def test_two_fuzzed_contracts_are_compared_or_refused(before: dict[str, Any], after: dict[str, Any]) -> None:
    compared_or_refused(before, after)


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(fuzzed())
def test_a_fuzzed_contract_is_checked_without_a_traceback(documents: dict[str, Any]) -> None:
    files = {f"deals.{side}.yaml": msgspec.json.encode(document) for side, document in documents.items()}
    assert all(each.line >= 1 for each in check_contracts(files))


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(fuzzed())
def test_a_fuzzed_contract_has_no_change_to_itself(documents: dict[str, Any]) -> None:
    try:
        comparison = compare(of_raw(documents), of_raw(copy.deepcopy(documents)))
    except GamedayError:
        return
    assert comparison.changes == ()
