"""SOQL under faults, and statements that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.rows import rows

#: Statements that are refused, with the whole body of the reply.
REFUSALS: dict[str, Any] = json.loads((Path(__file__).parent / "soql_refusals.json").read_text(encoding="utf-8"))


def refusal(crm: Any, statement: str) -> str:
    reply = crm.query(statement)
    assert reply.status_code == 400, reply.text
    code: str = reply.json()[0]["errorCode"]
    return code


# -- faults ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT SUM(Amount) FROM Opportunity",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Amount > 1)",
        "SELECT Id, (SELECT Amount FROM Opportunities) FROM Account",
        "SELECT Name FROM Opportunity GROUP BY Name HAVING MAX(Amount) > 1",
        "SELECT o.Amount FROM Opportunity o",
        "SELECT FORMAT(Amount) a FROM Opportunity",
        "SELECT Id FROM OpportunityLineItem WHERE Opportunity.Amount > 1",
    ],
)
def test_a_renamed_field_is_unknown_wherever_a_statement_names_it(crm: Any, statement: str) -> None:
    crm.close_deal()
    assert crm.query(statement).status_code == 200
    crm.inject("rename_field", object="Opportunity", field="Amount", new_name="Total__c")
    assert refusal(crm, statement) == "INVALID_FIELD"
    assert crm.query(statement.replace("Amount", "Total__c")).status_code == 200
    assert ("query", None) in crm.hits()


def test_a_hidden_field_is_missing_among_all_fields(crm: Any) -> None:
    crm.close_deal()
    crm.inject("hide_field", object="Opportunity", field="Amount")
    (row,) = crm.rows("SELECT FIELDS(ALL) FROM Opportunity LIMIT 200")
    assert "Amount" not in row
    assert "StageName" in row


def test_a_field_of_the_organisation_is_among_the_custom_ones(crm: Any) -> None:
    crm.close_deal()
    (row,) = crm.rows("SELECT Id, FIELDS(CUSTOM) FROM Opportunity LIMIT 1")
    assert list(row) == ["attributes", "Id", "ERP_Order_Id__c", "Subsidiary__c", "Payment_Terms__c"]
    (row,) = crm.rows("SELECT FIELDS(STANDARD) FROM Opportunity")
    assert not [name for name in row if name.endswith("__c")]


def test_an_object_out_of_reach_is_out_of_reach_of_semi_joins(crm: Any) -> None:
    crm.inject("revoke_permission", object="Opportunity", access="read")
    assert refusal(crm, "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity)") == "INVALID_TYPE"


# -- what changes is seen --------------------------------------------------------------------------------


def test_each_query_sees_what_was_written_before_it(crm: Any) -> None:
    statement = "SELECT COUNT(Id), SUM(Amount) FROM Opportunity WHERE Account.Name = 'Contoso'"

    def found() -> list[Any]:
        (row,) = crm.rows(statement)
        return [row["expr0"], row["expr1"]]

    assert found() == [0, None]
    deal = crm.close_deal("D-1", "A-2", "USD")
    assert found() == [1, 20.33]
    crm.call("PATCH", f"/sobjects/Account/{crm.accounts['A-2']}", json={"Name": "New"})
    assert found() == [0, None]
    crm.call("PATCH", f"/sobjects/Account/{crm.accounts['A-2']}", json={"Name": "Contoso"})
    crm.call("DELETE", f"/sobjects/Opportunity/{deal}")
    assert found() == [0, None]


def test_a_change_that_is_rolled_back_is_not_seen(crm: Any) -> None:
    records = [
        {"attributes": {"type": "Account"}, "Name": "Rolled back"},
        {"attributes": {"type": "Account"}, "BillingCity": "without a name"},
    ]
    count = "SELECT COUNT() FROM Account"
    before = crm.query(count).json()["totalSize"]
    crm.call("POST", "/composite/sobjects", json={"allOrNone": True, "records": records})
    assert crm.query(count).json()["totalSize"] == before
    assert crm.rows("SELECT Id FROM Account WHERE Name = 'Rolled back'") == []


def test_deleted_records_are_counted_only_with_all_rows(crm: Any) -> None:
    deal = crm.close_deal()
    crm.call("DELETE", f"/sobjects/Opportunity/{deal}")
    assert crm.query("SELECT COUNT() FROM Opportunity").json()["totalSize"] == 0
    assert crm.query("SELECT COUNT() FROM Opportunity ALL ROWS").json()["totalSize"] == 1


def test_a_day_is_that_of_the_runs_clock(crm: Any) -> None:
    crm.close_deal(close_date="2024-03-31")
    assert crm.rows("SELECT Id FROM Opportunity WHERE CloseDate = TODAY") == []


# -- refusals --------------------------------------------------------------------------------------------


@rows("statement", REFUSALS)
def test_a_refusal_keeps_its_words(crm: Any, statement: str) -> None:
    assert crm.query(statement).json() == REFUSALS[statement]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT Name n FROM Account", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY"),
        ("SELECT FIELDS(SOME) FROM Account LIMIT 1", "MALFORMED_QUERY"),
        ("SELECT Name, FIELDS(ALL) FROM Account LIMIT 1", "INVALID_FIELD"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT CALENDAR_YEAR(CreatedDate) FROM Account", "MALFORMED_QUERY"),
        ("SELECT CALENDAR_YEAR(Name), COUNT(Id) FROM Account GROUP BY CALENDAR_YEAR(Name)", "INVALID_FIELD"),
        ("SELECT HOUR_IN_DAY(CloseDate), COUNT(Id) FROM Opportunity GROUP BY HOUR_IN_DAY(CloseDate)", "INVALID_FIELD"),
        ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name HAVING Type = 'x'", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name ORDER BY Type", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name ORDER BY Nmae", "INVALID_FIELD"),
        ("SELECT COUNT(Id) FROM Account GROUP BY Name HAVING COUNT(Id) > 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT Name FROM Opportunity)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Opportunity)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity LIMIT 1)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Nothing)", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = LAST_N_DAYS:999999999", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE StageName INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Opportunity WHERE SUM(Amount) > 1", "MALFORMED_QUERY"),
        ("SELECT toLabel(Amount) FROM Opportunity", "INVALID_FIELD"),
        ("SELECT Id FROM Account ALL", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account FOR SALE", "MALFORMED_QUERY"),
        ("SELECT (SELECT Id FROM Opportunities)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE convertCurrency(Amount) > 5", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity ORDER BY convertCurrency(Amount)", "MALFORMED_QUERY"),
        ("SELECT convertCurrency(SUM(Amount)) FROM Opportunity", "MALFORMED_QUERY"),
        ("SELECT convertCurrency(Name) FROM Opportunity", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount IN (USD5, 7)", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount > XXX5", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE Name = USD5", "INVALID_FIELD"),
        ("SELECT MAX(Amount) FROM Opportunity GROUP BY Name HAVING MAX(Amount) > USD5", "INVALID_FIELD"),
        ("SELECT COUNT(Id) FROM Account GROUP BY ROLLUP(Name), Id", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Opportunity GROUP BY CUBE(Name, Amount, CloseDate, StageName)", "MALFORMED_QUERY"),
        ("SELECT GROUPING(Name) FROM Account GROUP BY Name", "MALFORMED_QUERY"),
        ("SELECT GROUPING(Name) FROM Account", "MALFORMED_QUERY"),
    ],
)
def test_a_bad_statement_is_refused(crm: Any, statement: str, code: str) -> None:
    assert refusal(crm, statement) == code
    assert [event["value"]["call"] for event in crm.events("unsupported")] == (
        ["object Nothing"] if "Nothing" in statement else []
    )


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("SELECT TYPEOF Owner WHEN User THEN Name END FROM Account", "TYPEOF"),
        ("SELECT Id FROM Account USING SCOPE mine", "USING SCOPE"),
        ("SELECT Id FROM Account WITH DATA CATEGORY x AT y", "WITH DATA CATEGORY"),
        ("SELECT Id FROM Account WHERE DISTANCE(x, y, 'km') < 1", "DISTANCE()"),
        ("SELECT Id FROM Account UPDATE TRACKING", "UPDATE TRACKING"),
    ],
)
def test_what_this_fake_lacks_is_refused_as_malformed_and_recorded(crm: Any, statement: str, what: str) -> None:
    assert refusal(crm, statement) == "MALFORMED_QUERY"
    assert [event["value"]["call"] for event in crm.events("unsupported")] == [f"SOQL {what}"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Id IN (SELECT OpportunityId FROM "
        "OpportunityLineItem WHERE OpportunityId IN (SELECT Id FROM Opportunity)))",
        "SELECT Id FROM Account WHERE " + "(" * 300 + "Name = 'a'" + ")" * 300,
    ],
)
def test_a_statement_without_measure_is_refused(crm: Any, statement: str) -> None:
    assert refusal(crm, statement) == "MALFORMED_QUERY"


def test_many_conditions_are_no_deep_nesting(crm: Any) -> None:
    names = " OR ".join(f"Name='{number}'" for number in range(600))
    assert len(crm.rows(f"SELECT Name FROM Account WHERE {names} OR Name = 'Contoso'")) == 1


def test_more_groups_than_fit_in_a_reply_are_refused(crm: Any) -> None:
    crm.operate("seed", products=[{"sku": f"P-{number}", "name": f"x{number}"} for number in range(2_001)])
    assert refusal(crm, "SELECT Name, COUNT(Id) FROM Product2 GROUP BY Name") == "EXCEEDED_ID_LIMIT"
    assert len(crm.rows("SELECT Name, COUNT(Id) FROM Product2 GROUP BY Name LIMIT 2000")) == 2_000


def test_a_pattern_of_many_wildcards_is_only_a_pattern(crm: Any) -> None:
    assert crm.rows("SELECT Id FROM Account WHERE Name LIKE '" + "%a" * 3_000 + "'") == []


def test_a_late_index_shows_a_query_what_was_there_before_and_a_record_as_it_is(crm: Any) -> None:
    first = crm.close_deal("D-1")
    assert [row["Id"] for row in crm.query("SELECT Id FROM Opportunity").json()["records"]] == [first]
    crm.inject("delay_index", every_s=1e9)
    second = crm.close_deal("D-2")
    assert [row["Id"] for row in crm.query("SELECT Id FROM Opportunity").json()["records"]] == [first]
    assert crm.get(f"/sobjects/Opportunity/{second}").status_code == 200
    assert len(crm.events("hit")) == 1
    crm.heal()
    assert len(crm.query("SELECT Id FROM Opportunity").json()["records"]) == 2


def test_a_list_that_leaves_out_records_counts_fewer_and_a_read_by_id_finds_them(crm: Any) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(20)]
    crm.inject("omit_rows", share=0.5)
    found = {row["Id"] for row in crm.rows("SELECT Id FROM Opportunity")}
    assert 0 < len(found) < 20
    assert crm.query("SELECT COUNT() FROM Opportunity").json()["totalSize"] == len(found)
    (row,) = crm.rows("SELECT COUNT(Id) n FROM Opportunity WHERE Id IN (SELECT Id FROM Opportunity)")
    assert row["n"] == len(found)
    assert all(crm.get(f"/sobjects/Opportunity/{deal}").status_code == 200 for deal in deals)
    assert ("query", None) in crm.hits()
    crm.heal()
    assert len(crm.rows("SELECT Id FROM Opportunity")) == 20


def test_lines_that_are_left_out_are_missing_below_their_deals(crm: Any) -> None:
    for number in range(20):
        crm.close_deal(f"D-{number}")
    crm.inject("omit_rows", share=0.5)
    rows = crm.rows("SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunity")
    listed = {row["Id"] for row in crm.rows("SELECT Id FROM OpportunityLineItem")}
    below = [line["Id"] for row in rows for line in (row["OpportunityLineItems"] or {"records": ()})["records"]]
    assert below
    assert {*below} <= listed
