"""SOQL: what statements find, and how bad ones are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.soql import parse
from support.rows import rows


@pytest.fixture
def deals(crm: Any) -> dict[str, str]:
    """Three deals: two in euros, of which the second is lost, and one in dollars."""
    made = {
        "D-1": crm.close_deal("D-1", "A-1", "EUR", name="Alpha"),
        "D-2": crm.close_deal("D-2", "A-1", "EUR", name="beta", close_date="2024-04-01"),
        "D-3": crm.close_deal("D-3", "A-2", "USD", name="Gamma 100%"),
    }
    crm.operate("void_deal", "D-2")
    return made


def names(crm: Any, where: str) -> list[str]:
    return [row["Name"] for row in crm.rows(f"SELECT Name FROM Opportunity WHERE {where} ORDER BY Name")]


@rows(
    ("where", "found"),
    [
        ("IsWon = TRUE", ["Alpha", "Gamma 100%"]),
        ("IsWon != true", ["beta"]),
        ("Name = 'ALPHA'", ["Alpha"]),
        ("Name IN ('alpha', 'Beta')", ["Alpha", "beta"]),
        ("Name NOT IN ('alpha', 'Beta')", ["Gamma 100%"]),
        ("Name LIKE 'b%'", ["beta"]),
        ("Name LIKE '_l%a'", ["Alpha"]),
        ("Name LIKE 'a_pha_'", []),
        ("NOT Name LIKE '%a'", ["Gamma 100%"]),
        ("Amount > 20", ["Alpha", "beta", "Gamma 100%"]),
        ("Amount <= 20.32", []),
        ("Amount = 20.33 AND CurrencyIsoCode = 'USD'", ["Gamma 100%"]),
        ("(IsWon = false OR CurrencyIsoCode = 'USD') AND Amount >= 20.33", ["beta", "Gamma 100%"]),
        ("CloseDate >= 2024-04-01", ["beta"]),
        ("SystemModstamp > 2000-01-01T00:00:00Z AND CloseDate < 2024-04-01", ["Alpha", "Gamma 100%"]),
        ("SystemModstamp >= 2999-01-01T00:00:00+02:00", []),
        ("ERP_Order_Id__c = null", ["Alpha", "beta", "Gamma 100%"]),
        ("ERP_Order_Id__c <> null", []),
        ("ERP_Order_Id__c != 'SO1'", ["Alpha", "beta", "Gamma 100%"]),
        ("Account.Name = 'Contoso'", ["Gamma 100%"]),
        ("Opportunity.Account.Name LIKE 'North%'", ["Alpha", "beta"]),
        ("Name = 'it''s'", None),
        (r"Name = 'it\'s'", []),
        ("name = 'Alpha'", ["Alpha"]),
    ],
)
def test_a_condition_finds_what_it_says(crm: Any, deals: dict[str, str], where: str, found: list[str] | None) -> None:
    if found is None:
        assert crm.query(f"SELECT Name FROM Opportunity WHERE {where}").status_code == 400
    else:
        assert names(crm, where) == found


@pytest.mark.parametrize("length", [15, 18])
def test_ids_are_found_in_both_lengths(crm: Any, deals: dict[str, str], length: int) -> None:
    assert names(crm, f"Id = '{deals['D-1'][:length]}'") == ["Alpha"]
    assert names(crm, f"AccountId IN ('{crm.accounts['A-1'][:length]}')") == ["Alpha", "beta"]


def test_parents_and_children_come_nested(crm: Any, deals: dict[str, str]) -> None:
    (row,) = crm.rows(
        "SELECT Id, Account.Name, Account.Owner.Name, (SELECT ProductCode, PricebookEntry.Product2.StockKeepingUnit"
        f" FROM OpportunityLineItems ORDER BY TotalPrice DESC LIMIT 1) FROM Opportunity WHERE Id = '{deals['D-1']}'"
    )
    assert (row["Account"]["Name"], row["Account"]["Owner"]["Name"]) == ("Northwind & Sons", "Sales User")
    (line,) = row["OpportunityLineItems"]["records"]
    assert line["attributes"]["type"] == "OpportunityLineItem"
    assert (line["ProductCode"], line["PricebookEntry"]["Product2"]["StockKeepingUnit"]) == ("SKU-1", "SKU-1")


def test_a_deal_without_lines_has_null_for_them(crm: Any) -> None:
    crm.close_deal(lines=[])
    (row,) = crm.rows("SELECT Id, (SELECT Id FROM OpportunityLineItems) FROM Opportunity")
    assert row["OpportunityLineItems"] is None


def test_a_parent_that_is_not_there_is_null(crm: Any) -> None:
    crm.call("POST", "/sobjects/Opportunity", json={"Name": "x", "StageName": "y", "CloseDate": "2024-01-01"})
    assert crm.rows("SELECT Account.Name FROM Opportunity")[0]["Account"] is None


def test_fields_come_in_the_order_and_spelling_of_the_schema(crm: Any, deals: dict[str, str]) -> None:
    assert list(crm.rows("SELECT name, ID FROM opportunity LIMIT 1")[0]) == ["attributes", "Name", "Id"]


def test_rows_are_sorted_by_several_keys_with_nulls_where_asked(crm: Any, deals: dict[str, str]) -> None:
    crm.call("PATCH", f"/sobjects/Opportunity/{deals['D-2']}", json={"ERP_Order_Id__c": "SO1"})
    for order, expected in (
        ("CurrencyIsoCode DESC, Name", ["Gamma 100%", "Alpha", "beta"]),
        ("Name DESC", ["Gamma 100%", "beta", "Alpha"]),
        ("ERP_Order_Id__c NULLS LAST, Name", ["beta", "Alpha", "Gamma 100%"]),
        ("ERP_Order_Id__c, Name", ["Alpha", "Gamma 100%", "beta"]),
    ):
        assert [row["Name"] for row in crm.rows(f"SELECT Name FROM Opportunity ORDER BY {order}")] == expected


def test_limit_and_offset_take_a_part(crm: Any, deals: dict[str, str]) -> None:
    rows = crm.rows("SELECT Name FROM Opportunity ORDER BY Name LIMIT 1 OFFSET 1")
    assert [row["Name"] for row in rows] == ["beta"]


def test_a_count_has_no_rows(crm: Any, deals: dict[str, str]) -> None:
    assert crm.query("SELECT COUNT() FROM Opportunity").json() == {"totalSize": 3, "done": True, "records": []}


def test_aggregates_are_grouped(crm: Any, deals: dict[str, str]) -> None:
    rows = crm.rows("SELECT CurrencyIsoCode, COUNT(Id), SUM(Amount) total FROM Opportunity GROUP BY CurrencyIsoCode")
    found = {row["CurrencyIsoCode"]: (row["expr0"], row["total"]) for row in rows}
    assert found == {"EUR": (2, 45.1777777778), "USD": (1, 20.33)}


def test_deleted_rows_are_found_only_when_asked_for(crm: Any, deals: dict[str, str]) -> None:
    crm.call("DELETE", f"/sobjects/Opportunity/{deals['D-1']}")
    statement = {"q": "SELECT Id, IsDeleted FROM Opportunity"}
    assert crm.get("/query", params=statement).json()["totalSize"] == 2
    everything = crm.get("/queryAll", params=statement).json()["records"]
    assert [row["Id"] for row in everything if row["IsDeleted"]] == [deals["D-1"]]


# -- pages -----------------------------------------------------------------------------------------------


@pytest.fixture
def many(crm: Any) -> int:
    """More products than fit on two small pages."""
    crm.operate("seed", products=[{"sku": f"P-{number}", "name": "x"} for number in range(450)])
    return 452


def test_rows_come_page_by_page(crm: Any, many: int) -> None:
    headers = {"sforce-query-options": "batchSize=200"}
    page = crm.query("SELECT Id FROM Product2", headers=headers).json()
    seen = [row["Id"] for row in page["records"]]
    sizes = [len(page["records"])]
    while not page["done"]:
        reply = crm.client.get(crm.url + page["nextRecordsUrl"], params={"q": "ignored"}, headers=crm.headers)
        page = reply.json()
        assert page["totalSize"] == many
        sizes.append(len(page["records"]))
        seen += [row["Id"] for row in page["records"]]
    assert sizes == [200, 200, 52]
    assert len(set(seen)) == many


def test_a_page_may_have_fewer_rows_than_were_asked_for_and_keeps_them_while_records_move(crm: Any) -> None:
    deals = [crm.close_deal(f"D-{number}") for number in range(5)]
    crm.configure(query_page=2).raise_for_status()
    page = crm.query("SELECT Id FROM Opportunity ORDER BY SystemModstamp").json()
    crm.call("PATCH", f"/sobjects/Opportunity/{deals[0]}", json={"Description": "moved to the end"})
    seen = [row["Id"] for row in page["records"]]
    while not page["done"]:
        page = crm.client.get(crm.url + page["nextRecordsUrl"], headers=crm.headers).json()
        assert len(page["records"]) <= 2
        seen += [row["Id"] for row in page["records"]]
    assert seen == deals


def test_a_page_can_be_read_again(crm: Any, many: int) -> None:
    headers = {"sforce-query-options": "batchSize=200"}
    url = crm.query("SELECT Id FROM Product2", headers=headers).json()["nextRecordsUrl"]
    replies = [crm.client.get(crm.url + url, headers=crm.headers).json() for _ in range(2)]
    assert replies[0] == replies[1]


def test_a_page_of_more_than_2000_rows_there_is_not(crm: Any, many: int) -> None:
    assert crm.query("SELECT Id FROM Product2", headers={"sforce-query-options": "batchSize=9999"}).json()["done"]


def test_an_unknown_locator_is_refused(crm: Any) -> None:
    assert crm.get("/query/01gGd0000000001-2000").json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_the_eleventh_cursor_closes_the_first(crm: Any, many: int) -> None:
    headers = {"sforce-query-options": "batchSize=200"}
    urls = [crm.query("SELECT Id FROM Product2", headers=headers).json()["nextRecordsUrl"] for _ in range(11)]
    replies = [crm.client.get(crm.url + url, headers=crm.headers).status_code for url in urls]
    assert replies == [400] + [200] * 10


# -- refusals --------------------------------------------------------------------------------------------


@rows(
    ("statement", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Id", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = Contoso", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT many", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DROP", "MALFORMED_QUERY"),
        ("SELECT COUNT(), Id FROM Account", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Account ORDER BY Name", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = 2024-13-01", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE " + "(" * 500 + "Name = 'a'" + ")" * 500, "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE " + "NOT " * 500 + "Name = 'a'", "MALFORMED_QUERY"),
        ("SELECT Id, id FROM Account", "INVALID_FIELD"),
        ("SELECT Nmae FROM Account", "INVALID_FIELD"),
        ("SELECT Holder.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nmae = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Nmae", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount = '1'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = 2024-01-01T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount LIKE '1'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Opportunity WHERE IsWon > false", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nothing) FROM Account", "INVALID_TYPE"),
        ("SELECT Id FROM Opportunity WHERE Amount > " + "9" * 200, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Name FROM Opportunity GROUP BY Name HAVING SUM(Amount) > " + "9" * 200, "NUMBER_OUTSIDE_VALID_RANGE"),
        (
            f"SELECT Id FROM Account WHERE {' AND '.join(['Id IN (SELECT AccountId FROM Opportunity)'] * 3)}",
            "MALFORMED_QUERY",
        ),
        (f"SELECT Id, {', '.join(['(SELECT Id FROM Opportunities)'] * 21)} FROM Account", "MALFORMED_QUERY"),
    ],
)
def test_a_bad_statement_is_refused(crm: Any, statement: str, code: str) -> None:
    reply = crm.query(statement)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_an_unknown_column_is_pointed_at(crm: Any) -> None:
    (error,) = crm.query("SELECT Id,\nNmae FROM Account").json()
    assert error["message"].startswith(
        "\nNmae FROM Account\n^\nERROR at Row:2:Column:1\nNo such column 'Nmae' on entity"
    )


def test_a_uri_beyond_16_kilobytes_is_refused(crm: Any) -> None:
    assert crm.query("SELECT Id FROM Account WHERE Name = '" + "x" * 17_000 + "'").status_code == 414


WORDS = "SELECT FROM WHERE Id Account ( ) , = 'a' 1 AND NOT IN COUNT LIKE ORDER BY LIMIT 2024-01-01 null GROUP - \\ é '"
PIECES = st.sampled_from(WORDS.split())


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join)))
def test_whatever_is_written_is_read_or_refused_as_malformed(text: str) -> None:
    try:
        parse(text)
    except Refused as refused:
        assert refused.code in ("MALFORMED_QUERY", "INVALID_FIELD")
