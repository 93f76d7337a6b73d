"""What the REST framework does for every resource: queries, pages, versions, errors, conditions, batches, log-in."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.oracle_fusion.conftest import INVOICES, ORDERS, line, order
from gameday_fakes.oracle_fusion.account import API, CREDENTIALS

KEY = f"{ORDERS}/GAMEDAY:006xY"


def test_collections_have_pages(erp: Any) -> None:
    for number in range(3):
        erp.order(f"006{number}")
    page = erp.get(f"{ORDERS}?limit=2&totalResults=true&orderBy=SourceTransactionNumber:desc&onlyData=true")
    assert (page["count"], page["hasMore"], page["limit"], page["offset"], page["totalResults"]) == (2, True, 2, 0, 3)
    assert [each["SourceTransactionNumber"] for each in page["items"]] == ["0062", "0061"]
    last = erp.get(f"{ORDERS}?limit=2&offset=2")
    assert (last["count"], last["hasMore"], "totalResults" in last) == (1, False, False)
    assert erp.get(f"{ORDERS}?limit=100000")["limit"] == 500


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SourceTransactionNumber='006a'", "a"),
        ("SourceTransactionNumber in ('006a','006c')", "ac"),
        ("SourceTransactionNumber like '006%' and BuyingPartyNumber = '001bC'", "b"),
        ("SourceTransactionNumber = '006a' or BuyingPartyName='Bravo KK'", "ab"),
        ("not (SourceTransactionNumber = '006a')", "bc"),
        ("SourceTransactionNumber not in ('006a')", "bc"),
        ("TransactionOn > '2026-03-20T00:00:00Z'", "b"),
        ("TransactionOn between '2026-03-01' and '2026-03-16'", "ac"),
        ("SubmittedFlag = true", "abc"),
        ("CustomerPONumber is null", "ac"),
        ("CustomerPONumber is not null", "b"),
        ("lines.ProductNumber = 'BOLT-2'", "c"),
        ("HeaderId > 0 and SourceTransactionNumber != '006b'", "ac"),
        ('SourceTransactionNumber = "006a"', "a"),
        ("SourceTransactionNumber='it''s'", ""),
    ],
)
def test_a_query_is_an_expression_from_version_2_on(erp: Any, query: str, found: str) -> None:
    erp.order("006a")
    erp.order("006b", BuyingPartyNumber="001bC", TransactionOn="2026-03-21T00:00:00Z", CustomerPONumber="PO")
    erp.order("006c", lines=[line(ProductNumber="BOLT-2")])
    items = erp.found(f"{ORDERS}?onlyData=true&fields=SourceTransactionNumber&q={query.replace('%', '%25')}", version=2)
    assert "".join(each["SourceTransactionNumber"][-1] for each in items) == found


@pytest.mark.parametrize(
    "query",
    [
        "SourceTransactionNumber=006a",
        "SourceTransactionNumber='a';OrderNumber='b'",
        "Colour='red'",
        "lines.Colour='red'",
        "SourceTransactionNumber",
        "SourceTransactionNumber='a' and",
        "((((SourceTransactionNumber='a')))",
        "(" * 60 + "HeaderId=1",
        "HeaderId='x'",
        "SubmittedFlag>true",
        "SourceTransactionNumber is 'a'",
        "'a'='a'",
        "~",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(erp: Any, query: str) -> None:
    reply = erp.call("GET", f"{ORDERS}?q={query}")
    assert reply.status_code == 400, reply.text


def test_a_query_of_version_1_is_by_example(erp: Any) -> None:
    erp.order("006a")
    erp.order("006b", BuyingPartyNumber="001bC")
    query = f"{ORDERS}?q=SourceTransactionNumber=006b;BuyingPartyName='Bravo KK';HeaderId>0"
    assert [each["OrderKey"] for each in erp.found(query, version=1)] == ["GAMEDAY:006b"]
    assert erp.call("GET", f"{ORDERS}?q=lines.ProductNumber='SAW-1'", version=1).status_code == 400


def test_finders_fields_and_parameters_are_checked(erp: Any) -> None:
    created = erp.order()
    for finder in (
        "findBySourceOrderNumber;SourceTransactionNumber=006xY,SourceTransactionSystem=GAMEDAY",
        f"PrimaryKey;HeaderId={created['HeaderId']}",
        "findByOrderNumber;OrderNumber=10001",
    ):
        assert [each["OrderKey"] for each in erp.found(f"{ORDERS}?finder={finder}")] == ["GAMEDAY:006xY"]
    only = erp.get(f"{KEY}?fields=OrderNumber;lines:ProductNumber&onlyData=true")
    assert (set(only), only["lines"]["items"]) == ({"OrderNumber", "lines"}, [{"ProductNumber": "SAW-1"}])
    assert set(erp.get(f"{KEY}?expand=all&onlyData=true")) >= {"lines", "holds", "totals", "billToCustomer"}
    for wrong in (
        "finder=nobody",
        "finder=PrimaryKey;OrderNumber=1",
        "fields=Colour",
        "expand=colours",
        "orderBy=Colour",
    ):
        assert erp.call("GET", f"{ORDERS}?{wrong}").status_code == 400
    for wrong in ("limit=x", "offset=-1", "onlyData=maybe", "colour=red", "totalResults=1"):
        assert erp.call("GET", f"{ORDERS}?{wrong}").status_code == 400


def test_what_a_version_of_the_framework_changes(erp: Any) -> None:
    erp.order()
    path = f"{KEY}?expand=lines"
    assert isinstance(erp.get(path, version=1)["lines"], list)
    assert erp.get(path, version=3)["lines"]["count"] == 1
    context = erp.get(KEY, version=6)["@context"]
    assert context["headers"]["ETag"] == erp.call("GET", KEY).headers["etag"]
    assert "links" in context and "links" not in erp.get(KEY, version=6)
    reply = erp.call("GET", KEY)
    assert reply.headers["rest-framework-version"] == "4"
    assert erp.call("GET", KEY, version=12).status_code == 400
    extension = erp.get(f"{API}/")["items"][0]["adf:extension"]
    assert extension["defaultFrameworkVersion"] == "1"


def test_an_error_has_details_from_version_4_on_or_where_they_are_asked_for(erp: Any) -> None:
    plain = erp.call("POST", ORDERS, order(BuyingPartyNumber="x"), version=1)
    assert (plain.headers["content-type"], plain.text) == (
        "text/plain;charset=UTF-8",
        "The buying party x isn't valid.",
    )
    for more in ({"version": 4}, {"version": 1, "accept": "application/vnd.oracle.adf.error+json"}):
        detailed = erp.call("POST", ORDERS, order(BuyingPartyNumber="x"), **more)
        assert detailed.headers["content-type"] == "application/vnd.oracle.adf.error+json"
        assert detailed.json()["title"] == "Bad Request"


def test_a_change_may_have_the_condition_that_nobody_else_has_changed(erp: Any) -> None:
    erp.order()
    etag = erp.call("GET", KEY).headers["etag"]
    assert erp.call("GET", KEY, if_none_match=etag).status_code == 304
    body = {"Comments": "mine", "SubmittedFlag": True}
    assert erp.call("PATCH", KEY, body, if_match=etag).status_code == 200
    assert erp.error_of(erp.call("PATCH", KEY, body, if_match=etag)) == (412, "25014", "")
    assert erp.call("PATCH", KEY, body).status_code == 200


def test_what_is_not_there_is_not_found(erp: Any) -> None:
    erp.order()
    for path in (f"{ORDERS}/1", f"{ORDERS}/a:b", f"{KEY}/child/colours", f"{KEY}/lines", f"{KEY}/child/lines/1"):
        assert erp.call("GET", path).status_code == 404
    assert erp.call("POST", f"{ORDERS}/action/paint", {}).status_code == 404
    assert erp.call("PUT", KEY, {}).status_code == 405
    assert erp.call("POST", "priceLists", {}).status_code == 405
    # What the fake leaves out is said to be missing in the fake.
    assert "import of orders" in erp.call("POST", "salesOrdersForOrderHubRequests", {}).text
    assert erp.call("GET", "suppliers").status_code == 501


def test_a_batch_is_carried_out_as_a_whole_or_not_at_all(erp: Any) -> None:
    def batch(*parts: dict[str, Any]) -> Any:
        media = "application/vnd.oracle.adf.batch+json"
        return erp.call("POST", f"{API}/", {"parts": list(parts)}, content_type=media)

    good = {"id": "1", "path": f"/{ORDERS}", "operation": "create", "payload": order("006a")}
    read = {"id": "2", "path": f"/{ORDERS}/GAMEDAY:006a?fields=OrderKey&onlyData=true", "operation": "get"}
    upsert = {"id": "3", "path": ORDERS, "operation": "upsert", "payload": order("006a", Comments="x")}
    parts = batch(good, read, upsert).json()["parts"]
    assert [part["id"] for part in parts] == ["1", "2", "3"]
    assert parts[1]["payload"] == {"OrderKey": "GAMEDAY:006a"}
    other = {**good, "payload": order("006b")}
    assert batch(other, {**good, "id": "2", "payload": order("006c", BuyingPartyNumber="x")}).status_code == 400
    assert [entry["id"] for entry in erp.ledger()] == ["GAMEDAY:006a"]
    for wrong in ({**good, "operation": "paint"}, {"id": 1}, {**good, "path": "http://["}):
        assert batch(wrong).status_code == 400
    assert batch(good, good).status_code == 400
    assert erp.call("POST", f"{API}/", {"parts": []}).status_code == 405


def test_a_user_has_a_password_or_a_token(erp: Any) -> None:
    erp.auth = None
    assert erp.call("GET", ORDERS).status_code == 401
    token = erp.token().json()["access_token"]
    assert erp.call("GET", ORDERS, authorization=f"Bearer {token}").status_code == 200
    assertion = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert erp.token(grant_type=assertion, assertion="a.b.c").status_code == 200
    for wrong in ({"grant_type": "password"}, {"client_secret": "x"}, {"scope": ""}, {"grant_type": assertion}):
        assert erp.token(**wrong).status_code in (400, 401)
    assert erp.call("GET", ORDERS, authorization="Basic !!!").status_code == 401


def test_a_limit_of_requests_is_answered_with_429(erp: Any) -> None:
    erp.configure(requests_a_minute=2).raise_for_status()
    replies = [erp.call("GET", INVOICES) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[2].headers["retry-after"] == "10"


def test_customers_and_items_are_created_once(erp: Any) -> None:
    new = {"PartyNumber": "001new", "OrganizationName": "New", "CurrencyCode": "EUR"}
    assert erp.call("POST", "hubOrganizations", new).status_code == 201
    assert erp.call("POST", "hubOrganizations", new).status_code == 400
    assert erp.call("POST", "hubOrganizations", {**new, "City": "Rome"}, upsert_mode="true").json()["City"] == "Rome"
    own = {"OrganizationName": "Own", "SourceSystem": "CRM", "SourceSystemReferenceValue": "001own"}
    numbers = {erp.call("POST", "hubOrganizations", own, upsert_mode="true").json()["PartyNumber"] for _ in range(2)}
    assert len(numbers) == 1
    assert erp.call("POST", "itemsV2", {"ItemNumber": "NUT-1"}).status_code == 201
    assert erp.call("POST", "itemsV2", {"ItemNumber": "NUT-1"}).status_code == 400
    assert erp.call("POST", "hubOrganizations", {}, upsert_mode="perhaps").status_code == 400
    ledger = erp.whole_ledger()
    assert ledger["new_customers"] == ["001new", "001own"]
    assert [names["ItemNumber"] for names in ledger["new_items"].values()] == ["NUT-1"]
    assert CREDENTIALS["source_system"] not in ledger["customers"]
