"""SuiteQL under faults, and queries that are refused."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.clock import Clock, WallClock
from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.seed import new_store
from gameday_fakes.netsuite.suiteql_run import Refusal, SuiteQL
from gameday_fakes.rules import RenameRecordField
from support.rows import rows

ORDERS = "SELECT externalid FROM transaction"
#: An order joined with itself so often that no engine could come to an end.
ENDLESS = "SELECT COUNT(*) FROM " + ", ".join(f"accountingperiod t{number}" for number in range(6))
QUERIES = SuiteQL(new_store(Clock(), StateFaults(lambda: 0, lambda: 0.0)))


def refusal(erp: Any, q: str) -> str:
    reply = erp.call("POST", "/query/v1/suiteql", {"q": q}, headers={"prefer": "transient"})
    assert erp.error_of(reply) == (400, "INVALID_PARAMETER"), reply.text
    detail: str = reply.json()["o:errorDetails"][0]["detail"]
    return detail.partition("Search error occurred: ")[2]


def hits(erp: Any) -> list[str]:
    return [event["value"]["fault"] for event in erp.events("hit")]


# -- faults ----------------------------------------------------------------------------------------------


def test_a_query_that_was_asked_before_means_what_it_means_now() -> None:
    """Its translation is kept: neither a fault, nor the account's format of dates, nor the moment is a part of it."""
    clock, faults = Clock(), StateFaults(lambda: 0, lambda: 0.0)
    store = new_store(clock, faults)
    queries = SuiteQL(store)
    name = "SELECT companyname FROM customer"
    period = "SELECT id FROM accountingperiod WHERE startdate = '01/02/2026'"
    moment = "SELECT TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') AS t FROM dual"

    def asked(text: str) -> object:
        try:
            return queries.run(text, 10, 0)
        except Refusal as refusal:
            return str(refusal)

    first = [asked(each) for each in (name, period)]
    assert [asked(each) for each in (name, period)] == first
    faults.renames["f"] = RenameRecordField("customer", "companyName", "legalName")
    assert "companyname" in str(asked(name)).lower() and faults.hits == {"f"}
    faults.renames.clear()
    assert asked(name) == first[0]
    store.dates.set(date_format="YYYY-MM-DD")
    assert "date format" in str(asked(period))
    times = []
    for unix_s in (0, 86_399):
        clock.wall = WallClock(unix_s, time.monotonic(), 0.0)
        times.append(queries.run(moment, 1, 0).rows)
    assert times == [[{"t": "1970-01-01 00:00:00"}], [{"t": "1970-01-01 23:59:59"}]]


def test_a_renamed_field_is_a_column_under_its_new_name_only(erp: Any) -> None:
    erp.put_order("006A", custbody_correlation_id="c-1")
    erp.inject("rename_field", record="salesOrder", field="custbody_correlation_id", new_name="custbody_trace")
    assert "Field 'custbody_correlation_id'" in refusal(erp, "SELECT custbody_correlation_id FROM transaction")
    assert hits(erp) == ["fault"]
    assert erp.query("SELECT t.custbody_trace FROM transaction t") == [{"custbody_trace": "c-1"}]
    erp.heal()
    assert erp.query("SELECT custbody_correlation_id AS id FROM transaction") == [{"id": "c-1"}]


def test_a_hidden_field_is_no_column_of_a_join_either(erp: Any) -> None:
    erp.put_order("006A")
    join = "FROM transaction t JOIN transactionline tl ON tl.transaction = t.id"
    erp.inject("hide_field", record="salesOrder", field="item.rate")
    assert "Field 'rate'" in refusal(erp, f"SELECT tl.rate {join}")
    assert "rate" not in erp.query("SELECT * FROM transactionline")[0]
    assert erp.query(f"SELECT tl.quantity {join}") == [{"quantity": "2"}]


