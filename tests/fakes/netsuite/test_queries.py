"""SuiteQL and list filters."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.list_filter import list_filter
from gameday_fakes.netsuite.suiteql import QueryError, parse
from gameday_fakes.netsuite.table_shapes import Column
from support.rows import rows


@pytest.fixture
def three(erp: Any) -> Any:
    """Three orders, 006A to 006C, of one, two and three saws, in January, February and March."""
    for number, key in enumerate(("006A", "006B", "006C"), start=1):
        lines = {"items": [{"item": {"externalId": "SAW-1"}, "quantity": number}]}
        erp.put_order(key, item=lines, tranDate=f"2026-0{number}-10")
    return erp


def keys(erp: Any, where: str) -> list[str]:
    rows = erp.query(f"SELECT externalid FROM transaction t WHERE {where} ORDER BY id")
    return [row["externalid"] for row in rows]


@rows(
    ("where", "found"),
    [
        ("externalid = '006B'", "B"),
        ("externalid != '006B'", "AC"),
        ("externalid <> '006B' AND type = 'SalesOrd'", "AC"),
        ("externalid IN ('006A', '006C', 'x')", "AC"),
        ("externalid NOT IN ('006A')", "BC"),
        ("externalid LIKE '006_' AND NOT externalid LIKE '%A'", "BC"),
        ("foreigntotal > 100", "BC"),
        ("foreigntotal >= 200 AND foreigntotal < 300", "B"),
        ("foreigntotal <= 100 OR foreigntotal = 300.0", "AC"),
        ("foreigntotal BETWEEN 150 AND 250", "B"),
        ("(externalid = '006A' OR externalid = '006B') AND foreigntotal > 100", "B"),
        ("trandate >= TO_DATE('2026-02-10', 'YYYY-MM-DD')", "BC"),
        ("trandate < '02/10/2026'", "A"),
        ("memo IS NULL AND externalid IS NOT NULL", "ABC"),
        ("otherrefnum = '006C'", "C"),
        ("t.externalid = '006A'", "A"),
        ("externalid = 'it''s'", ""),
    ],
)
def test_conditions(three: Any, where: str, found: str) -> None:
    assert keys(three, where) == [f"006{letter}" for letter in found]


def test_values_come_as_strings_and_dates_in_the_accounts_format(three: Any) -> None:
    [row] = three.query(
        "SELECT externalid AS deal, foreigntotal, trandate, BUILTIN.DF(currency) iso, "
        "TO_CHAR(trandate, 'YYYY-MM') AS month FROM transaction t WHERE t.externalid = '006B'"
    )
    assert row == {
        "deal": "006B",
        "foreigntotal": "200.00",
        "trandate": "02/10/2026",
        "iso": "USD",
        "month": "2026-02",
    }


def test_rows_are_counted(three: Any) -> None:
    assert three.query("SELECT COUNT(*) AS n FROM transaction") == [{"n": "3"}]


def test_an_order_by_sorts_numbers_as_numbers(three: Any) -> None:
    three.put_order("006D", item={"items": [{"item": {"externalId": "SAW-1"}, "quantity": 10}]})
    rows = three.query("SELECT externalid FROM transaction ORDER BY foreigntotal DESC")
    assert [row["externalid"] for row in rows] == ["006D", "006C", "006B", "006A"]


@pytest.mark.parametrize("paging", ["OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", "OFFSET 1 LIMIT 1"])
def test_a_query_pages_by_itself(three: Any, paging: str) -> None:
    rows = three.query(f"SELECT externalid FROM transaction ORDER BY id {paging}")
    assert rows == [{"externalid": "006B"}]


def test_pages_follow_one_another_by_their_links(three: Any) -> None:
    body = {"q": "SELECT externalid FROM transaction ORDER BY id"}
    headers = {"prefer": "transient"}
    first = three.call("POST", "/query/v1/suiteql", body, query={"limit": "2"}, headers=headers).json()
    assert (first["count"], first["hasMore"], first["totalResults"]) == (2, True, 3)
    [following] = [link["href"] for link in first["links"] if link["rel"] == "next"]
    assert following.endswith("/suiteql?limit=2&offset=2")


def test_an_orders_invoices_are_found_by_what_they_were_created_from(three: Any) -> None:
    three.invoice_order("006B")
    [order] = three.query("SELECT id FROM transaction WHERE externalid = '006B'")
    rows = three.query(f"SELECT type, foreigntotal FROM transaction WHERE createdfrom = {order['id']}")
    assert rows == [{"type": "CustInvc", "foreigntotal": "200.00"}]


def test_lines_are_found_by_their_transaction(three: Any) -> None:
    [order] = three.query("SELECT id FROM transaction WHERE externalid = '006B'")
    selected = "SELECT BUILTIN.DF(item) AS sku, quantity, netamount"
    rows = three.query(f"{selected} FROM transactionline WHERE transaction = {order['id']}")
    assert rows == [{"sku": "SAW-1", "quantity": "2", "netamount": "200.00"}]


def test_a_query_without_prefer_transient_is_refused(erp: Any) -> None:
    assert erp.error_of(erp.call("POST", "/query/v1/suiteql", {"q": "SELECT id FROM item"})) == (400, "INVALID_HEADER")


@pytest.mark.parametrize(
    ("q", "named"),
    [
        ("SELECT id FROM unicorn", "Record 'unicorn' was not found"),
        ("SELECT horn FROM customer", "Field 'horn'"),
        ("SELECT c.id FROM customer", "Field 'id'"),
        ("SELECT id FROM transaction WHERE trandate > '2026-03-01'", "failed with date format MM/DD/YYYY"),
        ("SELECT id FROM transaction WHERE id = 'x'", "'x' is not a number"),
        ("DELETE FROM transaction", "SELECT expected"),
        ("SELECT id FROM item WHERE", "a word expected"),
        (f"SELECT id FROM item ORDER BY {'9' * 5000}", "ORDER BY item must be the number"),
        (f"SELECT id FROM item FETCH FIRST {'9' * 5000} ROWS ONLY", "a number of rows expected"),
        ("SELECT id FROM item; DROP", "unexpected"),
    ],
)
def test_a_query_that_cannot_be_run_says_why(erp: Any, q: str, named: str) -> None:
    reply = erp.call("POST", "/query/v1/suiteql", {"q": q}, headers={"prefer": "transient"})
    assert erp.error_of(reply) == (400, "INVALID_PARAMETER")
    assert named in reply.text


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", "9" * 5000, "²"])
def test_a_page_of_an_impossible_size_is_refused(erp: Any, limit: str) -> None:
    assert erp.error_of(erp.call("GET", "/record/v1/customer", query={"limit": limit})) == (400, "INVALID_PARAMETER")


def texts(*words: str) -> st.SearchStrategy[str]:
    """Anything, and words of the language in any order."""
    return st.text(max_size=40) | st.lists(st.sampled_from(words), max_size=12).map(" ".join)


@settings(deadline=None)
@given(
    texts("SELECT", "id", ",", "*", "FROM", "a", "WHERE", "(", ")", "=", "'x'", "NOT", "IN", "AND", "1", "ORDER", "BY")
)
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        parse(text)
    except QueryError as problem:
        assert "\n" not in str(problem)


@settings(deadline=None)
@given(texts("n", "t", "IS", "AFTER", "EQUAL", "ANY_OF", '"x"', "[", "]", "(", ")", ",", "AND", "1"))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    columns = {"n": Column("number", lambda row: row), "t": Column("text", lambda row: row)}
    try:
        list_filter(text, columns, AccountDates())
    except Refused as refused:
        assert refused.kind in ("invalid_parameter", "nonexistent_field")


def listed(erp: Any, q: str, kind: str = "customer") -> list[str]:
    reply = erp.call("GET", f"/record/v1/{kind}", query={"q": q})
    assert reply.status_code == 200, reply.text
    return [erp.call("GET", f"/record/v1/{kind}/{item['id']}").json()["externalId"] for item in reply.json()["items"]]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ('companyName IS "Acme"', ["001A"]),
        ('companyName START_WITH "Bravo" OR companyName IS "Acme"', ["001A", "001B"]),
        ('companyName CONTAIN_NOT "c"', ["001B"]),
        ("currency EQUAL 4", ["001B"]),
        ("id BETWEEN [1, 1001]", ["001A"]),
        ("email EMPTY AND isInactive IS false", ["001A", "001B"]),
        ('(companyName IS "x" OR externalId IS "001B") AND phone EMPTY', ["001B"]),
    ],
)
def test_lists_are_filtered(erp: Any, q: str, found: list[str]) -> None:
    assert listed(erp, q) == found


def test_a_list_holds_only_links_and_ids(erp: Any) -> None:
    items = erp.call("GET", "/record/v1/customer", query={"limit": "1"}).json()["items"]
    assert [set(item) for item in items] == [{"links", "id"}]


def test_dates_in_a_filter_are_days_in_the_accounts_format(three: Any) -> None:
    assert listed(three, 'tranDate ON_OR_AFTER "02/10/2026" AND tranDate BEFORE "03/10/2026"', "salesOrder") == ["006B"]


def test_another_date_format_is_refused_in_the_words_that_clients_look_for(erp: Any) -> None:
    reply = erp.call("GET", "/record/v1/customer", query={"q": 'lastModifiedDate AFTER "2026-03-15"'})
    assert erp.error_of(reply) == (400, "INVALID_PARAMETER")
    assert "failed with date format" in reply.text


def test_an_administrator_can_change_the_date_format(erp: Any) -> None:
    erp.configure(date_format="YYYY-MM-DD")
    assert listed(erp, 'lastModifiedDate AFTER "2020-01-01"') == ["001A", "001B"]


def test_a_day_begins_in_the_accounts_time_zone() -> None:
    dates = AccountDates()
    dates.set(time_zone="Asia/Tokyo")
    moment = datetime.datetime(2026, 3, 14, 15, 30, tzinfo=datetime.UTC).timestamp()
    assert dates.show(dates.local(moment), "YYYY-MM-DD HH24:MI") == "2026-03-15 00:30"


@pytest.mark.parametrize("setting", [{"date_format": "YY"}, {"time_zone": "Moon/Crater"}, {"colour": "red"}])
def test_an_unknown_setting_is_refused(erp: Any, setting: dict[str, str]) -> None:
    reply = erp.configure(**setting)
    assert reply.status_code == 400
    assert next(iter(setting)) in reply.json()["error"]


def test_an_unknown_field_in_a_filter_is_named(erp: Any) -> None:
    reply = erp.call("GET", "/record/v1/customer", query={"q": "horn EMPTY"})
    assert erp.error_of(reply) == (400, "NONEXISTENT_FIELD")


def test_a_record_type_and_a_table_that_this_fake_lacks_are_recorded(erp: Any) -> None:
    erp.call("GET", "/record/v1/vendorBill/5")
    erp.call("POST", "/query/v1/suiteql", {"q": "SELECT id FROM vendorbill"}, headers={"prefer": "transient"})
    lacking = [event["value"]["call"] for event in erp.events("unsupported")]
    assert lacking == ["record type vendorBill", "SuiteQL table vendorbill"]
