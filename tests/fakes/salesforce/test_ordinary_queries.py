"""SOQL that ordinary integrations send, from the SOQL and SOSL Reference and the documentation of jsforce,
simple-salesforce and tap-salesforce."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from fakes.salesforce.conftest import CATALOG, Crm, line
from support.rows import rows

DEALS = "FROM Opportunity"
TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture(scope="module")
def books(_served: Any, _client: Any) -> Any:
    """Four deals of two accounts; the second one is lost, the third in dollars, the fourth without lines."""
    crm = _fresh(_served, _client)
    crm.close_deal("D-1", "A-1", "EUR", name="Alpha")
    crm.close_deal("D-2", "A-1", "EUR", name="beta", close_date="2024-04-01")
    crm.close_deal("D-3", "A-2", "USD", name="Gamma 100%", amount="33.00", lines=[line("SKU-1", "3", "11.00", "33.00")])
    crm.close_deal("D-4", "A-2", "USD", name="O'Neil_Ltd", amount="5.50", close_date=TODAY.isoformat(), lines=[])
    crm.operate("void_deal", "D-2")
    return crm


def _fresh(served: Any, client: Any) -> Any:
    crm = Crm(served.url, served.control, client)
    crm.reset()
    crm.configure(outbound_url="", daily_api_requests=1_000_000)
    crm.accounts = crm.operate("seed", **CATALOG)["accounts"]
    crm.login()
    return crm


ALL = ["Alpha", "Gamma 100%", "O'Neil_Ltd", "beta"]
#: A statement, and the values of its rows; a parent or a child's rows are lists within.
QUERIES: list[tuple[str, list[Any]]] = [
    # What there was before.
    (f"SELECT Name {DEALS} WHERE IsWon = TRUE ORDER BY Name", [["Alpha"], ["Gamma 100%"], ["O'Neil_Ltd"]]),
    (f"SELECT Name, Account.Name {DEALS} WHERE Name = 'alpha'", [["Alpha", ["Northwind & Sons"]]]),
    (f"SELECT Name {DEALS} WHERE Name LIKE 'b%'", [["beta"]]),
    (f"SELECT Name {DEALS} WHERE Amount > 30", [["Gamma 100%"]]),
    (f"SELECT Name {DEALS} WHERE CloseDate < 2024-04-01 ORDER BY Name", [["Alpha"], ["Gamma 100%"]]),
    (f"SELECT COUNT(Id) {DEALS}", [[4]]),
    # What is put together is in the organisation's own currency, also within one other.
    (f"SELECT CurrencyIsoCode, SUM(Amount) {DEALS} GROUP BY CurrencyIsoCode", [["EUR", 45.1777777778], ["USD", 38.5]]),
    (f"SELECT MAX(Amount), MIN(Amount) {DEALS} WHERE CurrencyIsoCode = 'EUR'", [[22.5888888889, 22.5888888889]]),
    (
        f"SELECT Amount, convertCurrency(Amount) a, FORMAT(convertCurrency(Amount)) b {DEALS} WHERE Name = 'Alpha'",
        [[20.33, 22.5888888889, "USD 22.59"]],
    ),
    (f"SELECT Name {DEALS} WHERE Amount > USD22.50 ORDER BY Amount DESC, Name", [["Gamma 100%"], ["Alpha"], ["beta"]]),
    (f"SELECT Name {DEALS} WHERE Amount IN (EUR20.33, null) ORDER BY Name", [["Alpha"], ["beta"]]),
    (
        f"SELECT CurrencyIsoCode, IsWon, GROUPING(IsWon) g, COUNT(Id) {DEALS} GROUP BY ROLLUP(CurrencyIsoCode, IsWon)",
        [
            *[["EUR", False, 0, 1], ["EUR", True, 0, 1], ["EUR", None, 1, 2]],
            *[["USD", True, 0, 2], ["USD", None, 1, 2], [None, None, 1, 4]],
        ],
    ),
    (
        f"SELECT CurrencyIsoCode c, IsWon w, SUM(Amount) {DEALS} WHERE CurrencyIsoCode = 'USD' "
        "GROUP BY CUBE(CurrencyIsoCode, IsWon) ORDER BY GROUPING(CurrencyIsoCode) DESC, CurrencyIsoCode",
        [[None, True, 38.5], [None, None, 38.5], ["USD", True, 38.5], ["USD", None, 38.5]],
    ),
    (
        f"SELECT IsWon, COUNT(Id) {DEALS} GROUP BY ROLLUP(IsWon) HAVING GROUPING(IsWon) = 1 OR COUNT(Id) = 1",
        [[False, 1], [None, 4]],
    ),
    (
        f"SELECT Name, (SELECT Quantity FROM OpportunityLineItems ORDER BY Quantity) {DEALS} WHERE Name = 'Alpha'",
        [["Alpha", [[1], [2]]]],
    ),
    (f"SELECT Name {DEALS} ORDER BY Name LIMIT 1 OFFSET 1", [["beta"]]),
    (f"SELECT Name {DEALS} WHERE SystemModstamp >= 2020-01-01T00:00:00Z AND Name = 'beta'", [["beta"]]),
    (
        "SELECT Name, (SELECT Name, (SELECT Quantity FROM OpportunityLineItems ORDER BY Quantity DESC LIMIT 1) "
        "FROM Opportunities WHERE IsWon = TRUE) FROM Account WHERE Name LIKE 'North%'",
        [["Northwind & Sons", [["Alpha", [[2]]]]]],
    ),
    (f"SELECT Name {DEALS} WHERE Amount IN ({', '.join(map(str, range(300)))})", [["Gamma 100%"]]),
    (f"SELECT Name {DEALS} WHERE Amount NOT IN ({', '.join(map(str, range(300)))}) AND Name < 'b'", [["Alpha"]]),
    (f"SELECT COUNT() {DEALS} WHERE Name IN ({', '.join(repr(f'x{n}') for n in range(300))}, 'ALPHA', null)", []),
    # What every organisation has beside deals.
    ("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = TRUE", [["USD"]]),
    (
        "SELECT IsoCode, DecimalPlaces FROM CurrencyType WHERE DecimalPlaces != 2 ORDER BY IsoCode",
        [["JPY", 0], ["KWD", 3]],
    ),
    (
        "SELECT ConversionRate FROM DatedConversionRate "
        "WHERE IsoCode = 'EUR' AND StartDate <= TODAY AND NextStartDate > TODAY",
        [[0.9]],
    ),
    (
        "SELECT Name, BillingStreet, BillingState, ShippingPostalCode, Phone, Website, Parent.Name FROM Account "
        "WHERE Name = 'Contoso'",
        [["Contoso", None, None, None, None, None, None]],
    ),
    # Date literals and functions.
    (f"SELECT Name {DEALS} WHERE CloseDate = TODAY", [["O'Neil_Ltd"]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CreatedDate = TODAY", [[4]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CreatedDate >= YESTERDAY", [[4]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE LastModifiedDate = LAST_N_DAYS:7", [[4]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CreatedDate < LAST_N_DAYS:7", [[0]]),
    (f"SELECT Name {DEALS} WHERE CloseDate = THIS_MONTH", [["O'Neil_Ltd"]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CloseDate < THIS_YEAR", [[3]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CloseDate > TODAY", [[0]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CloseDate != TODAY", [[3]]),
    (f"SELECT COUNT(Id) {DEALS} WHERE CloseDate = LAST_90_DAYS OR CloseDate = NEXT_N_MONTHS:2", [[1]]),
    (
        f"SELECT Name {DEALS} WHERE CALENDAR_MONTH(CloseDate) = 3 AND CALENDAR_YEAR(CloseDate) = 2024 ORDER BY Name",
        [["Alpha"], ["Gamma 100%"]],
    ),
    (f"SELECT Name {DEALS} WHERE DAY_ONLY(CreatedDate) = {TODAY} AND Name = 'beta'", [["beta"]]),
    (
        f"SELECT CALENDAR_MONTH(CloseDate), COUNT(Id) {DEALS} WHERE CloseDate < 2024-12-31 "
        "GROUP BY CALENDAR_MONTH(CloseDate) ORDER BY CALENDAR_MONTH(CloseDate)",
        [[3, 2], [4, 1]],
    ),
    (
        f"SELECT CALENDAR_YEAR(CloseDate) y, SUM(Amount) total {DEALS} WHERE CloseDate < 2025-01-01 "
        "GROUP BY CALENDAR_YEAR(CloseDate)",
        [[2024, 78.1777777778]],
    ),
    # Semi-joins and anti-joins.
    (
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE StageName = 'Closed Lost')",
        [["Northwind & Sons"]],
    ),
    (
        "SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Opportunity WHERE CurrencyIsoCode = 'EUR')",
        [["Contoso"]],
    ),
    (f"SELECT Name {DEALS} WHERE Id NOT IN (SELECT OpportunityId FROM OpportunityLineItem)", [["O'Neil_Ltd"]]),
    (
        f"SELECT Name {DEALS} WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'Cont%') ORDER BY Name",
        [["Gamma 100%"], ["O'Neil_Ltd"]],
    ),
    # Aliases and FIELDS().
    ("SELECT a.Name FROM Account a WHERE a.BillingCity = 'Bonn'", [["Northwind & Sons"]]),
    (
        "SELECT o.Name FROM Opportunity o, o.Account a WHERE a.Name = 'Contoso' ORDER BY o.Name LIMIT 1",
        [["Gamma 100%"]],
    ),
    (f"SELECT COUNT(Id) n, MAX(Amount) most {DEALS}", [[4, 33.0]]),
    ("SELECT FIELDS(CUSTOM) FROM Account WHERE Name = 'Contoso' LIMIT 200", [[None, None, False]]),
    (
        "SELECT Account.Name n, COUNT(Id) c FROM Opportunity GROUP BY Account.Name ORDER BY Account.Name",
        [["Contoso", 2], ["Northwind & Sons", 2]],
    ),
    # Aggregates.
    (f"SELECT StageName, COUNT(Id) {DEALS} GROUP BY StageName HAVING COUNT(Id) > 1", [["Closed Won", 3]]),
    (f"SELECT CurrencyIsoCode {DEALS} GROUP BY CurrencyIsoCode HAVING SUM(Amount) >= 40", [["EUR"]]),
    (f"SELECT COUNT_DISTINCT(AccountId) {DEALS}", [[2]]),
    (
        f"SELECT AVG(Amount), MIN(CloseDate), MAX(Name) {DEALS} WHERE CurrencyIsoCode = 'EUR'",
        [[22.5888888889, "2024-03-31", "beta"]],
    ),
    (
        f"SELECT StageName, CurrencyIsoCode, COUNT(Id) c {DEALS} GROUP BY StageName, CurrencyIsoCode "
        "ORDER BY COUNT(Id) DESC LIMIT 1",
        [["Closed Won", "USD", 2]],
    ),
    (
        "SELECT AccountId, COUNT(Id) FROM Opportunity WHERE IsWon = true GROUP BY AccountId HAVING "
        "COUNT(Id) > 1 AND SUM(Amount) > 38",
        [["A-2", 2]],
    ),
    (f"SELECT MAX(SystemModstamp) {DEALS} WHERE Name = 'none'", [[None]]),
    (
        "SELECT Product2.ProductCode, SUM(Quantity) FROM OpportunityLineItem GROUP BY Product2.ProductCode",
        [["SKU-1", 7], ["SKU-2", 2]],
    ),
    (
        "SELECT Opportunity.Name, SUM(TotalPrice) FROM OpportunityLineItem WHERE Opportunity.IsWon = "
        "true GROUP BY Opportunity.Name ORDER BY Opportunity.Name",
        [["Alpha", 22.5888888889], ["Gamma 100%", 33.0]],
    ),
    # Functions of what is shown.
    (f"SELECT Name, toLabel(StageName) {DEALS} WHERE Name = 'beta'", [["beta", "Closed Lost"]]),
    (f"SELECT toLabel(StageName) stage {DEALS} WHERE toLabel(StageName) = 'Closed Lost'", [["Closed Lost"]]),
    (f"SELECT FORMAT(Amount) amount, FORMAT(CloseDate) day {DEALS} WHERE Name = 'Alpha'", [["EUR 20.33", "3/31/2024"]]),
    # Children and parents.
    (
        "SELECT Name, (SELECT Name FROM Opportunities WHERE IsWon = true ORDER BY Name LIMIT 1) FROM Account "
        "ORDER BY Name",
        [["Contoso", [["Gamma 100%"]]], ["Northwind & Sons", [["Alpha"]]]],
    ),
    (
        "SELECT Name, (SELECT Name FROM Opportunities WHERE CloseDate = TODAY) FROM Account ORDER BY Name",
        [["Contoso", [["O'Neil_Ltd"]]], ["Northwind & Sons", None]],
    ),
    (
        "SELECT Quantity, Opportunity.Account.Name FROM OpportunityLineItem WHERE Opportunity.Name = 'Gamma 100%'",
        [[3, [["Contoso"]]]],
    ),
    ("SELECT PricebookEntry.Product2.Name FROM OpportunityLineItem WHERE UnitPrice = 0.35 LIMIT 1", [[[["Bellows"]]]]),
    # Conditions.
    (r"SELECT Name FROM Opportunity WHERE Name = 'O\'Neil_Ltd'", [["O'Neil_Ltd"]]),
    (r"SELECT Name FROM Opportunity WHERE Name LIKE '%\_Ltd'", [["O'Neil_Ltd"]]),
    (r"SELECT Name FROM Opportunity WHERE Name LIKE '%100\%'", [["Gamma 100%"]]),
    (r"SELECT Name FROM Opportunity WHERE Name = 'Alph\u0061'", [["Alpha"]]),
    (
        f"SELECT Name {DEALS} WHERE (NOT Name LIKE '%a') AND (Amount < 10 OR Amount > 30) ORDER BY Name",
        [["Gamma 100%"], ["O'Neil_Ltd"]],
    ),
    (f"SELECT Name {DEALS} WHERE Name IN ('ALPHA', 'nobody')", [["Alpha"]]),
    (f"SELECT Name {DEALS} WHERE ERP_Order_Id__c = null AND Amount = 33", [["Gamma 100%"]]),
    (f"SELECT Name {DEALS} WHERE Account.BillingCountry = 'DE' AND IsWon = true", [["Alpha"]]),
    # Order, pages and words at the end.
    (
        f"SELECT Name {DEALS} ORDER BY Account.Name DESC, Name ASC NULLS LAST",
        [["Alpha"], ["beta"], ["Gamma 100%"], ["O'Neil_Ltd"]],
    ),
    (f"SELECT Name {DEALS} ORDER BY Amount DESC LIMIT 1", [["Gamma 100%"]]),
    (f"SELECT Name {DEALS} WHERE Name = 'beta' LIMIT 1 FOR VIEW", [["beta"]]),
    (f"SELECT Name {DEALS} WHERE Name = 'beta' FOR UPDATE", [["beta"]]),
    (f"SELECT Name {DEALS} WHERE Name = 'beta' ALL ROWS", [["beta"]]),
    (f"SELECT Name {DEALS} WHERE Name = 'beta' WITH SECURITY_ENFORCED", [["beta"]]),
    (f"SELECT Name {DEALS} WHERE Name = 'beta' WITH USER_MODE ORDER BY Name", [["beta"]]),
    (
        f"SELECT DAY_IN_WEEK(CloseDate), COUNT(Id) {DEALS} WHERE Name = 'Alpha' GROUP BY DAY_IN_WEEK(CloseDate)",
        [[1, 1]],
    ),
    (
        "SELECT Id FROM Account WHERE CreatedDate > 2999-01-01T00:00:00Z OR LastModifiedDate < "
        "1999-01-01T00:00:00.000+0000",
        [],
    ),
    (
        "SELECT UnitPrice FROM PricebookEntry WHERE Product2.ProductCode = 'SKU-1' AND CurrencyIsoCode "
        "= 'EUR' AND IsActive = true AND Pricebook2.IsStandard = true",
        [[9.99]],
    ),
    ("SELECT IsSandbox FROM Organization LIMIT 1", [[True]]),
]


def values(row: dict[str, Any]) -> list[Any]:
    """A row's values without its attributes; a parent's and children's likewise."""
    found: list[Any] = []
    for name, value in row.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            found.append([values(one) for one in value["records"]] if "records" in value else values(value))
        else:
            found.append(value)
    return found


@rows(("statement", "found"), QUERIES)
def test_an_ordinary_query_finds_what_it_says(books: Any, statement: str, found: list[Any]) -> None:
    rows = [values(row) for row in books.rows(statement)]
    by_id = {id_: key for key, id_ in books.accounts.items()}
    assert [[by_id.get(value, value) if isinstance(value, str) else value for value in row] for row in rows] == found