def test_a_hidden_field_is_missing_among_all_columns(erp: Any) -> None:
    erp.put_order("006A", memo="rush")
    erp.inject("hide_field", record="salesOrder", field="memo")
    assert "memo" not in erp.query("SELECT * FROM transaction")[0]


def test_a_field_that_no_query_names_is_no_hit(erp: Any) -> None:
    erp.inject("hide_field", record="salesOrder", field="memo")
    erp.query(ORDERS)
    assert hits(erp) == []


def test_records_that_the_role_may_not_see_are_not_there(erp: Any) -> None:
    erp.put_order("006A")
    erp.invoice_order("006A")
    erp.inject("revoke_permission", record="invoice", access="read")
    rows = erp.query("SELECT o.type, i.type AS made FROM transaction o LEFT JOIN transaction i ON i.createdfrom = o.id")
    assert rows == [{"type": "SalesOrd"}]
    assert "Record 'customer' was not found" not in refusal(erp, "SELECT x FROM customer")
    erp.inject("revoke_permission", "second", record="customer", access="read")
    assert "Record 'customer' was not found" in refusal(erp, "SELECT id FROM customer")
    assert erp.query("SELECT BUILTIN.DF(entity) AS name FROM transaction")[0]["name"].isdigit()


def test_a_drift_of_prices_is_seen_as_long_as_it_lasts(erp: Any) -> None:
    query = "SELECT p.unitprice FROM pricing p JOIN item i ON i.id = p.item WHERE i.itemid = 'BOLT-2'"
    assert erp.query(query) == [{"unitprice": "0.35"}]
    erp.inject("price_drift", percent=100, share=1)
    assert erp.query("SELECT item FROM pricing") != []
    assert hits(erp) == []
    assert erp.query(query) == [{"unitprice": "0.70"}]
    assert hits(erp) == ["fault"]
    erp.heal()
    assert erp.query(query) == [{"unitprice": "0.35"}]


# -- what changes is seen --------------------------------------------------------------------------------


def test_each_query_sees_what_was_written_before_it(erp: Any) -> None:
    joined = "SELECT t.foreigntotal, COUNT(*) AS n FROM transaction t JOIN transactionline l ON l.transaction = t.id "
    query = joined + "WHERE t.externalid = '006A' GROUP BY t.foreigntotal"
    assert erp.query(query) == []
    erp.put_order("006A")
    assert erp.query(query) == [{"foreigntotal": "200.00", "n": "1"}]
    lines = {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 1}, {"item": {"externalId": "SAW-1"}}]}
    path = "/record/v1/salesOrder/eid:006A"
    erp.call("PATCH", path, {"item": lines}, query={"replace": "item"})
    assert erp.query(query) == [{"foreigntotal": "200.00", "n": "2"}]
    erp.call("DELETE", path)
    assert erp.query(query) == []


def test_an_invoice_is_paid_for_queries_too(erp: Any) -> None:
    erp.put_order("006A")
    erp.invoice_order("006A")
    query = (
        "SELECT id, BUILTIN.DF(status) AS status, foreignamountunpaid AS open FROM transaction WHERE type = 'CustInvc'"
    )
    [invoice] = erp.query(query)
    assert (invoice["status"], invoice["open"]) == ("Invoice : Open", "200.00")
    erp.call("POST", f"/record/v1/invoice/{invoice['id']}/!transform/customerPayment", {"payment": 200})
    [invoice] = erp.query(query)
    assert (invoice["status"], invoice["open"]) == ("Invoice : Paid In Full", "0.00")
    assert erp.query("SELECT status FROM transaction WHERE type = 'SalesOrd'") == [{"status": "G"}]


def test_a_customer_that_is_changed_is_found_by_its_new_name(erp: Any) -> None:
    query = "SELECT externalid FROM customer WHERE companyname = 'New'"
    assert erp.query(query) == []
    erp.call("PATCH", "/record/v1/customer/eid:001A", {"companyName": "New"})
    assert erp.query(query) == [{"externalid": "001A"}]


