"""Conditions of SOQL with nulls: a comparison holds or does not, and NOT turns it round."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.salesforce.models import SalesforceStore
from gameday_fakes.salesforce.query import QueryRunner
from gameday_fakes.salesforce.query_tables import database
from gameday_fakes.salesforce.schema import Schema

DEALS = [
    {"Name": "a", "Amount": Decimal("1.10"), "CloseDate": "2026-01-01", "IsWon": True},
    {"Name": "B", "Amount": Decimal(2), "CloseDate": None, "IsWon": False},
    {"Name": None, "Amount": None, "CloseDate": "2026-03-01", "IsWon": True},
    {"Name": "b", "Amount": Decimal("-3"), "CloseDate": "2026-03-02", "IsWon": False},
]

STORE = SalesforceStore()
with STORE.change():
    for deal in DEALS:
        STORE.insert("Opportunity", deal)
ENGINE = database(STORE, Schema(STORE.model, lambda _: None))

Holds = Callable[[dict[str, Any]], bool]


def _leaf(field: str, operator: str, written: str, value: Any) -> tuple[str, Holds]:
    def holds(row: dict[str, Any]) -> bool:
        own = row[field]
        if isinstance(own, str):
            own = own.casefold()
        match operator:
            case "=":
                return bool(own == value)
            case "!=":
                return bool(own != value)
        if own is None or value is None:
            return False
        return bool(own < value if operator == "<" else own >= value)

    return f"{field} {operator} {written}", holds


OPERATORS = st.sampled_from(["=", "!=", "<", ">="])
LEAVES = st.one_of(
    st.builds(_leaf, st.just("Name"), OPERATORS, st.just("'B'"), st.just("b")),
    st.builds(_leaf, st.just("Name"), OPERATORS, st.just("null"), st.none()),
    st.builds(_leaf, st.just("Amount"), OPERATORS, st.just("1.1"), st.just(Decimal("1.1"))),
    st.builds(_leaf, st.just("CloseDate"), OPERATORS, st.just("2026-03-01"), st.just("2026-03-01")),
    st.builds(_leaf, st.just("IsWon"), st.sampled_from(["=", "!="]), st.just("true"), st.just(value=True)),
)


def _joined(joint: str, parts: list[tuple[str, Holds]]) -> tuple[str, Holds]:
    test = all if joint == "AND" else any
    return f"({f' {joint} '.join(text for text, _ in parts)})", lambda row: test(holds(row) for _, holds in parts)


def _negated(part: tuple[str, Holds]) -> tuple[str, Holds]:
    text, holds = part
    return f"(NOT {text})", lambda row: not holds(row)


CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(_joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(_negated, inner),
    ),
    max_leaves=8,
)


@given(CONDITIONS)
@settings(deadline=None)
def test_a_condition_finds_the_rows_for_which_it_holds(condition: tuple[str, Holds]) -> None:
    text, holds = condition
    run = QueryRunner(STORE, Schema(STORE.model, lambda _: None), ENGINE, "v60.0").run
    found = run(f"SELECT Name, Amount FROM Opportunity WHERE {text}").rows
    expected = [(deal["Name"], deal["Amount"]) for deal in DEALS if holds(deal)]
    assert [(row["Name"], row["Amount"]) for row in found] == expected
