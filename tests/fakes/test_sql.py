"""The engine of queries: exact numbers, LIKE, copies of tables that stay up to date, and limits."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.sql import Column, Database, Source, TooComplex, TooLong, Watched, limits, numbers
from gameday_fakes.sql.like import matcher
from support.rows import rows

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=None).filter(
    lambda number: not number or -100 < number.adjusted() < 100
)


class Row(msgspec.Struct):
    """A record."""

    text: str
    number: Decimal


def database(records: Watched[Row], **more: Any) -> Database:
    columns = {
        "text": Column("text", lambda row: row.text, indexed=True),
        "number": Column("number", lambda row: row.number),
    }
    return Database([Source("rows", (records,), columns, **more)])


def found(engine: Database) -> list[tuple[Any, ...]]:
    return engine.select("SELECT text, number FROM rows ORDER BY text", {}, {"rows": {"text", "number"}}).rows


# -- numbers ---------------------------------------------------------------------------------------------


@given(NUMBERS, NUMBERS)
def test_keys_sort_as_the_numbers_do(one: Decimal, other: Decimal) -> None:
    keys = [str(numbers.key(f"{number:f}")) for number in (one, other)]
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (one < other, one == other)


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert len({numbers.key(written) for written in ("200", "200.00", "0200.0", 200)}) == 1


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=30))
def test_a_sum_is_exact(values: list[Decimal]) -> None:
    assert Decimal(numbers.total(",".join(map(str, values))) or "x") == sum(values)


def test_more_digits_than_a_float_has_are_kept_apart() -> None:
    records = Watched(
        {"a": Row("a", Decimal("9007199254740993.01")), "b": Row("b", Decimal("9007199254740993.02"))}.items()
    )
    total = database(records).select(
        "SELECT num_total(group_concat(number)), count(DISTINCT num_key(number)) FROM rows", {}, {"rows": {"number"}}
    )
    assert total.rows == [("18014398509481986.03", 2)]


def test_what_is_no_number_is_refused() -> None:
    records = Watched({"a": Row("many", Decimal(1))}.items())
    with pytest.raises(numbers.NoNumber):
        database(records).select("SELECT num_key(text) FROM rows", {}, {"rows": {"text"}})


# -- LIKE ------------------------------------------------------------------------------------------------


@given(st.text("ab%_\\", max_size=12), st.text("ab%_\\", max_size=20))
def test_like_matches_as_a_regular_expression_would(pattern: str, text: str) -> None:
    expected, escaped = "", False
    for position, char in enumerate(pattern):
        if not escaped and char == "\\" and position + 1 < len(pattern):
            escaped = True
        else:
            expected += {"%": ".*", "_": "."}.get(char) or re.escape(char) if not escaped else re.escape(char)
            escaped = False
    assert matcher(pattern, "\\")(text) == bool(re.fullmatch(expected, text, re.DOTALL))


# -- copies of tables ------------------------------------------------------------------------------------


KEYS = st.sampled_from("abcde")
ACTS = st.lists(
    st.tuples(st.sampled_from(["put", "pop", "delete", "touch", "query"]), KEYS, st.integers(0, 9)), max_size=40
)


@given(ACTS)
def test_a_copy_has_what_the_records_have_whatever_happens_to_them(acts: list[tuple[str, str, int]]) -> None:
    records: Watched[Row] = Watched()
    engine = database(records)
    for act, key, number in acts:
        if act == "put":
            records[key] = Row(key, Decimal(number))
        elif act == "pop":
            records.pop(key, None)
        elif act == "delete" and key in records:
            del records[key]
        elif act == "touch" and key in records:
            records[key].number = Decimal(number)
            records.touch(key)
        elif act == "query":
            found(engine)
    assert found(engine) == sorted((row.text, str(row.number)) for row in records.values())


def test_a_column_is_read_when_a_query_first_names_it() -> None:
    records = Watched({"a": Row("a", Decimal(1))}.items())
    engine = database(records)
    engine.select("SELECT text FROM rows", {}, {"rows": {"text"}})
    records["b"] = Row("b", Decimal(2))
    assert found(engine) == [("a", "1"), ("b", "2")]


def test_all_is_read_anew_when_what_values_depend_on_changes() -> None:
    state = ["before"]
    records = Watched({"a": Row("a", Decimal(1))}.items())
    columns = {"text": Column("text", lambda row: row.text + state[0]), "number": Column("number", lambda _: 1)}
    engine = Database([Source("rows", (records,), columns, state=lambda: state[0])])
    found(engine)
    state[0] = "after"
    assert found(engine) == [("aafter", "1")]


def test_after_a_reset_the_same_tables_are_read_from_other_records() -> None:
    engine = database(Watched({"a": Row("a", Decimal(1))}.items()))
    found(engine)
    records = Watched({"b": Row("b", Decimal(2))}.items())
    columns = {"text": Column("text", lambda row: row.text, indexed=True), "number": Column("number", lambda _: 3)}
    assert engine.read_from([Source("rows", (records,), columns)])
    assert found(engine) == [("b", "3")]
    records["c"] = Row("c", Decimal(2))
    assert found(engine) == [("b", "3"), ("c", "3")]
    assert not engine.read_from([Source("others", (records,), columns)])
    assert not engine.read_from([Source("rows", (records,), {"text": columns["text"]})])


def test_after_a_reset_queries_call_the_functions_that_are_given_with_the_records() -> None:
    sources = [Source("rows", (Watched({"a": Row("a", Decimal(1))}.items()),), {"text": Column("text", lambda _: "a")})]
    engine = Database(sources, {("named", 1): lambda text: f"{text} before"})
    query, used = "SELECT named(text) FROM rows", {"rows": {"text"}}
    assert engine.select(query, {}, used).rows == [("a before",)]
    engine.read_from(sources, {("named", 1): lambda text: f"{text} after"})
    assert engine.select(query, {}, used).rows == [("a after",)]


def test_a_table_that_no_query_names_is_not_made_again() -> None:
    columns = {"text": Column("text", lambda row: row.text, indexed=True), "number": Column("number", lambda _: 3)}
    tables = {name: Source(name, (Watched[Row](),), columns) for name in ("rows", "others")}
    engine = Database(tables.values())
    found(engine)
    tables["rows"] = Source("rows", (Watched({"b": Row("b", Decimal(2))}.items()),), columns)
    del tables["others"]
    engine.read_again(tables.__getitem__)
    assert found(engine) == [("b", "3")]


def test_rows_behind_a_page_are_counted() -> None:
    records = Watched((str(number), Row(f"{number:02}", Decimal(number))) for number in range(20))
    page = database(records).select("SELECT text FROM rows ORDER BY text", {}, {"rows": {"text"}}, offset=5, limit=2)
    assert page == ([("05",), ("06",)], 20)


# -- limits ----------------------------------------------------------------------------------------------


@rows(
    "statement",
    [
        "ATTACH ':memory:' AS other",
        "PRAGMA user_version",
        "SELECT load_extension('x')",
        "INSERT INTO rows VALUES ('a', 'b', 'c')",
        "DROP TABLE rows",
        "CREATE TABLE other (a)",
        "VACUUM INTO '/tmp/other'",
        "SELECT * FROM pragma_database_list",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
        "SELECT " + "(" * 600 + "1" + ")" * 600,
    ],
)
def test_a_statement_does_nothing_but_read(statement: str) -> None:
    engine = database(Watched({"a": Row("a", Decimal(1))}.items()))
    found(engine)
    with pytest.raises(TooComplex):
        engine.select(statement, {}, {"rows": {"text"}})
    assert found(engine) == [("a", "1")]


@pytest.mark.slow
def test_a_query_that_takes_too_long_is_ended() -> None:
    records = Watched((str(number), Row(f"{number}", Decimal(number))) for number in range(200))
    joined = ", ".join(f"rows AS t{number}" for number in range(6))
    with pytest.raises(TooLong):
        database(records).select(f"SELECT count(*) FROM {joined}", {}, {"rows": {"text"}})


def test_rows_of_a_product_are_sorted_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    # The engine sorts in one go: no look at the time ends that.
    monkeypatch.setattr(limits, "MOST_SORTED", 100)
    engine = database(Watched((str(number), Row(f"{number}", Decimal(number))) for number in range(20)))
    product = "SELECT a.text FROM rows AS a, rows AS b WHERE sorted_row(a.text, b.text) AND {} ORDER BY b.number"
    read = {"rows": {"text", "number"}}
    assert engine.select(product.format("a.text IN ('0', '1', '2', '3', '4')"), {}, read).total == 100
    with pytest.raises(TooLong):
        engine.select(product.format("1"), {}, read)
    assert engine.select(product.format("a.text IN ('0', '1', '2', '3', '4')"), {}, read).total == 100


def test_the_parts_of_one_query_have_its_time_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUDGET_S", 0.001)
    monkeypatch.setattr(limits, "PER_RECORD_S", 0.0)
    engine = database(Watched({"a": Row("a", Decimal(1))}.items()))
    read = {"rows": {"text", "number"}}
    with engine.limits.as_one(), pytest.raises(TooLong):
        for _ in range(100_000):
            engine.select("SELECT text, number FROM rows", {}, read)
    assert found(engine) == [("a", "1")]