def test_days_begin_in_the_accounts_time_zone(erp: Any) -> None:
    erp.put_order("006A", tranDate="2026-03-15")
    query = "SELECT TO_CHAR(createddate, 'YYYY-MM-DD HH24') AS hour FROM transaction"
    before = erp.query(query)
    erp.configure(time_zone="Asia/Tokyo")
    assert erp.query(query) != before
    assert erp.query("SELECT trandate FROM transaction") == [{"trandate": "03/15/2026"}]


# -- refusals --------------------------------------------------------------------------------------------


@rows(
    ("q", "named"),
    [
        ("SELECT t.horn FROM transaction t JOIN item i ON i.id = t.id", "Field 'horn' for record was not found"),
        ("SELECT id FROM transaction t JOIN item i ON i.id = t.id", "Field 'id' is ambiguous"),
        ("SELECT t.id FROM transaction t, item t", "'t' is named twice"),
        ("SELECT type, foreigntotal FROM transaction GROUP BY type", "is not a GROUP BY expression"),
        ("SELECT type, COUNT(*) FROM transaction", "is not a GROUP BY expression"),
        ("SELECT DISTINCT type FROM transaction ORDER BY id", "is not a SELECTed expression"),
        ("SELECT id FROM transaction ORDER BY 2", "SELECT-list expression"),
        ("SELECT id FROM item UNION SELECT id, itemid FROM item", "incorrect number of result columns"),
        ("SELECT id FROM item WHERE id IN (SELECT id, itemid FROM item)", "not enough values"),
        (
            "SELECT id FROM transaction WHERE memo = TO_DATE('2026-03-01', 'YYYY-MM-DD')",
            "compared with what is no date",
        ),
        ("SELECT id FROM transaction WHERE trandate IN ('2026-03-01')", "failed with date format MM/DD/YYYY"),
        ("SELECT id FROM transaction WHERE trandate > TO_DATE('x', 'YYYY-MM-DD')", "date format YYYY-MM-DD"),
        ("SELECT id FROM transaction WHERE foreigntotal BETWEEN 1 AND 'many'", "'many' is not a number"),
        ("SELECT TO_NUMBER(companyname) FROM customer", "is not a number"),
        ("SELECT 1 / 0 FROM dual", "divisor is equal to zero"),
        ("SELECT SUBSTR('a') FROM dual", "invalid number of arguments"),
        ("SELECT id FROM item WHERE (id = 1", ") expected"),
        ("SELECT id", "FROM expected, found 'the end'"),
        ("SELECT", "a word expected, found 'the end'"),
        ("", "SELECT expected"),
        ("UPDATE item SET id = 1", "SELECT expected, found 'UPDATE'"),
        ("SELECT id FROM item LIMIT many", "a number of rows expected"),
    ],
)
def test_a_query_that_cannot_be_run_says_why(erp: Any, q: str, named: str) -> None:
    assert named in refusal(erp, q)
    assert erp.events("unsupported") == []


@pytest.mark.parametrize(
    ("q", "what"),
    [
        ("SELECT REGEXP_COUNT(memo, 'a') FROM transaction", "REGEXP_COUNT"),
        ("SELECT type, COUNT(*) FROM transaction GROUP BY ROLLUP(type)", "ROLLUP"),
        ("SELECT BUILTIN.RELATIVE_RANGES('TNOW', 'START') FROM dual", "RELATIVE_RANGES TNOW"),
        (
            r"SELECT REGEXP_SUBSTR('aa', '(a)\1') FROM dual",
            r"the regular expression '(a)\\1': a back-reference",
        ),
        ("SELECT BUILTIN.CONSOLIDATE(foreigntotal, 'x', 'y', 'z', 1, 2, 'w') FROM transaction", "BUILTIN.CONSOLIDATE"),
        ("SELECT id FROM transaction FETCH FIRST 10 PERCENT ROWS ONLY", "LIMITOPTIONS with percent"),
        ("SELECT id FROM item PIVOT (SUM(x) FOR y IN (1))", "TABLE with pivots"),
        ("SELECT id FROM item FOR UPDATE", "SELECT with locks"),
        ("SELECT CORR(foreigntotal, id) FROM transaction", "CORR"),
        ("SELECT id FROM account", "table account"),
        ("SELECT id FROM transactionaccountingline", "table transactionaccountingline"),
    ],
)
def test_what_this_fake_lacks_is_refused_and_recorded(erp: Any, q: str, what: str) -> None:
    refusal(erp, q)
    assert [event["value"]["call"].lower() for event in erp.events("unsupported")] == [f"suiteql {what}".lower()]


@pytest.mark.parametrize(
    "q",
    [
        ENDLESS,
        "SELECT id FROM item WHERE " + "(" * 60 + "id = 1" + ")" * 60,
        "SELECT id FROM item WHERE " + "NOT " * 2_000 + "id = 1",
        "SELECT " + "-" * 1 + " -".join("1" * 1 for _ in range(2_400)) + " FROM dual",
        "SELECT id FROM item WHERE id IN (" + ", ".join(["1"] * 3_000) + ")",
        "WITH a AS (SELECT 1 AS x FROM accountingperiod t, accountingperiod u), b AS (SELECT 1 AS x FROM a, a c), "
        "d AS (SELECT 1 AS x FROM b, b c) SELECT COUNT(*) FROM d, d e",
        "WITH a AS (SELECT id FROM a) SELECT id FROM a",
        "SELECT " + ", ".join(["*"] * 40) + " FROM transaction",
        "SELECT POWER(9, 99999999) FROM dual",
        "SELECT ADD_MONTHS(SYSDATE, 999999999) FROM dual",
        "SELECT SYSDATE + 99999999999 FROM dual",
        "SELECT LPAD('a', 4000) || LPAD('b', 4000) FROM dual",
        "SELECT id FROM item WHERE " + "CASE WHEN 1 = 1 THEN " * 300 + "1" + " END" * 300 + " = 1",
    ],
)
@pytest.mark.slow
def test_a_hostile_query_is_refused(erp: Any, q: str) -> None:
    refusal(erp, q)
    assert erp.query("SELECT 1 AS one FROM dual") == [{"one": "1"}]


def test_many_conditions_are_no_deep_nesting(erp: Any) -> None:
    names = " OR ".join(f"itemid = '{number}'" for number in range(1_000))
    assert erp.query(f"SELECT itemid FROM item WHERE {names} OR itemid = 'SAW-1'") == [{"itemid": "SAW-1"}]


def test_a_pattern_of_many_wildcards_is_only_a_pattern(erp: Any) -> None:
    assert erp.query("SELECT id FROM item WHERE itemid LIKE '" + "%a" * 30_000 + "'") == []


WORDS = (
    "SELECT id itemid t.id , * FROM item t JOIN ON WHERE ( ) = <= 'x' 1 2.5 NULL NOT IN AND OR LIKE IS BETWEEN "
    "GROUP BY HAVING ORDER DESC ROWNUM COUNT( SUM( MAX( DISTINCT UNION MINUS WITH AS CASE WHEN THEN ELSE END NVL( "
    "BUILTIN.DF( SYSDATE TO_DATE( TO_CHAR( CAST( OVER PARTITION + - / || LIMIT OFFSET FETCH FIRST ROWS ONLY EXISTS "
    'dual (+) . : ; -- "'
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)))
def test_whatever_is_written_is_answered_or_refused(text: str) -> None:
    for query in (text, f"SELECT {text} FROM item t", f"SELECT id FROM item t WHERE {text}"):
        try:
            page = QUERIES.run(query, 10, 0)
        except Refusal as refusal:
            assert "\n" not in str(refusal)
        else:
            assert len(page.rows) <= 10
